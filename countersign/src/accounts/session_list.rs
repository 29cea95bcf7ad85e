use super::audit::AuditKind;
use super::paging::{Key, Page, PageCursor, Place, Stretch};
use super::store;
use super::store::audit::{Entry, record};
use super::{AccountError, AccountId, Accounts, By};
use crate::clock::Timestamp;
use crate::session::{SessionId, SessionRecord, UserId};

/// Which sessions are listed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionQuery {
    /// Only those of this account.
    pub account: Option<AccountId>,
    /// Which page; without it, the first.
    pub page: Option<PageCursor>,
    /// How many on a page: 1 to 1,000.
    pub limit: u32,
}

/// A page of a list of sessions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionPage {
    /// The sessions on it.
    pub sessions: Vec<ListedSession>,
    /// How many there are on all pages.
    pub total: u64,
    /// The page before, if there is one.
    pub previous: Option<PageCursor>,
    /// The page behind, if there is one.
    pub next: Option<PageCursor>,
}

/// A line of a list of sessions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListedSession {
    /// Whose it is.
    pub account: AccountId,
    /// The account's name.
    pub name: String,
    /// The session.
    pub session: SessionRecord,
}

impl Default for SessionQuery {
    /// The first fifty of everybody's.
    fn default() -> Self {
        Self {
            account: None,
            page: None,
            limit: 50,
        }
    }
}

impl Accounts {
    /// A page of the live sessions of all accounts, or of one: those that were used last first. A session that is used
    /// moves to the front, at most once per twentieth of its idle time.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn list_sessions(&self, query: &SessionQuery) -> Result<SessionPage, AccountError> {
        let now = self.now();
        let user = query.account.map(|account| account.user_id());
        let stretch = Stretch::new(ORDER, query.page.as_ref(), query.limit);
        let from = stretch.from.and_then(used_at);
        let sessions = &self.database().sessions;
        let found = sessions
            .live_sessions(
                user.as_ref(),
                from,
                stretch.is_back,
                stretch.lines_to_read(),
                now,
            )
            .await?;
        let total = sessions.count_live(user.as_ref(), now).await?;
        let Page {
            lines,
            previous,
            next,
        } = stretch.page(found, place_of);
        Ok(SessionPage {
            sessions: self.with_names(lines).await?,
            total,
            previous,
            next,
        })
    }

    /// A live session of any account, by the name under which lists and the audit speak of it. It looks through all of them.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn find_session(
        &self,
        session: SessionId,
    ) -> Result<Option<ListedSession>, AccountError> {
        let sessions = &self.database().sessions;
        let found = sessions.live_session(session, self.now()).await?;
        Ok(self.with_names(found.into_iter().collect()).await?.pop())
    }

    /// Ends the sessions of everybody, visitors included, and the logins that are under way: what an administrator does who fears that
    /// the database was stolen. One who acts from a session of his own is logged out by it too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_everything(&self, by: &By) -> Result<(), AccountError> {
        let now = self.now();
        let mut writing = self.database().begin().await?;
        writing.end_all(now).await?;
        let entry = Entry {
            kind: AuditKind::EverythingEnded,
            account: None,
            by,
            session: None,
            detail: None,
        };
        record(&mut writing, entry, now).await?;
        Ok(store::commit(writing).await?)
    }

    async fn with_names(
        &self,
        sessions: Vec<SessionRecord>,
    ) -> Result<Vec<ListedSession>, AccountError> {
        let owners: Vec<Option<AccountId>> = sessions
            .iter()
            .map(|session| AccountId::of(user_of(session)?))
            .collect();
        let names = self.names(owners.iter().flatten().copied()).await?;
        // Of an account that was deleted since, nothing is listed.
        let listed = sessions
            .into_iter()
            .zip(owners)
            .filter_map(|(session, owner)| {
                let account = owner?;
                Some(ListedSession {
                    account,
                    name: names.get(&account)?.clone(),
                    session,
                })
            });
        Ok(listed.collect())
    }
}

fn user_of(session: &SessionRecord) -> Option<&UserId> {
    session.login.as_ref().map(|login| &login.user_id)
}

fn place_of(session: &SessionRecord) -> Place {
    Place {
        key: Key::Number(session.last_seen_at.as_millis()),
        id: *session.id.as_bytes(),
    }
}

fn used_at(place: &Place) -> Option<(Timestamp, [u8; 16])> {
    match place.key {
        Key::Number(millis) => Some((Timestamp::from_millis(millis), place.id)),
        Key::Text(_) => None,
    }
}

/// The one order in which sessions are listed.
const ORDER: &str = "-used";

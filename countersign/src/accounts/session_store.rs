use super::audit::AuditKind;
use super::store::audit::{Entry, record};
use super::store::{Database, changes, commit as keep, roll_back};
use super::{AccountId, By};
use crate::clock::Timestamp;
use crate::secret::TokenHash;
use crate::session::sqlite::writing::Writing;
use crate::session::{
    ClientRecord, Commit, Committed, Epoch, Lookup, NewSession, SessionId, SessionRecord,
    SessionStore, StoreError, UserId, Want,
};

/// The sessions of accounts. It is the SQLite store, and beside that, in the same transaction:
///
/// - a login begins only while its account is there and active, and has the stamp that was read with the hash that was
///   verified;
/// - logins and their ends are written into the audit.
///
/// Sessions of visitors, and of users who are no accounts, are the SQLite store's alone.
#[derive(Clone, Debug)]
pub(super) struct AccountSessions(pub(super) Database);

impl SessionStore for AccountSessions {
    async fn load(
        &self,
        token: &TokenHash,
        want: Want,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.0.sessions.load(token, want, now).await
    }

    async fn commit(&self, commit: Commit, now: Timestamp) -> Result<Committed, StoreError> {
        let mut writing = self.0.begin().await?;
        let committed = begin_or_change(&mut writing, &commit, now).await?;
        match committed {
            Committed::Done => keep(writing).await?,
            Committed::Gone | Committed::Outdated => roll_back(writing).await?,
        }
        Ok(committed)
    }

    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        self.0.sessions.touch(token, now).await
    }

    async fn end(&self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        let mut writing = self.0.begin().await?;
        let owner = writing.owner_of(token).await?;
        let ended = writing.end(token, now).await?;
        if ended && let Some((user, session)) = owner {
            ended_by_owner(
                &mut writing,
                &user,
                AuditKind::LoggedOut,
                Some(session),
                now,
            )
            .await?;
        }
        keep(writing).await?;
        Ok(ended)
    }

    async fn end_named(
        &self,
        user: &UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut writing = self.0.begin().await?;
        let ended = writing.end_named(user, session, now).await?;
        if ended {
            ended_by_owner(
                &mut writing,
                user,
                AuditKind::SessionEnded,
                Some(session),
                now,
            )
            .await?;
        }
        keep(writing).await?;
        Ok(ended)
    }

    async fn end_all_of(
        &self,
        user: &UserId,
        except: Option<&TokenHash>,
        now: Timestamp,
    ) -> Result<Epoch, StoreError> {
        let mut writing = self.0.begin().await?;
        let spared = match except {
            Some(token) => writing.owner_of(token).await?,
            None => None,
        };
        let epoch = writing.end_all_of(user, except, now).await?;
        let spared = spared.map(|(_, session)| session);
        ended_by_owner(&mut writing, user, AuditKind::SessionsEnded, spared, now).await?;
        keep(writing).await?;
        Ok(epoch)
    }

    async fn end_all(&self, now: Timestamp) -> Result<(), StoreError> {
        self.0.sessions.end_all(now).await
    }

    async fn sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.0.sessions.sessions_of(user, now).await
    }

    async fn epoch_of(&self, user: &UserId) -> Result<Epoch, StoreError> {
        self.0.sessions.epoch_of(user).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.0.sessions.count().await
    }

    async fn remove_expired(&self, at_most: u32, now: Timestamp) -> Result<u64, StoreError> {
        self.0.sessions.remove_expired(at_most, now).await
    }

    async fn shared_secret(&self, proposal: [u8; 32]) -> Result<[u8; 32], StoreError> {
        self.0.sessions.shared_secret(proposal).await
    }
}

async fn begin_or_change(
    writing: &mut Writing,
    commit: &Commit,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let Commit::Begin {
        session, replaces, ..
    } = commit
    else {
        return writing.carry_out(commit, now).await;
    };
    let Some((account, entry_by)) = beginner(session) else {
        return writing.carry_out(commit, now).await;
    };
    let login = session.record.login.as_ref();
    if let Some(login) = login
        && !changes::counts(writing, account, login).await?
    {
        return Ok(Committed::Outdated);
    }
    let committed = writing.carry_out(commit, now).await?;
    if committed == Committed::Done {
        let goes_on = replaces.as_ref().is_some_and(|old| old.must_be_live);
        let kind = match goes_on {
            true => AuditKind::LoginConfirmed,
            false => AuditKind::LoggedIn,
        };
        let entry = Entry {
            session: Some(session.record.id),
            detail: login.map(|login| login.methods.to_string()),
            ..Entry::new(kind, account, &entry_by)
        };
        record(writing, entry, now).await?;
        if !goes_on {
            changes::came_in(writing, account, now).await?;
        }
    }
    Ok(committed)
}

/// The account whose login begins, and as whom its owner does it.
fn beginner(session: &NewSession) -> Option<(AccountId, By)> {
    let login = session.record.login.as_ref()?;
    let account = AccountId::of(&login.user_id)?;
    Some((account, By::account(account, session.record.client.clone())))
}

/// A store is not told who ends a session; who can only be the owner, or somebody who acts for him. The verbs of
/// [`Accounts`](super::Accounts) know, and write it down themselves.
async fn ended_by_owner(
    writing: &mut Writing,
    user: &UserId,
    kind: AuditKind,
    session: Option<SessionId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(account) = AccountId::of(user) else {
        return Ok(());
    };
    let by = By::account(account, ClientRecord::default());
    let entry = Entry {
        session,
        ..Entry::new(kind, account, &by)
    };
    record(writing, entry, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sqlite::open;
    use crate::testing::conformance;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn the_sessions_of_accounts_keep_every_promise() {
        let folder = tempfile::tempdir().unwrap();
        let files = std::sync::atomic::AtomicU32::new(0);
        conformance::run(async || {
            let number = files.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let file = folder.path().join(format!("{number}.db"));
            let pool = open::open(&file).await.unwrap();
            AccountSessions(Database::from_pool(pool).await.unwrap())
        })
        .await
        .assert_passed();
    }
}

use super::audit::AuditKind;
use super::store;
use super::store::audit::{Entry, record};
use super::{AccountError, AccountId, Accounts, By};
use crate::session::{SessionId, SessionRecord, SessionStore as _};

impl Accounts {
    /// The live sessions of an account, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn sessions(&self, account: AccountId) -> Result<Vec<SessionRecord>, AccountError> {
        let sessions = &self.database().sessions;
        Ok(sessions.sessions_of(&account.user_id(), self.now()).await?)
    }

    /// Ends one session of an account. Answers whether it was live and that account's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_session(
        &self,
        account: AccountId,
        session: SessionId,
        by: &By,
    ) -> Result<bool, AccountError> {
        let now = self.now();
        let mut writing = self.database().begin().await?;
        let ended = writing.end_named(&account.user_id(), session, now).await?;
        if ended {
            let entry = Entry {
                session: Some(session),
                ..Entry::new(AuditKind::SessionEnded, account, by)
            };
            record(&mut writing, entry, now).await?;
        }
        store::commit(writing).await?;
        Ok(ended)
    }

    /// Ends all sessions of an account but one, and the logins that are under way.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn end_other_sessions(
        &self,
        account: AccountId,
        keep: SessionId,
        by: &By,
    ) -> Result<(), AccountError> {
        self.end_sessions(account, Some(keep), by).await
    }

    /// Ends all sessions of an account, and the logins that are under way.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn end_all_sessions(&self, account: AccountId, by: &By) -> Result<(), AccountError> {
        self.end_sessions(account, None, by).await
    }

    async fn end_sessions(
        &self,
        account: AccountId,
        keep: Option<SessionId>,
        by: &By,
    ) -> Result<(), AccountError> {
        self.existing(account).await?;
        let (user, now) = (account.user_id(), self.now());
        let mut writing = self.database().begin().await?;
        let kept = match keep {
            Some(session) => writing.token_of(&user, session, now).await?,
            None => None,
        };
        writing.end_all_of(&user, kept.as_ref(), now).await?;
        let entry = Entry {
            session: keep,
            ..Entry::new(AuditKind::SessionsEnded, account, by)
        };
        record(&mut writing, entry, now).await?;
        Ok(store::commit(writing).await?)
    }
}

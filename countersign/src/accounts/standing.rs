use super::audit::AuditKind;
use super::roles::keep_an_administrator;
use super::store::audit::{Entry, record};
use super::store::{self, changes};
use super::{AccountError, AccountId, Accounts, Actor, By};

impl Accounts {
    /// Disables an account: its owner can't log in any more, and all its sessions are ended in the same transaction, with the
    /// logins that are under way, and the links by which its password could be set. Answers whether it was active.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], [`AccountError::LastAdministrator`], or when the database does not answer.
    pub async fn disable(&self, account: AccountId, by: &By) -> Result<bool, AccountError> {
        let now = self.now();
        let mut writing = self.database().begin().await?;
        keep_an_administrator(&mut writing, account, by).await?;
        if !changes::disable(&mut writing, account, now).await? {
            store::roll_back(writing).await?;
            return self.existing(account).await.map(|_| false);
        }
        writing.end_all_of(&account.user_id(), None, now).await?;
        let entry = Entry::new(AuditKind::Disabled, account, by);
        record(&mut writing, entry, now).await?;
        store::commit(writing).await?;
        Ok(true)
    }

    /// Lets the owner of a disabled account log in again. The sessions that he had stay ended. Answers whether the account
    /// was disabled.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn enable(&self, account: AccountId, by: &By) -> Result<bool, AccountError> {
        let mut writing = self.database().begin().await?;
        if !changes::enable(&mut writing, account).await? {
            store::roll_back(writing).await?;
            return self.existing(account).await.map(|_| false);
        }
        let entry = Entry::new(AuditKind::Enabled, account, by);
        record(&mut writing, entry, self.now()).await?;
        store::commit(writing).await?;
        Ok(true)
    }

    /// Deletes an account with all that belongs to it, in one transaction: its sessions and their data, roles, and history.
    /// The audit keeps what was done to it under its id, and neither name nor address.
    ///
    /// Its name is free at once: nothing is kept of it by which it could be held back.
    ///
    /// # Errors
    /// As [`disable`](Self::disable).
    pub async fn delete(&self, account: AccountId, by: &By) -> Result<(), AccountError> {
        // What still waits to be counted would be written down as somebody's who is gone.
        self.settings.failures.write_down().await?;
        let mut writing = self.database().begin().await?;
        keep_an_administrator(&mut writing, account, by).await?;
        if !changes::delete(&mut writing, account).await? {
            store::roll_back(writing).await?;
            return Err(AccountError::NoSuchAccount);
        }
        writing.forget_all_of(&account.user_id()).await?;
        // Where its owner was when he deleted it is nobody's business any more.
        let without_place = By::new(by.actor.clone(), Default::default());
        let by = match by.actor {
            Actor::Account(_) => &without_place,
            _ => by,
        };
        let entry = Entry::new(AuditKind::Deleted, account, by);
        record(&mut writing, entry, self.now()).await?;
        Ok(store::commit(writing).await?)
    }
}

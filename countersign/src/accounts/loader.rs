use super::store::Database;
use super::{Account, AccountError, AccountId, Accounts};
use crate::login::{LoginSource, SharedSettings, UserLoader, sealed};

/// Loads accounts for logins, and keeps their upgraded hashes.
#[derive(Debug)]
pub(super) struct AccountLoader(pub(super) Database);

impl UserLoader for AccountLoader {
    type User = Account;
    type Error = AccountError;

    async fn load(&self, id: AccountId) -> Result<Option<Account>, AccountError> {
        Ok(self.0.account(id).await?)
    }

    async fn store_password_hash(&self, user: &Account, hash: &str) -> Result<(), AccountError> {
        let old = &user.password_hash;
        Ok(self.0.replace_hash(user.id, old, hash).await?)
    }
}

impl LoginSource for Accounts {
    type User = Account;
}

impl sealed::Sealed for Accounts {
    fn login_settings(&self) -> SharedSettings {
        SharedSettings(self.login().clone())
    }
}

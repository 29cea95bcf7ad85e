use super::{AccountError, Accounts, store};

/// How many there are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Totals {
    /// Accounts, disabled ones included.
    pub accounts: u64,
    /// Accounts that are disabled.
    pub disabled: u64,
    /// Live sessions of somebody who is logged in.
    pub sessions: u64,
}

impl Accounts {
    /// Writes something into the database and takes it away again, and so finds out whether a login could be kept now: the
    /// disk has room, nobody else holds the database, and its tables are there. It costs what a login's commit costs.
    ///
    /// # Errors
    /// Why not. It takes five seconds to know that somebody else holds the database.
    pub async fn check_writing(&self) -> Result<(), AccountError> {
        let mut writing = self.database().begin().await?;
        store::health::write_and_take_away(&mut writing).await?;
        Ok(store::commit(writing).await?)
    }

    /// Counts accounts and sessions. It reads all of them: do it now and then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn totals(&self) -> Result<Totals, AccountError> {
        Ok(self.database().totals(self.now()).await?)
    }
}

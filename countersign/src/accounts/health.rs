use super::{AccountError, Accounts, DatabaseReport, store};
use crate::clock::Timestamp;

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

    /// Looks for damage, at every page of the database, and for settings that are unusual.
    ///
    /// # Errors
    /// When the database does not answer, or the file is none any more.
    pub async fn check_database(&self) -> Result<DatabaseReport, AccountError> {
        Ok(store::maintenance::check(self.pool()).await?)
    }

    /// The newest moment at which something happened that the database knows of; `None` where nothing did. One that is yet
    /// to come shows that a clock was wrong, now or then. It reads whole tables: do it now and then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest_moment(&self) -> Result<Option<Timestamp>, AccountError> {
        Ok(self.database().newest_moment().await?)
    }
}

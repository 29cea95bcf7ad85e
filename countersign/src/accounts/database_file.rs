use std::path::Path;

use sqlx::SqlitePool;

use super::backup::{BackupError, backup};
use super::store::maintenance;
use super::{AccountError, Accounts};
use crate::session::SqliteOpenError;
use crate::session::sqlite::open;

/// A database file as it was found: nothing is made or brought up to date until [`migrate`](Self::migrate) is called. For commands that look at
/// a database before a program of another version uses it.
///
/// ```
/// use countersign::accounts::DatabaseFile;
/// # use countersign::accounts::Accounts;
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("accounts.db");
/// # Accounts::open(&path).await?;
/// let file = DatabaseFile::open(&path).await?;
/// for version in file.versions().await? {
///     assert!(version.is_current(), "{}: from {} to {}", version.tables, version.found, version.known);
/// }
/// let accounts = file.migrate().await?;
/// # drop(accounts);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DatabaseFile {
    pool: SqlitePool,
}

/// The version of some tables, in a database and in this program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TableVersion {
    /// What is kept in the tables: `sessions`, `accounts`.
    pub tables: &'static str,
    /// The version that was found; 0 where there are no tables yet.
    pub found: i64,
    /// The newest version that this program knows.
    pub known: i64,
}

/// What can be said of a database's health.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DatabaseReport {
    /// What SQLite's `quick_check` found to be damaged, at most a hundred lines. Nothing when all is well.
    pub problems: Vec<String>,
    /// How changes are kept until they are in the file: `wal`, unless the file system does not allow it.
    pub journal_mode: String,
    /// How a commit is brought to the disk: `full`, or in an application's own pool also `off`, `normal` or `extra`.
    pub synchronous: &'static str,
    /// Whether foreign keys are enforced.
    pub foreign_keys: bool,
    /// The versions of the tables.
    pub versions: Vec<TableVersion>,
}

impl TableVersion {
    /// Whether the tables are as this program knows them.
    pub const fn is_current(&self) -> bool {
        self.found == self.known
    }

    /// Whether a migration would change them.
    pub const fn needs_migration(&self) -> bool {
        self.found < self.known
    }

    /// Whether a newer program made them, so that this one can't use them.
    pub const fn is_newer(&self) -> bool {
        self.found > self.known
    }
}

impl DatabaseFile {
    /// Opens a database file that exists.
    ///
    /// # Errors
    /// When there is no such file, or it can't be opened and written.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, SqliteOpenError> {
        let pool = open::open_existing(path.as_ref()).await?;
        Ok(Self { pool })
    }

    /// The versions of the tables, in the order in which they are brought up to date.
    ///
    /// # Errors
    /// When the database does not answer, or the file is none.
    pub async fn versions(&self) -> Result<Vec<TableVersion>, AccountError> {
        Ok(maintenance::versions(&self.pool).await?)
    }

    /// Looks for damage, at every page of the file, and for settings that are unusual.
    ///
    /// # Errors
    /// When the database does not answer, or the file is none.
    pub async fn check(&self) -> Result<DatabaseReport, AccountError> {
        Ok(maintenance::check(&self.pool).await?)
    }

    /// Copies the database into a new file, as [`Accounts::backup`] does.
    ///
    /// # Errors
    /// As there.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), BackupError> {
        backup(&self.pool, to.as_ref()).await
    }

    /// Brings the tables to this program's version, as [`Accounts::open`] does.
    ///
    /// # Errors
    /// When the database does not answer, can't be written, or has tables of a newer version.
    pub async fn migrate(self) -> Result<Accounts, SqliteOpenError> {
        open::write_ahead(&self.pool).await?;
        Accounts::from_pool(self.pool).await
    }

    /// Closes the file.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use tokio::time::Instant;

use super::{DEADLINE, primary_code};

/// Why a database can't keep sessions, or accounts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteOpenError {
    /// The path names no file that could hold a database.
    #[error(
        "{path:?} names no database file; give the path of one, or use MemoryStore to keep sessions in memory"
    )]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// The file can neither be opened nor made.
    #[error(
        "the database file {path:?} can't be opened for writing; check that its folder exists and that this process \
         may write to both"
    )]
    File {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The database can be read and not written.
    #[error(
        "the database can't be written, and has to be; check the permissions of its file and folder"
    )]
    ReadOnly(#[source] sqlx::Error),
    /// A newer version of Countersign made the tables.
    #[error(
        "the tables of {tables} have version {found} and this program knows versions up to {known}; run the newer \
         program that made them"
    )]
    NewerSchema {
        /// What is kept in the tables.
        tables: &'static str,
        /// The version that was found.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The database answers with an error of its own.
    #[error("the database can't be prepared")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for SqliteOpenError {
    fn from(error: sqlx::Error) -> Self {
        match primary_code(&error) {
            Some(READ_ONLY | CAN_NOT_OPEN) => Self::ReadOnly(error),
            _ => Self::Database(error),
        }
    }
}

impl SqliteOpenError {
    /// Whether it passes when others have done what they do.
    fn is_of_a_lock(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::PoolTimedOut) => true,
            Self::Database(error) => primary_code(error) == Some(BUSY),
            _ => false,
        }
    }
}

/// A pool on a database file, which is made when there is none.
pub(crate) async fn open(path: &Path) -> Result<SqlitePool, SqliteOpenError> {
    let path = full(path)?;
    make_file(&path).map_err(|source| SqliteOpenError::File {
        path: path.clone(),
        source,
    })?;
    let pool = connect(&path).await?;
    write_ahead(&pool).await?;
    Ok(pool)
}

/// A pool on a database file that exists and stays as it is.
#[cfg(feature = "accounts")]
pub(crate) async fn open_existing(path: &Path) -> Result<SqlitePool, SqliteOpenError> {
    let path = full(path)?;
    let found = OpenOptions::new().read(true).write(true).open(&path);
    found.map_err(|source| SqliteOpenError::File {
        path: path.clone(),
        source,
    })?;
    connect(&path).await
}

async fn connect(path: &Path) -> Result<SqlitePool, SqliteOpenError> {
    let patience = Patience::begin();
    loop {
        match try_to_connect(path).await {
            Ok(pool) => return Ok(pool),
            Err(error) => patience.wait_after(error).await?,
        }
    }
}

async fn try_to_connect(path: &Path) -> Result<SqlitePool, SqliteOpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(DEADLINE);
    let readers = std::thread::available_parallelism().map_or(4, |cores| cores.get().clamp(2, 8));
    Ok(SqlitePoolOptions::new()
        .max_connections(u32::try_from(readers).unwrap_or(8))
        .acquire_timeout(DEADLINE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?)
}

/// Turns the write-ahead log on. The file remembers it.
pub(crate) async fn write_ahead(pool: &SqlitePool) -> Result<(), SqliteOpenError> {
    let patience = Patience::begin();
    let mode = loop {
        let answer = sqlx::query_scalar::<_, String>("PRAGMA journal_mode = WAL").fetch_one(pool);
        match answer.await {
            Ok(mode) => break mode,
            Err(error) => patience.wait_after(error.into()).await?,
        }
    };
    if mode != "wal" {
        // Some network file systems have no shared memory. Everything works there all the same.
        tracing::warn!(
            mode,
            "this file system allows no write-ahead log; sessions will be slower"
        );
    }
    Ok(())
}

/// Lets a start try again while others have the database locked, for longer than a request would wait: who starts late
/// serves still, and who gives up does not.
///
/// SQLite does not wait at all for the exclusive lock that the write-ahead log needs. For other locks it waits without a
/// queue, so when many starts come at once, the unlucky don't come through within the time of one wait.
pub(crate) struct Patience {
    end: Instant,
}

impl Patience {
    pub(crate) fn begin() -> Self {
        let end = Instant::now() + PATIENCE;
        Self { end }
    }

    /// Waits for a moment, after an error that passes. All others, and the last one, come back.
    pub(crate) async fn wait_after(&self, error: SqliteOpenError) -> Result<(), SqliteOpenError> {
        if !error.is_of_a_lock() || Instant::now() >= self.end {
            return Err(error);
        }
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }
}

/// The path from the root on: SQLite takes names like `file:…` and `:memory:` for something else than a path.
fn full(path: &Path) -> Result<PathBuf, SqliteOpenError> {
    let no_file = || SqliteOpenError::NoFile {
        path: path.to_owned(),
    };
    if path == Path::new(":memory:") || path.is_dir() {
        return Err(no_file());
    }
    std::path::absolute(path).map_err(|_| no_file())
}

/// Makes the file when there is none, for nobody's eyes but the owner's: SQLite would make it for everybody's. It
/// gives the files that it keeps beside the database the same permissions.
fn make_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// For how long a start tries to come by a lock.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before trying once more.
const PAUSE: Duration = Duration::from_millis(20);

// Result codes of SQLite: https://www.sqlite.org/rescode.html.
const BUSY: i32 = 5;
const READ_ONLY: i32 = 8;
const CAN_NOT_OPEN: i32 = 14;

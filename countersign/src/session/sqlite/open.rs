use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};

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
///
/// SQLite does not wait for the exclusive lock that it needs for this, so when several starts try at once, all but
/// one have to try again.
pub(crate) async fn write_ahead(pool: &SqlitePool) -> Result<(), SqliteOpenError> {
    let mut tries = DEADLINE.as_millis() / PAUSE.as_millis();
    loop {
        let answer = sqlx::query_scalar::<_, String>("PRAGMA journal_mode = WAL")
            .fetch_one(pool)
            .await;
        match answer {
            Ok(mode) => {
                if mode != "wal" {
                    // Some network file systems have no shared memory. Everything works there all the same.
                    tracing::warn!(
                        mode,
                        "this file system allows no write-ahead log; sessions will be slower"
                    );
                }
                return Ok(());
            }
            Err(error) if primary_code(&error) == Some(BUSY) && tries > 0 => {
                tries -= 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
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

/// How long to wait before trying once more for a lock that SQLite itself does not wait for.
const PAUSE: Duration = Duration::from_millis(20);

// Result codes of SQLite: https://www.sqlite.org/rescode.html.
const BUSY: i32 = 5;
const READ_ONLY: i32 = 8;
const CAN_NOT_OPEN: i32 = 14;

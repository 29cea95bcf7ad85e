#[cfg(feature = "accounts")]
mod listing;
pub(crate) mod open;
pub(crate) mod rows;
pub(crate) mod schema;
mod shared;
mod statements;
pub(crate) mod writing;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;
use tokio::sync::{Mutex, OwnedMutexGuard};

use self::rows::Query;
use self::writing::Writing;
use super::{
    BoxError, Commit, Committed, Epoch, Lookup, SessionId, SessionRecord, SessionStore, StoreError,
    UserId, Want,
};
use crate::clock::Timestamp;
use crate::secret::TokenHash;

pub use open::SqliteOpenError;

/// Sessions in a SQLite database: in a file of their own, or beside an application's own tables.
///
/// What a future of this store has answered is on the disk. Several processes may use one file. Clones share one
/// queue of writers, so prefer a clone to a second store on the same pool.
///
/// ```
/// use countersign::session::{SessionStore, SqliteStore};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path().join("sessions.db")).await?;
/// assert_eq!(store.count().await?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    /// Writers of this process wait here, in the order in which they came. SQLite knows one writer at a time and has
    /// no queue: whoever finds it busy sleeps and tries again, and under load the unlucky never come through.
    writers: Arc<Mutex<()>>,
}

impl SqliteStore {
    /// Sessions in an application's own database. All names of ours begin with `countersign_`, and what we did to the
    /// database is written in a table of ours.
    ///
    /// The pool's settings stay as they are. A database in memory needs a pool of one connection, because SQLite
    /// gives each connection another one. SQLite has one writer at a time: end the application's own write
    /// transactions before sessions are ended, or wait for nothing until the pool's busy timeout is over.
    ///
    /// # Errors
    /// When the database does not answer, can't be written, or has tables of a newer version.
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, SqliteOpenError> {
        schema::migrate(&pool, &schema::SESSIONS).await?;
        Ok(Self {
            pool,
            writers: Arc::default(),
        })
    }

    /// Sessions in a database file. When there is none it is made, and only its owner can read it; its folder must
    /// exist. The database keeps a write-ahead log, and no commit is answered before it is on the disk.
    ///
    /// # Errors
    /// When the file can't be opened and written, or has tables of a newer version.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, SqliteOpenError> {
        Self::from_pool(open::open(path.as_ref()).await?).await
    }

    /// The connections on which the store works.
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// A transaction that may write, in its turn.
    pub(crate) async fn begin_writing(&self) -> Result<Writing, StoreError> {
        let turn = self.turn().await?;
        Writing::start(&self.pool, Some(turn)).await.map_err(failed)
    }

    /// Carries one writing statement out, in its turn. Answers how many rows it wrote.
    async fn write(&self, query: Query) -> Result<u64, StoreError> {
        let _turn = self.turn().await?;
        let done = query.execute(&self.pool).await.map_err(failed)?;
        Ok(done.rows_affected())
    }

    async fn turn(&self) -> Result<OwnedMutexGuard<()>, StoreError> {
        tokio::time::timeout(DEADLINE, Arc::clone(&self.writers).lock_owned())
            .await
            .map_err(|late| StoreError::Unavailable(late.into()))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SessionStore for SqliteStore {
    async fn load(
        &self,
        token: &TokenHash,
        want: Want,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let statement = match want {
            Want::Record => statements::LOAD_RECORD,
            Want::RecordAndData => statements::LOAD_RECORD_AND_DATA,
        };
        let row = sqlx::query(statement)
            .bind(token.digest().to_vec())
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        row.map_or(Ok(Lookup::Unknown), |row| rows::look_up(&row, want, now))
    }

    async fn commit(&self, commit: Commit, now: Timestamp) -> Result<Committed, StoreError> {
        let mut writing = self.begin_writing().await?;
        let committed = writing.carry_out(&commit, now).await?;
        let finished = match committed {
            Committed::Done => writing.commit().await,
            Committed::Gone | Committed::Outdated => writing.roll_back().await,
        };
        finished.map_err(failed)?;
        Ok(committed)
    }

    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        let touch = sqlx::query(statements::TOUCH)
            .bind(token.digest().to_vec())
            .bind(now.as_millis());
        self.write(touch).await.map(drop)
    }

    async fn end(&self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self.write(end(token, now)).await? > 0)
    }

    async fn end_named(
        &self,
        user: &UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.write(end_named(user, session, now)).await? > 0)
    }

    async fn end_all_of(
        &self,
        user: &UserId,
        except: Option<&TokenHash>,
        now: Timestamp,
    ) -> Result<Epoch, StoreError> {
        let mut writing = self.begin_writing().await?;
        let epoch = writing.end_all_of(user, except, now).await?;
        writing.commit().await.map_err(failed)?;
        Ok(epoch)
    }

    async fn end_all(&self, now: Timestamp) -> Result<(), StoreError> {
        match self.write(end_all(now)).await? {
            1 => Ok(()),
            _ => Err(settings_are_missing()),
        }
    }

    async fn sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let rows = sqlx::query(statements::SESSIONS_OF)
            .bind(user.as_str().to_owned())
            .bind(now.as_millis())
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(rows::record).collect()
    }

    async fn epoch_of(&self, user: &UserId) -> Result<Epoch, StoreError> {
        let row = sqlx::query(statements::EPOCH_OF)
            .bind(user.as_str().to_owned())
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        rows::epoch(stored_epoch(row)?)
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(statements::COUNT)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        Ok(count.unsigned_abs())
    }

    async fn remove_expired(&self, at_most: u32, now: Timestamp) -> Result<u64, StoreError> {
        self.write(clean(at_most, now)).await
    }

    async fn shared_secret(&self, proposal: [u8; 32]) -> Result<[u8; 32], StoreError> {
        if let Some(kept) = self.kept_secret().await? {
            return Ok(kept);
        }
        let propose = sqlx::query(statements::PROPOSE_SECRET).bind(proposal.to_vec());
        self.write(propose).await?;
        // Whoever proposed first, all read the same.
        self.kept_secret().await?.ok_or_else(settings_are_missing)
    }
}

impl SqliteStore {
    async fn kept_secret(&self) -> Result<Option<[u8; 32]>, StoreError> {
        let row = sqlx::query(statements::SHARED_SECRET)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        rows::shared_secret(&row.ok_or_else(settings_are_missing)?)
    }
}

fn end(token: &TokenHash, now: Timestamp) -> Query {
    sqlx::query(statements::END)
        .bind(token.digest().to_vec())
        .bind(now.as_millis())
        .bind((now + SqliteStore::TOMBSTONE).as_millis())
}

fn end_named(user: &UserId, session: SessionId, now: Timestamp) -> Query {
    sqlx::query(statements::END_NAMED)
        .bind(user.as_str().to_owned())
        .bind(now.as_millis())
        .bind((now + SqliteStore::TOMBSTONE).as_millis())
        .bind(session.as_bytes().to_vec())
}

fn end_all(now: Timestamp) -> Query {
    sqlx::query(statements::NEXT_GLOBAL_EPOCH).bind(now.as_millis())
}

fn clean(at_most: u32, now: Timestamp) -> Query {
    sqlx::query(statements::CLEAN)
        .bind(at_most)
        .bind(now.as_millis())
}

fn stored_epoch(row: Option<SqliteRow>) -> Result<[i64; 2], StoreError> {
    rows::stored_epoch(&row.ok_or_else(settings_are_missing)?)
}

fn settings_are_missing() -> StoreError {
    StoreError::Corrupt {
        what: "table of settings",
        source: BoxError::from("its one row is missing"),
    }
}

/// What an error of the driver means: the database holds something unreadable, or it does not do what it is asked.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    let what = match &error {
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::Decode(_) => "column",
        _ if matches!(primary_code(&error), Some(CORRUPT | NOT_A_DATABASE)) => "database file",
        _ => return StoreError::Unavailable(error.into()),
    };
    StoreError::Corrupt {
        what,
        source: error.into(),
    }
}

/// SQLite's result code, without the byte that details it.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i32>().ok().map(|code| code & 0xFF)
}

/// How long to wait for another writer, here or in another process, before the store counts as unavailable.
const DEADLINE: Duration = Duration::from_secs(5);

// Result codes of SQLite: https://www.sqlite.org/rescode.html.
const CORRUPT: i32 = 11;
const NOT_A_DATABASE: i32 = 26;

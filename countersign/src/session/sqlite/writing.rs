use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;

use super::rows::{self, Open, Query};
use super::{SqliteStore, clean, end, failed, settings_are_missing, statements};
use crate::clock::Timestamp;
use crate::secret::TokenHash;
use crate::session::{
    Committed, DataChanges, NewSession, Replaced, SessionData, SessionStore as _, StoreError,
    UserId,
};

/// A transaction that holds the database's write lock from its beginning, so that what it reads is still so when it
/// writes. Dropped before its commit, it leaves nothing behind.
///
/// It is not sqlx's: when SQLite rolls a transaction back by itself, as it does on a full disk, sqlx 0.9 goes on
/// counting it, and begins no other one on that connection ever after.
pub(crate) struct Writing {
    /// Taken away when the transaction is over.
    connection: Option<PoolConnection<Sqlite>>,
    turn: Option<OwnedMutexGuard<()>>,
}

impl Writing {
    pub(crate) async fn start(
        pool: &SqlitePool,
        turn: Option<OwnedMutexGuard<()>>,
    ) -> Result<Self, sqlx::Error> {
        let mut writing = Self {
            connection: Some(pool.acquire().await?),
            turn,
        };
        sqlx::query("BEGIN IMMEDIATE")
            .execute(writing.connection())
            .await?;
        Ok(writing)
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        self.connection
            .as_mut()
            .expect("only the methods that end the transaction take the connection away")
    }

    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        sqlx::query("COMMIT").execute(self.connection()).await?;
        self.connection = None;
        Ok(())
    }

    pub(crate) async fn roll_back(mut self) -> Result<(), sqlx::Error> {
        sqlx::query("ROLLBACK").execute(self.connection()).await?;
        self.connection = None;
        Ok(())
    }

    pub(super) async fn change(
        &mut self,
        token: &TokenHash,
        changes: &DataChanges,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let Some(mut data) = self.live_data(token, now).await? else {
            return Ok(Committed::Gone);
        };
        changes.apply_to(&mut data);
        let write = sqlx::query(statements::WRITE_DATA)
            .bind(token.digest().to_vec())
            .bind(data.to_json());
        self.execute(write).await?;
        Ok(Committed::Done)
    }

    pub(super) async fn begin(
        &mut self,
        session: &NewSession,
        replaces: Option<&Replaced>,
        changes: &DataChanges,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let user = session.record.login.as_ref().map(|login| &login.user_id);
        let row = self.one(epoch_and_sessions_of(user)).await?;
        let row = row.ok_or_else(settings_are_missing)?;
        let present = rows::stored_epoch(&row)?;
        if let Some(epoch) = session.epoch
            && epoch != rows::epoch(present)?
        {
            return Ok(Committed::Outdated);
        }

        let mut data = SessionData::default();
        let mut chain = *session.record.id.as_bytes();
        if let Some(old) = replaces {
            let open = self.open(&old.token, now).await?;
            if old.must_be_live && !open.as_ref().is_some_and(|open| open.is_live) {
                return Ok(Committed::Gone);
            }
            if let Some(open) = open {
                if old.fades && user.is_some() && open.user.as_ref() == user {
                    chain = open.chain;
                    if open.is_live {
                        self.execute(fade(&old.token, now)).await?;
                    }
                } else {
                    self.execute(end(&old.token, now)).await?;
                }
                if old.keep_data && open.is_live {
                    data = open.data;
                }
            }
        }
        changes.apply_to(&mut data);
        if let Some(user) = user
            && rows::sessions(&row)? >= LIMIT
        {
            self.execute(end_oldest(user, now)).await?;
        }
        self.execute(rows::insert(session, chain, &data, present))
            .await?;
        self.execute(clean(CLEANED_AT_A_BEGINNING, now)).await?;
        Ok(Committed::Done)
    }

    /// The one row of a statement's answer, if there is one.
    pub(crate) async fn one(&mut self, query: Query) -> Result<Option<SqliteRow>, StoreError> {
        query
            .fetch_optional(self.connection())
            .await
            .map_err(failed)
    }

    pub(crate) async fn execute(&mut self, query: Query) -> Result<(), StoreError> {
        self.write(query).await.map(drop)
    }

    /// Carries a statement out, and answers how many rows it wrote.
    pub(crate) async fn write(&mut self, query: Query) -> Result<u64, StoreError> {
        let done = query.execute(self.connection()).await.map_err(failed)?;
        Ok(done.rows_affected())
    }

    async fn live_data(
        &mut self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionData>, StoreError> {
        let live = sqlx::query(statements::LIVE_DATA)
            .bind(token.digest().to_vec())
            .bind(now.as_millis());
        self.one(live).await?.as_ref().map(rows::data).transpose()
    }

    async fn open(
        &mut self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Open>, StoreError> {
        let open = sqlx::query(statements::OPEN)
            .bind(token.digest().to_vec())
            .bind(now.as_millis());
        self.one(open).await?.as_ref().map(rows::open).transpose()
    }
}

impl Drop for Writing {
    /// Rolls back what was given up. The next writer of this process waits until that is done.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let turn = self.turn.take();
        match Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    // It fails when there is nothing to roll back: when the commit was carried out after all, or
                    // SQLite did it by itself.
                    let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
                    drop(connection);
                    drop(turn);
                });
            }
            Err(_) => connection.close_on_drop(),
        }
    }
}

/// The statement that lets a live session fade.
fn fade(token: &TokenHash, now: Timestamp) -> Query {
    sqlx::query(statements::FADE)
        .bind(token.digest().to_vec())
        .bind(now.as_millis())
        .bind((now + SqliteStore::TOMBSTONE).as_millis())
        .bind((now + SqliteStore::GRACE).as_millis())
}

/// The statement that ends those of a user's sessions that have to give way to one more.
fn end_oldest(user: &UserId, now: Timestamp) -> Query {
    sqlx::query(statements::END_OLDEST)
        .bind(user.as_str().to_owned())
        .bind(now.as_millis())
        .bind((now + SqliteStore::TOMBSTONE).as_millis())
        .bind(LIMIT - 1)
}

fn epoch_and_sessions_of(user: Option<&UserId>) -> Query {
    sqlx::query(statements::EPOCH_AND_SESSIONS_OF).bind(user.map(|user| user.as_str().to_owned()))
}

const LIMIT: i64 = SqliteStore::SESSIONS_PER_USER as i64;

/// How many sessions whose time is over a beginning session cleans away: more than one, so that none pile up.
const CLEANED_AT_A_BEGINNING: u32 = 8;

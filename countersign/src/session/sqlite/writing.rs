use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;

use super::rows::{self, Query};
use super::{clean, end, epoch_of, failed, statements, stored_epoch};
use crate::clock::Timestamp;
use crate::secret::TokenHash;
use crate::session::{
    Committed, DataChanges, NewSession, Replaced, SessionData, StoreError, UserId,
};

/// A transaction that holds the database's write lock from its beginning, so that what it reads is still so when it
/// writes. Dropped before its commit, it leaves nothing behind.
///
/// It is not sqlx's: when SQLite rolls a transaction back by itself, as it does on a full disk, sqlx 0.9 goes on
/// counting it, and begins no other one on that connection ever after.
pub(super) struct Writing {
    /// Taken away when the transaction is over.
    connection: Option<PoolConnection<Sqlite>>,
    turn: Option<OwnedMutexGuard<()>>,
}

impl Writing {
    pub(super) async fn start(
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

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.connection
            .as_mut()
            .expect("only the methods that end the transaction take the connection away")
    }

    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        sqlx::query("COMMIT").execute(self.connection()).await?;
        self.connection = None;
        Ok(())
    }

    pub(super) async fn roll_back(mut self) -> Result<(), sqlx::Error> {
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
        let present = self.epoch_of(user).await?;
        if let Some(epoch) = session.epoch
            && epoch != rows::epoch(present)?
        {
            return Ok(Committed::Outdated);
        }

        let mut data = SessionData::default();
        if let Some(old) = replaces {
            match self.live_data(&old.token, now).await? {
                Some(kept) if old.keep_data => data = kept,
                None if old.must_be_live => return Ok(Committed::Gone),
                _ => {}
            }
            self.execute(end(&old.token, old.fades, now)).await?;
        }
        changes.apply_to(&mut data);
        self.execute(rows::insert(session, &data, present)).await?;
        self.execute(clean(CLEANED_AT_A_BEGINNING, now)).await?;
        Ok(Committed::Done)
    }

    pub(super) async fn execute(&mut self, query: Query) -> Result<(), StoreError> {
        query
            .execute(self.connection())
            .await
            .map(drop)
            .map_err(failed)
    }

    async fn live_data(
        &mut self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<SessionData>, StoreError> {
        let row = sqlx::query(statements::LIVE_DATA)
            .bind(token.digest().to_vec())
            .bind(now.as_millis())
            .fetch_optional(self.connection())
            .await
            .map_err(failed)?;
        row.as_ref().map(rows::data).transpose()
    }

    async fn epoch_of(&mut self, user: Option<&UserId>) -> Result<[i64; 2], StoreError> {
        let row = epoch_of(user)
            .fetch_optional(self.connection())
            .await
            .map_err(failed)?;
        stored_epoch(row)
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

/// How many sessions whose time is over a beginning session cleans away: more than one, so that none pile up.
const CLEANED_AT_A_BEGINNING: u32 = 8;

//! Lists of many users' sessions.

use std::collections::HashMap;

use super::rows::{self, get};
use super::{SqliteStore, failed, statements};
use crate::clock::Timestamp;
use crate::session::{SessionId, SessionRecord, StoreError, UserId};

impl SqliteStore {
    /// Live sessions of users, or of one user, those that were used last first: those behind a place in that order. With
    /// `is_back`, those before the place, the nearest first.
    pub(crate) async fn live_sessions(
        &self,
        user: Option<&UserId>,
        from: Option<(Timestamp, [u8; 16])>,
        is_back: bool,
        at_most: i64,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let statement = match (user, is_back) {
            (None, false) => statements::LIVE_SESSIONS,
            (None, true) => statements::LIVE_SESSIONS_BACK,
            (Some(_), false) => statements::LIVE_SESSIONS_OF,
            (Some(_), true) => statements::LIVE_SESSIONS_OF_BACK,
        };
        let (used_at, id) = from.map_or((i64::MAX, [u8::MAX; 16]), |(used_at, id)| {
            (used_at.as_millis(), id)
        });
        let rows = sqlx::query(statement)
            .bind(user.map(|user| user.as_str().to_owned()))
            .bind(now.as_millis())
            .bind(used_at)
            .bind(id.to_vec())
            .bind(at_most)
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(rows::record).collect()
    }

    /// A live session of some user, by its name.
    pub(crate) async fn live_session(
        &self,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let row = sqlx::query(statements::LIVE_SESSION)
            .bind(session.as_bytes().to_vec())
            .bind(now.as_millis())
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        row.as_ref().map(rows::record).transpose()
    }

    /// How many live sessions users have, or one user.
    pub(crate) async fn count_live(
        &self,
        user: Option<&UserId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        if let Some(user) = user {
            let counts = self.live_counts(std::slice::from_ref(user), now).await?;
            return Ok(counts.get(user).copied().unwrap_or(0));
        }
        let count: i64 = sqlx::query_scalar(statements::COUNT_LIVE)
            .bind(None::<String>)
            .bind(now.as_millis())
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        Ok(count.unsigned_abs())
    }

    /// How many live sessions each of some users has. Who has none is not among them.
    pub(crate) async fn live_counts(
        &self,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<HashMap<UserId, u64>, StoreError> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        let users = serde_json::to_string(&users).expect("texts can be written as JSON");
        let rows = sqlx::query(statements::COUNT_LIVE_OF)
            .bind(users)
            .bind(now.as_millis())
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| {
                let user = UserId::new(get::<&str>(row, "user_id")?);
                Ok((user, rows::sessions(row)?.unsigned_abs()))
            })
            .collect()
    }
}

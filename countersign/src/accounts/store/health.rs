use super::Database;
use crate::clock::Timestamp;
use crate::session::StoreError;
use crate::session::sqlite::failed;
use crate::session::sqlite::writing::Writing;

impl Database {
    pub(in crate::accounts) async fn newest_moment(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest: Option<i64> = sqlx::query_scalar(NEWEST)
            .fetch_one(self.sessions.pool())
            .await
            .map_err(failed)?;
        Ok(newest.map(Timestamp::from_millis))
    }
}

/// Changes a page of the database, and leaves it as it was.
pub(in crate::accounts) async fn write_and_take_away(
    writing: &mut Writing,
) -> Result<(), StoreError> {
    for statement in [PUT, TAKE_AWAY] {
        writing.write(sqlx::query(statement)).await?;
    }
    Ok(())
}

/// A token whose time was over long ago, and whose hash nothing has.
const PUT: &str = "INSERT INTO countersign_one_time_tokens (digest, purpose, created_at, expires_at, roles) \
     VALUES (zeroblob(32), 'check', 0, 0, '[]')";

const TAKE_AWAY: &str = "DELETE FROM countersign_one_time_tokens WHERE digest = zeroblob(32)";

const NEWEST: &str = "SELECT max(moment) FROM ( \
         SELECT max(at) AS moment FROM countersign_audit \
         UNION ALL SELECT max(created_at) FROM countersign_accounts \
         UNION ALL SELECT max(max(created_at, last_seen_at)) FROM countersign_sessions \
         UNION ALL SELECT max(last_at) FROM countersign_sign_in_failures \
     )";

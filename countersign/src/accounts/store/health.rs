use super::Database;
use crate::accounts::Totals;
use crate::clock::Timestamp;
use crate::session::StoreError;
use crate::session::sqlite::failed;
use crate::session::sqlite::writing::Writing;

impl Database {
    pub(in crate::accounts) async fn totals(&self, now: Timestamp) -> Result<Totals, StoreError> {
        let (accounts, disabled, sessions): (i64, i64, i64) = sqlx::query_as(TOTALS)
            .bind(now.as_millis())
            .fetch_one(self.sessions.pool())
            .await
            .map_err(failed)?;
        Ok(Totals {
            accounts: accounts.unsigned_abs(),
            disabled: disabled.unsigned_abs(),
            sessions: sessions.unsigned_abs(),
        })
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

/// `?1` is the present moment.
const TOTALS: &str = "SELECT \
     (SELECT count(*) FROM countersign_accounts), \
     (SELECT count(*) FROM countersign_accounts WHERE disabled_at IS NOT NULL), \
     (SELECT count(*) FROM countersign_sessions \
         WHERE user_id IS NOT NULL AND ended_at IS NULL AND cleaned_at > ?1)";

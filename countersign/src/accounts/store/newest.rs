use super::Database;
use crate::clock::Timestamp;
use crate::session::StoreError;
use crate::session::sqlite::failed;

impl Database {
    pub(in crate::accounts) async fn newest_moment(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest: Option<i64> = sqlx::query_scalar(NEWEST)
            .fetch_one(self.sessions.pool())
            .await
            .map_err(failed)?;
        Ok(newest.map(Timestamp::from_millis))
    }
}

const NEWEST: &str = "SELECT max(moment) FROM ( \
         SELECT max(at) AS moment FROM countersign_audit \
         UNION ALL SELECT max(created_at) FROM countersign_accounts \
         UNION ALL SELECT max(max(created_at, last_seen_at)) FROM countersign_sessions \
         UNION ALL SELECT max(last_at) FROM countersign_sign_in_failures \
     )";

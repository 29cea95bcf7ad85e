use super::{Database, rows};
use crate::session::StoreError;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::get;

impl Database {
    /// How many accounts there are, are disabled, and are active and have a role.
    pub(in crate::accounts) async fn counts(&self, role: &str) -> Result<[u64; 3], StoreError> {
        let row = sqlx::query(COUNTS)
            .bind(role.to_owned())
            .fetch_one(self.sessions.pool())
            .await
            .map_err(failed)?;
        Ok([
            rows::count(&row, "accounts")?,
            rows::count(&row, "disabled")?,
            rows::count(&row, "with_role")?,
        ])
    }

    /// How often somebody came in, by steps of so many milliseconds since 1970, from a step on. Steps without are left out.
    pub(in crate::accounts) async fn logins_since(
        &self,
        first: i64,
        length: i64,
    ) -> Result<Vec<(i64, u64)>, StoreError> {
        let rows = sqlx::query(LOGINS)
            .bind(first * length)
            .bind(length)
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| Ok((get(row, "step")?, rows::count(row, "logins")?)))
            .collect()
    }

    /// How often somebody failed, and how often nothing was verified, in the same way. A step has whole hours.
    pub(in crate::accounts) async fn failures_since(
        &self,
        first: i64,
        length: i64,
    ) -> Result<Vec<(i64, [u64; 2])>, StoreError> {
        let hours = length / HOUR;
        let rows = sqlx::query(FAILURES)
            .bind(first * hours)
            .bind(hours)
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| {
                let counts = [rows::count(row, "failed")?, rows::count(row, "throttled")?];
                Ok((get(row, "step")?, counts))
            })
            .collect()
    }
}

/// In milliseconds.
const HOUR: i64 = 3_600_000;

const COUNTS: &str = "SELECT (SELECT count(*) FROM countersign_accounts) AS accounts, \
     (SELECT count(*) FROM countersign_accounts WHERE disabled_at IS NOT NULL) AS disabled, \
     (SELECT count(*) FROM countersign_account_roles AS r JOIN countersign_accounts AS a ON a.id = r.account \
      WHERE r.role = ?1 AND a.disabled_at IS NULL) AS with_role";

/// `?1` is the first moment, `?2` the length of a step.
const LOGINS: &str = "SELECT at / ?2 AS step, count(*) AS logins FROM countersign_audit \
     WHERE kind IN ('logged_in', 'authenticated') AND at >= ?1 GROUP BY step";

/// `?1` is the first hour, `?2` how many hours a step has.
const FAILURES: &str = "SELECT hour / ?2 AS step, sum(failed) AS failed, sum(throttled) AS throttled \
     FROM countersign_sign_in_failures WHERE hour >= ?1 GROUP BY step";

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row as _};

    use super::*;
    use crate::session::sqlite::open;

    #[tokio::test]
    async fn a_series_reads_no_more_than_its_own_time() {
        let folder = tempfile::tempdir().unwrap();
        let pool = open::open(&folder.path().join("accounts.db"))
            .await
            .unwrap();
        let database = Database::from_pool(pool).await.unwrap();
        for statement in [LOGINS, FAILURES] {
            let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let rows = sqlx::query(plan).fetch_all(database.sessions.pool());
            let steps: Vec<String> = rows
                .await
                .unwrap()
                .iter()
                .map(|row| row.get("detail"))
                .collect();
            assert!(steps[0].starts_with("SEARCH"), "{statement}: {steps:?}");
        }
    }
}

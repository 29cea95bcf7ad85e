use sqlx::SqlitePool;

use super::SqliteOpenError;
use super::writing::Writing;

/// Brings the tables of sessions to the version that this code knows. However many starts do it at once, one makes
/// the tables and the others find them: all of it is one transaction that holds the database's write lock from its
/// beginning.
///
/// What was done is written in a table of our own, one row for each part of Countersign that keeps tables, so that an
/// application's own migrations, whatever their tool, know nothing of ours.
pub(super) async fn migrate(pool: &SqlitePool) -> Result<(), SqliteOpenError> {
    let mut writing = Writing::start(pool, None).await?;
    sqlx::raw_sql(RECORD).execute(writing.connection()).await?;
    let found: i64 = sqlx::query_scalar(VERSION)
        .fetch_optional(writing.connection())
        .await?
        .unwrap_or(0);
    if found > KNOWN {
        return Err(SqliteOpenError::NewerSchema {
            found,
            known: KNOWN,
        });
    }
    for (migration, version) in MIGRATIONS.into_iter().zip(1..) {
        if version > found {
            sqlx::raw_sql(migration)
                .execute(writing.connection())
                .await?;
        }
    }
    // Also when nothing is new, so that a database that can't be written is refused now and not at the first login.
    sqlx::query(WRITE_VERSION)
        .bind(KNOWN)
        .execute(writing.connection())
        .await?;
    Ok(writing.commit().await?)
}

const RECORD: &str = "CREATE TABLE IF NOT EXISTS countersign_schema (
    component TEXT    NOT NULL PRIMARY KEY,
    version   INTEGER NOT NULL
) STRICT, WITHOUT ROWID";

const VERSION: &str = "SELECT version FROM countersign_schema WHERE component = 'sessions'";

const WRITE_VERSION: &str =
    "INSERT OR REPLACE INTO countersign_schema (component, version) VALUES ('sessions', ?1)";

/// The n-th brings the tables from version n - 1 to version n. Once released, none is ever edited.
const MIGRATIONS: [&str; 1] = [include_str!("schema_1.sql")];

const KNOWN: i64 = MIGRATIONS.len() as i64;

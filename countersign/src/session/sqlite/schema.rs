use sqlx::SqlitePool;

use super::SqliteOpenError;
use super::open::Patience;
use super::writing::Writing;

/// Tables that belong together, and the steps by which they came to be what they are.
pub(crate) struct Schema {
    /// What is kept in them, in one word: their name in our record and in errors.
    pub(crate) tables: &'static str,
    /// The n-th step brings them from version n - 1 to version n. Once released, none is ever edited.
    pub(crate) steps: &'static [&'static str],
}

impl Schema {
    /// The newest version.
    pub(crate) fn known(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }
}

/// The tables of sessions.
pub(crate) const SESSIONS: Schema = Schema {
    tables: "sessions",
    steps: &[include_str!("schema_1.sql"), include_str!("schema_2.sql")],
};

/// Brings tables to the version that this code knows. However many starts do it at once, one makes
/// the tables and the others find them: all of it is one transaction that holds the database's write lock from its
/// beginning.
///
/// What was done is written in a table of our own, one row for each part of Countersign that keeps tables, so that an
/// application's own migrations, whatever their tool, know nothing of ours.
pub(crate) async fn migrate(pool: &SqlitePool, schema: &Schema) -> Result<(), SqliteOpenError> {
    let patience = Patience::begin();
    loop {
        match try_to_migrate(pool, schema).await {
            Ok(()) => return Ok(()),
            Err(error) => patience.wait_after(error).await?,
        }
    }
}

async fn try_to_migrate(pool: &SqlitePool, schema: &Schema) -> Result<(), SqliteOpenError> {
    let known = schema.known();
    let mut writing = Writing::start(pool, None).await?;
    sqlx::raw_sql(RECORD).execute(writing.connection()).await?;
    let found: i64 = sqlx::query_scalar(VERSION)
        .bind(schema.tables)
        .fetch_optional(writing.connection())
        .await?
        .unwrap_or(0);
    if found > known {
        return Err(SqliteOpenError::NewerSchema {
            tables: schema.tables,
            found,
            known,
        });
    }
    for (step, version) in schema.steps.iter().zip(1..) {
        if version > found {
            sqlx::raw_sql(*step).execute(writing.connection()).await?;
        }
    }
    // Also when nothing is new, so that a database that can't be written is refused now and not at the first login.
    sqlx::query(WRITE_VERSION)
        .bind(schema.tables)
        .bind(known)
        .execute(writing.connection())
        .await?;
    Ok(writing.commit().await?)
}

/// The version of tables that are left as they are; 0 where there are none.
#[cfg(feature = "accounts")]
pub(crate) async fn version(pool: &SqlitePool, schema: &Schema) -> Result<i64, sqlx::Error> {
    let has_record: bool = sqlx::query_scalar(HAS_RECORD).fetch_one(pool).await?;
    if !has_record {
        return Ok(0);
    }
    let found = sqlx::query_scalar(VERSION)
        .bind(schema.tables)
        .fetch_optional(pool)
        .await?;
    Ok(found.unwrap_or(0))
}

#[cfg(feature = "accounts")]
const HAS_RECORD: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'countersign_schema')";

const RECORD: &str = "CREATE TABLE IF NOT EXISTS countersign_schema (
    component TEXT    NOT NULL PRIMARY KEY,
    version   INTEGER NOT NULL
) STRICT, WITHOUT ROWID";

const VERSION: &str = "SELECT version FROM countersign_schema WHERE component = ?1";

const WRITE_VERSION: &str =
    "INSERT OR REPLACE INTO countersign_schema (component, version) VALUES (?1, ?2)";

//! Statements on the database as a whole.

use sqlx::SqlitePool;

use super::ACCOUNTS;
use crate::accounts::{DatabaseReport, TableVersion};
use crate::session::StoreError;
use crate::session::sqlite::failed;
use crate::session::sqlite::schema::{SESSIONS, version};

/// Copies the database into an empty file: what was committed when it began.
pub(in crate::accounts) async fn copy_into(
    pool: &SqlitePool,
    path: &str,
) -> Result<(), StoreError> {
    let copy = sqlx::query("VACUUM INTO ?1").bind(path.to_owned());
    copy.execute(pool).await.map_err(failed).map(drop)
}

/// The versions of all our tables, in the order in which they are brought up to date.
pub(in crate::accounts) async fn versions(
    pool: &SqlitePool,
) -> Result<Vec<TableVersion>, StoreError> {
    let mut versions = Vec::new();
    for schema in [&SESSIONS, &ACCOUNTS] {
        versions.push(TableVersion {
            tables: schema.tables,
            found: version(pool, schema).await.map_err(failed)?,
            known: schema.known(),
        });
    }
    Ok(versions)
}

/// What can be said of the database's health.
pub(in crate::accounts) async fn check(pool: &SqlitePool) -> Result<DatabaseReport, StoreError> {
    let mut connection = pool.acquire().await.map_err(failed)?;
    let lines = sqlx::query_scalar(CHECK).fetch_all(&mut *connection).await;
    let problems: Vec<String> = match lines.map_err(failed) {
        Ok(lines) => lines.into_iter().filter(|line| line != "ok").collect(),
        // Of some damage it tells by giving up.
        Err(StoreError::Corrupt { source, .. }) => vec![source.to_string()],
        Err(other) => return Err(other),
    };
    let journal_mode = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let foreign_keys = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    drop(connection);
    Ok(DatabaseReport {
        problems,
        journal_mode,
        synchronous: match synchronous {
            0 => "off",
            1 => "normal",
            2 => "full",
            _ => "extra",
        },
        foreign_keys,
        versions: versions(pool).await?,
    })
}

/// The first hundred problems.
const CHECK: &str = "PRAGMA quick_check(100)";

//! Values that can't be read, and a database that is full, locked or read-only.

use std::time::Duration;

use countersign::secret::TokenHash;
use countersign::session::{
    Change, Commit, Committed, DataChanges, Lookup, SessionStore, SqliteStore, StoreError, UserId,
    Want,
};
use serde_json::json;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{Folder, NOW, load, log_in, options};

#[tokio::test]
async fn a_value_that_can_not_be_read_is_an_error_and_no_panic() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.fresh_file()).await.unwrap();
    let user = UserId::new("ada");
    for damage in [
        "UPDATE countersign_sessions SET data = x'FF'",
        "UPDATE countersign_sessions SET data = CAST('[1]' AS BLOB)",
        "UPDATE countersign_sessions SET id = x'00'",
        "UPDATE countersign_sessions SET address = 'nowhere'",
        "UPDATE countersign_sessions SET methods = NULL",
        "UPDATE countersign_sessions SET user_agent = CAST(x'FF' AS TEXT)",
        "UPDATE countersign_sessions SET idle_ms = -1",
        "UPDATE countersign_settings SET global_epoch = -1",
        "DELETE FROM countersign_settings",
        "UPDATE countersign_settings SET shared_secret = x'00'",
    ] {
        let (_, token) = log_in(&store, "ada").await;
        let damage = format!("PRAGMA ignore_check_constraints = ON; {damage}");
        sqlx::raw_sql(AssertSqlSafe(damage.clone()))
            .execute(store.pool())
            .await
            .unwrap();
        let corrupt = [
            is_corrupt(store.load(&token, Want::RecordAndData, NOW).await),
            is_corrupt(store.sessions_of(&user, NOW).await),
            is_corrupt(store.epoch_of(&user).await),
            is_corrupt(store.end_all(NOW).await),
            is_corrupt(store.shared_secret([1; 32]).await),
        ];
        assert!(corrupt.contains(&true), "{damage}");
        sqlx::raw_sql(
            "DELETE FROM countersign_sessions; DELETE FROM countersign_settings; \
             INSERT INTO countersign_settings (id) VALUES (1)",
        )
        .execute(store.pool())
        .await
        .unwrap();
    }
}

fn is_corrupt<T>(result: Result<T, StoreError>) -> bool {
    match result {
        Err(StoreError::Corrupt { .. }) => true,
        Err(other) => panic!("{other:?}"),
        Ok(_) => false,
    }
}

#[tokio::test]
async fn a_database_that_is_full_locked_or_read_only_is_unavailable_and_recovers() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let patience = options(&file).busy_timeout(Duration::from_millis(10));
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(patience)
        .await
        .unwrap();
    let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
    let (_, token) = log_in(&store, "ada").await;

    let other = SqlitePool::connect_with(options(&file)).await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    writes_are_unavailable(&store, &token).await;
    lock.rollback().await.unwrap();

    let pragma = async |pragma: &'static str| {
        sqlx::raw_sql(pragma).execute(&pool).await.unwrap();
    };
    pragma("PRAGMA query_only = ON").await;
    writes_are_unavailable(&store, &token).await;
    pragma("PRAGMA query_only = OFF").await;

    pragma("PRAGMA max_page_count = 1").await;
    let error = write_much(&store, &token).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    pragma("PRAGMA max_page_count = 1000000").await;

    let Lookup::Live(loaded) = load(&store, &token).await else {
        panic!("the session is live");
    };
    assert_eq!(
        loaded.data.unwrap().to_json(),
        b"{}",
        "nothing was written in part"
    );
    assert_eq!(write_much(&store, &token).await.unwrap(), Committed::Done);
    assert!(store.end(&token, NOW).await.unwrap());
}

async fn writes_are_unavailable(store: &SqliteStore, token: &TokenHash) {
    let errors = [
        store.end(token, NOW).await.unwrap_err(),
        store
            .end_all_of(&UserId::new("ada"), None, NOW)
            .await
            .unwrap_err(),
        write_much(store, token).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
}

async fn write_much(store: &SqliteStore, token: &TokenHash) -> Result<Committed, StoreError> {
    let mut changes = DataChanges::default();
    changes.push("much", Change::Insert(json!("x".repeat(50_000))));
    let token = *token;
    store.commit(Commit::Change { token, changes }, NOW).await
}

//! Starts side by side, beside an application's own tables, and after others.

use std::process::Command;
use std::time::Duration;

use countersign::session::{
    Change, Commit, Committed, DataChanges, Lookup, SessionStore, SqliteOpenError, SqliteStore,
    UserId,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, SqlitePool};

use super::{Folder, NOW, load, log_in, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_first_starts_at_once_make_one_schema() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let starts = (0..50).map(|_| tokio::spawn(SqliteStore::open(file.clone())));
    let mut stores = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        stores.push(start.await.unwrap().unwrap());
    }
    is_whole(&stores).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_first_starts_on_an_applications_pools_make_one_schema() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let starts = (0..50).map(|_| {
        let options = options(&file);
        tokio::spawn(async {
            let pool = SqlitePool::connect_with(options).await.unwrap();
            SqliteStore::from_pool(pool).await
        })
    });
    let mut stores = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        stores.push(start.await.unwrap().unwrap());
    }
    is_whole(&stores).await;
}

/// A pool that itself waits for no lock shows what a start does when a wait is over and the lock is still there.
#[tokio::test]
async fn a_start_goes_on_trying_while_others_have_the_database_locked() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let other = SqlitePool::connect_with(options(&file)).await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let impatient = options(&file).busy_timeout(Duration::ZERO);
    let pool = SqlitePool::connect_with(impatient).await.unwrap();
    let mut start = std::pin::pin!(SqliteStore::from_pool(pool));
    let tried = tokio::time::timeout(Duration::from_millis(100), &mut start).await;
    assert!(tried.is_err(), "{tried:?}");
    lock.rollback().await.unwrap();
    let store = start.await.unwrap();
    log_in(&store, "ada").await;
}

#[tokio::test]
async fn first_starts_of_several_processes_make_one_schema() {
    if let Some(file) = std::env::var_os(FILE_OF_THE_CHILD) {
        let store = SqliteStore::open(file).await.unwrap();
        log_in(&store, "child").await;
        return;
    }
    let folder = Folder::new();
    let file = folder.fresh_file();
    let start = |_| {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "sqlite::starts::first_starts_of_several_processes_make_one_schema",
            ])
            .env(FILE_OF_THE_CHILD, &file)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    for mut process in (0..8).map(start).collect::<Vec<_>>() {
        assert!(process.wait().unwrap().success());
    }
    let store = SqliteStore::open(&file).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 8);
    is_whole(&[store]).await;
}

async fn is_whole(stores: &[SqliteStore]) {
    for store in stores {
        let (_, token) = log_in(store, "ada").await;
        for other in stores.iter().take(3) {
            assert!(matches!(load(other, &token).await, Lookup::Live(_)));
        }
    }
    let pool = stores[0].pool();
    let count = async |table: &str| -> i64 {
        let count = format!("SELECT count(*) FROM {table}");
        sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(pool)
            .await
            .unwrap()
    };
    assert_eq!(count("countersign_settings").await, 1);
    assert_eq!(count("countersign_schema").await, 1);
}

#[tokio::test]
async fn an_applications_tables_stay_as_they_are() {
    let folder = Folder::new();
    let pool = SqlitePool::connect_with(options(&folder.fresh_file()))
        .await
        .unwrap();
    // The last table is the one in which sqlx's own migrator keeps its record.
    sqlx::raw_sql(
        "PRAGMA user_version = 7;
         PRAGMA application_id = 4711;
         CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         INSERT INTO users (name) VALUES ('Ada');
         CREATE TABLE sessions (id TEXT);
         CREATE TABLE _sqlx_migrations (
             version BIGINT PRIMARY KEY, description TEXT NOT NULL,
             installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
             checksum BLOB NOT NULL, execution_time BIGINT NOT NULL
         );
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (20260101000000, 'users', TRUE, x'00', 1);",
    )
    .execute(&pool)
    .await
    .unwrap();
    let before = application_state(&pool).await;

    let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
    let (_, token) = log_in(&store, "ada").await;
    store.end(&token, NOW).await.unwrap();
    SqliteStore::from_pool(pool.clone()).await.unwrap();

    assert_eq!(application_state(&pool).await, before);
    let ours: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'countersign!_%' ESCAPE '!'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(ours, 4);
}

/// All that is not ours: the schema, the rows and the marks in the file's header.
async fn application_state(pool: &SqlitePool) -> Vec<String> {
    let questions = [
        "SELECT type || name || coalesce(sql, '') FROM sqlite_schema \
         WHERE tbl_name NOT LIKE 'countersign!_%' ESCAPE '!' ORDER BY name",
        "SELECT id || name FROM users",
        "SELECT version || description || installed_on || hex(checksum) FROM _sqlx_migrations",
        "SELECT 'version ' || user_version FROM pragma_user_version",
        "SELECT 'application ' || application_id FROM pragma_application_id",
        "SELECT journal_mode FROM pragma_journal_mode",
    ];
    let mut state = Vec::new();
    for question in questions {
        let answers: Vec<String> = sqlx::query_scalar(question).fetch_all(pool).await.unwrap();
        assert!(!answers.is_empty(), "{question}");
        state.extend(answers);
    }
    state
}

#[tokio::test]
async fn everything_is_still_there_when_the_file_is_opened_again() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let first = SqliteStore::open(&file).await.unwrap();
    let (_, live) = log_in(&first, "ada").await;
    let (_, ended) = log_in(&first, "ada").await;
    let (_, outdated) = log_in(&first, "grace").await;
    first.end(&ended, NOW).await.unwrap();
    first
        .end_all_of(&UserId::new("grace"), None, NOW)
        .await
        .unwrap();
    let epoch = first.epoch_of(&UserId::new("grace")).await.unwrap();
    let secret = first.shared_secret([1; 32]).await.unwrap();
    // No farewell: the process was killed.
    std::mem::forget(first);

    let second = SqliteStore::open(&file).await.unwrap();
    assert!(matches!(load(&second, &live).await, Lookup::Live(_)));
    assert!(matches!(load(&second, &ended).await, Lookup::Ended));
    assert!(matches!(load(&second, &outdated).await, Lookup::Ended));
    assert_eq!(second.epoch_of(&UserId::new("grace")).await.unwrap(), epoch);
    assert_eq!(second.shared_secret([2; 32]).await.unwrap(), secret);
    assert_eq!(second.count().await.unwrap(), 3);
}

#[tokio::test]
async fn two_stores_on_one_file_see_each_others_endings_at_once() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let (one, other) = (
        SqliteStore::open(&file).await.unwrap(),
        SqliteStore::open(&file).await.unwrap(),
    );
    for round in 0..50 {
        let (_, token) = log_in(&one, "ada").await;
        assert!(matches!(load(&other, &token).await, Lookup::Live(_)));
        match round % 3 {
            0 => drop(one.end(&token, NOW).await.unwrap()),
            1 => other
                .end_all_of(&UserId::new("ada"), None, NOW)
                .await
                .map(drop)
                .unwrap(),
            _ => other.end_all(NOW).await.unwrap(),
        }
        assert!(matches!(load(&one, &token).await, Lookup::Ended));
        assert!(matches!(load(&other, &token).await, Lookup::Ended));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_two_stores_on_one_file_all_come_through() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let stores = [
        SqliteStore::open(&file).await.unwrap(),
        SqliteStore::open(&file).await.unwrap(),
    ];
    let (_, token) = log_in(&stores[0], "ada").await;
    let tasks = (0..300).map(|task| {
        let store = stores[task % 2].clone();
        tokio::spawn(async move {
            let mut changes = DataChanges::default();
            changes.push(task.to_string(), Change::Insert(json!(task)));
            store.commit(Commit::Change { token, changes }, NOW).await
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert_eq!(task.await.unwrap().unwrap(), Committed::Done);
    }
    let Lookup::Live(loaded) = load(&stores[0], &token).await else {
        panic!("the session is live");
    };
    assert_eq!(loaded.data.unwrap().keys().count(), 300);
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused_and_left_alone() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let store = SqliteStore::open(&file).await.unwrap();
    sqlx::raw_sql("UPDATE countersign_schema SET version = 99")
        .execute(store.pool())
        .await
        .unwrap();
    let error = SqliteStore::open(&file).await.unwrap_err();
    assert!(
        matches!(error, SqliteOpenError::NewerSchema { found: 99, .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("run the newer program"),
        "{error}"
    );
    let version: i64 = sqlx::query_scalar("SELECT version FROM countersign_schema")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(version, 99);
}

const FILE_OF_THE_CHILD: &str = "COUNTERSIGN_TEST_SQLITE_FILE";

//! What is in the files, who may read them, and which paths are none.

use std::path::Path;
use std::time::Duration;

use countersign::secret::{OperatingSystemRandom, Token};
use countersign::session::{
    Commit, Committed, DataChanges, Lookup, Replaced, SessionStore, SqliteOpenError, SqliteStore,
    UserId, Want,
};
use sqlx::SqlitePool;

use super::{Folder, NOW, begin, load, log_in, login, one_connection, options};
use crate::counting::statements_of;

#[tokio::test]
async fn the_log_is_written_ahead_and_to_the_disk() {
    let folder = Folder::new();
    let store = SqliteStore::open(folder.fresh_file()).await.unwrap();
    let mut connection = store.pool().acquire().await.unwrap();
    for (pragma, expected) in [
        ("SELECT journal_mode FROM pragma_journal_mode", "wal"),
        (
            "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous",
            "2",
        ),
        (
            "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys",
            "1",
        ),
        (
            "SELECT CAST(timeout AS TEXT) FROM pragma_busy_timeout",
            "5000",
        ),
    ] {
        let found: String = sqlx::query_scalar(pragma)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(found, expected, "{pragma}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_but_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let file = folder.fresh_file();
    let store = SqliteStore::open(&file).await.unwrap();
    log_in(&store, "ada").await;
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
        files += 1;
    }
    assert_eq!(files, 3, "the database, its log and the log's index");
}

#[tokio::test]
async fn a_stolen_database_opens_no_session() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let store = SqliteStore::open(&file).await.unwrap();
    let token = Token::generate(Token::bucket_of("ada"), &OperatingSystemRandom);
    let (mut session, _) = login("ada");
    session.token = token.hash();
    begin(&store, session).await;
    assert!(matches!(load(&store, &token.hash()).await, Lookup::Live(_)));

    let mut stolen = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        stolen.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let has = |needle: &[u8]| stolen.windows(needle.len()).any(|bytes| bytes == needle);
    let text = token.reveal();
    let raw =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &text).unwrap();
    assert!(has(token.hash().digest()), "the search finds what is there");
    assert!(!has(text.as_bytes()));
    assert!(!has(&raw));
    assert!(!has(&raw[2..]));
}

#[tokio::test]
async fn a_path_that_holds_no_database_is_refused_with_a_sentence() {
    let folder = Folder::new();
    let text = folder.fresh_file();
    std::fs::write(&text, "Dear diary, this is no database. ".repeat(100)).unwrap();
    let missing = folder.path().join("missing").join("sessions.db");
    let below_a_file = text.join("sessions.db");
    for (path, sentence) in [
        (Path::new(""), "names no database file"),
        (Path::new(":memory:"), "names no database file"),
        (folder.path(), "names no database file"),
        (
            &missing,
            "can't be opened for writing; check that its folder exists",
        ),
        (
            &below_a_file,
            "can't be opened for writing; check that its folder exists",
        ),
        (&text, "the database can't be prepared"),
    ] {
        let error = SqliteStore::open(path).await.unwrap_err();
        assert!(error.to_string().contains(sentence), "{path:?}: {error}");
    }
    let diary = std::fs::read_to_string(&text).unwrap();
    assert!(
        diary.starts_with("Dear diary"),
        "a stranger's file is not overwritten"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_can_not_be_written_is_refused_with_a_sentence() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let file = folder.fresh_file();
    drop(SqliteStore::open(&file).await.unwrap());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    if std::fs::OpenOptions::new().write(true).open(&file).is_err() {
        let error = SqliteStore::open(&file).await.unwrap_err();
        assert!(matches!(error, SqliteOpenError::File { .. }), "{error}");
    }
    // Whoever may write every file (root) can still be given a pool that may not.
    let pool = SqlitePool::connect_with(options(&folder.fresh_file()))
        .await
        .unwrap();
    let read_only = options(&file).create_if_missing(false).read_only(true);
    let read_only = SqlitePool::connect_with(read_only).await.unwrap();
    drop(pool);
    let error = SqliteStore::from_pool(read_only).await.unwrap_err();
    assert!(matches!(error, SqliteOpenError::ReadOnly(_)), "{error:?}");
    assert!(
        error.to_string().contains("check the permissions"),
        "{error}"
    );
}

#[tokio::test]
async fn a_look_up_is_one_statement() {
    let folder = Folder::new();
    // A second connection would begin with statements of its own.
    let store = one_connection(&folder).await;
    let (_, token) = log_in(&store, "ada").await;
    let unknown = Token::generate_anywhere(&OperatingSystemRandom).hash();
    for token in [&token, &unknown] {
        for want in [Want::Record, Want::RecordAndData] {
            let (lookup, statements) = statements_of(store.load(token, want, NOW)).await;
            lookup.unwrap();
            assert_eq!(statements, 1);
        }
    }
    let (_, statements) = statements_of(store.touch(&token, NOW + Duration::from_secs(1))).await;
    assert_eq!(statements, 1);
    let (_, statements) = statements_of(store.end(&token, NOW)).await;
    assert_eq!(statements, 1);
    let (_, statements) = statements_of(log_in(&store, "ada")).await;
    assert_eq!(
        statements, 5,
        "its epoch, its row and some cleaning, in a transaction"
    );
}

#[tokio::test]
async fn what_ends_is_written_in_few_statements() {
    let folder = Folder::new();
    let store = one_connection(&folder).await;
    let (id, old) = log_in(&store, "ada").await;
    let ada = UserId::new("ada");

    let (session, new) = login("ada");
    let commit = Commit::Begin {
        session,
        replaces: Some(Replaced {
            token: old,
            keep_data: true,
            fades: true,
            must_be_live: true,
        }),
        changes: DataChanges::default(),
    };
    let (committed, statements) = statements_of(store.commit(commit, NOW)).await;
    assert_eq!(committed.unwrap(), Committed::Done);
    assert_eq!(statements, 7, "the old one is read and fades");

    let (ended, statements) = statements_of(store.end_named(&ada, id, NOW)).await;
    assert_eq!(
        (ended.unwrap(), statements),
        (false, 1),
        "a name goes with its session"
    );
    let (ended, statements) = statements_of(store.end(&old, NOW)).await;
    assert_eq!((ended.unwrap(), statements), (true, 1), "the whole login");
    assert!(matches!(load(&store, &new).await, Lookup::Ended));

    for _ in 0..SqliteStore::SESSIONS_PER_USER {
        let (_, statements) = statements_of(log_in(&store, "ada")).await;
        assert_eq!(statements, 5, "there is room");
    }
    let (_, statements) = statements_of(log_in(&store, "ada")).await;
    assert_eq!(statements, 6, "one has to give way");
    let (ended, statements) = statements_of(store.end_all_of(&ada, Some(&new), NOW)).await;
    ended.unwrap();
    assert_eq!(statements, 5, "the rows and the epoch, in a transaction");
}

#[tokio::test]
async fn reading_writes_nothing_to_the_file() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let store = SqliteStore::open(&file).await.unwrap();
    let (_, token) = log_in(&store, "ada").await;
    let user = UserId::new("ada");
    // SQLite counts, for each connection, what others have committed.
    let mut watch = SqlitePool::connect_with(options(&file))
        .await
        .unwrap()
        .acquire()
        .await
        .unwrap();
    let mut version = async || -> i64 {
        sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut *watch)
            .await
            .unwrap()
    };
    let before = version().await;
    for now in [NOW, NOW + Duration::from_secs(1_000_000)] {
        store.load(&token, Want::RecordAndData, now).await.unwrap();
        store.sessions_of(&user, now).await.unwrap();
    }
    store.epoch_of(&UserId::new("nobody")).await.unwrap();
    store.count().await.unwrap();
    assert_eq!(version().await, before);
    store
        .touch(&token, NOW + Duration::from_secs(1))
        .await
        .unwrap();
    assert_ne!(version().await, before, "a write would have been seen");
}

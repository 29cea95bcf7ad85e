//! Copies of the database, and what can be said of one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign::accounts::{AccountError, Accounts, BackupError, DatabaseFile, NewAccount};
use countersign::session::SqliteOpenError;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

use super::logins::log_in;
use super::{Fixture, PASSWORD, administrator, cheap, visitor};

fn beside(fixture: &Fixture, name: &str) -> PathBuf {
    fixture.file.with_file_name(name)
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_that_is_taken_while_others_write_has_all_that_was_committed_before() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    log_in(&fixture.browser(), "ada").await;
    let stops = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (accounts, stops) = (fixture.accounts.clone(), stops.clone());
            tokio::spawn(async move {
                let mut written = 0;
                while !stops.load(Ordering::Relaxed) {
                    let role = format!("role-{writer}-{written}");
                    let defined = accounts
                        .define_role(&role, ["a", "b"], &administrator())
                        .await;
                    defined.unwrap();
                    written += 1;
                }
                written
            })
        })
        .collect();
    let mut seen = 0;
    for round in 0..5 {
        let roles = "SELECT count(DISTINCT role) FROM countersign_role_permissions";
        let before: i64 = loop {
            let count = sqlx::query_scalar(roles)
                .fetch_one(fixture.pool())
                .await
                .unwrap();
            if count > seen + 10 {
                break count;
            }
        };
        let copy = beside(&fixture, &format!("copy {round}.db"));
        fixture.accounts.backup(&copy).await.unwrap();
        let options = SqliteConnectOptions::new().filename(&copy);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let check: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(check, "ok");
        let copied: i64 = sqlx::query_scalar(roles).fetch_one(&pool).await.unwrap();
        assert!(copied >= before, "{copied} of {before}");
        // Nothing by halves: each role has its two permissions and its event.
        for (count, each) in [
            ("SELECT count(*) FROM countersign_role_permissions", 2),
            (
                "SELECT count(*) FROM countersign_audit WHERE kind = 'role_defined'",
                1,
            ),
        ] {
            let count: i64 = sqlx::query_scalar(count).fetch_one(&pool).await.unwrap();
            assert_eq!(count, each * copied);
        }
        pool.close().await;
        seen = copied;
    }
    stops.store(true, Ordering::Relaxed);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    assert!(written >= seen, "they wrote until the end");

    let restored = Accounts::open(beside(&fixture, "copy 4.db")).await.unwrap();
    let restored = restored.passwords(cheap(8)).clock(fixture.clock.clone());
    let found = restored.authenticate("ada", PASSWORD, &visitor()).await;
    assert!(found.unwrap().is_some());
    assert_eq!(restored.counters().await.unwrap().sessions, 1);
}

#[tokio::test]
async fn a_backup_is_for_its_owners_eyes_and_has_no_token() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let browser = fixture.browser();
    log_in(&browser, "ada").await;
    let link = fixture
        .accounts
        .make_password_link(ada.id, &administrator())
        .await;
    let secrets = [
        browser.cookie("countersign").unwrap(),
        link.unwrap().reveal(),
    ];
    let copy = beside(&fixture, "copy.db");
    fixture.accounts.backup(&copy).await.unwrap();
    #[cfg(unix)]
    {
        let metadata = std::fs::metadata(&copy).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let bytes = std::fs::read(&copy).unwrap();
    let has = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    assert!(has(b"ada"));
    for secret in secrets {
        assert!(!has(secret.as_bytes()));
        let token =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &secret);
        assert!(!has(&token.unwrap()[2..]));
    }
}

#[tokio::test]
async fn nothing_is_overwritten_and_nothing_is_left_of_what_failed() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let folder = fixture.file.parent().unwrap();
    let copy = beside(&fixture, "copy.db");
    std::fs::write(&copy, "something dear").unwrap();
    let before = files(folder);
    for path in [&copy, &fixture.file] {
        let refused = accounts.backup(path).await.unwrap_err();
        assert!(matches!(refused, BackupError::Exists { .. }), "{refused:?}");
    }
    assert_eq!(std::fs::read(&copy).unwrap(), b"something dear");
    // What a machine left that failed in the middle is not taken for a backup.
    std::fs::write(beside(&fixture, "other.db.partial"), "half").unwrap();
    let refused = accounts
        .backup(beside(&fixture, "other.db"))
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("other.db.partial"),
        "{refused}"
    );
    std::fs::remove_file(beside(&fixture, "other.db.partial")).unwrap();
    let refused = accounts
        .backup(folder.join("nowhere/copy.db"))
        .await
        .unwrap_err();
    assert!(matches!(refused, BackupError::File { .. }), "{refused:?}");
    let refused = accounts.backup(folder).await.unwrap_err();
    assert!(matches!(refused, BackupError::Exists { .. }), "{refused:?}");
    #[cfg(unix)]
    {
        let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"copy-\xff.db");
        let refused = accounts.backup(folder.join(name)).await.unwrap_err();
        assert!(
            matches!(refused, BackupError::NotText { .. }),
            "{refused:?}"
        );
    }
    accounts.pool().close().await;
    let failed = accounts
        .backup(beside(&fixture, "late.db"))
        .await
        .unwrap_err();
    assert!(matches!(failed, BackupError::Database(_)), "{failed:?}");
    let after = files(folder);
    let kept = |name: &&String| !name.ends_with("-wal") && !name.ends_with("-shm");
    assert_eq!(
        after.iter().filter(kept).collect::<Vec<_>>(),
        before.iter().filter(kept).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn names_that_sqlite_takes_for_something_else_are_names() {
    let fixture = Fixture::new().await;
    for name in ["file:copy.db?mode=memory", "100% of it; -- '.db"] {
        let copy = beside(&fixture, name);
        fixture.accounts.backup(&copy).await.unwrap();
        assert!(std::fs::metadata(&copy).unwrap().len() > 4_096, "{name}");
    }
}

#[tokio::test]
async fn a_healthy_database_is_called_so_and_a_damaged_one_is_not() {
    let fixture = Fixture::new().await;
    for number in 0..50 {
        let new = NewAccount::new("x", PASSWORD);
        let name = format!("name {number}");
        let new = NewAccount { name: &name, ..new };
        drop(
            fixture
                .accounts
                .register(new, &administrator())
                .await
                .unwrap(),
        );
    }
    let report = fixture.accounts.check_database().await.unwrap();
    assert_eq!(report.problems, [""; 0]);
    assert_eq!(
        (report.journal_mode.as_str(), report.synchronous),
        ("wal", "full")
    );
    assert!(report.foreign_keys);
    assert_eq!(report.versions.len(), 2);
    assert!(report.versions.iter().all(|version| version.is_current()));

    let copy = beside(&fixture, "copy.db");
    fixture.accounts.backup(&copy).await.unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'countersign_audit'";
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&copy));
    let pool = pool.await.unwrap();
    let root: i64 = sqlx::query_scalar(root).fetch_one(&pool).await.unwrap();
    pool.close().await;
    // A page of the audit, as by a disk's error.
    let mut bytes = std::fs::read(&copy).unwrap();
    let page = (root as usize - 1) * 4_096;
    bytes[page..page + 4_096].fill(0x5a);
    std::fs::write(&copy, bytes).unwrap();
    let file = DatabaseFile::open(&copy).await.unwrap();
    let report = file.check().await.unwrap();
    assert!(!report.problems.is_empty());
}

#[tokio::test]
async fn a_file_is_looked_at_without_being_changed_and_then_brought_up_to_date() {
    let fixture = Fixture::new().await;
    let file = beside(&fixture, "old.db");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(include_str!("version_1.sql"))
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let before = std::fs::read(&file).unwrap();
    let old = DatabaseFile::open(&file).await.unwrap();
    let versions = old.versions().await.unwrap();
    let found: Vec<_> = versions
        .iter()
        .map(|version| (version.tables, version.found))
        .collect();
    assert_eq!(found, [("sessions", 0), ("accounts", 1)]);
    assert!(
        versions
            .iter()
            .all(|version| version.needs_migration() && !version.is_newer())
    );
    assert_eq!(old.check().await.unwrap().problems, [""; 0]);
    let copy = beside(&fixture, "copy.db");
    old.backup(&copy).await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), before);

    let accounts = old.migrate().await.unwrap();
    assert!(accounts.find_by_name("ada").await.unwrap().is_some());
    let report = accounts.check_database().await.unwrap();
    assert!(report.versions.iter().all(|version| version.is_current()));
    assert_eq!(report.journal_mode, "wal");
    // The copy is still the old one.
    let copy = DatabaseFile::open(&copy).await.unwrap();
    assert_eq!(copy.versions().await.unwrap()[1].found, 1);
    copy.close().await;

    sqlx::raw_sql("UPDATE countersign_schema SET version = 99")
        .execute(accounts.pool())
        .await
        .unwrap();
    let newer = DatabaseFile::open(&file).await.unwrap();
    assert!(
        newer
            .versions()
            .await
            .unwrap()
            .iter()
            .all(|version| version.is_newer())
    );
    assert!(matches!(
        newer.migrate().await,
        Err(SqliteOpenError::NewerSchema { .. })
    ));
}

#[tokio::test]
async fn a_file_that_is_none_is_not_made() {
    let fixture = Fixture::new().await;
    let file = beside(&fixture, "nowhere.db");
    let error = DatabaseFile::open(&file).await.unwrap_err();
    assert!(matches!(error, SqliteOpenError::File { .. }), "{error:?}");
    assert!(!file.exists());
    std::fs::write(&file, "no database at all").unwrap();
    match DatabaseFile::open(&file).await {
        Ok(file) => {
            let error = file.versions().await.unwrap_err();
            assert!(matches!(error, AccountError::Corrupt { .. }), "{error:?}");
        }
        Err(error) => assert!(matches!(error, SqliteOpenError::Database(_)), "{error:?}"),
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"no database at all");
}

use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::transcript::{PASSWORD, Transcript, run, text};

#[test]
fn no_command_makes_a_database_by_accident() {
    let mut site = Transcript::new();
    for command in [
        "user list",
        "user show Ada",
        "user invite",
        "user passwd Ada --link",
        "user disable Ada",
        "user enable Ada",
        "user delete Ada --yes",
        "user unlock Ada",
        "user role list Ada",
        "user role grant Ada editor",
        "sessions list",
        "sessions end --all --yes",
        "audit",
        "backup copy.db",
        "migrate --check",
    ] {
        site.run(command);
    }
    assert!(!site.folder.path().join("data").exists());
    site.check("no_database");
}

#[test]
fn a_database_is_brought_up_to_date_by_one_command_alone() {
    let mut site = Transcript::new();
    database_of_version_1(site.folder.path());
    site.run("user list");
    site.run("user add Bob --link");
    site.run("backup before.db");
    site.run("migrate --check");
    site.run("migrate --check --json");
    site.run("migrate");
    site.run("migrate");
    site.run("migrate --check --json");
    site.check("migration");
    // The copy is of the old version still.
    let other = Transcript::new();
    std::fs::create_dir(other.folder.path().join("data")).unwrap();
    let copy = other.folder.path().join("data/countersign.db");
    std::fs::copy(site.folder.path().join("before.db"), copy).unwrap();
    let output = run(other.folder.path(), &["migrate", "--check"], "");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
}

#[test]
fn a_new_database_is_made_where_it_is_asked_for() {
    let mut site = Transcript::new();
    site.run("migrate --data here");
    site.run("user list --data here");
    site.check("new_database");
}

#[test]
fn what_is_no_database_is_left_as_it_is() {
    let mut site = Transcript::new();
    let folder = site.folder.path().join("data");
    std::fs::create_dir(&folder).unwrap();
    let garbage = "no database ".repeat(1_000);
    std::fs::write(folder.join("countersign.db"), &garbage).unwrap();
    site.run("user list");
    site.run("migrate");
    site.run("migrate --check");
    site.run("backup copy.db");
    let left = std::fs::read_to_string(folder.join("countersign.db")).unwrap();
    assert_eq!(left, garbage);
    assert!(!site.folder.path().join("copy.db").exists());
    site.check("damaged_database");
}

#[test]
fn a_copy_is_complete_and_nothing_is_overwritten() {
    let mut site = Transcript::new();
    site.quietly("user add Ada --password-stdin", PASSWORD);
    site.run("backup copy.db");
    site.quietly("user delete Ada --yes", "");
    site.run("backup copy.db");
    site.run("backup nowhere/copy.db");
    site.run("backup second.db --json");
    site.run("backup");
    site.check("backup");

    let copy = site.folder.path().join("copy.db");
    #[cfg(unix)]
    assert_eq!(mode(&copy), 0o600);
    let restored = Transcript::new();
    std::fs::create_dir(restored.folder.path().join("data")).unwrap();
    std::fs::copy(copy, restored.folder.path().join("data/countersign.db")).unwrap();
    let shown = restored.quietly("user show Ada", "");
    assert!(text(&shown.stdout).contains("Ada"));
}

#[test]
fn settings_that_do_not_go_together_are_told_by_each_command() {
    let mut site = Transcript::new();
    site.run("user list --public-url https://login.example.com");
    site.run("backup copy.db --config missing.toml");
    site.check("bad_configuration");
}

#[test]
fn a_database_of_a_newer_version_is_for_that_one() {
    let mut site = Transcript::new();
    site.quietly("migrate", "");
    change_database(
        site.folder.path(),
        "UPDATE countersign_schema SET version = 9",
    );
    site.run("user list");
    site.run("migrate --check");
    site.run("migrate");
    site.check("newer_database");
}

/// What the first version of the library would have left.
fn database_of_version_1(folder: &Path) {
    std::fs::create_dir(folder.join("data")).unwrap();
    change_database(folder, VERSION_1);
}

fn change_database(folder: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("data/countersign.db"))
        .create_if_missing(true);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut connection = sqlx::SqliteConnection::connect_with(&options)
            .await
            .unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path).unwrap();
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
}

const VERSION_1: &str = include_str!("../../../countersign/tests/it/accounts/version_1.sql");

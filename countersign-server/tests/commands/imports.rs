use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::transcript::{Transcript, run, text};

#[test]
fn accounts_are_imported_from_a_csv_file() {
    let mut site = Transcript::new();
    write(&site, "users.csv", USERS);
    site.run("import users.csv --dry-run");
    // That was only tried.
    site.run("user list");
    site.run("import users.csv --drop-unusable-hashes --mapping ids.csv --report report.csv");
    site.run("import users.csv --json");
    site.run("user list");
    site.run("user show Ada --history 0");
    site.run("audit");
    // What was mended comes along.
    write(&site, "users.csv", &USERS.replace("gestern", "2020-02-03"));
    site.run("import users.csv --json --report again.csv");
    // Nothing is overwritten.
    site.run("import users.csv --report report.csv");
    site.run("import users.csv --mapping ids.csv --dry-run");
    site.check("import_csv");

    let report = read(&site, "report.csv");
    assert_eq!(report.lines().next(), Some("position,id,what,why"));
    assert!(report.contains("line 6,5,skipped,"), "{report}");
    assert!(!report.contains("md5"), "no hash is told: {report}");
    let ids = read(&site, "ids.csv");
    assert_eq!(ids.lines().count(), 4, "{ids}");
    assert!(ids.starts_with("old_id,new_id\n1,"), "{ids}");
}

#[test]
fn accounts_are_imported_from_json_lines() {
    let mut site = Transcript::new();
    let lines = [
        "\u{feff}{\"id\": 1, \"login\": \"Ada\", \"roles\": [\"editor\", \"admin\"], \"is_active\": true}",
        "",
        "{\"id\": 2, \"email\": \"bob@example.com\", \"email_verified\": true, \"is_active\": false}",
        "{\"id\": 3, \"login\": {\"first\": \"Cleo\"}, \"is_active\": true}",
        "{\"id\": 4, \"login\": \"Dan\"",
        "[5]",
        "{\"login\": \"without an id\", \"is_active\": true}",
    ];
    write(&site, "users.jsonl", &lines.join("\n"));
    site.run("import users.jsonl --rename-role admin=administrator");
    site.run("user list");
    site.run("import users.jsonl --json");
    write(&site, "users.json", "[{\"id\": 1}]");
    site.run("import users.json");
    write(&site, "empty.jsonl", "");
    site.run("import empty.jsonl");
    site.check("import_json_lines");
}

#[test]
fn accounts_are_imported_from_a_table_of_sqlite() {
    let mut site = Transcript::new();
    database(&site, "app.db", FLASK_SECURITY);
    site.run("import sqlite:///app.db --dry-run");
    site.run("import sqlite:///app.db --hash-origin none --emails-confirmed");
    site.run("user list");
    site.run("import app.db --table user --roles --json");
    // What comes from the same place is known, however the place is named.
    site.run_arguments(
        &[
            "import",
            "app.db",
            "--hash-origin",
            "none",
            "--roles",
            "",
            "--json",
        ],
        "",
    );
    site.run("import sqlite:app.db --source-name elsewhere --hash-origin none");
    site.check("import_sqlite");
}

#[test]
fn a_source_that_makes_no_sense_is_refused_in_a_sentence() {
    let mut site = Transcript::new();
    database(
        &site,
        "two.db",
        "CREATE TABLE user (name TEXT); CREATE TABLE users (name TEXT);",
    );
    database(&site, "none.db", "CREATE TABLE things (colour TEXT);");
    database(&site, "empty.db", "SELECT 1;");
    write(&site, "users.csv", "id,colour\n1,red\n");
    write(&site, "users", "id,name\n1,Ada\n");
    write(&site, "latin.csv", "id,name\n1,Ada\n");
    std::fs::write(site.folder.path().join("head.csv"), b"id,n\xe4me\n1,Ada\n").unwrap();
    std::fs::write(
        site.folder.path().join("broken.db"),
        b"SQLite format 3\0nonsense",
    )
    .unwrap();
    for line in [
        "import two.db",
        "import two.db --table things",
        "import none.db",
        "import none.db --table things",
        "import empty.db",
        "import broken.db",
        "import sqlite:///missing.db",
        "import missing.csv",
        "import users",
        "import users.csv",
        "import users.csv --name nick",
        "import users.csv --name colour --delimiter ;;",
        "import head.csv",
        "import mysql://ada:secret@localhost/shop",
        "import postgresql://ada:secret@127.0.0.1:1/shop",
        "import users.csv --name colour --rename-role admin",
        "import users.csv --name colour --report missing/report.csv",
        "import",
    ] {
        site.run(line);
    }
    assert!(
        !site.folder.path().join("data").exists(),
        "nothing was made"
    );
    site.run("import users --format csv");
    site.check("import_refused");
}

#[test]
fn a_row_that_is_no_text_is_skipped() {
    let site = Transcript::new();
    let mut file = b"id;name\n1;Ada\n2;B\xf6b\n3;\"Cl\"\"eo\"\n4;Dan\n".to_vec();
    file.extend("5;".bytes().chain(vec![b'x'; 100_000]));
    std::fs::write(site.folder.path().join("users.csv"), file).unwrap();
    let output = run(
        site.folder.path(),
        &["import", "users.csv", "--delimiter", ";"],
        "",
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("line 3 (id 2): skipped: it is not written in UTF-8"),
        "{said}"
    );
    assert!(
        said.contains("line 6 (id 5): skipped: this name is too long"),
        "{said}"
    );
    assert!(
        text(&output.stdout).starts_with("added                        2\n"),
        "{said}"
    );
}

#[test]
fn as_many_as_there_are_come_in_their_order() {
    let site = Transcript::new();
    write(&site, "users.csv", &many(0..2_500));
    let output = site.quietly("import users.csv --json --mapping ids.csv", "");
    assert!(text(&output.stdout).contains("\"added\": 2500"));
    let ids = read(&site, "ids.csv");
    let old: Vec<&str> = ids
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert!(
        old.iter()
            .copied()
            .eq((0..2_500).map(|number| number.to_string()))
    );
    let audit = site.quietly("audit", "");
    assert!(text(&audit.stdout).contains("users.csv: 2500"));
    assert_eq!(text(&audit.stdout).lines().count(), 2);
}

#[cfg(unix)]
#[test]
fn an_import_that_is_stopped_goes_on_when_it_is_run_again() {
    use std::fs::{File, OpenOptions};
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::{Command, Stdio};

    let site = Transcript::new();
    site.quietly("migrate", "");
    let path = site.folder.path().join("users.csv");
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    let mut import = crate::transcript::countersign(site.folder.path());
    let import = import.args(["import", "users.csv"]).stdin(Stdio::null());
    let mut import = import
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();

    // It is opened once for its head, and once for its rows.
    let write = || -> File { OpenOptions::new().write(true).open(&path).unwrap() };
    write().write_all(HEAD.as_bytes()).unwrap();
    let mut said = BufReader::new(import.stderr.take().unwrap()).lines();
    let told = said.next().unwrap().unwrap();
    assert!(told.starts_with("As the names say"), "{told}");
    let mut rows = write();
    rows.write_all(many(0..1_500).as_bytes()).unwrap();
    rows.flush().unwrap();
    let id = import.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let told = said.next().unwrap().unwrap();
    assert!(told.starts_with("It stops"), "{told}");
    // It may be heard before the first thousand or behind it, and stops behind the next one.
    rows.write_all(&many(1_500..4_000).as_bytes()[HEAD.len()..])
        .unwrap_or_default();
    drop(rows);
    let output = import.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = said.next().unwrap().unwrap();
    assert_eq!(told, "error: it was stopped: run it again, and it goes on");
    let added = text(&output.stdout);
    let added: u32 = added
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .last()
        .unwrap()
        .parse()
        .unwrap();
    assert!([1_000, 2_000].contains(&added), "{added}");

    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, many(0..4_000)).unwrap();
    let rest = text(&site.quietly("import users.csv --json", "").stdout);
    assert!(
        rest.contains(&format!("\"added\": {},", 4_000 - added)),
        "{rest}"
    );
    assert!(
        rest.contains(&format!("\"added_before\": {added},")),
        "{rest}"
    );
}

/// A file with so many users.
fn many(numbers: std::ops::Range<u32>) -> String {
    let rows = numbers.map(|number| format!("{number},user {number}\n"));
    std::iter::once(HEAD.to_owned()).chain(rows).collect()
}

fn write(site: &Transcript, name: &str, text: &str) {
    std::fs::write(site.folder.path().join(name), text).unwrap();
}

fn read(site: &Transcript, name: &str) -> String {
    std::fs::read_to_string(site.folder.path().join(name)).unwrap()
}

fn database(site: &Transcript, name: &str, sql: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(Path::new(site.folder.path()).join(name))
        .create_if_missing(true);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let connection = sqlx::SqliteConnection::connect_with(&options).await;
        let mut connection = connection.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

const HEAD: &str = "id,name\n";

/// With what some programs put before the first character, and with one of each thing that can be wrong.
const USERS: &str = "\u{feff}id,username,email,password_hash,active,created_at,roles,confirmed\r
1,Ada,ada@example.com,$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm,1,2020-01-02 03:04:05,\"editor,administrator\",1\r
2,Bob,,!kQz7,0,,,\r
3,ADA,,,1,,,\r
4,\"x,y\",,,1,,,\r
5,Cleo,cleo@localhost,md5$aa$bb,1,gestern,,\r
6,Dan,dan@localhost,md5$aa$bb,1,,,\r
7,Eve\r
1,Fay,,,1,,,\r
";

const FLASK_SECURITY: &str = "\
CREATE TABLE user (id INTEGER PRIMARY KEY, email TEXT, username TEXT, password BLOB, active BOOLEAN, fs_uniquifier TEXT, \
    confirmed_at DATETIME);
CREATE TABLE role (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE roles_users (user_id INTEGER, role_id INTEGER);
INSERT INTO role VALUES (1, 'editor'), (2, 'content editors');
INSERT INTO roles_users VALUES (1, 1), (1, 2);
INSERT INTO user VALUES
    (1, 'zoe@example.com', NULL, CAST('$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm' AS BLOB), 1, 'x',
     '2020-01-01 00:00:00.123456'),
    (2, 'yan@example.com', 'Yan', NULL, NULL, 'y', NULL),
    (3, 'yan@example.com', CAST(x'ff' AS TEXT), NULL, 1, 'z', NULL);
";

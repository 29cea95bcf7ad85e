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
        said.contains("line 6 (id 5): skipped: the value for --name is too long"),
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
    use std::fs::OpenOptions;
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
    let import = import
        .args(["import", "users.csv", "--source-name", "users"])
        .stdin(Stdio::null());
    let mut import = import
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();

    let mut rows = OpenOptions::new().write(true).open(&path).unwrap();
    rows.write_all(HEAD.as_bytes()).unwrap();
    // More than a pipe and the program's buffer hold: when they are written, it has begun to take accounts, and hears.
    rows.write_all(&vec![b'\n'; 1 << 18]).unwrap();
    rows.write_all(&many(0..1_500).as_bytes()[HEAD.len()..])
        .unwrap();
    rows.flush().unwrap();
    let mut said = BufReader::new(import.stderr.take().unwrap()).lines();
    let told = said.next().unwrap().unwrap();
    assert!(told.starts_with("As the names say"), "{told}");
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
    let rest = text(
        &site
            .quietly("import users.csv --source-name users --json", "")
            .stdout,
    );
    assert!(
        rest.contains(&format!("\"added\": {},", 4_000 - added)),
        "{rest}"
    );
    assert!(
        rest.contains(&format!("\"added_before\": {added},")),
        "{rest}"
    );
}

#[test]
fn a_pipe_is_read_to_its_end_and_has_a_name_of_its_own() {
    let site = Transcript::new();
    let output = run(
        site.folder.path(),
        &["import", "/dev/stdin", "--format", "csv"],
        &many(0..9),
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--source-name"), "{said}");
    assert!(!site.folder.path().join("data").exists());

    let lines = |numbers: std::ops::Range<u32>| -> String {
        numbers
            .map(|number| format!("{{\"id\": {number}, \"name\": \"line {number}\"}}\n"))
            .collect()
    };
    for (name, format, rows) in [
        ("users", "csv", many(0..3_000)),
        ("lines", "jsonl", lines(0..3_000)),
    ] {
        let output = site.quietly(
            &format!("import /dev/stdin --format {format} --source-name {name} --json"),
            &rows,
        );
        assert!(
            text(&output.stdout).contains("\"added\": 3000,"),
            "{}",
            text(&output.stdout)
        );
    }
}

#[test]
fn a_quotation_mark_without_its_end_is_told() {
    let site = Transcript::new();
    // All that stands behind it is the last value of the second account.
    write(
        &site,
        "users.csv",
        "id,name,about\n1,Ada,x\n2,Bob,\"y\n3,Cleo,z\n4,Dan,z\n",
    );
    let report = import_skipping(&site, "users.csv", 1);
    assert!(
        report.contains("line 3 (id 2): skipped: a quotation mark"),
        "{report}"
    );

    // The same far from its end, where memory has an end before.
    let rows = "3,Cleo,z\n".repeat(2_000_000);
    write(
        &site,
        "long.csv",
        &format!("id,name,about\n5,Eve,x\n6,Fay,\"y\n{rows}"),
    );
    let output = run(site.folder.path(), &["import", "long.csv"], "");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("line 3: a quotation mark"), "{said}");
    // A value of several lines is none of these.
    write(
        &site,
        "good.csv",
        "id,name,about\n7,Gil,\"x\ny\"\n8,Hal,\"5\"\" x\nz\"",
    );
    site.quietly("import good.csv", "");
}

#[test]
fn an_address_is_confirmed_by_nothing_less_than_a_confirmation() {
    let site = Transcript::new();
    write(
        &site,
        "users.csv",
        "id,username,email,confirmed_at\n\
         1,victim@example.com,,1\n\
         2,ada,ada@example.com,0001-01-01T00:00:00Z\n\
         3,bob,bob@example.com,1970-01-01\n\
         4,cleo,cleo@example.com,2020-01-01\n",
    );
    site.quietly("import users.csv", "");
    for name in ["victim", "ada", "bob"] {
        let shown = text(&site.quietly(&format!("user show {name}"), "").stdout);
        assert!(shown.contains("@example.com (not confirmed)"), "{shown}");
    }
    let shown = text(&site.quietly("user show cleo", "").stdout);
    assert!(shown.contains("(confirmed 2020-01-01 00:00:00)"), "{shown}");

    // Where there is no column of addresses, the names that are some are what was confirmed.
    write(&site, "named.csv", "id,username\n1,eve@example.com\n");
    site.quietly("import named.csv --emails-confirmed", "");
    let shown = text(&site.quietly("user show eve", "").stdout);
    assert!(shown.contains("eve@example.com (confirmed"), "{shown}");
}

#[test]
fn the_contrary_of_nothing_confirms_no_address_and_makes_no_administrator() {
    let site = Transcript::new();
    write(
        &site,
        "users.csv",
        "id,name,email,unconfirmed,customer,pending\n\
         1,Ada,ada@example.com,,,\n\
         2,Bob,bob@example.com,0,0,\n\
         3,Cleo,cleo@example.com,1,1,2020-01-01\n",
    );
    site.quietly(
        "import users.csv --confirmed !unconfirmed --administrator !customer",
        "",
    );
    let shown = |name: &str| text(&site.quietly(&format!("user show {name}"), "").stdout);
    let (ada, bob, cleo) = (shown("ada"), shown("bob"), shown("cleo"));
    for neither in [&ada, &cleo] {
        assert!(
            neither.contains("(not confirmed)") && !neither.contains("administrator"),
            "{neither}"
        );
    }
    assert!(
        bob.contains("(confirmed ") && bob.contains("administrator"),
        "{bob}"
    );
    // Since when somebody waits for something is no confirmation.
    let output = run(
        site.folder.path(),
        &[
            "import",
            "users.csv",
            "--source-name",
            "again",
            "--confirmed",
            "!pending",
        ],
        "",
    );
    let said = text(&output.stderr);
    assert!(
        said.contains("line 4 (id 3): skipped: the value for --confirmed is no moment"),
        "{said}"
    );
}

#[test]
fn what_else_is_in_a_database_is_not_in_the_way() {
    let site = Transcript::new();
    database(
        &site,
        "app.db",
        "CREATE TABLE gone (x); CREATE VIEW broken AS SELECT x FROM gone; DROP TABLE gone; \
         CREATE TABLE user (id BLOB, username TEXT); INSERT INTO user VALUES (x'00ff80aa', 'Ada'), (x'00ff80ab', 'Bob'); \
         CREATE TABLE role (id INTEGER, name); INSERT INTO role VALUES (1, 7), (2, x'6564'); \
         CREATE TABLE roles_users (user_id BLOB, role_id INTEGER); \
         INSERT INTO roles_users VALUES (x'00ff80aa', 1), (x'00ff80aa', 2);",
    );
    site.quietly("import app.db --mapping ids.csv", "");
    assert!(read(&site, "ids.csv").starts_with("old_id,new_id\n00ff80aa,"));
    let shown = text(&site.quietly("user show ada", "").stdout);
    assert!(shown.contains("7, ed"), "{shown}");
}

#[test]
fn roles_that_are_no_names_are_told() {
    let site = Transcript::new();
    write(
        &site,
        "users.jsonl",
        "{\"id\": 1, \"name\": \"Ada\", \"roles\": [{\"name\": \"editor\", \"id\": 1}]}\n",
    );
    let said = import_skipping(&site, "users.jsonl", 1);
    assert!(
        said.contains("line 1 (id 1): skipped: the value for --roles is no list of names"),
        "{said}"
    );
}

#[test]
fn what_a_url_says_that_has_no_effect_is_refused_without_its_value() {
    let site = Transcript::new();
    for url in [
        "postgresql://ada@127.0.0.1:1/shop?passwrd=secret",
        "postgresql://ada@127.0.0.1:1/shop?sslmode=require&ssl_mode=secret",
    ] {
        let output = run(site.folder.path(), &["import", url], "");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("leave it out") && !said.contains("secret"),
            "{said}"
        );
    }
}

#[test]
fn what_is_too_long_is_skipped() {
    let site = Transcript::new();
    let long = "x".repeat(100_000);
    write(&site, "users.csv", &format!("id,name\n1,Ada\n{long},Bob\n"));
    let said = import_skipping(&site, "users.csv", 1);
    assert!(
        said.contains("line 3: skipped: the value for --id is too long"),
        "{said}"
    );
}

/// Imports a file of which so many are skipped. Answers what was said of them.
fn import_skipping(site: &Transcript, file: &str, skipped: u32) -> String {
    let output = run(site.folder.path(), &["import", file, "--json"], "");
    let (said, told) = (text(&output.stderr), text(&output.stdout));
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(told.contains(&format!("\"skipped\": {skipped},")), "{told}");
    said
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

//! Who may import whom. The library is one crate, so the compiler lets every module use every other; this test reads
//! the syntax tree of every source file and holds it to the table below.
//!
//! Test modules are held to the same table, but may also use `testing`. Documentation examples are not read: they are
//! written as an application would write them.

mod reader;

use std::fs;
use std::path::{Path, PathBuf};

use reader::{Violation, violations_in};

/// Each module and what it may import beside itself. Nothing that is not written here is allowed.
const ALLOWED: &[(&str, &[&str])] = &[
    ("secret", &[]),
    ("clock", &[]),
    ("measure", &[]),
    ("metrics", &[]),
    ("cache", &["clock"]),
    ("throttle", &["secret", "clock"]),
    ("password", LEAVES),
    ("flask", LEAVES),
    (
        "session",
        &["secret", "clock", "measure", "cache", "throttle", "flask"],
    ),
    ("login", BELOW_LOGIN),
    ("web", UP_TO_LOGIN),
    ("accounts", UP_TO_LOGIN),
    ("pages", UP_TO_PAGES),
];

const LEAVES: &[&str] = &["secret", "clock", "measure", "cache", "throttle"];
const BELOW_LOGIN: &[&str] = &[
    "secret", "clock", "measure", "cache", "throttle", "flask", "password", "session",
];
const UP_TO_LOGIN: &[&str] = &[
    "secret", "clock", "measure", "cache", "throttle", "flask", "password", "session", "login",
];
const UP_TO_PAGES: &[&str] = &[
    "secret", "clock", "measure", "cache", "throttle", "flask", "password", "session", "login",
    "web", "accounts",
];

/// `testing` hands all of the library to an application's tests. Only tests may import it.
const TESTING: &str = "testing";

/// Crates that only some modules may name: below `web`, code takes and returns plain values; SQL lives in stores.
const CRATES: &[(&[&str], &[&str])] = &[
    (
        &[
            "axum",
            "axum_core",
            "axum_extra",
            "cookie",
            "http",
            "http_body",
            "http_body_util",
            "hyper",
            "tower",
            "tower_http",
            "tower_layer",
            "tower_service",
        ],
        &["web", "pages", TESTING],
    ),
    (&["sqlx"], &["session", "throttle", "accounts", TESTING]),
];

#[test]
fn modules_import_only_what_the_table_allows() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&source);
    assert!(
        files.iter().any(|file| file.ends_with("secret/mod.rs")),
        "the source files were not found"
    );
    let mut violations = Vec::new();
    for file in files {
        let code = fs::read_to_string(&file).expect("a source file");
        let name = file.strip_prefix(&source).expect("a file in src");
        violations.extend(violations_in(name, &code));
    }
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert!(
        lines.is_empty(),
        "forbidden imports:\n{}\n",
        lines.join("\n")
    );
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    for code in [
        "use crate::web::Auth;",
        "use super::web;",
        "use {crate::{clock::Clock, web::{Auth, CurrentUser as User}}};",
        "use crate::web::*;",
        "pub use crate::web::Auth;",
        "fn f() { crate::web::login(); }",
        "fn f() { use crate::web::login; }",
        "fn f(_: Vec<crate::web::Auth>) {}",
        "impl crate::web::Guard for User {}",
        "mod inner { fn f() { super::super::web::login() } }",
        "fn f() { println!(\"{}\", crate::web::NAME); }",
        "fn f() { vec![super::web::NAME]; }",
        "macro_rules! m { () => { $crate::web::NAME } }",
        "use countersign::web::Auth;",
        "fn f() { ::countersign::web::login() }",
        "#[derive(Debug)] struct S { #[serde(with = \"crate::web::format\")] f: u8 }",
        "#[cfg(test)] mod tests { use crate::web::Auth; }",
    ] {
        let found = found_in("session/mod.rs", code);
        assert_eq!(found, ["`session` must not import `web`"], "in {code}");
    }
}

#[test]
fn an_allowed_import_is_not_found() {
    for code in [
        "use crate::{clock::Clock, secret::Token};",
        "use crate::session::Session;",
        "mod record; use record::Record; pub use self::record::SessionId;",
        "mod tests { use super::*; }",
        "pub(crate) use super::session::Session;",
        "fn f(web: u8, axum: u8) -> u8 { web + axum }",
        "fn f() { println!(\"crate::web\"); std::web::f() }",
        "/// See [`crate::web`].\nfn f() {}",
        "#[cfg(test)] mod tests { use crate::testing::conformance; }",
    ] {
        assert!(found_in("session/mod.rs", code).is_empty(), "in {code}");
    }
    assert!(found_in("web/layer.rs", "use crate::login::State; use tower::Layer;").is_empty());
    assert!(found_in("testing/mod.rs", "use crate::web::Auth; use axum::Router;").is_empty());
    assert!(
        found_in(
            "lib.rs",
            "pub use crate::web::Auth; pub use session::Session;"
        )
        .is_empty()
    );
}

#[test]
fn a_parents_parent_is_counted_from_the_files_own_place() {
    let code = "use super::super::web::Auth;";
    let found = found_in("session/memory.rs", code);
    assert_eq!(found, ["`session` must not import `web`"]);
    let code = "use super::web;";
    assert!(found_in("session/memory.rs", code).is_empty());
}

#[test]
fn a_way_round_the_table_is_found() {
    assert_eq!(
        found_in("session/mod.rs", "use crate::Auth;"),
        ["`session` must not import `Auth` by way of the crate's root; name its module"]
    );
    assert_eq!(
        found_in("session/mod.rs", "use super::*;"),
        ["`session` must not import `*` by way of the crate's root; name its module"]
    );
    assert_eq!(
        found_in("session/mod.rs", "use crate as all;"),
        ["`session` must not import all of the crate's root; name its module"]
    );
    assert_eq!(
        found_in("novelty.rs", "fn f() {}"),
        ["`novelty` is not in the table of this test; say there what it may import"]
    );
    assert_eq!(
        found_in("session/mod.rs", "use crate::testing::Clock;"),
        ["`session` must not import `testing`"]
    );
}

#[test]
fn crates_of_the_web_are_named_only_above_login() {
    for code in [
        "use axum::Router;",
        "use ::axum;",
        "fn f(_: axum::Router) {}",
        "fn f() { assert!(axum::f()) }",
        "use {std::fmt, axum::{self, Json}};",
    ] {
        let found = found_in("login/mod.rs", code);
        assert!(!found.is_empty(), "in {code}");
        let expected = "`login` must not name the crate `axum`";
        assert!(
            found.iter().all(|violation| violation == expected),
            "in {code}"
        );
    }
    assert_eq!(
        found_in("login/mod.rs", "fn f() { sqlx::query(\"\"); }"),
        ["`login` must not name the crate `sqlx`"]
    );
}

#[test]
fn a_violation_names_its_file_and_line() {
    let violations = violations_in(Path::new("session/mod.rs"), "\n\nuse crate::web::Auth;\n");
    assert_eq!(
        violations[0].to_string(),
        "src/session/mod.rs:3: `session` must not import `web`"
    );
}

fn found_in(file: &str, code: &str) -> Vec<String> {
    let violations = violations_in(Path::new(file), code);
    violations
        .into_iter()
        .map(|found| found.complaint)
        .collect()
}

fn allowed(module: &str) -> Option<&'static [&'static str]> {
    let mut table = ALLOWED.iter();
    table
        .find(|(name, _)| *name == module)
        .map(|(_, allowed)| *allowed)
}

fn may_not_name_crate(module: &str, name: &str) -> bool {
    let mut rules = CRATES.iter();
    rules.any(|(crates, modules)| crates.contains(&name) && !modules.contains(&module))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("an entry of a source folder").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

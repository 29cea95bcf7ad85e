//! The chapters for those who come from Flask-Login: no name of it is left out, what is named here is there, and all of its
//! own tests have an answer.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::manual::file_of;
use super::markdown::{Document, GUIDE, root};

#[test]
fn each_of_flask_logins_own_tests_has_an_answer() {
    let rows = rows_of("flask-login-tests.md");
    assert_eq!(rows.len(), 107);
    for row in &rows {
        let [theirs, asks_for, here] = &row[..] else {
            panic!("a row of three cells: {row:?}");
        };
        assert!(theirs.starts_with('`') && theirs.ends_with('`'), "{theirs}");
        assert!(!asks_for.is_empty(), "{theirs}");
        let names_a_test = here.split('`').any(is_the_name_of_a_test);
        assert!(
            names_a_test || here.starts_with("No meaning here"),
            "{theirs}: {here}"
        );
    }
}

#[test]
fn no_test_of_flask_login_stands_twice_below_one_heading() {
    let text = chapter("flask-login-tests.md").text;
    for section in text.split("\n## ") {
        let names: Vec<_> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
            .map(|(name, _)| name)
            .collect();
        let once: BTreeSet<_> = names.iter().collect();
        assert_eq!(once.len(), names.len(), "{names:?}");
    }
}

#[test]
fn every_test_that_answers_is_in_the_file_that_is_named() {
    let mut count = 0;
    for row in rows_of("flask-login-tests.md") {
        let mut file = None;
        for code in row[2].split('`').skip(1).step_by(2) {
            if code.ends_with(".rs") {
                file = Some(file_of(code).unwrap_or_else(|| panic!("there is no {code}")));
            } else if is_the_name_of_a_test(code) {
                count += 1;
                let file = file.as_deref().expect("a file is named before its tests");
                let text = fs::read_to_string(file).expect("it was there a moment ago");
                let is_there = text.contains(&format!("fn {code}("));
                assert!(is_there, "{code} is not in {}", file.display());
            }
        }
    }
    assert!(count > 100, "only {count} tests were looked for");
}

#[test]
fn every_name_of_flask_login_is_in_the_table_of_names() {
    let left: String = rows_of("flask-login-names.md")
        .into_iter()
        .map(|mut row| row.remove(0) + "\n")
        .collect();
    let words: BTreeSet<&str> = left
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    for name in NAMES.split_whitespace() {
        assert!(words.contains(name), "{name} is not in the table");
    }
}

#[test]
fn every_method_in_the_table_of_names_is_in_the_library() {
    let mut sources = String::new();
    for folder in ["countersign/src", "countersign-macros/src"] {
        collect(&root().join(folder), &mut sources);
    }
    let mut count = 0;
    for chapter in [
        "flask-login-names.md",
        "flask-login-safer.md",
        "axum-login.md",
    ] {
        for row in rows_of(chapter) {
            for cell in &row[1..] {
                for code in cell.split('`').skip(1).step_by(2) {
                    for name in called(code).filter(|name| !OF_OTHERS.contains(name)) {
                        count += 1;
                        let is_there = ["(", "<"]
                            .iter()
                            .any(|next| sources.contains(&format!("fn {name}{next}")));
                        assert!(is_there, "{chapter}: there is no `{name}` of `{code}`");
                    }
                    for (of, name) in code.split_once("::").into_iter() {
                        let is_variant =
                            ["Event", "Message", "SessionProtection", "LoginError"].contains(&of);
                        let name = name.split(|c: char| !c.is_alphanumeric()).next();
                        let name = name.expect("there is a first part");
                        let is_there = sources.contains(&format!("    {name} {{"))
                            || sources.contains(&format!("    {name},"));
                        assert!(!is_variant || is_there, "{chapter}: {code}");
                    }
                }
            }
        }
    }
    assert!(count > 120, "only {count} methods were looked for");
}

fn is_the_name_of_a_test(code: &str) -> bool {
    let is_part = |c: char| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit();
    code.contains('_') && code.chars().all(is_part)
}

/// What is called in a piece of code: the names before a `(`.
fn called(code: &str) -> impl Iterator<Item = &str> {
    let before = code.split('(').rev().skip(1);
    before.filter_map(|text| {
        let text = text.strip_suffix("::<User>").unwrap_or(text);
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let name = text.rsplit(|c| !is_part(c)).next().unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_lowercase())
            .then_some(name)
    })
}

/// The rows of all tables of a chapter, without their heads: the text of each cell.
fn rows_of(name: &str) -> Vec<Vec<String>> {
    let text = chapter(name).text;
    let mut rows = Vec::new();
    let mut is_body = false;
    for line in text.lines() {
        let Some(line) = line.strip_prefix("| ") else {
            is_body = false;
            continue;
        };
        if line.starts_with("---") {
            is_body = true;
        } else if is_body {
            let line = line.strip_suffix(" |").expect("a row ends as it begins");
            rows.push(line.split(" | ").map(str::to_owned).collect());
        }
    }
    rows
}

fn chapter(name: &str) -> Document {
    Document::read(format!("{GUIDE}/moving/{name}"))
}

fn collect(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).expect("the sources can be read") {
        let path = entry.expect("a folder can be read to its end").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(path).expect("text"));
        }
    }
}

/// Methods of Python, of Rust and of axum that the tables name.
const OF_OTHERS: [&str; 10] = [
    "derive",
    "from_fn",
    "from_secs",
    "get_flashed_messages",
    "hash",
    "is_some",
    "layer",
    "options",
    "set_login_view",
    "to_string",
];

/// What Flask-Login 0.6.3 exports, its settings, the attributes and methods of its manager and of its mixins, and the keys
/// that it writes.
const NAMES: &str = "
    LoginManager init_app setup_app add_context_processor login_manager user_loader user_callback request_loader request_callback
    header_loader login_view blueprint_login_views login_message login_message_category refresh_view needs_refresh_message
    needs_refresh_message_category localize_callback session_protection unauthorized_handler unauthorized_callback
    needs_refresh_handler needs_refresh_callback unauthorized needs_refresh anonymous_user id_attribute _login_disabled
    _session_identifier_generator
    current_user login_user remember duration force fresh logout_user confirm_login login_fresh login_remembered login_required
    fresh_login_required set_login_view login_url make_next_param encode_cookie decode_cookie FlaskLoginClient
    UserMixin get_id is_active is_authenticated is_anonymous AnonymousUserMixin
    REMEMBER_COOKIE_NAME REMEMBER_COOKIE_DURATION REMEMBER_COOKIE_DOMAIN REMEMBER_COOKIE_PATH REMEMBER_COOKIE_SECURE
    REMEMBER_COOKIE_HTTPONLY REMEMBER_COOKIE_SAMESITE REMEMBER_COOKIE_REFRESH_EACH_REQUEST SESSION_PROTECTION
    USE_SESSION_FOR_NEXT FORCE_HOST_FOR_REDIRECTS LOGIN_DISABLED AUTH_HEADER_NAME SECRET_KEY
    COOKIE_NAME COOKIE_DURATION COOKIE_SECURE COOKIE_HTTPONLY COOKIE_SAMESITE LOGIN_MESSAGE LOGIN_MESSAGE_CATEGORY
    REFRESH_MESSAGE REFRESH_MESSAGE_CATEGORY ID_ATTRIBUTE SESSION_KEYS EXEMPT_METHODS __version__
    user_logged_in user_logged_out user_loaded_from_cookie user_loaded_from_request user_loaded_from_header user_login_confirmed
    user_unauthorized user_needs_refresh user_accessed session_protected
    _user_id _fresh _id _remember _remember_seconds next _permanent _flashes
    SECRET_KEY_FALLBACKS SESSION_COOKIE_NAME SESSION_COOKIE_DOMAIN SESSION_COOKIE_PATH SESSION_COOKIE_HTTPONLY
    SESSION_COOKIE_SECURE SESSION_COOKIE_SAMESITE SESSION_COOKIE_PARTITIONED SESSION_REFRESH_EACH_REQUEST
    PERMANENT_SESSION_LIFETIME MAX_COOKIE_SIZE TRUSTED_HOSTS PREFERRED_URL_SCHEME APPLICATION_ROOT";

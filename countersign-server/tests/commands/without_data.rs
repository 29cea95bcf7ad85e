//! Commands that need no database, and make none.

use std::fs;

use serde_json::Value;

use crate::transcript::{Transcript, run, text};

#[test]
fn every_setting_is_shown_with_who_decided_it_and_without_secrets() {
    let mut site = Transcript::new();
    let key = text(&site.quietly("secret generate", "").stdout);
    let key = key.trim();
    let file = format!("secret_key = '{key}'\n\n[limits]\nhead = '5s'\n");
    fs::write(site.folder.path().join("countersign.toml"), file).unwrap();
    let shown = site.run("config show --log-format json --data elsewhere");
    assert!(!text(&shown.stdout).contains(key));
    site.run("config show --log-format xml");
    site.run("config show everything");
    site.check("configuration_shown");

    let json = site
        .quietly("config show --json --log-format json", "")
        .stdout;
    assert!(!text(&json).contains(key));
    let settings: Value = serde_json::from_slice(&json).unwrap();
    for (path, value, origin) in [
        ("limits.head", "5s", "countersign.toml:4"),
        ("log.format", "json", "--log-format"),
        ("secret_key", "[redacted]", "countersign.toml:1"),
        ("listen", "127.0.0.1:3000", "default"),
    ] {
        assert_eq!(settings[path]["value"], value, "{path}");
        assert_eq!(settings[path]["origin"], origin, "{path}");
    }
    assert_eq!(settings["public_url"]["value"], Value::Null);
}

#[test]
fn an_example_is_a_file_that_can_be_used() {
    let mut site = Transcript::new();
    let example = site.quietly("config example", "").stdout;
    fs::write(site.folder.path().join("countersign.toml"), example).unwrap();
    site.quietly("config check", "");
    site.run("config example of-mine");
    site.check("configuration_example_refused");
}

#[test]
fn each_secret_is_another_one_and_can_be_used() {
    let mut site = Transcript::new();
    let [one, other] = [(); 2].map(|()| text(&site.quietly("secret generate", "").stdout));
    assert_ne!(one, other);
    // 32 bytes in base64url, and the end of the line.
    assert_eq!((one.len(), other.len()), (44, 44));
    fs::write(site.folder.path().join("key"), one).unwrap();
    site.quietly("config check --secret-key-file key", "");
    site.run("secret");
    site.run("secret generate 64");
    site.check("secrets_refused");
}

#[test]
fn completions_and_manual_pages_are_written_where_they_are_asked_for() {
    let mut site = Transcript::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = text(&site.quietly(&format!("completions {shell}"), "").stdout);
        assert!(script.contains("calibrate"), "{shell}");
    }
    site.quietly("man pages/man1", "");
    let page = site.folder.path().join("pages/man1/countersign-user-add.1");
    assert!(fs::read_to_string(page).unwrap().contains("password"));
    fs::write(site.folder.path().join("file"), "no folder").unwrap();
    for command in ["completions", "completions tcsh", "man", "man file/man1"] {
        site.run(command);
    }
    site.check("completions_refused");
    let listed = run(site.folder.path(), &["user", "list"], "");
    assert_eq!(
        listed.status.code(),
        Some(2),
        "none of them made a database"
    );
}

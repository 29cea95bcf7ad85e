//! The configuration, looked at before anything starts.

use std::fs;

use crate::transcript::Transcript;

#[test]
fn a_check_reads_what_the_settings_name_too() {
    let mut site = Transcript::new();
    site.run("config check");
    let file = site.folder.path().join("countersign.toml");
    fs::write(&file, NAMES_WHAT_IS_NOT_THERE).unwrap();
    site.run("config check");
    fs::create_dir(site.folder.path().join("templates")).unwrap();
    fs::write(site.folder.path().join("site.pem"), "not a certificate").unwrap();
    site.run("config check");
    fs::write(&file, "templates = 'templates'").unwrap();
    site.run("config check");
    site.run("config check --config countersign.toml --templates elsewhere");
    site.check("configuration_checked");
    // A check leaves nothing behind.
    assert!(!site.folder.path().join("data").exists());
}

#[test]
fn what_is_wrong_is_told_at_once() {
    let mut site = Transcript::new();
    let file = site.folder.path().join("countersign.toml");
    fs::write(&file, WRONG).unwrap();
    site.run("config check");
    fs::write(&file, WRONG_TOGETHER).unwrap();
    site.run("config check");
    site.check("configuration_wrong");
}

const NAMES_WHAT_IS_NOT_THERE: &str = r#"
public_url = "https://login.example.com"
registration = "closed"
templates = "templates"

[https]
certificate = "site.pem"
key = "site.key"
"#;

const WRONG: &str = r#"
public_ulr = "https://login.example.com"
listen = "localhost:3000"
registration = "all"
secret_key = "too short"

[htps]
acme = true

[limits]
head = "ten"
body_size = "64 parsecs"
connections = -5

[proxy]
trusted = ["nginx"]
header = 5

[passwords]
memory = "1MiB"
parallelism = 0
"#;

const WRONG_TOGETHER: &str = r#"
listen = "0.0.0.0:3000"

[https]
redirect_from = "0.0.0.0:3000"

[sessions]
idle = "8d"
"#;

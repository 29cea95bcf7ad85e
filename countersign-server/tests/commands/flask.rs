use std::fs;

use crate::transcript::{Transcript, text};

#[test]
fn a_session_of_flask_is_read_and_made() {
    let mut site = with_key();
    let as_of = "--secret-file key --signed-at 2023-11-14T22:13:20Z";
    let encode = format!("flask encode {as_of}");
    let made = site.run_with(&encode, r#"{"_user_id": "1"}"#);
    assert_eq!(text(&made.stdout), format!("{SESSION}\n"));
    site.run_with(&format!("{encode} --json"), r#"{"_user_id": "1"}"#);
    let typed =
        r#"{"t": "dict", "v": [["when", {"t": "tuple", "v": [{"t": "bytes", "hex": "00ff"}]}]]}"#;
    let made = site.run_with(&format!("{encode} --typed"), typed);
    let decode = "flask decode --secret-file key --now 2023-11-15";
    site.run_with(decode, &text(&made.stdout));
    site.run(&format!("{decode} {SESSION} --json"));
    // The age, and so what is printed, grows with the years.
    let outdated = site.quietly_refused(&format!("flask decode {SESSION} --secret-file key"));
    assert!(outdated.starts_with("verdict    expired\n"), "{outdated}");
    site.run(&format!("{decode} {SESSION} --max-age 1h"));
    site.run(&format!(
        "flask decode --secret-file key --now 2023-11-14 {SESSION}"
    ));
    site.run(&format!("{decode} {SESSION} --salt other"));
    site.run(&format!(
        "{decode} {SESSION} --digest sha512 --key-derivation none"
    ));
    site.check("flask_sessions");
}

#[test]
fn a_key_can_be_bytes_or_one_of_the_fallbacks() {
    let mut site = with_key();
    write(&site, "hex", "64657465726d696e6973746963\n");
    write(&site, "new", "another");
    for key in [
        "--secret-file hex --hex",
        "--secret-file new --fallback-file key",
        "--secret-file new",
        "--secret-file key --hex",
        "--secret-file missing",
        "",
    ] {
        site.run(&format!(
            "flask decode {SESSION} --now 2023-11-15 --json {key}"
        ));
    }
    site.check("flask_keys");
}

#[test]
fn a_remember_token_is_read() {
    let mut site = with_key();
    let remember = "flask remember --secret-file key";
    site.run_with(remember, TOKEN);
    site.run_with(&format!("{remember} --json"), TOKEN);
    // As it stands in a header.
    site.run_with(remember, &format!("\"{}\"", TOKEN.replace('|', "\\174")));
    site.run_with(remember, &TOKEN.replacen('1', "2", 1));
    site.run_with(remember, "");
    site.check("flask_remember_tokens");
}

#[test]
fn the_identifier_of_a_client_is_made() {
    let mut site = Transcript::new();
    let identifier = "flask identifier --remote-addr 127.0.0.1 --user-agent Werkzeug/3.1.9";
    let made = site.run(identifier);
    assert!(text(&made.stdout).starts_with("03f095a1c03fdce8"));
    let made = site.run(&format!("{identifier} --flask-login 0.7 --json"));
    assert!(text(&made.stdout).contains("\"03446411a427d92f"));
    site.run(&format!("{identifier} --x-forwarded-for 10.0.0.1"));
    site.run("flask identifier --user-agent Werkzeug/3.1.9");
    site.check("flask_identifiers");
}

#[test]
fn what_can_not_be_made_or_read_is_refused() {
    let mut site = with_key();
    let encode = "flask encode --secret-file key";
    site.run_with(encode, "{a");
    site.run_with(encode, "");
    site.run_with(encode, &format!("{}{}", "[".repeat(500), "]".repeat(500)));
    site.run_with(&format!("{encode} --typed"), r#"{"a": 1}"#);
    site.run_with(&format!("{encode} --typed"), r#"{"t": "int", "v": "x"}"#);
    site.run(&format!("{encode} --digest md5"));
    site.run("flask decode --secret-file key --max-age long x");
    site.run("flask decode --jsonl --json");
    site.run("flask");
    site.check("flask_refused");
}

fn with_key() -> Transcript {
    let site = Transcript::new();
    write(&site, "key", "deterministic\n");
    site
}

fn write(site: &Transcript, name: &str, content: &str) {
    fs::write(site.folder.path().join(name), content).unwrap();
}

/// Made by Flask 3.1.3 with the key `deterministic`, of `{"_user_id": "1"}`.
const SESSION: &str = "eyJfdXNlcl9pZCI6IjEifQ.ZVPxAA.dlSWEs3z-rSsORe4n9RLR5bz2rg";

/// Made by Flask-Login 0.6.3 with the same key.
const TOKEN: &str = "1|0e9e6e9855fbe6df7906ec4737578a1d491b38d3fd5246c1561016e189d6516043286501ca43257c938e60aad77acec5ce916b94ca9d00c0bb6f9883ae4b82ae";

//! Password hashes that Werkzeug, Flask-Bcrypt, Flask-Argon2, passlib, Django and Flask-Security made, and how these
//! libraries judge them: each gets here a verdict that is accepted.

use std::sync::Arc;

use countersign::clock::{Clock, ManualClock, Timestamp};
use countersign::password::{
    HashOrigin, ImportedHashes, PasswordNormalization, Passwords, Requester,
};
use serde_json::Value as Json;

use super::vectors::{assert_accepted, of_kind, secret, text};

#[tokio::test]
async fn every_password_hash_gets_a_verdict_that_is_accepted() {
    let vectors = of_kind("password");
    assert_eq!(vectors.len(), 148);
    for vector in vectors {
        let verdict = judge(&vector).await;
        assert_accepted(&vector, verdict);
    }
}

/// Where the real library gives an error for a hash that is only malformed, and where it takes no exception to one, there
/// is a mismatch or an error for both. Otherwise the verdicts are the same, but for one hash that Werkzeug makes and then
/// can't read.
#[tokio::test]
async fn the_verdict_on_a_sound_hash_is_that_of_the_real_library() {
    let mut different = Vec::new();
    for vector in of_kind("password") {
        let verdict = judge(&vector).await;
        let is_match = verdict == "match";
        if is_match != (vector["verdict"] == "match") {
            different.push(text(&vector["id"]).to_owned());
        }
    }
    assert_eq!(different, ["password-0191-werkzeug-scrypt-small-n"]);
}

#[tokio::test]
async fn hostile_hashes_are_refused_without_any_work() {
    let hostile: Vec<_> = of_kind("password")
        .into_iter()
        .filter(|vector| vector["dos"] == true)
        .collect();
    assert_eq!(hostile.len(), 9);
    for vector in hostile {
        let (passwords, stored) = site(&vector);
        let description = passwords.describe(&stored);
        assert!(!description.is_usable(), "{stored}");
        assert_eq!(passwords.statistics().verifications, 0);
    }
}

#[tokio::test]
async fn whatever_matches_should_be_hashed_anew() {
    for vector in of_kind("password") {
        let (passwords, stored) = site(&vector);
        assert!(passwords.needs_rehash(&stored), "{stored}");
        let description = passwords.describe(&stored);
        if vector["verdict"] == "match" {
            assert!(description.is_usable(), "{stored} {description:?}");
        }
    }
}

async fn judge(vector: &Json) -> &'static str {
    let (passwords, stored) = site(vector);
    let password = secret(&vector["password"]);
    let verdict = passwords
        .verify_bytes(&password, Some(&stored), Requester::anonymous())
        .await
        .unwrap();
    assert_eq!(verdict.needs_rehash, verdict.matches);
    match (verdict.matches, verdict.problem, verdict.password_problem) {
        (true, None, None) => "match",
        (false, None, None) => "mismatch",
        (false, ..) => "error",
        other => panic!("{other:?}"),
    }
}

/// A site with the settings of a vector, and its hash as that site stores it.
fn site(vector: &Json) -> (Passwords, String) {
    let config = &vector["config"];
    let mut stored = text(&vector["hash"]).to_owned();
    let mut imported = ImportedHashes::new();
    if config["BCRYPT_HANDLE_LONG_PASSWORDS"] == true {
        stored = HashOrigin::FlaskBcryptLongPasswords
            .mark(&stored)
            .into_owned();
    }
    if let Some(salt) = config["password_salt"].as_str() {
        stored = HashOrigin::FlaskSecurity.mark(&stored).into_owned();
        // The vectors were made below the form that normalises a password.
        imported = imported
            .flask_security_salt(salt)
            .flask_security_normalization(PasswordNormalization::None);
    }
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_millis(0)));
    let passwords = Passwords::builder()
        .workers(1)
        .imported(imported)
        .clock(clock)
        .build()
        .unwrap();
    (passwords, stored)
}

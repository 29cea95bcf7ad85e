//! What must hold for any bytes. The fuzz targets call these functions with what they make up, and `cargo test` with the
//! corpus that is committed.

use std::sync::LazyLock;
use std::time::Duration;

use countersign::clock::Timestamp;
use countersign::flask::{
    Limits, PayloadFormat, RememberTokens, SignerSettings, TimestampSigner, UrlSafeTimedSerializer,
    tagged_json,
};
use countersign::password::{
    Argon2Cost, HashDescription, HashOrigin, ImportedHashes, PasswordError, Passwords, Requester,
};
use countersign::secret::SecretKey;

/// A function that takes any bytes and panics when something does not hold.
pub type Check = fn(&[u8]);

/// Every check, by the name of its target and of its folder in `fuzz/corpus`.
pub const CHECKS: &[(&str, Check)] = &[
    ("cookie", cookie),
    ("signed_payload", signed_payload),
    ("tagged_json", tagged_json_text),
    ("remember_token", remember_token),
    ("password_hash", password_hash),
];

/// A cookie as a stranger sends it: it is refused or, being one that was signed, is read.
pub fn cookie(bytes: &[u8]) {
    let loaded = sessions().loads(bytes, NOW, Duration::MAX);
    let of_any_age = sessions().danger_loads_of_any_age(bytes);
    if loaded.is_ok() {
        assert!(of_any_age.is_ok(), "what counts now counts at any time");
    }
}

/// What stands in a cookie that was signed with the right key: what is read can be written, and is then read as the same.
pub fn signed_payload(payload: &[u8]) {
    for format in [PayloadFormat::Tagged, PayloadFormat::Plain] {
        let settings = SignerSettings::flask_session;
        let signed = TimestampSigner::new(&key(), settings()).sign(payload, NOW);
        let serializer = UrlSafeTimedSerializer::new(&key(), settings(), format);
        let Ok(read) = serializer.loads(&signed, NOW, Duration::ZERO) else {
            continue;
        };
        assert_eq!(read.signed_at, NOW);
        // Escapes can make it longer than the limits allow, and UTF-8 has no half of a surrogate pair.
        let Ok(written) = serializer.dumps(&read.value, NOW) else {
            continue;
        };
        let again = serializer.loads(&written, NOW, Duration::ZERO);
        let again = again.expect("what was written can be read");
        let twice = serializer.dumps(&again.value, NOW);
        assert_eq!(twice.as_ref(), Ok(&written), "written again");
    }
}

/// The same for JSON itself.
pub fn tagged_json_text(json: &[u8]) {
    let limits = Limits::default();
    let Ok(value) = tagged_json::loads(json, &limits) else {
        return;
    };
    let Ok(written) = tagged_json::dumps(&value, &limits) else {
        return;
    };
    assert!(written.is_ascii());
    let again = tagged_json::loads(&written, &limits).expect("what was written can be read");
    assert_eq!(tagged_json::dumps(&again, &limits).as_ref(), Ok(&written));
}

/// A remember token as a stranger sends it, and the token of a user with any id.
pub fn remember_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let tokens = RememberTokens::of_bytes(&key());
    if let Ok(user_id) = tokens.decode(&text) {
        assert_eq!(tokens.encode(user_id), text);
    }
    let token = tokens.encode(&text);
    if token.len() <= Limits::default().input {
        assert_eq!(tokens.decode(&token), Ok(&*text));
    }
}

/// A stored password hash out of somebody else's table: what it is said to be without any work is so, and nobody's guess
/// matches it.
pub fn password_hash(bytes: &[u8]) {
    static PASSWORDS: LazyLock<Passwords> = LazyLock::new(|| {
        let imported = ImportedHashes::new()
            .flask_security_salt("salt of the site")
            .devise_pepper("pepper");
        Passwords::builder()
            .argon2id(Argon2Cost::danger_weak(8, 1, 1).expect("Argon2 is defined for it"))
            .imported(imported)
            .workers(1)
            .build()
            .expect("one worker is within bounds")
    });
    let stored = &*String::from_utf8_lossy(bytes);
    for origin in [
        HashOrigin::FlaskBcryptLongPasswords,
        HashOrigin::FlaskSecurity,
        HashOrigin::Devise,
    ] {
        let marked = origin.mark(stored);
        assert_eq!(origin.mark(&marked), marked, "marked twice");
        if marked != stored {
            hash_of_a_table(&PASSWORDS, &marked);
        }
    }
    hash_of_a_table(&PASSWORDS, stored);
}

fn hash_of_a_table(passwords: &Passwords, stored: &str) {
    let description = passwords.describe(stored);
    assert_eq!(description.is_usable(), description.cost.is_some());
    if description.is_usable() && !is_tiny(&description) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers needs nothing");
    let verdict = runtime
        .block_on(passwords.verify("nobody's password", Some(stored), Requester::anonymous()))
        .expect("there is room for one at a time");
    assert!(!verdict.matches && !verdict.needs_rehash);
    let problem = description
        .problem
        .filter(|problem| *problem != PasswordError::NoUsablePassword);
    assert_eq!(verdict.problem, problem);
}

/// Whether a verification takes a few milliseconds at most. Every number of a cost makes it costlier.
fn is_tiny(description: &HashDescription) -> bool {
    let cost = description.cost.as_deref().unwrap_or_default();
    let (algorithm, parameters) = cost.split_once(' ').unwrap_or_default();
    let numbers = parameters.split(|character: char| !character.is_ascii_digit());
    let numbers = numbers.filter_map(|number| number.parse::<u64>().ok());
    let most = match algorithm {
        "bcrypt" => 5,
        "sha256-crypt" | "sha512-crypt" => 1_100,
        _ => 1_024,
    };
    description.memory_kib <= 1_024 && numbers.product::<u64>() <= most
}

fn sessions() -> UrlSafeTimedSerializer {
    UrlSafeTimedSerializer::flask_session(&key())
}

fn key() -> SecretKey {
    SecretKey::danger_unchecked("deterministic")
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

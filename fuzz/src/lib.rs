//! What must hold for any bytes. The fuzz targets call these functions with what they make up, and `cargo test` with the
//! corpus that is committed.

use std::time::Duration;

use countersign::clock::Timestamp;
use countersign::flask::{
    Limits, PayloadFormat, RememberTokens, SignerSettings, TimestampSigner, UrlSafeTimedSerializer,
    tagged_json,
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

fn sessions() -> UrlSafeTimedSerializer {
    UrlSafeTimedSerializer::flask_session(&key())
}

fn key() -> SecretKey {
    SecretKey::danger_unchecked("deterministic")
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

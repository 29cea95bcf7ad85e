//! What somebody sends, or signs with a key that leaked, to make the server work or fall over.

use std::time::Duration;

use countersign::clock::Timestamp;
use countersign::flask::{
    FlaskError, Limits, Malformed, SignerSettings, TimestampSigner, UrlSafeTimedSerializer,
    tagged_json,
};
use countersign::secret::SecretKey;

#[test]
fn a_mebibyte_of_anything_is_refused_unread() {
    for text in ["A", ".", "=", "!", "é", "\0"] {
        let refused = load(text.repeat(1 << 20).as_bytes());
        assert_eq!(
            refused,
            Err(Malformed::TooLong { limit: 65_536 }.into()),
            "{text:?}"
        );
    }
}

#[test]
fn what_is_not_text_is_a_bad_signature() {
    for bytes in [
        &b"\xff.\xfe.\xfd"[..],
        b"e30.ZVPxAA.\xff\xff",
        b"\0.\0.\0",
        b"\xed\xa0\x80...",
    ] {
        assert_eq!(load(bytes), Err(FlaskError::BadSignature), "{bytes:?}");
    }
}

#[test]
fn a_signed_payload_that_is_nested_without_end_is_refused() {
    for (open, count) in [
        ("[", 100_000),
        ("{\"a\":", 40_000),
        ("{\" t\":[", 30_000),
        ("{\" di\":{\" t__\":", 15_000),
    ] {
        let refused = tagged_json::loads(open.repeat(count), &Limits::default());
        assert_eq!(refused, Err(Malformed::TooDeep { limit: 256 }), "{open}");
    }
}

#[test]
fn the_deepest_limit_that_can_be_set_fits_a_thread() {
    let limits = Limits::default().depth(usize::MAX);
    let nested = |levels| format!("{}1{}", "{\" t\":[".repeat(levels), "]}".repeat(levels));
    let value = tagged_json::loads(nested(500), &limits).unwrap();
    assert_eq!(tagged_json::dumps(&value, &limits), Ok(nested(500)));
    let refused = tagged_json::loads(nested(501), &limits);
    assert_eq!(refused, Err(Malformed::TooDeep { limit: 1000 }));
}

#[test]
fn many_keys_that_are_the_same_or_nearly_so_are_read() {
    let same = format!("{{{}\"a\":0}}", "\"a\":1,".repeat(40_000));
    let value = tagged_json::loads(same, &Limits::default()).unwrap();
    assert_eq!(value.as_dict().unwrap().len(), 1);
    let different: Vec<String> = (0..20_000).map(|key| format!("\"{key}\":1")).collect();
    let different = format!("{{{}}}", different.join(","));
    let value = tagged_json::loads(different, &Limits::default()).unwrap();
    assert_eq!(value.as_dict().unwrap().len(), 20_000);
}

#[test]
fn numbers_of_any_length_are_read_or_refused() {
    let limits = Limits::default();
    let digits = "9".repeat(200_000);
    assert_eq!(
        tagged_json::loads(&digits, &limits),
        Err(Malformed::IntegerTooLong)
    );
    assert!(tagged_json::loads(format!("0.{digits}"), &limits).is_ok());
    assert!(tagged_json::loads(format!("1e{digits}"), &limits).is_ok());
    assert!(tagged_json::loads(format!("1e-{digits}"), &limits).is_ok());
    assert!(tagged_json::loads("[-]", &limits).is_err());
}

#[test]
fn what_is_compressed_twice_is_inflated_once() {
    let nested = ".eJzTS_WqLArLLggtzvEudHcMzXLJzApzTHcsCtOtsAAAnGoKLA";
    let signed = TimestampSigner::new(&key(), SignerSettings::flask_session()).sign(nested, NOW);
    // What comes out begins with `.` again, which is no JSON.
    assert_eq!(load(&signed), Err(Malformed::Json { offset: 0 }.into()));
}

#[test]
fn every_part_of_a_cookie_that_is_changed_makes_it_a_bad_signature() {
    let session = [("_user_id", "1")]
        .into_iter()
        .collect::<countersign::flask::Dict>();
    let cookie = sessions().dumps(&session.into(), NOW).unwrap();
    assert!(load(cookie.as_bytes()).is_ok());
    // The last character has spare bits, so it is left alone.
    for place in 0..cookie.len() - 1 {
        for bit in 0..7 {
            let mut changed = cookie.clone().into_bytes();
            changed[place] ^= 1 << bit;
            assert_eq!(
                load(&changed),
                Err(FlaskError::BadSignature),
                "{place}, {bit}"
            );
        }
    }
}

fn load(cookie: &[u8]) -> Result<(), FlaskError> {
    sessions()
        .loads(cookie, NOW, Duration::from_secs(60))
        .map(|_| ())
}

fn sessions() -> UrlSafeTimedSerializer {
    UrlSafeTimedSerializer::flask_session(&key())
}

fn key() -> SecretKey {
    SecretKey::danger_unchecked("deterministic")
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

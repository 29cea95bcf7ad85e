//! Values that Flask 3.1.3, itsdangerous 2.2 and Flask-Login 0.6.3 made, and how these libraries judge them: each gets
//! here a verdict that is accepted, and what has one way to be written is written so, byte for byte.

use std::fs;
use std::path::Path;
use std::time::Duration;

use countersign::clock::Timestamp;
use countersign::flask::{
    Dict, Digest, FlaskError, IdentifierVersion, KeyDerivation, Limits, PayloadFormat,
    RememberTokens, SetCookie, SignerSettings, Text, UrlSafeTimedSerializer, Value, cookie_value,
    tagged_json,
};
use countersign::secret::SecretKey;
use serde_json::Value as Json;

#[test]
fn every_session_gets_a_verdict_that_is_accepted() {
    let vectors = of_kind("session");
    assert_eq!(vectors.len(), 116);
    for vector in vectors {
        let id = text(&vector["id"]);
        let now = at(vector["now"].as_i64().unwrap());
        let max_age = Duration::from_secs(vector["max_age"].as_u64().unwrap());
        let loaded = serializer(&vector).loads(cookie(&vector), now, max_age);
        assert_accepted(&vector, verdict(&loaded));
        let Ok(loaded) = loaded else { continue };
        assert_eq!(typed(&loaded.value), vector["decoded"], "{id}");
        if let Some(signed_at) = vector["signed_at"].as_i64() {
            assert_eq!(loaded.signed_at, at(signed_at), "{id}");
        }
    }
}

/// The verdicts are those of the libraries themselves, not only accepted ones, except where Flask has no limit.
#[test]
fn the_verdict_is_that_of_the_real_library_except_for_a_bomb() {
    let mut different = Vec::new();
    for vector in of_kind("session") {
        let now = at(vector["now"].as_i64().unwrap());
        let max_age = Duration::from_secs(vector["max_age"].as_u64().unwrap());
        let loaded = serializer(&vector).loads(cookie(&vector), now, max_age);
        if verdict(&loaded) != vector["verdict"] {
            different.push(text(&vector["id"]).to_owned());
        }
    }
    assert_eq!(
        different,
        [
            "session-0112-bomb-signed",
            "session-0114-neg-huge-a",
            "session-0115-neg-huge-dots"
        ]
    );
}

#[test]
fn what_flask_wrote_is_written_byte_for_byte() {
    let mut compressed = 0;
    let mut written = 0;
    for vector in of_kind("session") {
        if vector["encode"] != true {
            continue;
        }
        let id = text(&vector["id"]);
        let value = untyped(&vector["decoded"]);
        let json = tagged_json::dumps(&value, &Limits::default()).unwrap();
        assert_eq!(json, text(&vector["wire_json"]), "{id}");

        let signed_at = at(vector["signed_at"].as_i64().unwrap());
        let serializer = serializer(&vector);
        let ours = serializer.dumps(&value, signed_at).unwrap();
        if vector["compressed"] == true {
            // What deflate makes of it depends on the build of zlib, so the same bytes are not demanded; but about as many.
            let again = serializer.loads(&ours, signed_at, Duration::ZERO).unwrap();
            assert_eq!(typed(&again.value), vector["decoded"], "{id}");
            assert!(ours.starts_with('.'), "{id}");
            assert!(ours.len() <= cookie(&vector).len() + 4, "{id}");
            compressed += 1;
        } else {
            assert_eq!(ours, cookie(&vector), "{id}");
            written += 1;
        }
    }
    assert!(written > 20 && compressed > 5, "{written}, {compressed}");
}

#[test]
fn every_remember_token_gets_a_verdict_that_is_accepted() {
    let vectors = of_kind("remember");
    assert_eq!(vectors.len(), 30);
    for vector in vectors {
        let id = text(&vector["id"]);
        let tokens = match vector["secret"]["str"].as_str() {
            Some(secret) => RememberTokens::of_text(&SecretKey::danger_unchecked(secret)).unwrap(),
            None => {
                RememberTokens::of_bytes(&SecretKey::danger_unchecked(secret(&vector["secret"])))
            }
        };
        let token = text(&vector["cookie"]);
        let decoded = tokens.decode(token);
        assert_accepted(&vector, verdict(&decoded));
        let Ok(user_id) = decoded else { continue };
        assert_eq!(vector["user_id"], user_id, "{id}");
        assert_eq!(tokens.encode(user_id), token, "{id}");
    }
}

#[test]
fn every_token_is_written_into_a_cookie_as_werkzeug_writes_it_and_read_again() {
    let mut quoted = 0;
    for vector in of_kind("remember") {
        let (token, written) = (text(&vector["cookie"]), text(&vector["set_cookie_value"]));
        assert_eq!(cookie_value::quoted(token), written, "{}", vector["id"]);
        let cookie = SetCookie::new("remember_token").unwrap().value(token);
        let header = cookie.path(None).to_text();
        assert_eq!(header, format!("remember_token={written}"));
        let read = cookie_value::find(&header, "remember_token");
        assert_eq!(read.as_deref(), Some(token), "{}", vector["id"]);
        quoted += usize::from(written.starts_with('"'));
    }
    assert!(quoted >= 8, "{quoted}");
}

#[test]
fn every_client_gets_the_identifier_that_flask_login_makes() {
    let vectors = of_kind("session_id");
    assert_eq!(vectors.len(), 13);
    for vector in vectors {
        let header = |name: &str| vector[name].as_str().map(from_hex);
        let identifier = IdentifierVersion::V0_6.identifier(
            vector["remote_addr"].as_str(),
            header("xff_hex").as_deref(),
            header("user_agent_hex").as_deref(),
        );
        assert_eq!(vector["identifier"], identifier, "{}", vector["id"]);
    }
}

fn serializer(vector: &Json) -> UrlSafeTimedSerializer {
    let fallbacks = vector["fallbacks"].as_array().unwrap().iter();
    let key = fallbacks.fold(
        SecretKey::danger_unchecked(secret(&vector["secret"])),
        |key, fallback| key.danger_unchecked_fallback(secret(fallback)),
    );
    let key_derivation = match text(&vector["key_derivation"]) {
        "hmac" => KeyDerivation::Hmac,
        "django-concat" => KeyDerivation::DjangoConcat,
        "concat" => KeyDerivation::Concat,
        "none" => KeyDerivation::None,
        other => panic!("the key derivation {other}"),
    };
    let digest = match text(&vector["digest"]) {
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        "sha512" => Digest::Sha512,
        other => panic!("the digest {other}"),
    };
    let settings = SignerSettings::itsdangerous()
        .salt(text(&vector["salt"]))
        .key_derivation(key_derivation)
        .digest(digest);
    UrlSafeTimedSerializer::new(&key, settings, PayloadFormat::Tagged)
}

fn cookie(vector: &Json) -> String {
    match &vector["cookie_gen"] {
        Json::Null => text(&vector["cookie"]).to_owned(),
        made => {
            let count = usize::try_from(made["count"].as_u64().unwrap()).unwrap();
            let repeated = text(&made["repeat"]).repeat(count);
            [text(&made["prefix"]), &repeated, text(&made["suffix"])].concat()
        }
    }
}

fn verdict<T>(outcome: &Result<T, FlaskError>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(FlaskError::BadSignature) => "bad_signature",
        Err(FlaskError::Expired { .. } | FlaskError::FromTheFuture { .. }) => "expired",
        Err(FlaskError::Malformed(_)) => "malformed",
        Err(other) => panic!("{other} is no verdict"),
    }
}

pub(super) fn assert_accepted(vector: &Json, verdict: &str) {
    let accepted = vector["accept"].as_array().unwrap();
    assert!(
        accepted.iter().any(|accepted| accepted == verdict),
        "{}: {verdict}, and accepted are {accepted:?}",
        vector["id"]
    );
}

/// A value in the vectors' schema: each with its Python type beside it.
fn typed(value: &Value) -> Json {
    let of = |kind: &str, value: Json| serde_json::json!({"t": kind, "v": value});
    let list = |items: &[Value]| items.iter().map(typed).collect::<Json>();
    match value {
        Value::Null => serde_json::json!({"t": "null"}),
        Value::Bool(value) => of("bool", (*value).into()),
        Value::Integer(value) => of("int", value.to_string().into()),
        Value::Float(value) => {
            let repr = tagged_json::dumps(&Value::Float(*value), &Limits::default()).unwrap();
            let bits = format!("{:016x}", value.to_bits());
            serde_json::json!({"t": "float", "v": repr, "bits": bits})
        }
        Value::Text(text) => match text.as_str() {
            Some(text) => of("str", text.into()),
            None => serde_json::json!({"t": "str", "utf16": text.to_utf16()}),
        },
        Value::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            serde_json::json!({"t": "bytes", "hex": hex})
        }
        Value::Markup(text) => of("markup", text.to_string().into()),
        Value::Uuid(uuid) => of("uuid", uuid.to_string().into()),
        Value::DateTime(moment) => {
            let epoch = moment.as_millis() / 1_000;
            let iso = jiff::Timestamp::from_second(epoch).unwrap();
            let iso = iso.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
            serde_json::json!({"t": "datetime", "v": iso, "epoch": epoch})
        }
        Value::List(items) => of("list", list(items)),
        Value::Tuple(items) => of("tuple", list(items)),
        Value::Dict(dict) => {
            let pairs = dict.iter();
            let pairs =
                pairs.map(|(key, value)| serde_json::json!([key.to_string(), typed(value)]));
            of("dict", pairs.collect())
        }
        other => panic!("{other:?} has no type in the schema"),
    }
}

/// The value that a typed one in the vectors is.
fn untyped(typed: &Json) -> Value {
    let value = &typed["v"];
    let list = || value.as_array().unwrap().iter().map(untyped).collect();
    match text(&typed["t"]) {
        "null" => Value::Null,
        "bool" => Value::Bool(value.as_bool().unwrap()),
        "int" => Value::Integer(text(value).parse().unwrap()),
        "float" => {
            let bits = u64::from_str_radix(text(&typed["bits"]), 16).unwrap();
            Value::Float(f64::from_bits(bits))
        }
        "str" => Value::Text(match typed["utf16"].as_array() {
            Some(units) => {
                let units = units.iter().map(|unit| unit.as_u64().unwrap() as u16);
                Text::from_utf16(&units.collect::<Vec<_>>())
            }
            None => text(value).into(),
        }),
        "bytes" => Value::Bytes(from_hex(text(&typed["hex"]))),
        "markup" => Value::Markup(text(value).into()),
        "uuid" => Value::Uuid(text(value).parse().unwrap()),
        "datetime" => Value::DateTime(at(typed["epoch"].as_i64().unwrap())),
        "list" => Value::List(list()),
        "tuple" => Value::Tuple(list()),
        "dict" => {
            let pairs = value.as_array().unwrap().iter();
            let dict: Dict = pairs
                .map(|pair| (text(&pair[0]), untyped(&pair[1])))
                .collect();
            dict.into()
        }
        other => panic!("the type {other}"),
    }
}

pub(super) fn secret(secret: &Json) -> Vec<u8> {
    match secret["str"].as_str() {
        Some(text) => text.into(),
        None => from_hex(text(&secret["hex"])),
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let bytes =
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
    bytes.collect()
}

pub(super) fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text"))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

pub(super) fn of_kind(kind: &str) -> Vec<Json> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/flask-land.json");
    let vectors: Json = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap().iter();
    vectors
        .filter(|vector| vector["kind"] == kind)
        .cloned()
        .collect()
}

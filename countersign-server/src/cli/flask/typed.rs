//! Python's values as JSON that says which type each has.

use countersign::clock::Timestamp;
use countersign::flask::{Dict, Limits, Text, Value, tagged_json};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::Serialize;

use super::super::byte_box::{Hex, NOT_HEX};

/// Reads a value with its type beside it.
///
/// Each level of it has up to three of JSON, and serde_json goes no deeper than 128.
pub(super) fn read(json: impl AsRef<[u8]>) -> Result<Value, String> {
    let json = json.as_ref();
    let limits = Limits::default().depth(LEVELS).inflated(json.len());
    let typed = tagged_json::loads(json, &limits);
    untyped(typed.map_err(|error| format!("a value with its type can't be read: {error}"))?)
}

/// A value with its type beside it, to be written: `{"t": "int", "v": "1"}`.
#[derive(Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub(super) enum Typed {
    Null,
    Bool {
        v: bool,
    },
    /// Decimal digits.
    Int {
        v: String,
    },
    /// Python's `repr`, and the bits of IEEE 754 as 16 hexadecimal digits. The bits count if both are there.
    Float {
        #[serde(skip_serializing_if = "Option::is_none")]
        v: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bits: Option<String>,
    },
    Str(TypedText),
    Bytes {
        hex: String,
    },
    Markup(TypedText),
    /// With hyphens.
    Uuid {
        v: String,
    },
    /// ISO 8601 for people, and the seconds since 1970, which count.
    Datetime {
        #[serde(skip_serializing_if = "Option::is_none")]
        v: Option<String>,
        epoch: i64,
    },
    List {
        v: Vec<Typed>,
    },
    Tuple {
        v: Vec<Typed>,
    },
    /// In their order.
    Dict {
        v: Vec<(Key, Typed)>,
    },
}

/// Text, or UTF-16 if it has half of a surrogate pair.
#[derive(Serialize)]
pub(super) struct TypedText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) v: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) utf16: Option<Vec<u16>>,
}

/// A key of a dict.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Key {
    Text(String),
    /// `{"utf16": …}`, where it has half of a surrogate pair.
    Broken(TypedText),
}

impl From<&Value> for Typed {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(v) => Self::Bool { v: *v },
            Value::Integer(integer) => Self::Int {
                v: integer.to_string(),
            },
            Value::Float(float) => Self::Float {
                v: Some(repr(*float)),
                bits: Some(format!("{:016x}", float.to_bits())),
            },
            Value::Text(text) => Self::Str(text.into()),
            Value::Bytes(bytes) => Self::Bytes {
                hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            },
            Value::Markup(text) => Self::Markup(text.into()),
            Value::Uuid(uuid) => Self::Uuid {
                v: uuid.to_string(),
            },
            Value::DateTime(moment) => Self::Datetime {
                v: iso(*moment),
                epoch: moment.as_millis().div_euclid(1_000),
            },
            Value::List(items) => Self::List {
                v: items.iter().map(Self::from).collect(),
            },
            Value::Tuple(items) => Self::Tuple {
                v: items.iter().map(Self::from).collect(),
            },
            Value::Dict(dict) => Self::Dict {
                v: dict
                    .iter()
                    .map(|(key, value)| (key.into(), value.into()))
                    .collect(),
            },
            _ => unreachable!("this version of the library has no other value"),
        }
    }
}

impl From<&Text> for TypedText {
    fn from(text: &Text) -> Self {
        let v = text.as_str().map(str::to_owned);
        let utf16 = v.is_none().then(|| text.to_utf16());
        Self { v, utf16 }
    }
}

impl From<&Text> for Key {
    fn from(text: &Text) -> Self {
        match text.as_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Broken(text.into()),
        }
    }
}

/// The moment that many seconds after the beginning of 1970.
pub(super) fn of_seconds(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

/// The value of which JSON says the type.
fn untyped(typed: Value) -> Result<Value, String> {
    let Value::Dict(mut typed) = typed else {
        return Err("a value with its type is an object with `t`".to_owned());
    };
    let kind = typed.get("t").and_then(Value::as_str).unwrap_or_default();
    let kind = kind.to_owned();
    let v = typed.remove("v");
    let v_is_missing = || wrong(&kind, &"`v` is missing, or is of another type");
    Ok(match (&*kind, v) {
        ("null", _) => Value::Null,
        ("bool", Some(Value::Bool(v))) => Value::Bool(v),
        ("int", Some(Value::Text(v))) => {
            let integer = v.as_str().unwrap_or_default().parse();
            Value::Integer(integer.map_err(|error| wrong(&kind, &error))?)
        }
        ("float", v) => {
            let v = v.as_ref().and_then(Value::as_str);
            Value::Float(float(v, typed.get("bits").and_then(Value::as_str))?)
        }
        ("str", v) => Value::Text(text(v, &typed).ok_or_else(|| wrong(&kind, &NO_TEXT))?),
        ("markup", v) => Value::Markup(text(v, &typed).ok_or_else(|| wrong(&kind, &NO_TEXT))?),
        ("bytes", _) => {
            let hex = typed.get("hex").and_then(Value::as_str);
            let bytes = hex.and_then(Hex::read);
            Value::Bytes(bytes.ok_or_else(|| wrong(&kind, &NOT_HEX))?.0.to_vec())
        }
        ("uuid", Some(Value::Text(v))) => {
            let uuid = v.as_str().unwrap_or_default().parse();
            Value::Uuid(uuid.map_err(|error| wrong(&kind, &error))?)
        }
        ("datetime", _) => {
            let epoch = typed.get("epoch").and_then(as_i64);
            let epoch = epoch.ok_or_else(|| wrong(&kind, &"expected seconds in `epoch`"))?;
            Value::DateTime(of_seconds(epoch))
        }
        ("list", Some(Value::List(v))) => Value::List(all_untyped(v)?),
        ("tuple", Some(Value::List(v))) => Value::Tuple(all_untyped(v)?),
        ("dict", Some(Value::List(v))) => {
            let pairs = v.into_iter().map(pair).collect::<Result<Vec<_>, _>>();
            Value::Dict(pairs?.into_iter().collect::<Dict>())
        }
        ("bool" | "int" | "uuid" | "list" | "tuple" | "dict", _) => return Err(v_is_missing()),
        _ => return Err(format!("`t` is {kind:?}, which is no type: {TYPES}")),
    })
}

fn all_untyped(items: Vec<Value>) -> Result<Vec<Value>, String> {
    items.into_iter().map(untyped).collect()
}

/// A key of a dict and its value.
fn pair(pair: Value) -> Result<(Text, Value), String> {
    let pair = match pair {
        Value::List(pair) => <[Value; 2]>::try_from(pair).ok(),
        _ => None,
    };
    let [key, value] = pair.ok_or_else(|| wrong("dict", &NO_PAIR))?;
    let key = match key {
        Value::Dict(broken) => text(None, &broken),
        key => text(Some(key), &Dict::new()),
    };
    Ok((key.ok_or_else(|| wrong("dict", &NO_PAIR))?, untyped(value)?))
}

/// UTF-16 counts if both are there.
fn text(v: Option<Value>, beside: &Dict) -> Option<Text> {
    match (beside.get("utf16"), v) {
        (Some(Value::List(units)), _) => {
            let unit = |unit: &Value| as_i64(unit).and_then(|unit| u16::try_from(unit).ok());
            let units = units.iter().map(unit).collect::<Option<Vec<_>>>();
            units.map(|units| Text::from_utf16(&units))
        }
        (None | Some(Value::Null), Some(Value::Text(text))) => Some(text),
        _ => None,
    }
}

fn as_i64(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(integer) => integer.as_i64(),
        _ => None,
    }
}

fn float(repr: Option<&str>, bits: Option<&str>) -> Result<f64, String> {
    let float = match (bits, repr) {
        (Some(bits), _) => match bits.len() {
            16 => u64::from_str_radix(bits, 16)
                .ok()
                .filter(|_| !bits.starts_with('+'))
                .map(f64::from_bits),
            _ => None,
        },
        (None, Some(repr)) => repr.parse().ok(),
        (None, None) => None,
    };
    float.ok_or_else(|| {
        wrong(
            "float",
            &"expected `bits` of 16 hexadecimal digits, or a number in `v`",
        )
    })
}

/// As Python's `repr` writes it. In JSON, Python writes what is no number in another way.
fn repr(float: f64) -> String {
    match (float.is_finite(), float.is_nan(), float > 0.0) {
        (true, ..) => tagged_json::dumps(&Value::Float(float), &Limits::default())
            .expect("a number is no larger than the limits"),
        (_, true, _) => "nan".to_owned(),
        (_, _, true) => "inf".to_owned(),
        _ => "-inf".to_owned(),
    }
}

/// A `jiff::Timestamp` ends a day before Python's `datetime`.
fn iso(moment: Timestamp) -> Option<String> {
    let seconds = SignedDuration::from_secs(moment.as_millis().div_euclid(1_000));
    let moment = EPOCH.checked_add(seconds).ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
}

fn wrong(kind: &str, problem: &dyn std::fmt::Display) -> String {
    format!("a value of the type `{kind}` can't be read: {problem}")
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

const NO_TEXT: &str = "expected text in `v`, or numbers up to 65535 in `utf16`";
const NO_PAIR: &str = "expected a key and a value with its type";
const TYPES: &str =
    "null, bool, int, float, str, bytes, markup, uuid, datetime, list, tuple and dict are";

/// As deep as what is signed may be, and what stands around each of its levels.
const LEVELS: usize = 3 * 256 + 3;

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    #[test]
    fn every_value_is_written_and_read_with_its_type() {
        for typed in [
            json!({"t": "null"}),
            json!({"t": "bool", "v": true}),
            json!({"t": "int", "v": "-456497448136184196251"}),
            json!({"t": "float", "v": "-0.0", "bits": "8000000000000000"}),
            json!({"t": "float", "v": "nan", "bits": "7ff8000000000000"}),
            json!({"t": "float", "v": "inf", "bits": "7ff0000000000000"}),
            json!({"t": "float", "v": "-inf", "bits": "fff0000000000000"}),
            json!({"t": "str", "v": "用户"}),
            json!({"t": "str", "utf16": [0x61, 0xd83d]}),
            json!({"t": "bytes", "hex": "00ff"}),
            json!({"t": "markup", "v": "<b>"}),
            json!({"t": "uuid", "v": "760e819b-85c9-24c3-5971-64c4a6058a00"}),
            json!({"t": "datetime", "v": "2024-02-29T23:59:59+00:00", "epoch": 1_709_251_199}),
            json!({"t": "datetime", "v": "9999-12-31T23:59:59+00:00", "epoch": 253_402_300_799_i64}),
            json!({"t": "datetime", "v": "0100-01-01T00:00:00+00:00", "epoch": -59_011_459_200_i64}),
            json!({"t": "list", "v": [{"t": "tuple", "v": [{"t": "null"}]}]}),
            json!({"t": "dict", "v": [["b", {"t": "null"}], ["a", {"t": "dict", "v": []}]]}),
            json!({"t": "dict", "v": [[{"utf16": [0xd83d]}, {"t": "null"}]]}),
        ] {
            let value = read(&typed).unwrap();
            let again = serde_json::to_value(Typed::from(&value)).unwrap();
            assert_eq!(again, typed);
        }
    }

    #[test]
    fn what_is_written_by_hand_needs_no_bits() {
        let float = read(&json!({"t": "float", "v": "1e300"}));
        assert_eq!(float, Ok(Value::Float(1e300)));
        let date = read(&json!({"t": "datetime", "epoch": 1}));
        assert_eq!(date, Ok(Value::DateTime(Timestamp::from_millis(1_000))));
    }

    #[test]
    fn what_is_no_value_is_refused_with_its_type() {
        for (typed, kind) in [
            (json!({"t": "int", "v": "1.5"}), "int"),
            (json!({"t": "float"}), "float"),
            (json!({"t": "float", "bits": "+fff000000000000"}), "float"),
            (json!({"t": "str"}), "str"),
            (json!({"t": "bytes", "hex": "0"}), "bytes"),
            (json!({"t": "uuid", "v": "1"}), "uuid"),
            (json!({"t": "list", "v": [{"t": "int", "v": ""}]}), "int"),
            (json!({"t": "bool", "v": 1}), "bool"),
            (json!({"t": "str", "utf16": [65_536]}), "str"),
            (json!({"t": "datetime", "epoch": 1.5}), "datetime"),
            (json!({"t": "tuple"}), "tuple"),
            (json!({"t": "dict", "v": [["a"]]}), "dict"),
            (json!({"t": "dict", "v": [[1, {"t": "null"}]]}), "dict"),
            (json!({"t": "dict", "v": [[{}, {"t": "null"}]]}), "dict"),
            (json!({"t": "set"}), "t"),
            (json!({}), "t"),
            (json!(1), "t"),
            (json!({" t": []}), "t"),
        ] {
            let problem = read(&typed).unwrap_err();
            assert!(problem.contains(&format!("`{kind}`")), "{problem}");
        }
    }

    #[test]
    fn what_is_signed_can_be_as_deep_as_it_may() {
        let limit = Limits::default().depth;
        for (before, after) in [
            (r#"{"t":"list","v":["#, "]}"),
            (r#"{"t":"dict","v":[["a","#, "]]}"),
        ] {
            let json = |levels| {
                let (before, after) = (before.repeat(levels), after.repeat(levels));
                format!(r#"{before}{{"t":"null"}}{after}"#)
            };
            let value = super::read(json(limit)).unwrap();
            let again = serde_json::to_string(&Typed::from(&value)).unwrap();
            assert_eq!(again, json(limit));
            let problem = super::read(json(100_000)).unwrap_err();
            assert!(problem.contains("nested more than"), "{problem}");
        }
    }

    fn read(typed: &Json) -> Result<Value, String> {
        super::read(typed.to_string())
    }
}

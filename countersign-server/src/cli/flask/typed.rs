//! Python's values as JSON that says which type each has.

use countersign::clock::Timestamp;
use countersign::flask::{Dict, Limits, Text, Value, tagged_json};
use serde::{Deserialize, Serialize};

use super::super::byte_box::{Hex, NOT_HEX};

/// A value with its type beside it: `{"t": "int", "v": "1"}`.
#[derive(Deserialize, Serialize)]
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
#[derive(Deserialize, Serialize)]
pub(super) struct TypedText {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) v: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) utf16: Option<Vec<u16>>,
}

/// A key of a dict.
#[derive(Deserialize, Serialize)]
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
            _ => unreachable!("the vectors have a type for every value"),
        }
    }
}

impl Typed {
    /// The value.
    pub(super) fn into_value(self) -> Result<Value, String> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool { v } => Value::Bool(v),
            Self::Int { v } => {
                let integer = v.parse();
                Value::Integer(integer.map_err(|error| wrong("int", &error))?)
            }
            Self::Float { v, bits } => Value::Float(float(v.as_deref(), bits.as_deref())?),
            Self::Str(text) => Value::Text(text.into_text()?),
            Self::Bytes { hex } => {
                let bytes = Hex::read(&hex).ok_or_else(|| wrong("bytes", &NOT_HEX))?;
                Value::Bytes(bytes.0.to_vec())
            }
            Self::Markup(text) => Value::Markup(text.into_text()?),
            Self::Uuid { v } => {
                let uuid = v.parse();
                Value::Uuid(uuid.map_err(|error| wrong("uuid", &error))?)
            }
            Self::Datetime { epoch, .. } => Value::DateTime(of_seconds(epoch)),
            Self::List { v } => Value::List(into_values(v)?),
            Self::Tuple { v } => Value::Tuple(into_values(v)?),
            Self::Dict { v } => {
                let pairs = v.into_iter();
                let pairs = pairs.map(|(key, value)| Ok((key.into_text()?, value.into_value()?)));
                Value::Dict(
                    pairs
                        .collect::<Result<Vec<_>, String>>()?
                        .into_iter()
                        .collect::<Dict>(),
                )
            }
        })
    }
}

impl From<&Text> for TypedText {
    fn from(text: &Text) -> Self {
        let v = text.as_str().map(str::to_owned);
        let utf16 = v.is_none().then(|| text.to_utf16());
        Self { v, utf16 }
    }
}

impl TypedText {
    fn into_text(self) -> Result<Text, String> {
        match (self.v, self.utf16) {
            (_, Some(units)) => Ok(Text::from_utf16(&units)),
            (Some(text), None) => Ok(text.into()),
            (None, None) => Err(wrong("str", &"expected `v` or `utf16`")),
        }
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

impl Key {
    fn into_text(self) -> Result<Text, String> {
        match self {
            Self::Text(text) => Ok(text.into()),
            Self::Broken(text) => text.into_text(),
        }
    }
}

/// The moment that many seconds after the beginning of 1970.
pub(super) fn of_seconds(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

fn into_values(items: Vec<Typed>) -> Result<Vec<Value>, String> {
    items.into_iter().map(Typed::into_value).collect()
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

fn iso(moment: Timestamp) -> Option<String> {
    let seconds = moment.as_millis().div_euclid(1_000);
    let moment = jiff::Timestamp::from_second(seconds).ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string())
}

fn wrong(kind: &str, problem: &dyn std::fmt::Display) -> String {
    format!("a value of the type `{kind}` can't be read: {problem}")
}

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
        ] {
            let problem = read(&typed).unwrap_err();
            assert!(problem.contains(&format!("`{kind}`")), "{problem}");
        }
    }

    fn read(typed: &Json) -> Result<Value, String> {
        let typed: Typed = serde_json::from_value(typed.clone()).unwrap();
        typed.into_value()
    }
}

//! Python's values as JSON and back, for code that knows nothing of Python.

use serde_json::{Map, Number, Value as Json};

use super::super::{base64, date, json};
use super::{Dict, Value};

impl Value {
    /// The value as JSON, for whoever wants it in a type of Rust. What JSON has no type for becomes what such types are
    /// read from:
    ///
    /// | Python | JSON |
    /// | --- | --- |
    /// | `None`, `bool`, `str`, `list` | the same |
    /// | `int` | a number; below −2⁶³ or from 2⁶⁴ on, its digits as text |
    /// | `float` | a number; `NaN`, `Infinity` and `-Infinity` as text |
    /// | `dict` | an object; of keys that only differ in halves of surrogate pairs, the last one counts |
    /// | `tuple` | an array |
    /// | `Markup` | text |
    /// | `UUID` | text with hyphens |
    /// | `datetime` | text in RFC 3339 and UTC, whole seconds: `2024-02-29T12:34:56Z` |
    /// | `bytes` | text in base64, with padding |
    /// | half of a surrogate pair | U+FFFD |
    ///
    /// So [`from_json`](Self::from_json) does not give every value back: keep the value itself for as long as nobody
    /// changes it.
    ///
    /// ```
    /// use countersign::flask::Value;
    ///
    /// // session["cart"] = [("apple", 2)]
    /// let cart = Value::List(vec![Value::Tuple(vec!["apple".into(), 2.into()])]);
    /// let read: Vec<(String, u32)> = serde_json::from_value(cart.to_json())?;
    /// assert_eq!(read, [("apple".to_owned(), 2)]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Integer(integer) => match integer.as_i64() {
                Some(small) => small.into(),
                None => {
                    let digits = integer.to_string();
                    digits
                        .parse::<u64>()
                        .map_or(Json::String(digits), Json::from)
                }
            },
            Self::Float(float) => match Number::from_f64(*float) {
                Some(number) => Json::Number(number),
                None => {
                    let mut name = String::new();
                    json::write_float(*float, &mut name);
                    Json::String(name)
                }
            },
            Self::Text(text) | Self::Markup(text) => Json::String(text.to_string()),
            Self::Bytes(bytes) => Json::String(base64::encode_standard(bytes)),
            Self::Uuid(uuid) => Json::String(uuid.to_string()),
            Self::DateTime(moment) => Json::String(date::rfc3339(*moment)),
            Self::List(items) | Self::Tuple(items) => items.iter().map(Self::to_json).collect(),
            Self::Dict(dict) => {
                let pairs = dict.iter();
                let pairs = pairs.map(|(key, value)| (key.to_string(), value.to_json()));
                Json::Object(pairs.collect())
            }
        }
    }

    /// The value that Python's `json.loads` makes of JSON. No text becomes a tuple, a date or anything else again.
    ///
    /// ```
    /// use countersign::flask::Value;
    ///
    /// let value = Value::from_json(serde_json::json!({"theme": "dark", "size": 1.5}));
    /// let dict = value.as_dict().and_then(|dict| dict.get("theme"));
    /// assert_eq!(dict, Some(&Value::from("dark")));
    /// ```
    pub fn from_json(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => of_number(&number),
            Json::String(text) => text.into(),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from_json).collect()),
            Json::Object(object) => Self::Dict(of_object(object)),
        }
    }
}

/// An application can have `serde_json` keep numbers as they were written, which may fit no type.
fn of_number(number: &Number) -> Value {
    match number.as_i64() {
        Some(small) => small.into(),
        None => match number.to_string().parse() {
            Ok(integer) => Value::Integer(integer),
            Err(_) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
    }
}

fn of_object(object: Map<String, Json>) -> Dict {
    let pairs = object.into_iter();
    let pairs = pairs.map(|(key, value)| (key.into(), Value::from_json(value)));
    Dict::of_pairs(pairs.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::super::Text;
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn what_json_has_comes_back_as_it_was() {
        let json = json!({
            "null": null,
            "bool": [true, false],
            "int": [0, -1, i64::MIN, i64::MAX, u64::MAX],
            "float": [0.5, 1.0, 1e300, -0.0],
            "text": ["", "用户", "\0"],
            "dict": {"": {}, " t": [1], "nested": [[], {"a": [{}]}]},
            "tag": {" t": [1]},
        });
        let value = Value::from_json(json.clone());
        assert_eq!(value.to_json(), json);
        let dict = value.as_dict().unwrap();
        let large = Value::Integer("18446744073709551615".parse().unwrap());
        assert!(format!("{:?}", dict.get("int")).contains("18446744073709551615"));
        assert_eq!(large.to_json(), json!(u64::MAX));
        let Some(Value::List(floats)) = dict.get("float") else {
            panic!("{value:?}");
        };
        assert_eq!(floats[1], Value::Float(1.0));
    }

    #[test]
    fn what_json_has_no_type_for_becomes_what_it_is_read_from() {
        let uuid = Uuid::from_u128(0x760e_819b_85c9_24c3_5971_64c4_a605_8a00);
        let integer = |digits: &str| Value::Integer(digits.parse().unwrap());
        for (value, expected) in [
            (
                integer("18446744073709551616"),
                json!("18446744073709551616"),
            ),
            (
                integer("-9223372036854775809"),
                json!("-9223372036854775809"),
            ),
            (Value::Float(f64::NAN), json!("NaN")),
            (Value::Float(f64::NEG_INFINITY), json!("-Infinity")),
            (Value::Bytes(vec![0, 0xff]), json!("AP8=")),
            (Value::Markup("<b>".into()), json!("<b>")),
            (
                Value::Uuid(uuid),
                json!("760e819b-85c9-24c3-5971-64c4a6058a00"),
            ),
            (
                Value::DateTime(Timestamp::from_millis(1_709_210_096_999)),
                json!("2024-02-29T12:34:56Z"),
            ),
            (
                Value::Tuple(vec![1.into(), Value::Tuple(vec![])]),
                json!([1, []]),
            ),
            (
                Value::Text(Text::from_utf16(&[0x61, 0xd83d])),
                json!("a\u{fffd}"),
            ),
        ] {
            assert_eq!(value.to_json(), expected);
        }
        let broken = [0xd83d, 0xd83e].map(|unit| (Text::from_utf16(&[unit]), i32::from(unit)));
        let dict: Dict = broken.into_iter().collect();
        assert_eq!(Value::Dict(dict).to_json(), json!({"\u{fffd}": 0xd83e}));
    }
}

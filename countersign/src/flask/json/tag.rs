//! Flask's tags: dicts of one key, which begins with a blank, for the values that JSON does not have.

use uuid::Uuid;

use super::super::error::{Malformed, Unwritable};
use super::super::value::{Dict, Text, Value};
use super::super::{base64, date};
use crate::clock::Timestamp;

pub(super) const DICT: &str = " di";
pub(super) const TUPLE: &str = " t";
pub(super) const BYTES: &str = " b";
pub(super) const MARKUP: &str = " m";
pub(super) const UUID: &str = " u";
pub(super) const DATE_TIME: &str = " d";

/// What follows the key of a dict that looks like a tag and is none.
pub(super) const ESCAPE: &str = "__";

/// The tag that this key is.
pub(super) fn of_key(key: &Text) -> Option<&'static str> {
    let key = key.as_str()?;
    let mut tags = [DICT, TUPLE, BYTES, MARKUP, UUID, DATE_TIME].into_iter();
    tags.find(|tag| *tag == key)
}

/// The value that a dict stands for.
pub(super) fn untagged(dict: Dict) -> Result<Value, Malformed> {
    if dict.len() != 1 {
        return Ok(Value::Dict(dict));
    }
    let Some(tag) = dict.iter().next().and_then(|(key, _)| of_key(key)) else {
        return Ok(Value::Dict(dict));
    };
    let mut pairs = dict.into_pairs();
    let (_, under) = pairs.pop().expect("the dict has one key");
    let value = match (tag, under) {
        (DICT, Value::Dict(escaped)) => unescaped(escaped),
        (TUPLE, Value::List(items)) => Some(Value::Tuple(items)),
        (BYTES, Value::Text(text)) => text
            .as_str()
            .and_then(base64::decode_standard)
            .map(Value::Bytes),
        (MARKUP, Value::Text(text)) => Some(Value::Markup(text)),
        (UUID, Value::Text(text)) => text.as_str().and_then(read_uuid).map(Value::Uuid),
        // What is no date becomes `None`, as in Flask.
        (DATE_TIME, Value::Text(text)) => {
            let moment = text.as_str().and_then(date::read_http);
            Some(moment.map_or(Value::Null, Value::DateTime))
        }
        (DATE_TIME, Value::Null) => Some(Value::Null),
        _ => None,
    };
    value.ok_or(Malformed::Tag { tag })
}

/// A UUID as Flask writes it.
pub(super) fn write_uuid(uuid: &Uuid) -> String {
    uuid.as_simple().to_string()
}

/// A moment as Flask writes it: an HTTP date.
pub(super) fn write_date(moment: Timestamp) -> Result<String, Unwritable> {
    match date::is_in_python(moment) {
        true => Ok(date::http(moment)),
        false => Err(Unwritable::Year),
    }
}

/// The dict whose only key was escaped.
fn unescaped(dict: Dict) -> Option<Value> {
    let mut pairs = dict.into_pairs();
    let (key, value) = pairs.pop().filter(|_| pairs.is_empty())?;
    let key = key.as_str()?.strip_suffix(ESCAPE)?;
    Some(Value::Dict(Dict::of_pairs(vec![(key.into(), value)])))
}

/// 32 hexadecimal digits; Python's `UUID` passes over `urn:`, `uuid:`, hyphens and braces around them.
fn read_uuid(text: &str) -> Option<Uuid> {
    let text = text.replace("urn:", "").replace("uuid:", "");
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (digits.len() == 32 && is_hexadecimal)
        .then(|| u128::from_str_radix(&digits, 16).ok())?
        .map(Uuid::from_u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_python_does_not_have_is_not_written() {
        assert!(write_date(Timestamp::from_millis(0)).is_ok());
        for millis in [i64::MIN, i64::MAX] {
            let refused = write_date(Timestamp::from_millis(millis));
            assert_eq!(refused, Err(Unwritable::Year));
        }
    }

    #[test]
    fn a_uuid_is_read_as_python_reads_it() {
        let uuid = Uuid::from_u128(0x760e_819b_85c9_24c3_5971_64c4_a605_8a00);
        for text in [
            "760e819b85c924c3597164c4a6058a00",
            "760e819b-85c9-24c3-5971-64c4a6058a00",
            "{760E819B-85C9-24C3-5971-64C4A6058A00}",
            "urn:uuid:760e819b-85c9-24c3-5971-64c4a6058a00",
        ] {
            assert_eq!(read_uuid(text), Some(uuid), "{text:?}");
        }
        for text in [
            "",
            "zz",
            "+60e819b85c924c3597164c4a6058a00",
            "760e819b85c924c3597164c4a6058a0",
        ] {
            assert_eq!(read_uuid(text), None, "{text:?}");
        }
    }
}

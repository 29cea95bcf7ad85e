//! Flask's tags: dicts of one key, which begins with a blank, for the values that JSON does not have.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use uuid::Uuid;

use super::super::base64;
use super::super::error::{Malformed, Unwritable};
use super::super::value::{Dict, Text, Value};
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
            let moment = text.as_str().and_then(read_date);
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

/// A moment as Flask writes it: an HTTP date (RFC 9110, section 5.6.7), without the parts of the second.
pub(super) fn write_date(moment: Timestamp) -> Result<String, Unwritable> {
    match (FIRST_SECOND..=LAST_SECOND).contains(&second(moment)) {
        true => Ok(http_date(moment)),
        false => Err(Unwritable::Year),
    }
}

/// A moment as an HTTP date; outside the years 1 to 9999, the nearest moment in them.
pub(in crate::flask) fn http_date(moment: Timestamp) -> String {
    let second = second(moment).clamp(FIRST_SECOND, LAST_SECOND);
    let civil = EPOCH + SignedDuration::from_secs(second);
    civil.strftime(HTTP_DATE).to_string()
}

fn second(moment: Timestamp) -> i64 {
    moment.as_millis().div_euclid(1_000)
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

fn read_date(text: &str) -> Option<Timestamp> {
    let seconds = match DateTime::strptime(HTTP_DATE, text) {
        Ok(civil) => civil.duration_since(EPOCH).as_secs(),
        Err(_) => DATES.parse_timestamp(text).ok()?.as_second(),
    };
    (FIRST_SECOND..=LAST_SECOND)
        .contains(&seconds)
        .then(|| Timestamp::from_millis(seconds * 1_000))
}

/// jiff's own parser and printer of these leave out the last day of the year 9999, for the sake of time zones.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Python does not compare the weekday with the date.
static DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// 0001-01-01T00:00:00Z, the first moment that Python's `datetime` has.
const FIRST_SECOND: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z, the last one.
const LAST_SECOND: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_every_year_that_python_has_and_no_other() {
        let written = |second: i64| write_date(Timestamp::from_millis(second * 1_000));
        assert_eq!(
            written(FIRST_SECOND).unwrap(),
            "Mon, 01 Jan 0001 00:00:00 GMT"
        );
        assert_eq!(
            written(LAST_SECOND).unwrap(),
            "Fri, 31 Dec 9999 23:59:59 GMT"
        );
        assert_eq!(written(FIRST_SECOND - 1), Err(Unwritable::Year));
        assert_eq!(written(LAST_SECOND + 1), Err(Unwritable::Year));
    }

    #[test]
    fn parts_of_a_second_are_cut_off_before_1970_too() {
        let date = write_date(Timestamp::from_millis(-1)).unwrap();
        assert_eq!(date, "Wed, 31 Dec 1969 23:59:59 GMT");
    }

    #[test]
    fn a_date_is_read_as_python_reads_it() {
        for (text, second) in [
            ("Thu, 29 Feb 2024 12:34:56 GMT", Some(1_709_210_096)),
            // The weekday is wrong, and does not count.
            ("Mon, 29 Feb 2024 12:34:56 GMT", Some(1_709_210_096)),
            ("29 Feb 2024 12:34:56 -0100", Some(1_709_213_696)),
            ("Thu, 30 Feb 2024 12:34:56 GMT", None),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(LAST_SECOND)),
            ("Mon, 01 Jan 0001 00:00:00 GMT", Some(FIRST_SECOND)),
            ("2024-02-29T12:34:56Z", None),
            ("nope", None),
            ("", None),
        ] {
            let millis = read_date(text).map(Timestamp::as_millis);
            assert_eq!(millis, second.map(|second: i64| second * 1_000), "{text:?}");
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

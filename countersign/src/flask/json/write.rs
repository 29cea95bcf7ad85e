//! Writing, byte for byte as Flask and itsdangerous do.

use std::fmt::Write as _;

use super::super::base64;
use super::super::error::Unwritable;
use super::super::value::{Dict, Text, Value};
use super::{PayloadFormat, number, tag};

/// Writes a value without white space.
pub(in crate::flask) fn write(
    value: &Value,
    format: PayloadFormat,
    most_levels: usize,
) -> Result<String, Unwritable> {
    let mut writer = Writer {
        json: String::with_capacity(128),
        format,
        most_levels,
    };
    writer.value(value, 0)?;
    Ok(writer.json)
}

struct Writer {
    json: String,
    format: PayloadFormat,
    most_levels: usize,
}

impl Writer {
    /// `level` is in how many lists and dicts the value stands.
    fn value(&mut self, value: &Value, level: usize) -> Result<(), Unwritable> {
        match value {
            Value::Null => self.json.push_str("null"),
            Value::Bool(true) => self.json.push_str("true"),
            Value::Bool(false) => self.json.push_str("false"),
            Value::Integer(integer) => write!(self.json, "{integer}").expect(INTO_A_STRING),
            Value::Float(float) => number::write_float(*float, &mut self.json),
            Value::Text(text) => self.text(text)?,
            Value::List(items) => self.list(items, level)?,
            Value::Dict(dict) => self.dict(dict, level)?,
            Value::Tuple(_)
            | Value::Bytes(_)
            | Value::Markup(_)
            | Value::Uuid(_)
            | Value::DateTime(_) => match self.format {
                PayloadFormat::Tagged => self.tagged(value, level)?,
                PayloadFormat::Plain => self.untagged(value, level)?,
            },
        }
        Ok(())
    }

    /// A value that JSON does not have, under its tag.
    fn tagged(&mut self, value: &Value, level: usize) -> Result<(), Unwritable> {
        self.check(level)?;
        match value {
            Value::Tuple(items) => {
                self.open_tag(tag::TUPLE);
                self.list(items, level + 1)?;
            }
            Value::Bytes(bytes) => {
                self.open_tag(tag::BYTES);
                self.ascii_text(base64::encode_standard(bytes).chars());
            }
            Value::Markup(text) => {
                self.open_tag(tag::MARKUP);
                self.text(text)?;
            }
            Value::Uuid(uuid) => {
                self.open_tag(tag::UUID);
                self.ascii_text(tag::write_uuid(uuid).chars());
            }
            Value::DateTime(moment) => {
                self.open_tag(tag::DATE_TIME);
                self.ascii_text(tag::write_date(*moment)?.chars());
            }
            _ => unreachable!("JSON has every other value itself"),
        }
        self.json.push('}');
        Ok(())
    }

    /// The same without a tag, where Python's `json` does so.
    fn untagged(&mut self, value: &Value, level: usize) -> Result<(), Unwritable> {
        let kind = match value {
            Value::Tuple(items) => return self.list(items, level),
            Value::Markup(text) => return self.text(text),
            Value::Bytes(_) => "bytes",
            Value::Uuid(_) => "UUID",
            _ => "datetime",
        };
        Err(Unwritable::NeedsTags { kind })
    }

    fn list(&mut self, items: &[Value], level: usize) -> Result<(), Unwritable> {
        self.check(level)?;
        self.json.push('[');
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.json.push(',');
            }
            self.value(item, level + 1)?;
        }
        self.json.push(']');
        Ok(())
    }

    fn dict(&mut self, dict: &Dict, level: usize) -> Result<(), Unwritable> {
        self.check(level)?;
        let mut pairs: Vec<_> = dict.iter().collect();
        if self.format == PayloadFormat::Tagged {
            if let [(key, value)] = pairs[..]
                && let Some(key) = tag::of_key(key)
            {
                return self.escaped(key, value, level);
            }
            pairs.sort_by_key(|(key, _)| *key);
        }
        self.json.push('{');
        for (place, (key, value)) in pairs.into_iter().enumerate() {
            if place > 0 {
                self.json.push(',');
            }
            self.text(key)?;
            self.json.push(':');
            self.value(value, level + 1)?;
        }
        self.json.push('}');
        Ok(())
    }

    /// A dict whose only key is a tag, so that it is not taken for what stands under that tag.
    fn escaped(&mut self, key: &str, value: &Value, level: usize) -> Result<(), Unwritable> {
        self.check(level + 1)?;
        self.open_tag(tag::DICT);
        write!(self.json, "{{\"{key}{}\":", tag::ESCAPE).expect(INTO_A_STRING);
        self.value(value, level + 2)?;
        self.json.push_str("}}");
        Ok(())
    }

    fn open_tag(&mut self, tag: &str) {
        write!(self.json, "{{\"{tag}\":").expect(INTO_A_STRING);
    }

    fn text(&mut self, text: &Text) -> Result<(), Unwritable> {
        match (self.format, text.as_str()) {
            (PayloadFormat::Tagged, Some(text)) => self.ascii_text(text.chars()),
            (PayloadFormat::Plain, Some(text)) => self.utf8_text(text),
            (PayloadFormat::Tagged, None) => self.broken_text(text),
            (PayloadFormat::Plain, None) => return Err(Unwritable::Surrogate),
        }
        Ok(())
    }

    fn ascii_text(&mut self, text: impl Iterator<Item = char>) {
        self.json.push('"');
        for character in text {
            match character {
                '"' | '\\' | ..' ' => self.short_escape(character),
                ' '..='~' => self.json.push(character),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        self.utf16_escape(*unit);
                    }
                }
            }
        }
        self.json.push('"');
    }

    fn broken_text(&mut self, text: &Text) {
        self.json.push('"');
        for unit in text.to_utf16() {
            match char::from_u32(u32::from(unit)) {
                Some(character @ ('"' | '\\' | ..' ')) => self.short_escape(character),
                Some(character @ ' '..='~') => self.json.push(character),
                _ => self.utf16_escape(unit),
            }
        }
        self.json.push('"');
    }

    fn utf8_text(&mut self, text: &str) {
        self.json.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' | ..' ' => self.short_escape(character),
                _ => self.json.push(character),
            }
        }
        self.json.push('"');
    }

    /// A quotation mark, a backslash or a control character.
    fn short_escape(&mut self, character: char) {
        self.json.push_str(match character {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\x0c' => "\\f",
            '\x08' => "\\b",
            _ => return self.utf16_escape(character as u16),
        });
    }

    fn utf16_escape(&mut self, unit: u16) {
        write!(self.json, "\\u{unit:04x}").expect(INTO_A_STRING);
    }

    fn check(&self, level: usize) -> Result<(), Unwritable> {
        match level < self.most_levels {
            true => Ok(()),
            false => Err(Unwritable::TooDeep {
                limit: self.most_levels,
            }),
        }
    }
}

const INTO_A_STRING: &str = "writing into a string can't fail";

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::clock::Timestamp;

    /// The tags are those of `facts` that Flask 3.1.3 wrote.
    #[test]
    fn tags_are_written_as_flask_writes_them() {
        let tuple = |items: Vec<Value>| Value::Tuple(items);
        for (value, json) in [
            (
                tuple(vec![1.into(), "a".into(), tuple(vec![2.into()])]),
                r#"{" t":[1,"a",{" t":[2]}]}"#,
            ),
            (Value::Bytes(vec![0x00, 0xff]), r#"{" b":"AP8="}"#),
            (
                dict(" t", Value::List(vec![1.into()])),
                r#"{" di":{" t__":[1]}}"#,
            ),
            (dict(" t__", 1.into()), r#"{" t__":1}"#),
            (
                dict(" di", dict(" di", 1.into())),
                r#"{" di":{" di__":{" di":{" di__":1}}}}"#,
            ),
            (
                Value::DateTime(Timestamp::from_millis(1_709_210_096_999)),
                r#"{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}"#,
            ),
            (Value::Markup("<b>".into()), r#"{" m":"<b>"}"#),
            (
                Value::Uuid(uuid::Uuid::from_u128(
                    0x760e_819b_85c9_24c3_5971_64c4_a605_8a00,
                )),
                r#"{" u":"760e819b85c924c3597164c4a6058a00"}"#,
            ),
        ] {
            assert_eq!(tagged(&value).as_deref(), Ok(json));
        }
    }

    #[test]
    fn keys_are_sorted_by_code_points_and_texts_are_ascii() {
        let session: Dict = [("é", 5), ("b", 1), ("a", 2), ("Z", 3), ("_", 4), ("😀", 6)]
            .into_iter()
            .collect();
        assert_eq!(
            tagged(&session.into()).unwrap(),
            r#"{"Z":3,"_":4,"a":2,"b":1,"\u00e9":5,"\ud83d\ude00":6}"#
        );
        let controls = "\0\u{1}\t\n\r\u{8}\u{c}\u{1f}\u{7f}\u{2028}\"\\/<>&'";
        assert_eq!(
            tagged(&controls.into()).unwrap(),
            r#""\u0000\u0001\t\n\r\b\f\u001f\u007f\u2028\"\\/<>&'""#
        );
        let broken = Value::Text(Text::from_utf16(&[0x22, 0xd83d, 0xe9, 0x0a]));
        assert_eq!(tagged(&broken).unwrap(), r#""\"\ud83d\u00e9\n""#);
    }

    #[test]
    fn without_tags_texts_are_utf8_and_keys_in_their_order() {
        let plain = |value: &Value| write(value, PayloadFormat::Plain, LEVELS);
        let value: Dict = [
            ("b", Value::from("é\u{7f}\n")),
            ("a", Value::Tuple(Vec::new())),
        ]
        .into_iter()
        .collect();
        let json = "{\"b\":\"é\u{7f}\\n\",\"a\":[]}";
        assert_eq!(plain(&value.into()).as_deref(), Ok(json));
        assert_eq!(plain(&dict(" t", 1.into())).as_deref(), Ok(r#"{" t":1}"#));
        let bytes = plain(&Value::Bytes(Vec::new()));
        assert_eq!(bytes, Err(Unwritable::NeedsTags { kind: "bytes" }));
        let broken = plain(&Value::Text(Text::from_utf16(&[0xd83d])));
        assert_eq!(broken, Err(Unwritable::Surrogate));
    }

    #[test]
    fn what_is_nested_too_deeply_to_be_read_is_not_written() {
        type Wrap = fn(Value) -> Value;
        let nested =
            |levels: usize, wrap: Wrap| (0..levels).fold(Value::Null, |value, _| wrap(value));
        let wraps: [(Wrap, usize); 4] = [
            (|value| Value::List(vec![value]), LEVELS),
            (|value| dict("a", value), LEVELS),
            (|value| Value::Tuple(vec![value]), LEVELS / 2),
            (|value| dict(" t", value), LEVELS / 2),
        ];
        for (wrap, most) in wraps {
            let json = tagged(&nested(most, wrap)).unwrap();
            let value = read(json.as_bytes(), PayloadFormat::Tagged, LEVELS).unwrap();
            assert_eq!(value, nested(most, wrap));
            let refused = tagged(&nested(most + 1, wrap));
            assert_eq!(refused, Err(Unwritable::TooDeep { limit: LEVELS }));
        }
    }

    fn tagged(value: &Value) -> Result<String, Unwritable> {
        write(value, PayloadFormat::Tagged, LEVELS)
    }

    fn dict(key: &str, value: Value) -> Value {
        Value::Dict([(key, value)].into_iter().collect())
    }

    const LEVELS: usize = 256;
}

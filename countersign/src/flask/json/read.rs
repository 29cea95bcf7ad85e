//! Reading, as strictly as Python's `json.loads`, which takes `NaN` and `Infinity` for numbers.

use super::super::error::Malformed;
use super::super::value::{Dict, Integer, Text, Value};
use super::{PayloadFormat, number, tag};

/// Reads one value; nothing but white space may stand beside it.
pub(in crate::flask) fn read(
    json: &[u8],
    format: PayloadFormat,
    most_levels: usize,
) -> Result<Value, Malformed> {
    let json = std::str::from_utf8(json).map_err(|_| Malformed::Utf8)?;
    let mut reader = Reader {
        json,
        at: 0,
        format,
        most_levels,
    };
    reader.skip_white_space();
    let value = reader.value(0)?;
    reader.skip_white_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.unexpected()),
    }
}

struct Reader<'a> {
    json: &'a str,
    /// Always between two characters when a method begins or ends.
    at: usize,
    format: PayloadFormat,
    most_levels: usize,
}

impl<'a> Reader<'a> {
    /// `level` is in how many lists and dicts the value stands.
    fn value(&mut self, level: usize) -> Result<Value, Malformed> {
        match self.peek() {
            Some(b'"') => self.text().map(Value::Text),
            Some(b'{') => self.dict(level),
            Some(b'[') => self.list(level),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.name(),
        }
    }

    fn dict(&mut self, level: usize) -> Result<Value, Malformed> {
        self.enter(level)?;
        let mut pairs = Vec::new();
        if !self.takes(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(self.unexpected());
                }
                let key = self.text()?;
                self.skip_white_space();
                self.expect(b':')?;
                self.skip_white_space();
                pairs.push((key, self.value(level + 1)?));
                self.skip_white_space();
                if self.takes(b'}') {
                    break;
                }
                self.expect(b',')?;
                self.skip_white_space();
            }
        }
        let dict = Dict::of_pairs(pairs);
        match self.format {
            PayloadFormat::Tagged => tag::untagged(dict),
            PayloadFormat::Plain => Ok(Value::Dict(dict)),
        }
    }

    fn list(&mut self, level: usize) -> Result<Value, Malformed> {
        self.enter(level)?;
        let mut items = Vec::new();
        if !self.takes(b']') {
            loop {
                items.push(self.value(level + 1)?);
                self.skip_white_space();
                if self.takes(b']') {
                    break;
                }
                self.expect(b',')?;
                self.skip_white_space();
            }
        }
        Ok(Value::List(items))
    }

    /// Goes past an opening bracket and what white space follows it.
    fn enter(&mut self, level: usize) -> Result<(), Malformed> {
        if level >= self.most_levels {
            return Err(Malformed::TooDeep {
                limit: self.most_levels,
            });
        }
        self.at += 1;
        self.skip_white_space();
        Ok(())
    }

    fn number(&mut self) -> Result<Value, Malformed> {
        let Some((length, is_float)) = number::scan(&self.json.as_bytes()[self.at..]) else {
            return self.name();
        };
        let text = &self.json[self.at..self.at + length];
        let value = if is_float {
            Value::Float(text.parse().map_err(|_| self.unexpected())?)
        } else {
            let integer = text.parse::<Integer>();
            Value::Integer(integer.map_err(|_| Malformed::IntegerTooLong)?)
        };
        self.at += length;
        Ok(value)
    }

    fn name(&mut self) -> Result<Value, Malformed> {
        for (name, value) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ] {
            if self.json[self.at..].starts_with(name) {
                self.at += name.len();
                return Ok(value);
            }
        }
        Err(self.unexpected())
    }

    /// Reads a text from its opening quotation mark to behind its closing one.
    fn text(&mut self) -> Result<Text, Malformed> {
        self.at += 1;
        let plain = self.plain_characters()?;
        if self.takes(b'"') {
            return Ok(plain.into());
        }
        let mut text = Characters::Unicode(plain.to_owned());
        while !self.takes(b'"') {
            self.expect(b'\\')?;
            self.escape(&mut text)?;
            text.push_str(self.plain_characters()?);
        }
        Ok(text.into())
    }

    /// What stands before the next quotation mark or backslash.
    fn plain_characters(&mut self) -> Result<&'a str, Malformed> {
        let start = self.at;
        let rest = &self.json.as_bytes()[start..];
        // Sixteen at a time without a branch, which the compiler turns into vector instructions.
        let chunks = rest.chunks_exact(16);
        let plain_chunks = chunks.take_while(|chunk| {
            !chunk
                .iter()
                .fold(false, |found, byte| found | is_not_plain(byte))
        });
        let mut length = 16 * plain_chunks.count();
        length += rest[length..]
            .iter()
            .take_while(|byte| !is_not_plain(byte))
            .count();
        self.at = start + length;
        match self.peek() {
            Some(b'"' | b'\\') => Ok(&self.json[start..self.at]),
            _ => Err(self.unexpected()),
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self, text: &mut Characters) -> Result<(), Malformed> {
        let character = match self.peek() {
            Some(character @ (b'"' | b'\\' | b'/')) => character,
            Some(b'b') => b'\x08',
            Some(b'f') => b'\x0c',
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.utf16_escape(text),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        text.push(char::from(character));
        Ok(())
    }

    /// Reads what begins with `u` after a backslash, and the other half of the pair if it is half of one.
    fn utf16_escape(&mut self, text: &mut Characters) -> Result<(), Malformed> {
        let unit = self
            .utf16_unit(self.at + 1)
            .ok_or_else(|| self.unexpected())?;
        self.at += 5;
        if let Some(character) = char::from_u32(u32::from(unit)) {
            text.push(character);
            return Ok(());
        }
        let begins_another = self.json[self.at..].starts_with("\\u");
        if begins_another && (0xd800..0xdc00).contains(&unit) {
            let second = self
                .utf16_unit(self.at + 2)
                .ok_or_else(|| self.unexpected())?;
            if let Some(Ok(character)) = char::decode_utf16([unit, second]).next() {
                self.at += 6;
                text.push(character);
                return Ok(());
            }
        }
        text.push_lone_surrogate(unit);
        Ok(())
    }

    fn utf16_unit(&self, at: usize) -> Option<u16> {
        let digits = self.json.as_bytes().get(at..at + 4)?;
        digits.iter().try_fold(0, |unit, &digit| {
            let value = char::from(digit).to_digit(16)?;
            Some(unit << 4 | value as u16)
        })
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        match self.takes(byte) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn unexpected(&self) -> Malformed {
        Malformed::Json { offset: self.at }
    }
}

/// What can't stand in a text as it is.
fn is_not_plain(byte: &u8) -> bool {
    (*byte == b'"') | (*byte == b'\\') | (*byte < 0x20)
}

/// A text while it is read.
enum Characters {
    Unicode(String),
    /// Since the first surrogate without a partner.
    Utf16(Vec<u16>),
}

impl Characters {
    fn push(&mut self, character: char) {
        match self {
            Self::Unicode(text) => text.push(character),
            Self::Utf16(units) => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
        }
    }

    fn push_str(&mut self, more: &str) {
        match self {
            Self::Unicode(text) => text.push_str(more),
            Self::Utf16(units) => units.extend(more.encode_utf16()),
        }
    }

    fn push_lone_surrogate(&mut self, surrogate: u16) {
        match self {
            Self::Unicode(text) => {
                *self = Self::Utf16(text.encode_utf16().chain([surrogate]).collect());
            }
            Self::Utf16(units) => units.push(surrogate),
        }
    }
}

impl From<Characters> for Text {
    fn from(characters: Characters) -> Self {
        match characters {
            Characters::Unicode(text) => text.into(),
            Characters::Utf16(units) => Self::from_utf16(&units),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_reads_is_read() {
        for (json, expected) in [
            (
                " { \"a\" : 1 } \n",
                Value::Dict([("a", 1)].into_iter().collect()),
            ),
            ("[]", Value::List(Vec::new())),
            ("[ 1 ,\t2 ]", Value::List(vec![1.into(), 2.into()])),
            ("-0", Value::from(0)),
            ("1E400", Value::from(f64::INFINITY)),
            ("-Infinity", Value::from(f64::NEG_INFINITY)),
            (
                r#""\"\\\/\b\f\n\r\t\u00E9""#,
                Value::from("\"\\/\u{8}\u{c}\n\r\té"),
            ),
            ("\"\u{7f}\u{2028}\"", Value::from("\u{7f}\u{2028}")),
            (r#""\ud83d\ude00""#, Value::from("😀")),
        ] {
            assert_eq!(tagged(json), Ok(expected), "{json}");
        }
        assert!(matches!(tagged("NaN"), Ok(Value::Float(float)) if float.is_nan()));
    }

    #[test]
    fn what_python_refuses_is_refused_where_it_goes_wrong() {
        for (json, offset) in [
            ("", 0),
            ("nope", 0),
            ("\u{feff}1", 0),
            ("1 2", 2),
            ("01", 1),
            ("1.", 1),
            ("[1,]", 3),
            ("{\"a\":1,}", 7),
            ("{a:1}", 1),
            ("{\"a\" 1}", 5),
            ("'a'", 0),
            ("\"a", 2),
            ("\"a\nb\"", 2),
            (r#""\x41""#, 2),
            (r#""\u00g0""#, 2),
            (r#""\ud83d\u00""#, 7),
            ("[1", 2),
            ("tru", 0),
            ("-", 0),
            ("+1", 0),
            ("-infinity", 0),
            ("// 1", 0),
        ] {
            assert_eq!(tagged(json), Err(Malformed::Json { offset }), "{json}");
        }
    }

    #[test]
    fn half_of_a_surrogate_pair_is_kept() {
        for (json, units) in [
            (r#""\ud83d""#, &[0xd83d][..]),
            (r#""a\ude00b""#, &[0x61, 0xde00, 0x62]),
            (r#""\ud83d\ud83d\ude00""#, &[0xd83d, 0xd83d, 0xde00]),
            (r#""\ud83dé\n\u00e9""#, &[0xd83d, 0xe9, 0x0a, 0xe9]),
        ] {
            let text = Text::from_utf16(units);
            assert_eq!(text.as_str(), None);
            assert_eq!(tagged(json), Ok(Value::Text(text)), "{json}");
        }
    }

    #[test]
    fn nesting_is_read_up_to_the_limit() {
        let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(tagged(&nested(LEVELS)).is_ok());
        assert_eq!(
            tagged(&nested(LEVELS + 1)),
            Err(Malformed::TooDeep { limit: LEVELS })
        );
        let half = "{\"a\":".repeat(100_000);
        assert_eq!(tagged(&half), Err(Malformed::TooDeep { limit: LEVELS }));
    }

    #[test]
    fn an_integer_is_exact_up_to_the_digits_that_python_reads() {
        let digits = "7".repeat(Integer::MOST_DIGITS);
        let Ok(Value::Integer(integer)) = tagged(&format!("-{digits}")) else {
            panic!("an integer of {} digits", digits.len());
        };
        assert_eq!(integer.to_string(), format!("-{digits}"));
        assert_eq!(
            tagged(&format!("{digits}7")),
            Err(Malformed::IntegerTooLong)
        );
    }

    #[test]
    fn a_tag_over_what_flask_does_not_write_there_is_refused() {
        for (json, tag) in [
            (r#"{" di":1}"#, " di"),
            (r#"{" di":{}}"#, " di"),
            (r#"{" di":{"a":1}}"#, " di"),
            (r#"{" di":{" t__":1," b__":2}}"#, " di"),
            (r#"{" t":{}}"#, " t"),
            (r#"{" b":"A"}"#, " b"),
            (r#"{" b":1}"#, " b"),
            (r#"{" m":null}"#, " m"),
            (r#"{" u":"zz"}"#, " u"),
            (r#"{" d":[1]}"#, " d"),
        ] {
            assert_eq!(tagged(json), Err(Malformed::Tag { tag }), "{json}");
        }
    }

    #[test]
    fn only_a_dict_of_one_key_is_a_tag_and_a_key_that_is_there_twice_is_one() {
        let two = [(" t", 1), ("a", 2)].into_iter().collect();
        assert_eq!(tagged(r#"{" t":1,"a":2}"#), Ok(Value::Dict(two)));
        let twice = tagged(r#"{" t":[1]," t":[2]}"#);
        assert_eq!(twice, Ok(Value::Tuple(vec![2.into()])));
        let plain = read(br#"{" t":1}"#, PayloadFormat::Plain, LEVELS);
        assert_eq!(plain, Ok(Value::Dict([(" t", 1)].into_iter().collect())));
    }

    fn tagged(json: &str) -> Result<Value, Malformed> {
        read(json.as_bytes(), PayloadFormat::Tagged, LEVELS)
    }

    const LEVELS: usize = 256;
}

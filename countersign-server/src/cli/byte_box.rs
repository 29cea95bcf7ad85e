//! Keys and passwords in JSON: `{"str": text}`, or `{"hex": digits}` for bytes that are no text.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A Python `str` or `bytes`.
#[derive(Deserialize)]
#[serde(try_from = "Fields")]
pub(super) enum ByteBox {
    Text(Zeroizing<String>),
    Bytes(Hex),
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `str` or `hex`")]
struct Fields {
    str: Option<String>,
    hex: Option<Hex>,
}

impl TryFrom<Fields> for ByteBox {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        match fields {
            Fields { hex: Some(hex), .. } => Ok(Self::Bytes(hex)),
            Fields { str: Some(str), .. } => Ok(Self::Text(Zeroizing::new(str))),
            _ => Err("expected `str` or `hex`"),
        }
    }
}

impl ByteBox {
    /// The bytes; of a text, its UTF-8.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(hex) => &hex.0,
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// Bytes that stand as hexadecimal digits in JSON.
pub(super) struct Hex(pub(super) Zeroizing<Vec<u8>>);

impl Hex {
    /// Two digits a byte.
    pub(super) fn read(digits: &str) -> Option<Self> {
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        let digit = |digit: u8| char::from(digit).to_digit(16);
        let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
        let bytes = pairs.iter().map(byte).collect::<Option<Vec<u8>>>()?;
        rest.is_empty().then_some(Self(Zeroizing::new(bytes)))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = Zeroizing::new(String::deserialize(deserializer)?);
        Self::read(&digits).ok_or_else(|| serde::de::Error::custom(NOT_HEX))
    }
}

/// What is wrong with digits that [`Hex::read`] refuses.
pub(super) const NOT_HEX: &str = "expected two hexadecimal digits for each byte";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_from_two_digits_each() {
        for (digits, bytes) in [
            ("", Some(&b""[..])),
            ("00fFA0", Some(b"\x00\xff\xa0")),
            ("0", None),
            ("0g", None),
            ("+1", None),
            ("é", None),
        ] {
            let read = Hex::read(digits).map(|hex| hex.0.to_vec());
            assert_eq!(read.as_deref(), bytes, "{digits}");
        }
    }

    #[test]
    fn a_box_has_text_or_bytes() {
        let read = |json| serde_json::from_str::<ByteBox>(json);
        let text = read(r#"{"str": "é", "note": 1}"#).unwrap();
        assert!(text.is_text() && text.bytes() == "é".as_bytes());
        let bytes = read(r#"{"hex": "ff"}"#).unwrap();
        assert!(!bytes.is_text() && bytes.bytes() == b"\xff");
        for wrong in [r#""text""#, "{}", r#"{"hex": "f"}"#, r#"{"str": 1}"#] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}

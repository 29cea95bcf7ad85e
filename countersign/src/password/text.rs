//! What stands in stored hashes: numbers and bytes, written as text.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, STANDARD};

/// A number in decimal digits without leading zeros. One that is too large is the largest: it is beyond every limit.
pub(super) fn number(text: &str) -> Option<u64> {
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    if has_leading_zero {
        return None;
    }
    number_with_zeros(text)
}

/// The same with any number of leading zeros, as Python reads it.
pub(super) fn number_with_zeros(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Bytes as two hexadecimal digits each. The systems that write them compare text: capital letters are others.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let byte = |[high, low]: &[u8; 2]| Some(nibble(*high)? << 4 | nibble(*low)?);
    pairs.iter().map(byte).collect()
}

/// Bytes as two hexadecimal digits each, in small letters.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    digits.collect()
}

/// Bytes in base64 with its padding (RFC 4648, section 4). The systems that write it compare text: only one is right.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Bytes in base64 without its padding, as passlib writes them.
pub(super) fn from_unpadded_base64(text: &str) -> Option<Vec<u8>> {
    UNPADDED.decode(text).ok()
}

/// Bytes in passlib's "ab64": base64 without its padding, and with `.` for `+`.
pub(super) fn from_ab64(text: &str) -> Option<Vec<u8>> {
    // A `+` would be read twice over.
    if text.contains('+') {
        return None;
    }
    from_unpadded_base64(&text.replace('.', "+"))
}

/// Passlib takes no note of spare bits, nor of padding that somebody added.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    NO_PAD
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_numbers_and_large_ones_are_the_largest() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("32768"), Some(32_768));
        assert_eq!(number("99999999999999999999999"), Some(u64::MAX));
        for text in ["", "-1", "+1", " 1", "1 ", "1_0", "0x1", "01", "１"] {
            assert_eq!(number(text), None, "{text:?}");
        }
        assert_eq!(number_with_zeros("007"), Some(7));
    }

    #[test]
    fn bytes_are_read_as_they_are_written() {
        let bytes = [0x00, 0x0f, 0xa5, 0xff];
        assert_eq!(to_hex(&bytes), "000fa5ff");
        assert_eq!(from_hex("000fa5ff").unwrap(), bytes);
        assert_eq!(from_base64(&to_base64(&bytes)).unwrap(), bytes);
        assert_eq!(from_unpadded_base64("AA+l/w").unwrap(), bytes);
        assert_eq!(from_unpadded_base64("AA+l/w==").unwrap(), bytes);
        assert_eq!(from_ab64("AA.l/w").unwrap(), bytes);
    }

    #[test]
    fn other_spellings_are_refused() {
        assert_eq!(from_hex("000FA5FF"), None);
        assert_eq!(from_hex("000"), None);
        assert_eq!(from_hex("0é"), None);
        assert_eq!(from_base64("AA+l/w"), None);
        assert_eq!(from_base64("AA+l/x=="), None);
        assert_eq!(from_unpadded_base64("AA.l/w"), None);
        assert_eq!(from_ab64("AA+l/w"), None);
    }
}

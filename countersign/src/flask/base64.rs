//! Base64 as Python decodes it: what is no character of the alphabet is passed over, spare bits are dropped, and
//! nothing is read after the padding that ends a group.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};

/// Encodes as itsdangerous does: the URL-safe alphabet without padding.
pub(super) fn encode_url_safe(bytes: &[u8], text: &mut String) {
    general_purpose::URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// Decodes as itsdangerous does: both alphabets, and padding that is missing is added.
pub(super) fn decode_url_safe(text: &[u8]) -> Option<Vec<u8>> {
    match URL_SAFE.decode(text) {
        Ok(bytes) => Some(bytes),
        Err(_) => lenient(text, url_safe_sextet, text.len().wrapping_neg() % 4),
    }
}

/// [`decode_url_safe`] for what is usually short: without an allocation where the text is as itsdangerous writes it.
pub(super) fn with_decoded_url_safe<T>(text: &[u8], read: impl FnOnce(&[u8]) -> T) -> Option<T> {
    let mut bytes = [0; SHORT];
    // Written out, as the decoder wants room for whole groups.
    if text.len() <= SHORT / 3 * 4
        && let Ok(length) = URL_SAFE.decode_slice(text, &mut bytes)
    {
        return Some(read(&bytes[..length]));
    }
    decode_url_safe(text).map(|bytes| read(&bytes))
}

/// Encodes as Flask does what stands under the tag for bytes: the standard alphabet with padding.
pub(super) fn encode_standard(bytes: &[u8]) -> String {
    general_purpose::STANDARD.encode(bytes)
}

/// Decodes as Flask does what stands under the tag for bytes: the standard alphabet; padding must be there.
pub(super) fn decode_standard(text: &str) -> Option<Vec<u8>> {
    match STANDARD.decode(text) {
        Ok(bytes) => Some(bytes),
        // Python's `b64decode` refuses text outside ASCII before it looks at it.
        Err(_) if !text.is_ascii() => None,
        Err(_) => lenient(text.as_bytes(), standard_sextet, 0),
    }
}

/// `padding` is how many `=` are read after the text.
fn lenient(text: &[u8], sextet: fn(u8) -> Option<u8>, padding: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let mut group = 0_u32;
    let mut in_group = 0;
    let mut pads = 0;
    let added = std::iter::repeat_n(b'=', padding);
    for byte in text.iter().copied().chain(added) {
        if byte == b'=' {
            pads += 1;
            if in_group >= 2 && in_group + pads >= 4 {
                // The bits that are left over are dropped.
                let whole = in_group - 1;
                let left = group << (6 * (4 - in_group));
                bytes.extend_from_slice(&left.to_be_bytes()[1..1 + whole]);
                return Some(bytes);
            }
            // Python counts them from the group's second character on only.
            if in_group < 2 {
                pads = 0;
            }
        } else if let Some(bits) = sextet(byte) {
            pads = 0;
            group = group << 6 | u32::from(bits);
            in_group += 1;
            if in_group == 4 {
                bytes.extend_from_slice(&group.to_be_bytes()[1..]);
                (group, in_group) = (0, 0);
            }
        }
    }
    (in_group == 0).then_some(bytes)
}

fn standard_sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

fn url_safe_sextet(byte: u8) -> Option<u8> {
    match byte {
        b'-' => Some(62),
        b'_' => Some(63),
        _ => standard_sextet(byte),
    }
}

const SPARE_BITS_ALLOWED: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    SPARE_BITS_ALLOWED.with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, SPARE_BITS_ALLOWED);

/// Room for the longest signature, of SHA-512, and a little.
const SHORT: usize = 72;

#[cfg(test)]
mod tests {
    use super::*;

    /// Each made by `itsdangerous.encoding.base64_decode` of itsdangerous 2.2 on Python 3.11.
    #[test]
    fn foreign_characters_spare_bits_and_padding_are_read_as_python_reads_them() {
        let cases: &[(&str, Option<&[u8]>)] = &[
            ("", Some(b"")),
            ("QQ", Some(b"A")),
            ("QR", Some(b"A")),
            ("QQ==", Some(b"A")),
            ("QQ=", Some(b"A")),
            ("Q", None),
            ("A===", None),
            ("====", Some(b"")),
            ("!!!", Some(b"")),
            ("Q!Q!", None),
            ("Q!Q", None),
            ("QUJD", Some(b"ABC")),
            ("QUI=QUJD", Some(b"AB")),
            ("QU=JD", Some(b"ABC")),
            ("=QUJD", Some(b"ABC")),
            ("_-+/", Some(b"\xff\xef\xbf")),
            ("QUJD\n", Some(b"ABC")),
        ];
        for (text, expected) in cases {
            assert_eq!(
                decode_url_safe(text.as_bytes()).as_deref(),
                *expected,
                "{text:?}"
            );
            let short = with_decoded_url_safe(text.as_bytes(), <[u8]>::to_vec);
            assert_eq!(short.as_deref(), *expected, "{text:?}");
        }
    }

    /// Each made by Python 3.11's `base64.b64decode`.
    #[test]
    fn bytes_under_their_tag_need_their_padding() {
        let cases: &[(&str, Option<&[u8]>)] = &[
            ("", Some(b"")),
            ("QQ==", Some(b"A")),
            ("QQ", None),
            ("QUI", None),
            ("Q", None),
            ("_-_-", Some(b"")),
            ("Q_Q_=_=", Some(b"A")),
            ("é", None),
            ("QQ==é", None),
        ];
        for (text, expected) in cases {
            assert_eq!(decode_standard(text).as_deref(), *expected, "{text:?}");
        }
    }

    #[test]
    fn a_text_longer_than_any_signature_is_decoded_whole() {
        let mut text = String::new();
        encode_url_safe(&[7; 1000], &mut text);
        let length = with_decoded_url_safe(text.as_bytes(), <[u8]>::len);
        assert_eq!(length, Some(1000));
    }
}

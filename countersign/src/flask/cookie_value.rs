//! A cookie's value as Werkzeug writes it into `Set-Cookie` and reads it from `Cookie`.
//!
//! What RFC 6265 does not allow in a value stands between quotes, as an octal escape: `"\344\275\220|…"`. Browsers send
//! it back as it is.
//!
//! ```
//! use countersign::flask::cookie_value;
//!
//! let written = cookie_value::quoted("佐;1");
//! assert_eq!(written, r#""\344\275\220\0731""#);
//! let header = format!("theme=dark; remember_token={written}");
//! assert_eq!(cookie_value::find(&header, "remember_token").as_deref(), Some("佐;1"));
//! ```

use std::borrow::Cow;
use std::fmt::Write as _;

/// A value as Werkzeug's `dump_cookie` writes it: as it is, or between quotes.
///
/// Werkzeug leaves U+001A to U+001F as they are between the quotes, which no header may hold. Here they are escaped like
/// all other control characters, and Werkzeug reads them so too.
pub fn quoted(value: &str) -> Cow<'_, str> {
    if value.bytes().all(needs_no_quotes) {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len() * 2);
    text.push('"');
    for byte in value.bytes() {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            b',' | b';' | ..b' ' | 0x7f.. => {
                write!(text, "\\{byte:03o}").expect("writing into a string can't fail");
            }
            _ => text.push(char::from(byte)),
        }
    }
    text.push('"');
    Cow::Owned(text)
}

/// The value of the first cookie with a name in a `Cookie` header, read as [`all`] reads.
pub fn find<'a>(header: &'a (impl AsRef<[u8]> + ?Sized), name: &str) -> Option<Cow<'a, str>> {
    all(header).find_map(|(own, value)| (own == name).then_some(value))
}

/// Every name and value of a `Cookie` header, in their order, as Werkzeug's `parse_cookie` reads them; of several with
/// one name, Flask's `request.cookies` gives the first. A part that is no cookie is passed over, up to the next `;`.
///
/// Several `Cookie` headers count as one with `;` between them. What is not UTF-8 is read with U+FFFD in its place;
/// Werkzeug ends such a request with an exception, unless it stands in escapes.
pub fn all<'a>(
    header: &'a (impl AsRef<[u8]> + ?Sized),
) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    let mut rest = header.as_ref();
    std::iter::from_fn(move || {
        loop {
            match cookie(rest) {
                Some((name, value, after)) => {
                    rest = after;
                    return Some((String::from_utf8_lossy(name), value.into_text()));
                }
                None => {
                    let end = rest.iter().position(|byte| *byte == b';')?;
                    rest = &rest[end + 1..];
                }
            }
        }
    })
}

/// A value as it stands in a header.
enum Written<'a> {
    Plain(&'a [u8]),
    /// What stands between the quotes.
    Quoted(&'a [u8]),
}

impl<'a> Written<'a> {
    fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Plain(bytes) => String::from_utf8_lossy(bytes),
            Self::Quoted(bytes) if !bytes.contains(&b'\\') => String::from_utf8_lossy(bytes),
            Self::Quoted(bytes) => {
                // What is no UTF-8 by itself is replaced first, as no escape may complete it.
                let bytes = unescaped(String::from_utf8_lossy(bytes).as_bytes());
                Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }
}

/// The name and the value of the cookie with which a header begins, and what follows its `;`.
fn cookie(header: &[u8]) -> Option<(&[u8], Written<'_>, &[u8])> {
    let (name, rest) = token(without_blanks(header), b" \t=\";");
    if name.is_empty() {
        return None;
    }
    let rest = without_blanks(rest);
    let (value, rest) = match rest.strip_prefix(b"=").map(without_blanks) {
        None => (Written::Plain(b""), rest),
        Some([b'"', rest @ ..]) => {
            let (inside, rest) = until_quote(rest)?;
            (Written::Quoted(inside), rest)
        }
        Some(rest) => {
            let (value, rest) = token(rest, b" \t\";");
            (Written::Plain(value), rest)
        }
    };
    match without_blanks(rest) {
        [] => Some((name, value, &[])),
        [b';', rest @ ..] => Some((name, value, rest)),
        _ => None,
    }
}

/// What stands before the first of some bytes, and the rest.
fn token<'a>(bytes: &'a [u8], ends: &[u8]) -> (&'a [u8], &'a [u8]) {
    let end = bytes.iter().position(|byte| ends.contains(byte));
    bytes.split_at(end.unwrap_or(bytes.len()))
}

fn without_blanks(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !b" \t".contains(byte));
    &bytes[start.unwrap_or(bytes.len())..]
}

/// What stands before the quote that ends a value, and the rest.
fn until_quote(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut place = 0;
    loop {
        match bytes.get(place)? {
            b'"' => return Some((&bytes[..place], &bytes[place + 1..])),
            // A line break can't be escaped.
            b'\\' if bytes.get(place + 1) == Some(&b'\n') => return None,
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
}

/// `\` and three octal digits up to `377` are a byte; before anything else, the `\` is left out.
fn unescaped(mut bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    loop {
        bytes = match bytes {
            [] => return plain,
            [
                b'\\',
                high @ b'0'..=b'3',
                middle @ b'0'..=b'7',
                low @ b'0'..=b'7',
                rest @ ..,
            ] => {
                plain.push((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0'));
                rest
            }
            [b'\\', byte, rest @ ..] | [byte, rest @ ..] => {
                plain.push(*byte);
                rest
            }
        };
    }
}

fn needs_no_quotes(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_!#$%&'()*+-./:<=>?@[]^`{|}~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each made by Werkzeug 3.1.9.
    #[test]
    fn a_value_is_quoted_as_werkzeug_quotes_it() {
        for (value, expected) in [
            ("", ""),
            ("eyJhIjoxfQ.ZVPxAA.x-_", "eyJhIjoxfQ.ZVPxAA.x-_"),
            (
                "!#$%&'()*+-./:<=>?@[]^`{|}~_aZ0",
                "!#$%&'()*+-./:<=>?@[]^`{|}~_aZ0",
            ),
            (" ", "\" \""),
            ("a b;c,\"d\"\\|00", "\"a b\\073c\\054\\\"d\\\"\\\\|00\""),
            ("佐藤|é", "\"\\344\\275\\220\\350\\227\\244|\\303\\251\""),
            ("\r\n\t\0\u{7f}", "\"\\015\\012\\011\\000\\177\""),
        ] {
            assert_eq!(quoted(value), expected);
        }
    }

    #[test]
    fn whatever_is_written_is_read_again_and_fits_into_a_header() {
        for point in 0..0x300 {
            let value: String = char::from_u32(point).into_iter().collect();
            let written = quoted(&value);
            assert!(written.bytes().all(|byte| (b' '..0x7f).contains(&byte)));
            let header = format!("a=b; v={written}; c");
            assert_eq!(find(&header, "v").as_deref(), Some(&*value), "{header}");
        }
    }

    /// Each made by Werkzeug 3.1.9.
    #[test]
    fn a_header_is_read_as_werkzeug_reads_it() {
        for (header, expected) in [
            ("", &[][..]),
            ("a=1; b=2;c=3", &[("a", "1"), ("b", "2"), ("c", "3")]),
            ("a=1; a=2", &[("a", "1"), ("a", "2")]),
            ("a", &[("a", "")]),
            ("a=;b = 2 ;", &[("a", ""), ("b", "2")]),
            ("=1; b=2", &[("b", "2")]),
            ("a=1 2; b=3", &[("b", "3")]),
            ("a=x=y", &[("a", "x=y")]),
            ("a=\"1;2\"; b", &[("a", "1;2"), ("b", "")]),
            ("a=\"1;b=2; c=3", &[("b", "2"), ("c", "3")]),
            ("a=\"1\"2; b=3", &[("b", "3")]),
            ("a=1\"2\"; b=3", &[("b", "3")]),
            ("a=\"\\\"\\\\\\073\\400\\x\"", &[("a", "\"\\;400x")]),
            ("a=\"\\303\\251\\303\"", &[("a", "é\u{fffd}")]),
            ("é=用", &[("é", "用")]),
            ("a=\"é\\用\"", &[("a", "é用")]),
            ("a=\"x\\\ny\";b=2", &[("b", "2")]),
            ("a=1, b=2; c=3", &[("c", "3")]),
            ("a=\u{b}1;\u{a0}b=2", &[("a", "\u{b}1"), ("\u{a0}b", "2")]),
        ] {
            let read: Vec<_> = all(header).collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect();
            assert_eq!(read, expected, "{header}");
        }
    }

    #[test]
    fn of_several_cookies_with_one_name_the_first_counts() {
        assert_eq!(find("a=1; a=2", "a").as_deref(), Some("1"));
        assert_eq!(find("a=1; a=2", "b"), None);
        assert_eq!(find("a=\"1; a=2", "a").as_deref(), Some("2"));
    }

    #[test]
    fn what_is_not_utf8_is_read_with_a_mark_in_its_place() {
        assert_eq!(find(b"a=\xff", "a").as_deref(), Some("\u{fffd}"));
        let half = find(b"a=\"\xc3\\251\"", "a");
        assert_eq!(half.as_deref(), Some("\u{fffd}\u{fffd}"));
    }
}

use std::fmt::Write as _;

use sha2::{Digest as _, Sha512};

/// How Flask-Login makes the identifier of a client, which is `_id` in the session: a SHA-512 of its address and its
/// `User-Agent`, in 128 hexadecimal digits. A login is of another client when this differs.
///
/// It protects little: whoever stole a cookie can send the same `User-Agent`. All values come as they stand on the wire;
/// a header that was sent twice counts as its values with `,` between them.
///
/// ```
/// use countersign::flask::IdentifierVersion;
///
/// let identifier = IdentifierVersion::V0_6.identifier(Some("127.0.0.1"), None, Some(b"Werkzeug/3.1.9"));
/// assert!(identifier.starts_with("03f095a1c03fdce8") && identifier.len() == 128);
/// let identifier = IdentifierVersion::V0_7.identifier(Some("127.0.0.1"), None, Some(b"Werkzeug/3.1.9"));
/// assert!(identifier.starts_with("03446411a427d92f") && identifier.len() == 128);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IdentifierVersion {
    /// Flask-Login up to 0.6.3: Python's `repr` of the bytes of both, `b'10.0.0.1'|b'Mozilla/5.0'`, and `None` for what
    /// is missing. The first address of `X-Forwarded-For`, which anybody can send, counts more than the real one.
    V0_6,
    /// Flask-Login's coming version 0.7: the text of both, `10.0.0.1|Mozilla/5.0`, and nothing for a missing
    /// `User-Agent`. `X-Forwarded-For` does not count.
    V0_7,
}

impl IdentifierVersion {
    /// The identifier of a client.
    ///
    /// `x_forwarded_for` counts for [`V0_6`](Self::V0_6) alone. Where Flask runs behind a proxy it is the header that
    /// Flask gets, or both sides take every client for another one.
    pub fn identifier(
        self,
        remote_addr: Option<&str>,
        x_forwarded_for: Option<&[u8]>,
        user_agent: Option<&[u8]>,
    ) -> String {
        let user_agent = user_agent.map(latin1);
        let mut identified = String::new();
        match self {
            Self::V0_6 => {
                let forwarded = x_forwarded_for.map(latin1);
                let address = forwarded.as_deref().or(remote_addr).map(first_address);
                push_repr(&mut identified, address);
                identified.push('|');
                push_repr(&mut identified, user_agent.as_deref().map(str::as_bytes));
            }
            Self::V0_7 => {
                identified.push_str(remote_addr.unwrap_or("None"));
                identified.push('|');
                identified.push_str(&user_agent.unwrap_or_default());
            }
        }
        let digest = Sha512::digest(identified);
        let mut digits = String::with_capacity(128);
        for byte in digest {
            write!(digits, "{byte:02x}").expect(INTO_A_STRING);
        }
        digits
    }
}

/// A header as WSGI (PEP 3333) gives it to Python: a character for each byte.
fn latin1(header: &[u8]) -> String {
    header.iter().copied().map(char::from).collect()
}

fn first_address(addresses: &str) -> &[u8] {
    let end = addresses.find(',').unwrap_or(addresses.len());
    addresses[..end].trim_matches(PYTHON_WHITE_SPACE).as_bytes()
}

/// Adds Python's `repr` of a `bytes` or of `None`.
fn push_repr(text: &mut String, bytes: Option<&[u8]>) {
    let Some(bytes) = bytes else {
        text.push_str("None");
        return;
    };
    let quote = match bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        true => '"',
        false => '\'',
    };
    text.reserve(bytes.len() + 3);
    text.push('b');
    text.push(quote);
    for byte in bytes {
        match byte {
            b'\t' => text.push_str(r"\t"),
            b'\n' => text.push_str(r"\n"),
            b'\r' => text.push_str(r"\r"),
            b'\\' => text.push_str(r"\\"),
            b' '..=b'~' => {
                let character = char::from(*byte);
                if character == quote {
                    text.push('\\');
                }
                text.push(character);
            }
            _ => write!(text, r"\x{byte:02x}").expect(INTO_A_STRING),
        }
    }
    text.push(quote);
}

/// What `bytes.strip()` takes away.
const PYTHON_WHITE_SPACE: [char; 6] = [' ', '\t', '\n', '\r', '\x0b', '\x0c'];

const INTO_A_STRING: &str = "writing into a string can't fail";

#[cfg(test)]
mod tests {
    use super::*;

    /// Each made by Python 3.11's `repr`.
    #[test]
    fn bytes_are_written_as_python_writes_them() {
        for (bytes, expected) in [
            (&b""[..], "b''"),
            (b"Mozilla/5.0", "b'Mozilla/5.0'"),
            (b"it's", r#"b"it's""#),
            (b"say \"hi\"", r#"b'say "hi"'"#),
            (b"it's \"both\"", r#"b'it\'s "both"'"#),
            (b"back\\slash\ttab", r"b'back\\slash\ttab'"),
            (b"\n\r\x0b\x00\x1f\x7f~ ", r"b'\n\r\x0b\x00\x1f\x7f~ '"),
            ("é".as_bytes(), r"b'\xc3\xa9'"),
        ] {
            assert_eq!(repr(Some(bytes)), expected);
        }
        assert_eq!(repr(None), "None");
    }

    #[test]
    fn the_first_address_of_a_list_counts() {
        for (addresses, expected) in [
            ("1.2.3.4", "1.2.3.4"),
            (" 1.2.3.4\t\x0b, 5.6.7.8", "1.2.3.4"),
            (",5.6.7.8", ""),
            ("", ""),
            ("\u{a0}::1\u{a0}", "\u{a0}::1\u{a0}"),
        ] {
            assert_eq!(first_address(addresses), expected.as_bytes(), "{addresses}");
        }
    }

    #[test]
    fn x_forwarded_for_counts_in_the_old_version_alone() {
        let identifier = |version: IdentifierVersion, remote_addr, forwarded: Option<&[u8]>| {
            version.identifier(remote_addr, forwarded, Some(b"UA"))
        };
        let old = IdentifierVersion::V0_6;
        let sent = identifier(old, Some("10.0.0.1"), Some(b" 1.2.3.4 , 5.6.7.8"));
        assert_eq!(sent, identifier(old, Some("1.2.3.4"), None));
        assert_eq!(sent, identifier(old, None, Some(b"1.2.3.4")));
        // A header without anything in it counts, too.
        let empty = identifier(old, Some("10.0.0.1"), Some(b""));
        assert_ne!(empty, identifier(old, Some("10.0.0.1"), None));
        let new = IdentifierVersion::V0_7;
        let sent = identifier(new, Some("10.0.0.1"), Some(b"1.2.3.4"));
        assert_eq!(sent, identifier(new, Some("10.0.0.1"), None));
    }

    /// Made by the function of either version, on Python 3.11.
    #[test]
    fn what_is_missing_is_written_as_python_writes_it() {
        let missing = |version: IdentifierVersion| version.identifier(None, None, None);
        assert_eq!(missing(IdentifierVersion::V0_6), of_text("None|None"));
        assert_eq!(missing(IdentifierVersion::V0_7), of_text("None|"));
        let foreign = |version: IdentifierVersion| {
            version.identifier(Some("::1"), None, Some("é".as_bytes()))
        };
        assert_eq!(
            foreign(IdentifierVersion::V0_6),
            of_text(r"b'::1'|b'\xc3\x83\xc2\xa9'")
        );
        assert_eq!(foreign(IdentifierVersion::V0_7), of_text("::1|Ã©"));
    }

    fn repr(bytes: Option<&[u8]>) -> String {
        let mut text = String::new();
        push_repr(&mut text, bytes);
        text
    }

    fn of_text(text: &str) -> String {
        let digest = Sha512::digest(text);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

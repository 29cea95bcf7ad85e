//! The addresses that Flask-Login writes: what a visitor wanted, as `next` in the login view's address.

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::next::with_query_pair;

/// The page that a request asks for: the path and query of Werkzeug's `request.url`, in which percent-encoding is undone wherever that
/// changes nothing (its `get_current_url` and `uri_to_iri`, in 3.1).
pub(super) fn page_of(uri: &Uri) -> String {
    let path = percent_decode_str(uri.path()).decode_utf8_lossy();
    let path = readable(path.trim_start_matches('/'), PATH, b"/?#");
    match uri.query().filter(|query| !query.is_empty()) {
        Some(query) => format!("/{path}?{}", readable(query, QUERY, b"&=+#")),
        None => format!("/{path}"),
    }
}

/// The login view's address with `next`, as Python's `urlencode` writes it.
pub(super) fn login_url(view: &str, next: Option<&str>) -> String {
    let Some(next) = next else {
        return view.to_owned();
    };
    let next = utf8_percent_encode(next, UNRESERVED)
        .to_string()
        .replace("%20", "+");
    with_query_pair(view, &format!("next={next}"))
}

/// Percent-encodes what has to be, and then decodes what is UTF-8 and none of the characters that mean something, control characters,
/// blanks and `%` among them.
fn readable(text: &str, encoded: &'static AsciiSet, meaningful: &[u8]) -> String {
    let text = utf8_percent_encode(text, encoded).to_string();
    let mut readable = String::with_capacity(text.len());
    let mut decoded = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let stays =
            |byte: u8| byte <= b' ' || byte == b'%' || byte == 0x7f || meaningful.contains(&byte);
        match encoded_byte(rest) {
            Some(byte) if !stays(byte) => {
                decoded.push(byte);
                rest = &rest[3..];
            }
            other => {
                push_text(&mut readable, &mut decoded);
                let length = match other {
                    Some(_) => 3,
                    None => rest.chars().next().map_or(0, char::len_utf8),
                };
                readable.push_str(&rest[..length]);
                rest = &rest[length..];
            }
        }
    }
    push_text(&mut readable, &mut decoded);
    readable
}

/// The byte of a percent-encoding at the beginning of a text.
fn encoded_byte(text: &str) -> Option<u8> {
    let [b'%', high, low, ..] = text.as_bytes() else {
        return None;
    };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Adds decoded bytes; those that are no UTF-8 are encoded again.
fn push_text(text: &mut String, bytes: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(percent_encoding::percent_encode_byte(*byte));
        }
    }
    bytes.clear();
}

/// All but what Python's `quote` leaves alone.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~');

/// All but what Werkzeug leaves alone in a path.
const PATH: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@')
    .remove(b'%');

/// All but what Werkzeug leaves alone in a query.
const QUERY: &AsciiSet = &PATH.remove(b'?');

#[cfg(test)]
mod tests {
    use super::*;

    /// Answered by Flask 3.1.3, Flask-Login 0.6.3 and Werkzeug 3.1.
    #[test]
    fn the_page_stands_in_the_address_as_flask_login_writes_it() {
        for (asked, next) in [
            ("/protected", "%2Fprotected"),
            ("/protected?", "%2Fprotected"),
            ("/protected?a=%C3%A9", "%2Fprotected%3Fa%3D%C3%A9"),
            ("/protected?a=%e9", "%2Fprotected%3Fa%3D%25E9"),
            (
                "/protected?a=%2F%3F%26%25%23",
                "%2Fprotected%3Fa%3D%2F%3F%2526%2525%2523",
            ),
            ("/protected?a=%20+b", "%2Fprotected%3Fa%3D%2520%2Bb"),
            ("/p/%C3%A9/%2F/%25", "%2Fp%2F%C3%A9%2F%2F%2F%25"),
            ("/p/a%20b", "%2Fp%2Fa%2520b"),
            ("/p/a;b=c,d", "%2Fp%2Fa%3Bb%3Dc%2Cd"),
            (
                "/protected?a='%22%3C%3E%60%7B%7D%7C%5C%5E[]",
                "%2Fprotected%3Fa%3D%27%22%3C%3E%60%7B%7D%7C%5C%5E%5B%5D",
            ),
            ("/protected?next=/x&b", "%2Fprotected%3Fnext%3D%2Fx%26b"),
            ("/p/%7Etilde%2e", "%2Fp%2F~tilde."),
            ("/protected?q=%00%01", "%2Fprotected%3Fq%3D%2500%2501"),
            (
                "/protected?x=%F0%9F%92%A9",
                "%2Fprotected%3Fx%3D%F0%9F%92%A9",
            ),
            (
                "/p/a:b@c!$&'()*+",
                "%2Fp%2Fa%3Ab%40c%21%24%26%27%28%29%2A%2B",
            ),
            (
                "/protected?a=:@/?!$'()*,;",
                "%2Fprotected%3Fa%3D%3A%40%2F%3F%21%24%27%28%29%2A%2C%3B",
            ),
            ("/protected?a=%zz%", "%2Fprotected%3Fa%3D%25zz%25"),
        ] {
            let page = page_of(&asked.parse().unwrap());
            assert_eq!(
                login_url("/login", Some(&page)),
                format!("/login?next={next}"),
                "{asked}"
            );
        }
    }

    #[test]
    fn a_page_never_begins_with_two_slashes() {
        assert_eq!(page_of(&"//evil.com".parse().unwrap()), "/evil.com");
        assert_eq!(page_of(&"/%2Fevil.com".parse().unwrap()), "/evil.com");
    }

    #[test]
    fn a_query_of_the_view_stays() {
        assert_eq!(
            login_url("/login?affil=cgnu&next=x", Some("/p")),
            "/login?affil=cgnu&next=%2Fp"
        );
        assert_eq!(login_url("/login?a", None), "/login?a");
    }
}

use std::fmt::{self, Write as _};
use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::SettingError;
use crate::secret::Token;

/// Which requests from other sites carry a cookie (RFC 6265bis, section 5.6.7). There is no `None`: a login that
/// travels with every request of every site invites forged requests.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SameSite {
    /// None but links: somebody who follows a link to the site arrives logged in.
    #[default]
    Lax,
    /// None at all: somebody who follows a link to the site arrives logged out, until the next click.
    Strict,
}

/// The session cookie of a request.
#[derive(Debug)]
pub(crate) enum CookieToken {
    /// There is no cookie of that name.
    Absent,
    /// There are only values that are no tokens.
    Malformed,
    /// There is one token, once or several times.
    One(Token),
    /// There are two different tokens. Another host of the domain may have planted one of them, so neither counts.
    Ambiguous,
}

/// Looks for a token in all `Cookie` lines of a request: over HTTP/2 each cookie may have a line of its own (RFC
/// 9113, section 8.2.3). Values that are no tokens don't hide the one that is. Allocates nothing.
pub(crate) fn find_token(headers: &HeaderMap, name: &str) -> CookieToken {
    let mut found: Option<(&[u8], Token)> = None;
    let mut malformed = false;
    for line in headers.get_all(COOKIE) {
        for value in values_in(line, name) {
            match &found {
                // A token has one text only, so texts can be compared instead of tokens.
                Some((text, _)) if *text == value => {}
                other => match (Token::parse(value), other) {
                    (Some(_), Some(_)) => return CookieToken::Ambiguous,
                    (Some(token), None) => found = Some((value, token)),
                    (None, _) => malformed = true,
                },
            }
        }
    }
    match found {
        Some((_, token)) => CookieToken::One(token),
        None if malformed => CookieToken::Malformed,
        None => CookieToken::Absent,
    }
}

/// The value of the first cookie of that name in a line, if it is text.
pub(crate) fn value_in<'a>(line: &'a HeaderValue, name: &str) -> Option<&'a str> {
    values_in(line, name).find_map(|value| std::str::from_utf8(value).ok())
}

/// The first `Cookie` line in which [`value_in`] finds a cookie of that name.
pub(crate) fn line_with<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .find(|line| value_in(line, name).is_some())
}

/// A cookie to set: for the whole site, and out of the reach of scripts.
pub(crate) struct SetCookie<'a> {
    /// A name that [`check_name`] accepts.
    pub name: &'a str,
    pub value: &'a str,
    /// For how long, in whole seconds. `None`: until the browser is closed.
    pub max_age: Option<Duration>,
    pub secure: bool,
    pub same_site: SameSite,
}

impl SetCookie<'_> {
    /// The `Set-Cookie` header. It is marked as sensitive: it prints no value, and HTTP/2 keeps it in no table.
    pub(crate) fn header(&self) -> HeaderValue {
        let mut text = format!("{}={}", self.name, utf8_percent_encode(self.value, UNSAFE));
        if let Some(max_age) = self.max_age {
            write!(text, "; Max-Age={}", max_age.as_secs()).expect("a String takes all text");
        }
        text.push_str("; Path=/; HttpOnly; SameSite=");
        text.push_str(match self.same_site {
            SameSite::Lax => "Lax",
            SameSite::Strict => "Strict",
        });
        if self.secure {
            text.push_str("; Secure");
        }
        let mut header = HeaderValue::try_from(text)
            .expect("the name was checked at start, and the value has no control characters");
        header.set_sensitive(true);
        header
    }

    /// The `Set-Cookie` header that makes a browser forget a cookie which was set with these attributes.
    pub(crate) fn removal(name: &str, secure: bool, same_site: SameSite) -> HeaderValue {
        SetCookie {
            name,
            value: "",
            max_age: Some(Duration::ZERO),
            secure,
            same_site,
        }
        .header()
    }
}

impl fmt::Debug for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("name", &self.name)
            .field("value", &format_args!("[redacted]"))
            .field("max_age", &self.max_age)
            .field("secure", &self.secure)
            .field("same_site", &self.same_site)
            .finish()
    }
}

/// Whether a cookie may have that name: a token (RFC 6265, section 4.1.1), and one of the prefixes that browsers tie
/// to `Secure`, in whatever case (RFC 6265bis, section 4.1.3), only where the site is `secure`.
pub(crate) fn check_name(name: &str, secure: bool) -> Result<(), SettingError> {
    let found = || name.to_owned();
    if name.is_empty() || !name.bytes().all(is_token_character) {
        return Err(SettingError::CookieName { found: found() });
    }
    let prefixed = SECURE_PREFIXES.iter().any(|prefix| {
        name.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    });
    if prefixed && !secure {
        return Err(SettingError::CookiePrefix { found: found() });
    }
    Ok(())
}

/// The values of the cookies of that name in a line. The name must be the same to the byte, and only the white space
/// of HTTP is trimmed: a server that trims more, or decodes names, takes a cookie that any host of the domain may
/// set for one with the prefix `__Host-`.
fn values_in<'a>(line: &'a HeaderValue, name: &str) -> impl Iterator<Item = &'a [u8]> {
    line.as_bytes()
        .split(|byte| *byte == b';')
        .filter_map(move |pair| {
            trimmed(pair)
                .strip_prefix(name.as_bytes())?
                .strip_prefix(b"=")
        })
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// A character of a token (RFC 9110, section 5.6.2).
fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// What would end a cookie's value or its header. Our values have none of these; were one to slip in, it would
/// become `%3B` and the like, and never another attribute.
const UNSAFE: &AsciiSet = &CONTROLS.add(b';');

const SECURE_PREFIXES: &[&str] = &["__Host-", "__Secure-", "__Http-"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SequenceRandom;

    const NAME: &str = "__Host-countersign";

    fn headers<const N: usize>(lines: [&[u8]; N]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    fn tokens() -> (String, String) {
        let random = SequenceRandom::default();
        (
            Token::generate(1, &random).reveal(),
            Token::generate(1, &random).reveal(),
        )
    }

    fn found(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_str(line).unwrap());
        }
        match find_token(&headers, NAME) {
            CookieToken::One(token) => Some(token.reveal()),
            _ => None,
        }
    }

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        let (token, _) = tokens();
        let cookie = format!("{NAME}={token}");
        for lines in [
            vec![cookie.clone()],
            vec![format!("a=1; {cookie}")],
            vec![format!("a=1;{cookie};b=2")],
            vec![format!("\t a=1 ;\t{cookie} \t; b")],
            vec![format!("; ;;=;==; {cookie}")],
            vec!["a=1".to_owned(), cookie.clone()],
            vec![cookie.clone(), "b=2".to_owned()],
        ] {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            assert_eq!(found(&lines).as_deref(), Some(&*token), "{lines:?}");
        }
    }

    #[test]
    fn a_name_is_the_same_to_the_byte() {
        let (token, _) = tokens();
        for other in [
            format!("__host-countersign={token}"),
            format!("x{NAME}={token}"),
            format!("{NAME}x={token}"),
            format!("{NAME} ={token}"),
            format!("%5F_Host-countersign={token}"),
            format!("$Version=1, {NAME}={token}"),
            format!("\"{NAME}\"={token}"),
        ] {
            let map = headers([other.as_bytes()]);
            assert!(
                matches!(find_token(&map, NAME), CookieToken::Absent),
                "{other}"
            );
        }
        // White space of Unicode before the name, as an attacker plants it from a neighbouring host.
        for space in ["\u{A0}", "\u{2000}", "\u{85}", "\u{3000}"] {
            let map = headers([format!("{space}{NAME}={token}").as_bytes()]);
            assert!(matches!(find_token(&map, NAME), CookieToken::Absent));
        }
    }

    #[test]
    fn two_different_tokens_are_ambiguous_and_the_same_twice_is_one() {
        let (one, other) = tokens();
        let (one, other) = (format!("{NAME}={one}"), format!("{NAME}={other}"));
        let in_one_line = headers([format!("{one}; {other}").as_bytes()]);
        let in_two_lines = headers([one.as_bytes(), other.as_bytes()]);
        let with_garbage = headers([format!("{one}; {NAME}=x; {one}; {other}").as_bytes()]);
        for map in [in_one_line, in_two_lines, with_garbage] {
            assert!(matches!(find_token(&map, NAME), CookieToken::Ambiguous));
        }
        assert!(found(&[&format!("{one}; {one}"), &one]).is_some());
    }

    #[test]
    fn garbage_is_malformed_and_hides_no_token() {
        let (token, _) = tokens();
        for garbage in ["", "x", "\"\"", "==", &"A".repeat(45), &"A".repeat(47)] {
            let garbage = format!("{NAME}={garbage}");
            let map = headers([garbage.as_bytes()]);
            assert!(
                matches!(find_token(&map, NAME), CookieToken::Malformed),
                "{garbage}"
            );
            let cookie = format!("{NAME}={token}");
            assert!(found(&[&garbage, &cookie]).is_some());
            assert!(found(&[&cookie, &garbage]).is_some());
        }
        assert!(matches!(
            find_token(&HeaderMap::new(), NAME),
            CookieToken::Absent
        ));
    }

    #[test]
    fn invalid_utf_8_and_huge_cookies_are_harmless() {
        let (token, _) = tokens();
        let invalid = [NAME.as_bytes(), b"=", &[0xFF; 46]].concat();
        let huge = [NAME.as_bytes(), b"=", &vec![b'A'; 100_000]].concat();
        let many = format!("{NAME}=x;").repeat(10_000);
        for line in [&invalid[..], &huge, many.as_bytes()] {
            let map = headers([line]);
            assert!(matches!(find_token(&map, NAME), CookieToken::Malformed));
            let cookie = format!("\u{FF}=\u{FF}; {NAME}={token}");
            let map = headers([line, cookie.as_bytes()]);
            assert!(matches!(find_token(&map, NAME), CookieToken::One(_)));
        }
        let map = headers([&invalid]);
        assert_eq!(value_in(&map[COOKIE], NAME), None);
        assert_eq!(line_with(&map, NAME), None);
    }

    #[test]
    fn a_value_is_found_in_its_line() {
        let map = headers([
            b"a=1; session=\xFF",
            b"b=2; session=first=1; session=second",
            b"session=third",
        ]);
        let line = line_with(&map, "session").unwrap();
        assert_eq!(value_in(line, "session"), Some("first=1"));
        assert_eq!(value_in(line, "b"), Some("2"));
        assert_eq!(value_in(line, "a"), None);
        assert_eq!(line_with(&map, "c"), None);
    }

    #[test]
    fn a_cookie_is_set_and_removed_with_the_same_attributes() {
        let mut cookie = SetCookie {
            name: NAME,
            value: "abc",
            max_age: None,
            secure: true,
            same_site: SameSite::Lax,
        };
        let set = cookie.header();
        assert!(set.is_sensitive());
        assert_eq!(
            set,
            "__Host-countersign=abc; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            SetCookie::removal(NAME, true, SameSite::Lax),
            "__Host-countersign=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        cookie.max_age = Some(Duration::from_millis(2_592_000_999));
        cookie.secure = false;
        cookie.same_site = SameSite::Strict;
        assert_eq!(
            cookie.header(),
            "__Host-countersign=abc; Max-Age=2592000; Path=/; HttpOnly; SameSite=Strict"
        );
        assert!(!format!("{cookie:?}").contains("abc"));
    }

    #[test]
    fn a_value_never_becomes_an_attribute_or_a_header() {
        let cookie = SetCookie {
            name: "a",
            value: "x; Domain=evil\r\nSet-Cookie: b=1\0\u{E9}",
            max_age: None,
            secure: false,
            same_site: SameSite::default(),
        };
        assert_eq!(
            cookie.header(),
            "a=x%3B Domain=evil%0D%0ASet-Cookie: b=1%00%C3%A9; Path=/; HttpOnly; SameSite=Lax"
        );
        let quoted = SetCookie {
            value: "\"a\\073b\"",
            ..cookie
        };
        assert!(
            quoted
                .header()
                .as_bytes()
                .starts_with(b"a=\"a\\073b\"; Path")
        );
    }

    #[test]
    fn names_are_tokens_and_prefixes_need_https() {
        for good in ["countersign", "session", "remember_token", "a.b-c~1"] {
            assert_eq!(check_name(good, false), Ok(()));
        }
        for bad in [
            "", "a b", "a=b", "a;b", "a,b", "a\tb", "é", "a\"b", "a/b", "a@b",
        ] {
            let found = bad.to_owned();
            assert_eq!(
                check_name(bad, true),
                Err(SettingError::CookieName { found }),
                "{bad}"
            );
        }
        for prefixed in [NAME, "__Secure-a", "__hOST-a", "__SECURE-a"] {
            assert_eq!(check_name(prefixed, true), Ok(()));
            let found = prefixed.to_owned();
            assert_eq!(
                check_name(prefixed, false),
                Err(SettingError::CookiePrefix { found })
            );
        }
        assert_eq!(check_name("__Hosts", false), Ok(()));
    }
}

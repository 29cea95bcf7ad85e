use std::fmt::{self, Write as _};
use std::time::Duration;

use super::{cookie_value, date};
use crate::clock::Timestamp;

/// A `Set-Cookie` header as Werkzeug's `dump_cookie` writes it: the same attributes, spelled and ordered alike.
///
/// ```
/// use std::time::Duration;
/// use countersign::clock::Timestamp;
/// use countersign::flask::{SameSite, SetCookie};
///
/// let session = SetCookie::new("session")?.domain(".example.com")?.http_only(true).same_site(SameSite::Lax);
/// assert_eq!(
///     session.clone().value("e30.ZVPxAA.J_U7").max_age(Duration::from_secs(60)).to_text(),
///     "session=e30.ZVPxAA.J_U7; Domain=example.com; Max-Age=60; HttpOnly; Path=/; SameSite=Lax"
/// );
/// assert_eq!(
///     session.deletion().to_text(),
///     "session=; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/; SameSite=Lax"
/// );
/// # Ok::<(), countersign::flask::SetCookieError>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct SetCookie {
    name: String,
    value: String,
    domain: Option<String>,
    expires: Option<Timestamp>,
    max_age: Option<Duration>,
    secure: bool,
    http_only: bool,
    path: Option<String>,
    same_site: Option<SameSite>,
    partitioned: bool,
}

impl SetCookie {
    /// An empty cookie for the path `/`, and no attribute beside that.
    ///
    /// # Errors
    /// [`SetCookieError::Name`] when no cookie can have this name. Werkzeug writes any name.
    pub fn new(name: impl Into<String>) -> Result<Self, SetCookieError> {
        let name = name.into();
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(SetCookieError::Name);
        }
        Ok(Self {
            name,
            value: String::new(),
            domain: None,
            expires: None,
            max_age: None,
            secure: false,
            http_only: false,
            path: Some("/".to_owned()),
            same_site: None,
            partitioned: false,
        })
    }

    /// Sets the value, which may be any text: see [`cookie_value::quoted`].
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Sets `Domain`: the cookie is for its hosts too. A port and leading dots are left out; what is not ASCII is
    /// written with Punycode (UTS 46; Python has IDNA 2003, which differs in few letters such as `ß`).
    ///
    /// # Errors
    /// [`SetCookieError::Domain`] when it is no name of a host.
    pub fn domain(mut self, domain: &str) -> Result<Self, SetCookieError> {
        self.domain = Some(ascii_domain(domain)?);
        Ok(self)
    }

    /// Sets `Expires`, of which whole seconds count. A moment outside the years 1 to 9999 counts as the nearest in them.
    ///
    /// Werkzeug sets it by itself where there is a `Max-Age`: as long from now.
    pub fn expires(mut self, expires: Timestamp) -> Self {
        self.expires = Some(expires);
        self
    }

    /// Sets `Max-Age`, of which whole seconds count.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Sets or takes away `Secure`.
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// Sets or takes away `HttpOnly`.
    pub fn http_only(mut self, http_only: bool) -> Self {
        self.http_only = http_only;
        self
    }

    /// Sets `Path`, or leaves it out. What a path can't hold is written in percent encoding.
    pub fn path(mut self, path: Option<&str>) -> Self {
        self.path = path.map(percent_encoded);
        self
    }

    /// Sets `SameSite`, or leaves it out.
    pub fn same_site(mut self, same_site: impl Into<Option<SameSite>>) -> Self {
        self.same_site = same_site.into();
        self
    }

    /// Sets or takes away `Partitioned`, which brings `Secure` with it.
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// What takes the cookie away from the browser: Werkzeug's `delete_cookie`, with every attribute kept.
    pub fn deletion(self) -> Self {
        let expires = Timestamp::from_millis(0);
        self.value("").expires(expires).max_age(Duration::ZERO)
    }

    /// The value of the header. ASCII without control characters.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}={}", self.name, cookie_value::quoted(&self.value));
        let mut push = |attribute: &str, value: &dyn fmt::Display| {
            write!(text, "; {attribute}{value}").expect("writing into a string can't fail");
        };
        if let Some(domain) = &self.domain {
            push("Domain=", domain);
        }
        if let Some(expires) = self.expires {
            push("Expires=", &date::http(expires));
        }
        if let Some(max_age) = self.max_age {
            push("Max-Age=", &max_age.as_secs());
        }
        if self.secure || self.partitioned {
            push("Secure", &"");
        }
        if self.http_only {
            push("HttpOnly", &"");
        }
        if let Some(path) = &self.path {
            push("Path=", path);
        }
        if let Some(same_site) = self.same_site {
            push("SameSite=", &same_site);
        }
        if self.partitioned {
            push("Partitioned", &"");
        }
        text
    }
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.clone().value("[redacted]");
        f.debug_tuple("SetCookie").field(&shown.to_text()).finish()
    }
}

/// With which requests from other sites a cookie is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SameSite {
    /// With none.
    Strict,
    /// When a link to here is followed.
    Lax,
    /// With all. Browsers want `Secure` beside it.
    None,
}

impl std::str::FromStr for SameSite {
    type Err = SetCookieError;

    /// Reads `Strict`, `Lax` and `None` in upper and lower case letters, as Werkzeug does.
    fn from_str(text: &str) -> Result<Self, SetCookieError> {
        let mut all = [Self::Strict, Self::Lax, Self::None].into_iter();
        all.find(|same_site| same_site.as_str().eq_ignore_ascii_case(text))
            .ok_or(SetCookieError::SameSite)
    }
}

impl SameSite {
    fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

impl fmt::Display for SameSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a cookie can't be set with.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SetCookieError {
    /// The name is empty or has a character that RFC 6265, section 4.1.1, does not allow.
    #[error(
        "a cookie's name consists of ASCII letters, digits and some of the marks, such as `-` and `_`"
    )]
    Name,
    /// The domain is no name of a host.
    #[error("a cookie's domain is the name of a host, such as `example.com`")]
    Domain,
    /// The text is none of the three.
    #[error("`SameSite` is `Strict`, `Lax` or `None`")]
    SameSite,
}

fn ascii_domain(domain: &str) -> Result<String, SetCookieError> {
    let (host, _) = domain.split_once(':').unwrap_or((domain, ""));
    let host = host.trim_start_matches('.');
    let ascii = match host.is_ascii() {
        true => host.to_owned(),
        false => idna::domain_to_ascii(host).map_err(|_| SetCookieError::Domain)?,
    };
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        (1..=63).contains(&label.len())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let without_root = ascii.strip_suffix('.').unwrap_or(&ascii);
    match without_root.split('.').all(is_label) {
        true => Ok(ascii),
        false => Err(SetCookieError::Domain),
    }
}

/// As Python's `quote` does it with what Werkzeug leaves out.
fn percent_encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || IN_A_PATH.contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing into a string can't fail");
        }
    }
    text
}

/// RFC 9110, section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

const IN_A_PATH: &[u8] = b"_.-~%!$&'()*+,/:=@";

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `dump_cookie` of Werkzeug 3.1.9 with the same arguments.
    #[test]
    fn attributes_are_in_the_order_and_the_spelling_of_werkzeug() {
        let cookie = SetCookie::new("session").unwrap().value("a;b");
        assert_eq!(cookie.to_text(), "session=\"a\\073b\"; Path=/");
        let whole = cookie
            .domain("例え.Example.com:8000")
            .unwrap()
            .expires(Timestamp::from_millis(1_700_000_000_999))
            .max_age(Duration::from_millis(3_600_999))
            .http_only(true)
            .path(Some("/a b;ü%20"))
            .same_site("lAX".parse::<SameSite>().unwrap())
            .partitioned(true);
        assert_eq!(
            whole.to_text(),
            "session=\"a\\073b\"; Domain=xn--r8jz45g.example.com; Expires=Tue, 14 Nov 2023 22:13:20 GMT; \
             Max-Age=3600; Secure; HttpOnly; Path=/a%20b%3B%C3%BC%20; SameSite=Lax; Partitioned"
        );
        let bare = SetCookie::new("a").unwrap().path(None).secure(true);
        assert_eq!(bare.to_text(), "a=; Secure");
    }

    #[test]
    fn a_deletion_keeps_what_the_browser_finds_the_cookie_by() {
        let cookie = SetCookie::new("remember_token").unwrap().value("1|ab");
        let cookie = cookie.path(Some("/app")).secure(true);
        assert_eq!(
            cookie.deletion().to_text(),
            "remember_token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; Path=/app"
        );
    }

    #[test]
    fn a_moment_that_no_date_has_is_moved_to_the_nearest() {
        let cookie = SetCookie::new("a").unwrap().path(None);
        let expires = |millis| {
            let cookie = cookie.clone().expires(Timestamp::from_millis(millis));
            cookie.to_text()
        };
        assert_eq!(
            expires(i64::MAX),
            "a=; Expires=Fri, 31 Dec 9999 23:59:59 GMT"
        );
        assert_eq!(
            expires(i64::MIN),
            "a=; Expires=Mon, 01 Jan 0001 00:00:00 GMT"
        );
    }

    #[test]
    fn a_domain_is_the_name_of_a_host() {
        for (domain, expected) in [
            ("example.com", "example.com"),
            ("..Example.com:443", "Example.com"),
            ("localhost", "localhost"),
            ("10.0.0.1", "10.0.0.1"),
            ("under_score.example.", "under_score.example."),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            let ours = ascii_domain(domain);
            assert_eq!(ours.as_deref(), Ok(expected), "{domain}");
        }
        let long = "a".repeat(64);
        for domain in ["", ".", ":80", "a..b", "a b", "a;Secure", "a\r\nb", &long] {
            assert_eq!(
                ascii_domain(domain),
                Err(SetCookieError::Domain),
                "{domain}"
            );
        }
    }

    #[test]
    fn nothing_that_is_set_can_begin_another_attribute_or_header() {
        for name in ["", "a b", "a=b", "a;b", "a\r\n", "é", "a,b"] {
            assert_eq!(SetCookie::new(name), Err(SetCookieError::Name), "{name}");
        }
        let cookie = SetCookie::new("a").unwrap();
        let cookie = cookie
            .value("b; Secure\r\nX: y")
            .path(Some("/; Domain=x\r\n\0"));
        assert_eq!(
            cookie.to_text(),
            "a=\"b\\073 Secure\\015\\012X: y\"; Path=/%3B%20Domain=x%0D%0A%00"
        );
    }

    #[test]
    fn the_value_is_not_shown() {
        let cookie = SetCookie::new("session").unwrap().value("secret");
        assert_eq!(
            format!("{cookie:?}"),
            "SetCookie(\"session=[redacted]; Path=/\")"
        );
    }
}

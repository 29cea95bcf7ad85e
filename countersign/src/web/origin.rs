//! Cross-origin protection: a page of another site can make a browser send a request with this site's cookies, and
//! the browser says so. Tokens in forms are not needed, and the login form is protected like any other (OWASP ASVS
//! 5.0, 3.5.1).

use http::header::{AUTHORIZATION, ORIGIN, REFERER, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::local_mode::host_of;
use super::site::Site;
use super::{PublicUrl, SettingError};

/// What the check looks at in a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub method: &'a Method,
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
    /// Whether the request carries a cookie that could prove somebody's login, valid or not.
    pub has_our_cookie: bool,
}

/// Other sites whose pages may send requests to this one, such as a front end with a host of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedOrigins(Vec<Box<str>>);

impl AllowedOrigins {
    /// Allows an origin: `https://`, host and port, or `http://` for this machine.
    pub(crate) fn add(&mut self, origin: &str) -> Result<(), SettingError> {
        self.0.push(PublicUrl::parse(origin)?.origin().into());
        Ok(())
    }

    fn contain(&self, origin: &[u8]) -> bool {
        self.0
            .iter()
            .any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin))
    }
}

/// Why a request counts as another site's: an answer of 403.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum CrossOrigin {
    /// `Sec-Fetch-Site` says so, and the page's origin is not an allowed one.
    #[error(
        "the browser says that a page of another site sent this request (`Sec-Fetch-Site`): send it from a page of this site, or allow that page's origin"
    )]
    FetchMetadata,
    /// `Origin` is neither this site's nor an allowed one.
    #[error(
        "the header `Origin` names another site: send the request from a page of this site, or allow that origin; if it names this site, the public URL is set wrongly"
    )]
    Origin,
    /// `Origin` is `null`, as for sandboxed pages and for forms sent on by another site.
    #[error(
        "the header `Origin` is `null`, which any page can bring about: send the request from a page of this site that is not sandboxed"
    )]
    NullOrigin,
    /// There is no `Origin`, and `Referer` names a page of another site, or is no address.
    #[error(
        "the header `Referer` names a page of another site: send the request from a page of this site, or allow that page's origin"
    )]
    Referer,
    /// A header stands there twice, so it is not a browser that wrote them.
    #[error("the header `{0}` stands there more than once: send it once")]
    Repeated(&'static str),
}

/// Whether a request may come from a page of this site or an allowed one, or from a program that is no browser.
///
/// Every method is checked that is not safe (RFC 9110, section 9.2.1), and so are WebSocket handshakes, which browsers
/// send to any site with its cookies: those of HTTP/1.1 are a `GET`, those of HTTP/2 a `CONNECT` (RFC 8441), which is
/// not a safe method. Allocates nothing.
pub(crate) fn check_origin(
    asked: &Asked<'_>,
    site: &Site,
    allowed: &AllowedOrigins,
) -> Result<(), CrossOrigin> {
    if !needs_check(asked) || is_by_key_alone(asked) {
        return Ok(());
    }
    let origin = only(asked.headers, &ORIGIN, "Origin")?;
    if let Some(fetch_site) = only(asked.headers, &SEC_FETCH_SITE, "Sec-Fetch-Site")? {
        let may_pass = fetch_site == "same-origin"
            || fetch_site == "none"
            || origin.is_some_and(|origin| allowed.contain(origin.as_bytes()));
        return may_pass.then_some(()).ok_or(CrossOrigin::FetchMetadata);
    }
    let is_accepted = |origin: &[u8]| is_of_site(origin, asked, site) || allowed.contain(origin);
    if let Some(origin) = origin {
        return match origin.as_bytes() {
            b"null" => Err(CrossOrigin::NullOrigin),
            origin => is_accepted(origin).then_some(()).ok_or(CrossOrigin::Origin),
        };
    }
    match only(asked.headers, &REFERER, "Referer")? {
        Some(page) => is_accepted(origin_of(page.as_bytes()))
            .then_some(())
            .ok_or(CrossOrigin::Referer),
        None => Ok(()),
    }
}

fn needs_check(asked: &Asked<'_>) -> bool {
    match *asked.method {
        Method::GET => is_websocket(asked.headers),
        Method::HEAD | Method::OPTIONS | Method::TRACE => false,
        _ => true,
    }
}

/// Whether the request asks for a WebSocket (RFC 6455, section 4.1), among other protocols perhaps.
fn is_websocket(headers: &HeaderMap) -> bool {
    headers
        .get_all(UPGRADE)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| b",/".contains(byte)))
        .any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
}

/// Whether the request proves itself by a bearer key (RFC 6750, section 2.1) and nothing else. No page can make a
/// browser add a key that the page doesn't know.
fn is_by_key_alone(asked: &Asked<'_>) -> bool {
    let mut keys = asked.headers.get_all(AUTHORIZATION).iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) if !asked.has_our_cookie => key
            .as_bytes()
            .split_at_checked(BEARER.len())
            .is_some_and(|(scheme, key)| {
                scheme.eq_ignore_ascii_case(BEARER) && !key.trim_ascii().is_empty()
            }),
        _ => false,
    }
}

/// A header's value, if there is one. Two are an error, because each reader of the request could pick another.
fn only<'a>(
    headers: &'a HeaderMap,
    header: &HeaderName,
    shown: &'static str,
) -> Result<Option<&'a HeaderValue>, CrossOrigin> {
    let mut values = headers.get_all(header).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(CrossOrigin::Repeated(shown)),
    }
}

/// Whether an origin is this site's. Browsers write origins in one way (RFC 6454, section 6.2), so they are compared
/// as texts.
fn is_of_site(origin: &[u8], asked: &Asked<'_>, site: &Site) -> bool {
    match site {
        Site::Public(public) => public.origin().as_bytes().eq_ignore_ascii_case(origin),
        // The host is one of this machine: no other is admitted.
        Site::Local => host_of(asked.uri, asked.headers).is_some_and(|host| {
            let host = host.strip_suffix(b":80").unwrap_or(host);
            origin
                .split_at_checked(HTTP.len())
                .is_some_and(|(scheme, authority)| {
                    scheme.eq_ignore_ascii_case(HTTP) && authority.eq_ignore_ascii_case(host)
                })
        }),
    }
}

/// The origin at the beginning of a page's address. What is no address is returned as it is, and is no origin.
fn origin_of(page: &[u8]) -> &[u8] {
    let host = page.windows(3).position(|window| window == b"://");
    let end = host.and_then(|host| {
        let rest = &page[host + 3..];
        let length = rest.iter().position(|byte| b"/?#\\".contains(byte))?;
        Some(host + 3 + length)
    });
    &page[..end.unwrap_or(page.len())]
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const BEARER: &[u8] = b"Bearer ";

/// How the one origin begins that a site has without a public URL.
const HTTP: &[u8] = b"http://";

#[cfg(test)]
mod tests {
    use super::*;

    const SAFE: [Method; 4] = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE];
    const FOREIGN: &[(&str, &str)] = &[
        ("origin", "https://evil.com"),
        ("sec-fetch-site", "cross-site"),
    ];

    fn example() -> Site {
        Site::Public(PublicUrl::parse("https://example.com").unwrap())
    }

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn check(
        site: &Site,
        method: &Method,
        uri: &str,
        pairs: &[(&str, &str)],
    ) -> Result<(), CrossOrigin> {
        let mut allowed = AllowedOrigins::default();
        allowed.add("https://App.example.com:443/").unwrap();
        let asked = Asked {
            method,
            uri: &uri.parse().unwrap(),
            headers: &headers(pairs),
            has_our_cookie: true,
        };
        check_origin(&asked, site, &allowed)
    }

    fn posted(pairs: &[(&str, &str)]) -> Result<(), CrossOrigin> {
        check(&example(), &Method::POST, "/", pairs)
    }

    #[test]
    fn every_method_is_checked_that_is_not_safe() {
        let own = Method::from_bytes(b"get").unwrap();
        for method in [
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::CONNECT,
            Method::from_bytes(b"PROPFIND").unwrap(),
            own,
        ] {
            let checked = check(&example(), &method, "/", FOREIGN);
            assert_eq!(checked, Err(CrossOrigin::FetchMetadata), "{method}");
        }
        for method in SAFE {
            assert_eq!(check(&example(), &method, "/", FOREIGN), Ok(()));
        }
    }

    #[test]
    fn websocket_handshakes_are_checked() {
        for upgrade in ["websocket", "WebSocket", "h2c, websocket", "websocket/13"] {
            let mut pairs = FOREIGN.to_vec();
            pairs.push(("upgrade", upgrade));
            let checked = check(&example(), &Method::GET, "/", &pairs);
            assert_eq!(checked, Err(CrossOrigin::FetchMetadata), "{upgrade}");
            let pairs = [("upgrade", upgrade), ("origin", "https://evil.com")];
            let checked = check(&example(), &Method::GET, "/", &pairs);
            assert_eq!(checked, Err(CrossOrigin::Origin));
            let pairs = [("upgrade", upgrade), ("origin", "https://example.com")];
            assert_eq!(check(&example(), &Method::GET, "/", &pairs), Ok(()));
        }
        let mut pairs = FOREIGN.to_vec();
        pairs.extend([("upgrade", "h2c"), ("upgrade", "websocket")]);
        assert!(check(&example(), &Method::GET, "/", &pairs).is_err());
        let mut pairs = FOREIGN.to_vec();
        pairs.push(("upgrade", "h2c"));
        assert_eq!(check(&example(), &Method::GET, "/", &pairs), Ok(()));
    }

    #[test]
    fn what_the_browser_says_of_the_site_comes_first() {
        for (fetch_site, origin, passes) in [
            ("same-origin", None, true),
            ("same-origin", Some("https://example.com"), true),
            ("none", None, true),
            ("none", Some("null"), true),
            ("same-site", None, false),
            ("same-site", Some("https://other.example.com"), false),
            ("same-site", Some("https://app.example.com"), true),
            ("cross-site", None, false),
            ("cross-site", Some("null"), false),
            ("cross-site", Some("https://example.com"), false),
            ("cross-site", Some("https://app.example.com"), true),
            ("", None, false),
            ("Same-Origin", None, false),
            ("same-origin, cross-site", None, false),
            ("unheard-of", None, false),
        ] {
            let mut pairs = vec![("sec-fetch-site", fetch_site)];
            pairs.extend(origin.map(|origin| ("origin", origin)));
            assert_eq!(posted(&pairs).is_ok(), passes, "{pairs:?}");
        }
    }

    #[test]
    fn an_older_browser_is_judged_by_its_origin() {
        for (origin, checked) in [
            ("https://example.com", Ok(())),
            ("https://app.example.com", Ok(())),
            ("null", Err(CrossOrigin::NullOrigin)),
            ("", Err(CrossOrigin::Origin)),
            ("http://example.com", Err(CrossOrigin::Origin)),
            ("https://example.com:8443", Err(CrossOrigin::Origin)),
            ("https://example.com.", Err(CrossOrigin::Origin)),
            ("https://example.com/", Err(CrossOrigin::Origin)),
            ("https://example.com.evil.com", Err(CrossOrigin::Origin)),
            ("https://evil.com", Err(CrossOrigin::Origin)),
            ("https://user@example.com", Err(CrossOrigin::Origin)),
            (
                "https://example.com https://evil.com",
                Err(CrossOrigin::Origin),
            ),
            ("example.com", Err(CrossOrigin::Origin)),
            ("\u{ff}", Err(CrossOrigin::Origin)),
        ] {
            assert_eq!(posted(&[("origin", origin)]), checked, "{origin}");
        }
        // The page's address does not redeem a foreign origin.
        let pairs = [("origin", "null"), ("referer", "https://example.com/")];
        assert_eq!(posted(&pairs), Err(CrossOrigin::NullOrigin));
    }

    #[test]
    fn without_an_origin_the_page_decides() {
        for (page, passes) in [
            ("https://example.com/login?next=/", true),
            ("https://example.com", true),
            ("https://example.com?a", true),
            ("https://app.example.com/a", true),
            ("https://evil.com/https://example.com/", false),
            ("https://example.com.evil.com/", false),
            ("https://example.com@evil.com/", false),
            ("https://example.com:pass@evil.com/", false),
            ("https://evil.com\\https://example.com", false),
            ("https://example.com\\@evil.com/", true),
            ("http://example.com/", false),
            ("/login", false),
            ("about:blank", false),
            ("", false),
            ("\u{ff}", false),
        ] {
            let checked = posted(&[("referer", page)]);
            let expected = if passes {
                Ok(())
            } else {
                Err(CrossOrigin::Referer)
            };
            assert_eq!(checked, expected, "{page}");
        }
        assert_eq!(posted(&[]), Ok(()), "a program sends none of them");
    }

    #[test]
    fn headers_that_stand_twice_are_refused() {
        for (header, value) in [
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://example.com"),
            ("referer", "https://example.com/"),
        ] {
            assert_eq!(posted(&[(header, value)]), Ok(()));
            let refused = posted(&[(header, value), (header, value)]).unwrap_err();
            assert!(matches!(refused, CrossOrigin::Repeated(_)), "{header}");
        }
        let origins = [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://app.example.com"),
            ("origin", "https://evil.com"),
        ];
        assert_eq!(posted(&origins), Err(CrossOrigin::Repeated("Origin")));
    }

    #[test]
    fn a_bearer_key_without_our_cookie_is_exempt() {
        let asked = |authorization: &[&str], has_our_cookie| {
            let mut pairs = FOREIGN.to_vec();
            pairs.extend(authorization.iter().map(|key| ("authorization", *key)));
            let asked = Asked {
                method: &Method::POST,
                uri: &Uri::from_static("/"),
                headers: &headers(&pairs),
                has_our_cookie,
            };
            check_origin(&asked, &example(), &AllowedOrigins::default()).is_ok()
        };
        assert!(asked(&["Bearer abc"], false));
        assert!(asked(&["bEARER abc"], false));
        assert!(!asked(&["Bearer abc"], true));
        for other in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  ",
            "Bearerabc",
            "Basic YTpi",
            "Negotiate x",
        ] {
            assert!(!asked(&[other], false), "{other}");
        }
        assert!(!asked(&["Bearer abc", "Basic YTpi"], false));
        assert!(!asked(&[], false));
    }

    #[test]
    fn in_local_mode_the_host_is_the_origin() {
        let local = |host: &str, header: &str, value: &str| {
            let pairs = [("host", host), (header, value)];
            check(&Site::Local, &Method::POST, "/", &pairs)
        };
        for (host, origin, passes) in [
            ("localhost:3000", "http://localhost:3000", true),
            ("LOCALHOST:3000", "http://localhost:3000", true),
            ("localhost:80", "http://localhost", true),
            ("[::1]:3000", "http://[::1]:3000", true),
            ("localhost:3000", "http://localhost:4000", false),
            ("localhost:3000", "http://127.0.0.1:3000", false),
            ("localhost:3000", "https://localhost:3000", false),
            ("localhost:3000", "http://localhost", false),
            ("localhost:3000", "http://app.localhost:3000", false),
            ("localhost:3000", "null", false),
            ("localhost:3000", "http://", false),
            ("localhost:3000", "http", false),
            ("localhost:3000", "https://app.example.com", true),
        ] {
            assert_eq!(local(host, "origin", origin).is_ok(), passes, "{origin}");
            let page = format!("{origin}/login");
            assert_eq!(local(host, "referer", &page).is_ok(), passes, "{page}");
        }
        let hosts = [
            ("host", "localhost"),
            ("host", "evil.com"),
            ("origin", "http://evil.com"),
        ];
        assert!(check(&Site::Local, &Method::POST, "/", &hosts).is_err());
        // Over HTTP/2 the host stands in the request's target.
        let origin = [("origin", "http://localhost:3000")];
        let uri = "http://localhost:3000/login";
        assert_eq!(check(&Site::Local, &Method::POST, uri, &origin), Ok(()));
    }

    #[test]
    fn an_allowed_origin_is_https_or_this_machine() {
        let mut allowed = AllowedOrigins::default();
        for good in ["https://a.example", "http://localhost:5173"] {
            assert_eq!(allowed.add(good), Ok(()));
        }
        for bad in [
            "http://a.example",
            "*",
            "null",
            "https://a.example/path",
            "",
        ] {
            assert!(allowed.add(bad).is_err(), "{bad}");
        }
        assert!(allowed.contain(b"http://localhost:5173"));
        assert!(!allowed.contain(b"http://localhost"));
    }
}

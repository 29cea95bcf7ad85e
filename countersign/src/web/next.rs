//! The way back after a login: the address that a visitor wanted travels as `next`, and anybody can write a link with
//! a `next` of their own. So it is followed only where it leads back into this site.

use http::Uri;
use url::{Position, Url, form_urlencoded};

use super::site::Site;

/// The path, query and fragment that `next` leads to, if they are of this site: what a `Location` may hold.
///
/// `next` is resolved as browsers resolve it (the URL Standard of WHATWG) and written again, so that whatever a
/// browser would drop or put right has been dropped or put right before it is judged. What no honest link contains
/// is refused outright: control characters, backslashes, user names, more than [`NEXT_LIMIT`] bytes.
pub(crate) fn safe_next(next: &str, site: &Site) -> Option<String> {
    if next.len() > NEXT_LIMIT || next.chars().any(|c| c.is_control() || c == '\\') {
        return None;
    }
    match site {
        // The host by which this machine was reached is not known, so no address with a host can be of this site.
        Site::Local if !next.starts_with('/') || next.starts_with("//") => None,
        Site::Local => within(next, &Url::parse(LOCAL_BASE).ok()?),
        Site::Public(public) => within(next, public.url()),
    }
}

/// A login view's URL with `next` in its query: in the place of an earlier `next`, else at the end. All else in the
/// view's URL stays as it is. Without `next`, the view's URL itself.
pub(crate) fn login_url(view: &str, next: Option<&str>) -> String {
    let Some(next) = next else {
        return view.to_owned();
    };
    let next: String = form_urlencoded::Serializer::new(String::new())
        .append_pair(NEXT, next)
        .finish();
    with_query_pair(view, &next)
}

/// A login view's URL with this `next=…` in its query.
pub(super) fn with_query_pair(view: &str, next: &str) -> String {
    let (view, fragment) = split_before(view, '#');
    let (path, query) = split_before(view, '?');
    let mut next = Some(next);
    let mut parts: Vec<&str> = query
        .get(1..)
        .unwrap_or_default()
        .split('&')
        .filter(|part| !part.is_empty())
        // The first `next` is replaced, further ones go.
        .filter_map(|part| {
            if is_next(part) {
                next.take()
            } else {
                Some(part)
            }
        })
        .collect();
    parts.extend(next);
    format!("{path}?{}{fragment}", parts.join("&"))
}

/// The first `next` in a request's query, decoded.
pub(crate) fn next_of(uri: &Uri) -> Option<String> {
    form_urlencoded::parse(uri.query()?.as_bytes())
        .find(|(name, _)| name == NEXT)
        .map(|(_, value)| value.into_owned())
}

/// What to give as `next` for a request: its path and query.
pub(crate) fn next_for(uri: &Uri) -> String {
    uri.path_and_query()
        .map_or("/", |path_and_query| path_and_query.as_str())
        .to_owned()
}

/// Resolves `next` in the site whose URL is `base`.
fn within(next: &str, base: &Url) -> Option<String> {
    // `https:evil` and `https:/evil` lead elsewhere from one page than from another.
    let is_path = next.starts_with('/');
    let is_absolute = next.starts_with("https://") || next.starts_with("http://");
    if !(is_path || is_absolute) || has_user_name(next) {
        return None;
    }
    let path = path_in(base, next)?;
    // What a browser makes of the `Location` must be what was judged here: of `/.//evil.com` there remains
    // `//evil.com`, which is a host.
    (path.len() <= NEXT_LIMIT && path_in(base, &path)? == path).then_some(path)
}

/// The path, query and fragment of a reference, if it leads to the origin of `base`.
fn path_in(base: &Url, reference: &str) -> Option<String> {
    let url = base.join(reference).ok()?;
    (url.origin() == base.origin()).then(|| url[Position::BeforePath..].to_owned())
}

/// Whether there is an `@` where a host is expected. The parser drops an empty user name without a word.
fn has_user_name(next: &str) -> bool {
    next.split_once("//").is_some_and(|(scheme, rest)| {
        !scheme.contains(['/', '?', '#'])
            && rest
                .trim_start_matches('/')
                .split(['/', '?', '#'])
                .next()
                .is_some_and(|authority| authority.contains('@'))
    })
}

/// Whether a part of a query is a `next`, however its name is encoded.
fn is_next(part: &str) -> bool {
    form_urlencoded::parse(part.as_bytes())
        .next()
        .is_some_and(|(name, _)| name == NEXT)
}

/// Splits a text before the first `character`, which the second half begins with unless it is empty.
fn split_before(text: &str, character: char) -> (&str, &str) {
    text.split_at(text.find(character).unwrap_or(text.len()))
}

/// The name of the query's parameter, as in Flask-Login.
const NEXT: &str = "next";

/// The most bytes in a `next`, as it is given and as it is written again. It becomes a header, and servers and
/// proxies on the way accept as little as 4,096 bytes of them.
const NEXT_LIMIT: usize = 2_048;

/// What paths are resolved against on a site that does not know its address. Never shown to anybody.
const LOCAL_BASE: &str = "http://localhost/";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::PublicUrl;

    fn sites() -> [(Site, Url); 4] {
        let public = |address: &str| {
            let site = Site::Public(PublicUrl::danger_plain_http(address).unwrap());
            (site, address.parse().unwrap())
        };
        [
            (Site::Local, "http://127.0.0.1:3000".parse().unwrap()),
            public("https://example.com"),
            public("http://example.com"),
            public("https://example.com:8443"),
        ]
    }

    fn example() -> Site {
        Site::Public(PublicUrl::parse("https://example.com").unwrap())
    }

    #[test]
    fn a_path_of_this_site_is_followed() {
        for (next, path) in [
            ("/", "/"),
            ("/reports", "/reports"),
            ("/a/../b/./c", "/b/c"),
            ("/a?x=1&y=a%20b#part", "/a?x=1&y=a%20b#part"),
            ("/a?u=https://evil.com/", "/a?u=https://evil.com/"),
            ("/@evil.com", "/@evil.com"),
            ("/a b", "/a%20b"),
            ("/ü", "/%C3%BC"),
            ("/%2F/evil.com", "/%2F/evil.com"),
            ("/%5Cevil.com", "/%5Cevil.com"),
            ("/a//b", "/a//b"),
            ("/a?//evil@x", "/a?//evil@x"),
        ] {
            for (site, _) in sites() {
                assert_eq!(safe_next(next, &site).as_deref(), Some(path), "{next}");
            }
        }
    }

    #[test]
    fn an_address_of_this_site_is_followed_where_the_site_knows_its_own() {
        for (next, path) in [
            ("https://example.com", "/"),
            ("https://EXAMPLE.com:443/a?b#c", "/a?b#c"),
            ("//example.com/a", "/a"),
        ] {
            assert_eq!(safe_next(next, &example()).as_deref(), Some(path), "{next}");
        }
        for next in [
            "http://localhost/",
            "http://127.0.0.1:3000/",
            "//localhost/a",
        ] {
            assert_eq!(safe_next(next, &Site::Local), None, "{next}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        let long = format!("/{}", "a".repeat(2_048));
        let long_when_encoded = format!("/{}", "ü".repeat(1_000));
        for next in [
            "",
            " ",
            "evil",
            "?a",
            "#a",
            "//evil.com",
            "///evil.com",
            "////evil.com",
            "//evil.com/example.com",
            "/\\evil.com",
            "\\\\evil.com",
            "\\/evil.com",
            "/\\/evil.com",
            "/a\\b",
            "\t//evil.com",
            "/\t/evil.com",
            "/\n/evil.com",
            "/\r/evil.com",
            "/\0/evil.com",
            "/a\r\nSet-Cookie: x=1",
            "/a\u{7f}",
            "/a\u{85}b",
            " //evil.com",
            " /a",
            "\u{a0}//evil.com",
            "/..//evil.com",
            "/.//evil.com",
            "/a/..//evil.com",
            "/%2e%2e//evil.com",
            "/%2e//evil.com",
            "https:evil.com",
            "https:/evil.com",
            "https:///evil.com",
            "http:evil.com",
            "https:example.com",
            "https:/example.com",
            "https://evil.com",
            "https://example.com.evil.com",
            "https://example.com.",
            "https://example.com./a",
            "https://example.com:444/",
            "https://example.com:80/",
            "https://example.com@evil.com/",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://@example.com/",
            "//@example.com/",
            "///@example.com/",
            "https://example.com%00.evil.com",
            "https://example.com%2eevil.com",
            "https://example.com\u{3002}evil.com",
            "https://example.com\u{ff0f}.evil.com",
            "https://example.com//evil.com",
            "ftp://example.com/",
            "javascript:alert(1)",
            "JavaScript://example.com/%0Aalert(1)",
            "data:text/html,x",
            "blob:https://example.com/a",
            "wss://example.com/",
            "view-source:https://example.com/",
            &long,
            &long_when_encoded,
        ] {
            assert_eq!(safe_next(next, &example()), None, "{next:?}");
            assert_eq!(safe_next(next, &Site::Local), None, "{next:?}");
        }
        assert_eq!(safe_next("http://example.com/", &example()), None);
    }

    /// Pieces of addresses put together by chance: whatever is followed stays in the site, however a browser gets
    /// there.
    #[test]
    fn nothing_that_is_followed_leaves_the_site() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut draw = |below: usize| {
            // A linear congruential generator (Knuth, MMIX): the same strings at every run.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut followed = 0;
        for _ in 0..20_000 {
            let pieces = 1 + draw(7);
            let next: String = (0..pieces).map(|_| PIECES[draw(PIECES.len())]).collect();
            for (site, base) in sites() {
                let Some(path) = safe_next(&next, &site) else {
                    continue;
                };
                followed += 1;
                let from_login = base.join("/login/form?next=x").unwrap();
                for page in [&base, &from_login] {
                    let target = page.join(&path).unwrap();
                    assert_eq!(target.origin(), base.origin(), "{next:?} gave {path:?}");
                    assert_eq!(&target[Position::BeforePath..], path);
                }
                assert!(path.starts_with('/'), "{next:?} gave {path:?}");
                assert!(!path.starts_with("//") && !path.starts_with("/\\"));
                assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
                assert_eq!(safe_next(&path, &site), Some(path));
            }
        }
        assert!(followed > 3_000, "{followed}");
    }

    #[test]
    fn next_joins_the_query_of_the_login_view() {
        for (view, url) in [
            ("/login", "/login?next=%2Fa%3Fx%3D1+2"),
            ("/login?", "/login?next=%2Fa%3Fx%3D1+2"),
            ("/login#form", "/login?next=%2Fa%3Fx%3D1+2#form"),
            (
                "/login?b=&a=1&b=2&flag",
                "/login?b=&a=1&b=2&flag&next=%2Fa%3Fx%3D1+2",
            ),
            (
                "/login?a=1&next=/old&b=%C3%BC&n%65xt=2#f?next=3",
                "/login?a=1&next=%2Fa%3Fx%3D1+2&b=%C3%BC#f?next=3",
            ),
            (
                "https://accounts.example.com/login?next",
                "https://accounts.example.com/login?next=%2Fa%3Fx%3D1+2",
            ),
        ] {
            assert_eq!(login_url(view, Some("/a?x=1 2")), url);
            assert_eq!(login_url(view, None), view);
        }
    }

    #[test]
    fn next_comes_back_as_it_was_given() {
        for next in [
            "/",
            "/a?b=c&d=e#f",
            "/%2F+ü%",
            "//evil.com",
            "",
            "a=b&next=c",
        ] {
            let url: Uri = login_url("/login?a=1", Some(next)).parse().unwrap();
            assert_eq!(next_of(&url).as_deref(), Some(next));
        }
        let of = |uri: &str| next_of(&uri.parse().unwrap());
        assert_eq!(of("/login?next=%2Fa&next=%2Fb").as_deref(), Some("/a"));
        assert_eq!(of("/login?next=%FF").as_deref(), Some("\u{FFFD}"));
        assert_eq!(of("/login?xnext=1"), None);
        assert_eq!(of("/login"), None);
    }

    #[test]
    fn next_for_a_request_is_its_path_and_query() {
        for (uri, next) in [
            ("/", "/"),
            ("/a%20b?x=1&y", "/a%20b?x=1&y"),
            ("https://evil.com/a?b", "/a?b"),
            ("https://evil.com", "/"),
            ("//evil.com/x", "//evil.com/x"),
            ("evil.com:80", "/"),
        ] {
            assert_eq!(next_for(&uri.parse().unwrap()), next);
        }
        assert_eq!(safe_next("//evil.com/x", &example()), None);
    }

    const PIECES: &[&str] = &[
        "/",
        "//",
        "\\",
        "@",
        ":",
        "?",
        "#",
        ".",
        "..",
        "%2e",
        "%2F",
        "%5C",
        "%00",
        "%09",
        "\t",
        "\n",
        "\0",
        " ",
        "a",
        "ü",
        "\u{3002}",
        "\u{ff0f}",
        "\u{200b}",
        "\u{202e}",
        "evil.com",
        "example.com",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "user",
        "443",
        "8443",
        "https:",
        "http:",
        "javascript:",
        "https://example.com",
        "http://example.com",
        "//example.com",
        "/reports?x=1",
        "/login",
    ];
}

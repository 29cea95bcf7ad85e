//! Which requests a site serves that has no public URL: those that a browser or a program on this machine sends
//! straight to it. Any sign of a proxy, of another machine or of another name for this one refuses the request.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::{HOST, ORIGIN, REFERER};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, Version};

/// Why a request is not served by a site without a public URL: an answer of 421 (RFC 9110, section 15.5.20). Its
/// text says what gave the request away and what to set.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Misdirected {
    /// The server does not say who connects.
    #[error(
        "this site has no public URL, so it serves this machine only, and the server does not say who connects: serve the router with `into_make_service_with_connect_info::<SocketAddr>()`, or set the address that people type, by `LoginManager::public_url` or the server's `--public-url`"
    )]
    UnknownPeer,
    /// The connection comes from another machine.
    #[error(
        "this site has no public URL, so it serves this machine only, and the connection comes from {peer}: set the address that people type, by `LoginManager::public_url` or the server's `--public-url`"
    )]
    RemotePeer {
        /// The other machine.
        peer: IpAddr,
    },
    /// The request is of HTTP/1.0, which no browser speaks and some proxies do.
    #[error(
        "this site has no public URL, so it serves this machine only, and the request came by {version:?}, as from a reverse proxy: set the address that people type, by `LoginManager::public_url` or the server's `--public-url`"
    )]
    OldVersion {
        /// The request's version.
        version: Version,
    },
    /// The request has a header that proxies add.
    #[error(
        "this site has no public URL, so it serves this machine only, and the request has the header `{header}`, as from a reverse proxy: set the address that people type, by `LoginManager::public_url` or the server's `--public-url`"
    )]
    Forwarded {
        /// The header.
        header: HeaderName,
    },
    /// The request names no host, several, or two different ones in its target and its header.
    #[error(
        "this site has no public URL, so it serves this machine only, and the request does not name exactly one host: open `http://localhost` with the server's port, or set the address that people type, by `LoginManager::public_url` or the server's `--public-url`"
    )]
    NoHost,
    /// The request is for a host that is not this machine.
    #[error(
        "this site has no public URL, so it serves this machine only, and the request is for the host `{host}`: open `http://localhost` with the server's port, or set the address that people type, by `LoginManager::public_url` or the server's `--public-url`"
    )]
    ForeignHost {
        /// The host.
        host: String,
    },
    /// The page that sent the request is not of this machine.
    #[error(
        "this site has no public URL, so it serves this machine only, and the header `{header}` says that the request comes from `{found}`: set the address that people type, by `LoginManager::public_url` or the server's `--public-url`"
    )]
    ForeignPage {
        /// `Origin` or `Referer`.
        header: HeaderName,
        /// What it says.
        found: String,
    },
}

/// Whether a site without a public URL serves this request.
pub(crate) fn admit(
    version: Version,
    uri: &Uri,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
) -> Result<(), Misdirected> {
    let peer = peer.ok_or(Misdirected::UnknownPeer)?.to_canonical();
    if !peer.is_loopback() {
        return Err(Misdirected::RemotePeer { peer });
    }
    // Before 1.29.7, nginx by default sends HTTP/1.0, `Host: 127.0.0.1:3000` and no header that tells of it. Since then
    // it sends HTTP/1.1, and what gives it away is the page that a form or a link was on.
    if version < Version::HTTP_11 {
        return Err(Misdirected::OldVersion { version });
    }
    if let Some(header) = headers.keys().find(|name| is_forwarding(name)) {
        let header = header.clone();
        return Err(Misdirected::Forwarded { header });
    }
    let host = host_of(uri, headers).ok_or(Misdirected::NoHost)?;
    if !is_loopback(host) {
        let host = shown(host);
        return Err(Misdirected::ForeignHost { host });
    }
    check_pages(headers)
}

/// The host and port that a request is for: of its target (`:authority` in HTTP/2, the absolute form in HTTP/1.1) or
/// of its one `Host`. `None` when there is none, or more than one.
pub(crate) fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a [u8]> {
    let target = uri
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    let mut hosts = headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    match (target, hosts.next(), hosts.next()) {
        (None, Some(host), None) => Some(host),
        (Some(target), None, _) => Some(target),
        (Some(target), Some(host), None) if target.eq_ignore_ascii_case(host) => Some(target),
        _ => None,
    }
}

/// Whether a host, with or without a port, is this machine under a name that is never another's: `localhost` and
/// names below it (RFC 6761, section 6.3), `127.0.0.0/8`, `[::1]`, as browsers write them.
///
/// Browsers turn `127.1`, `0x7f000001` and the like into `127.0.0.1` before they send them, so other notations are
/// refused; so are IPv4 addresses written as IPv6 (`[::ffff:127.0.0.1]`), which the Secure Contexts specification
/// (section 3.1) does not count as this machine either, names that end with a dot, and user names.
pub(crate) fn is_loopback(authority: &[u8]) -> bool {
    let Ok(authority) = std::str::from_utf8(authority) else {
        return false;
    };
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, port)| {
            address.parse() == Ok(Ipv6Addr::LOCALHOST) && is_port(port)
        });
    }
    let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
    is_port(port)
        && host.parse().map_or_else(
            |_| is_below_localhost(host),
            |address: Ipv4Addr| address.is_loopback(),
        )
}

/// The host and port of a URL, with whatever else stands between its slashes.
fn authority_of(url: &[u8]) -> Option<&[u8]> {
    let start = url.windows(3).position(|window| window == b"://")? + 3;
    url[start..].split(|byte| b"/?#\\".contains(byte)).next()
}

/// A site that is reached under another name shows in the pages that its visitors come from.
fn check_pages(headers: &HeaderMap) -> Result<(), Misdirected> {
    // A link on another site, or an identity provider that sends somebody back, is no sign of a proxy, and browsers
    // mark it. What it may do is for the cross-origin check to say.
    let linked = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site");
    for header in [ORIGIN, REFERER] {
        for page in headers.get_all(&header) {
            // `null` names no page. It is for the cross-origin check, too.
            let nameless = header == ORIGIN && page == "null";
            if nameless || (header == REFERER && linked) {
                continue;
            }
            if !authority_of(page.as_bytes()).is_some_and(is_loopback) {
                let found = shown(page.as_bytes());
                return Err(Misdirected::ForeignPage { header, found });
            }
        }
    }
    Ok(())
}

fn is_below_localhost(host: &str) -> bool {
    let mut labels = host.rsplit('.');
    labels
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
        && labels.all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        })
}

/// Whether what follows a host is nothing or a port.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|digits| {
            digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        })
}

fn is_forwarding(name: &HeaderName) -> bool {
    let name = name.as_str();
    FORWARDING.contains(&name)
        || FORWARDING_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// What an error shows of a header: its beginning, without control characters.
fn shown(value: &[u8]) -> String {
    value[..value.len().min(SHOWN_LENGTH)]
        .escape_ascii()
        .to_string()
}

/// How many bytes of a header an error shows.
const SHOWN_LENGTH: usize = 100;

/// Headers that reverse proxies, load balancers and content delivery networks add, and that neither browsers nor
/// programs send of their own accord.
const FORWARDING: &[&str] = &[
    "cdn-loop",
    "client-ip",
    "fastly-client-ip",
    "fastly-ssl",
    "fly-client-ip",
    "forwarded",
    "front-end-https",
    "true-client-ip",
    "via",
    "x-amzn-trace-id",
    "x-client-ip",
    "x-cloud-trace-context",
    "x-cluster-client-ip",
    "x-forwarded",
    "x-host",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-real-port",
    "x-remote-addr",
    "x-remote-ip",
    "x-rewrite-url",
    "x-scheme",
    "x-url-scheme",
];

/// Beginnings of such headers.
const FORWARDING_PREFIXES: &[&str] = &[
    "cf-",
    "cloudfront-",
    "x-appengine-",
    "x-arr-",
    "x-azure-",
    "x-envoy-",
    "x-forwarded-",
    "x-original-",
    "x-vercel-",
];

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn asked(pairs: &[(&str, &str)]) -> Result<(), Misdirected> {
        admit(
            Version::HTTP_11,
            &Uri::from_static("/"),
            &headers(pairs),
            PEER,
        )
    }

    #[test]
    fn a_browser_on_this_machine_is_served() {
        for host in [
            "localhost",
            "localhost:3000",
            "LOCALHOST:3000",
            "app.localhost:3000",
            "a.b-c.localhost",
            "127.0.0.1",
            "127.0.0.1:65535",
            "127.45.6.7:80",
            "[::1]",
            "[::1]:3000",
        ] {
            assert_eq!(asked(&[("host", host)]), Ok(()), "{host}");
            let page = format!("http://{host}");
            let from = format!("{page}/login?next=https://example.com/");
            let pairs = [("host", host), ("origin", &page), ("referer", &from)];
            assert_eq!(asked(&pairs), Ok(()), "{host}");
        }
        let host = ("host", "localhost:3000");
        assert_eq!(asked(&[host, ("origin", "null")]), Ok(()));
    }

    #[test]
    fn other_hosts_and_odd_notations_are_refused() {
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "notlocalhost",
            "localhost.",
            "app.localhost.",
            ".localhost",
            "a..localhost",
            "exa\u{e9}mple.localhost",
            "evil.com/.localhost",
            "evil.com#.localhost",
            "evil.com?.localhost",
            "evil.com\\.localhost",
            "user@localhost",
            "localhost@evil.com",
            "localhost:",
            "localhost:+80",
            "localhost:65536",
            "localhost:80:80",
            "localhost:evil.com",
            "localhost, evil.com",
            "127.1",
            "127.0.0.1.",
            "127.0.0.01",
            "0x7f.0.0.1",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "0.0.0.0",
            "0",
            "126.0.0.1",
            "128.0.0.1",
            "192.168.0.1",
            "::1",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[::2]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[::1%25lo]",
            "[fe80::1]:3000",
        ] {
            assert!(
                matches!(
                    asked(&[("host", host)]),
                    Err(Misdirected::ForeignHost { .. })
                ),
                "{host}"
            );
        }
    }

    #[test]
    fn a_request_names_exactly_one_host() {
        let local = ("host", "localhost:3000");
        assert_eq!(asked(&[]), Err(Misdirected::NoHost));
        assert_eq!(asked(&[local, local]), Err(Misdirected::NoHost));
        assert_eq!(
            asked(&[local, ("host", "example.com")]),
            Err(Misdirected::NoHost)
        );
        let target = |uri: &str, pairs: &[(&str, &str)]| {
            let uri = uri.parse().unwrap();
            admit(Version::HTTP_2, &uri, &headers(pairs), PEER)
        };
        assert_eq!(target("http://localhost:3000/", &[]), Ok(()));
        assert_eq!(target("http://LocalHost:3000/", &[local]), Ok(()));
        for (uri, host) in [
            ("http://localhost:3000/", "localhost:4000"),
            ("http://localhost:3000/", "example.com"),
            ("http://example.com/", "localhost:3000"),
        ] {
            assert_eq!(target(uri, &[("host", host)]), Err(Misdirected::NoHost));
        }
        for uri in ["http://example.com/", "http://user@localhost/"] {
            assert!(
                matches!(target(uri, &[]), Err(Misdirected::ForeignHost { .. })),
                "{uri}"
            );
        }
    }

    #[test]
    fn another_machine_is_refused_and_a_peer_must_be_known() {
        let from = |peer: Option<&str>| {
            let peer = peer.map(|peer| peer.parse().unwrap());
            let headers = headers(&[("host", "localhost")]);
            admit(Version::HTTP_11, &Uri::from_static("/"), &headers, peer)
        };
        for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(from(Some(local)), Ok(()), "{local}");
        }
        for remote in ["192.168.1.2", "::", "0.0.0.0", "::ffff:10.0.0.1", "fe80::1"] {
            assert!(
                matches!(from(Some(remote)), Err(Misdirected::RemotePeer { .. })),
                "{remote}"
            );
        }
        let unknown = from(None).unwrap_err();
        assert_eq!(unknown, Misdirected::UnknownPeer);
        assert!(
            unknown
                .to_string()
                .contains("into_make_service_with_connect_info::<SocketAddr>()")
        );
    }

    #[test]
    fn the_default_of_nginx_is_refused() {
        let headers = headers(&[("host", "127.0.0.1:3000"), ("connection", "close")]);
        let uri = Uri::from_static("/");
        for version in [Version::HTTP_10, Version::HTTP_09] {
            let refused = admit(version, &uri, &headers, PEER).unwrap_err();
            assert_eq!(refused, Misdirected::OldVersion { version });
            assert!(refused.to_string().contains("LoginManager::public_url"));
        }
        assert_eq!(admit(Version::HTTP_11, &uri, &headers, PEER), Ok(()));
    }

    #[test]
    fn a_login_through_a_proxy_that_tells_nothing_is_refused() {
        // nginx since 1.29.7, by default: the browser's own headers, but for the host.
        let rewritten = ("host", "127.0.0.1:3000");
        let same_origin = ("sec-fetch-site", "same-origin");
        for page in [
            ("origin", "https://example.com"),
            ("referer", "https://example.com/login"),
        ] {
            assert!(
                matches!(
                    asked(&[rewritten, same_origin, page]),
                    Err(Misdirected::ForeignPage { .. })
                ),
                "{page:?}"
            );
        }
    }

    #[test]
    fn headers_of_proxies_are_refused() {
        for name in [
            "Forwarded",
            "Via",
            "X-Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Anything-Else",
            "X-Real-IP",
            "X-Original-URL",
            "X-Client-IP",
            "CF-Connecting-IP",
            "True-Client-IP",
            "CDN-Loop",
        ] {
            let refused = asked(&[("host", "localhost"), (name, "")]).unwrap_err();
            let header = name.parse().unwrap();
            assert_eq!(refused, Misdirected::Forwarded { header });
        }
        for harmless in ["user-agent", "traceparent", "x-request-id", "x-forward"] {
            assert_eq!(asked(&[("host", "localhost"), (harmless, "x")]), Ok(()));
        }
    }

    #[test]
    fn pages_of_other_hosts_are_refused() {
        let host = ("host", "127.0.0.1:3000");
        for page in [
            "https://example.com",
            "http://localhost.example.com/",
            "http://localhost@example.com/",
            "http://example.com\\@localhost/",
            "http://example.com#://localhost",
            "chrome-extension://abcdef",
            "localhost",
            "",
            "\u{ff}",
        ] {
            for header in ["origin", "referer"] {
                assert!(
                    matches!(
                        asked(&[host, (header, page)]),
                        Err(Misdirected::ForeignPage { .. })
                    ),
                    "{header}: {page}"
                );
            }
        }
        let twice = [
            host,
            ("origin", "http://localhost"),
            ("origin", "http://example.com"),
        ];
        assert!(asked(&twice).is_err());
        assert!(asked(&[host, ("referer", "null")]).is_err());
    }

    #[test]
    fn a_link_from_another_site_is_no_sign_of_a_proxy() {
        let host = ("host", "localhost:3000");
        let link = ("referer", "https://identity.example/");
        let asked_by = |site: &str| asked(&[host, link, ("sec-fetch-site", site)]);
        assert_eq!(asked_by("cross-site"), Ok(()));
        for site in ["same-origin", "same-site", "none", ""] {
            assert!(asked_by(site).is_err(), "{site}");
        }
        let origin = ("origin", "https://identity.example");
        assert!(asked(&[host, origin, ("sec-fetch-site", "cross-site")]).is_err());
    }

    #[test]
    fn an_error_shows_little_and_nothing_harmful() {
        let long = format!("evil\t{}", "x".repeat(10_000));
        let refused = asked(&[("host", &long)]).unwrap_err().to_string();
        assert!(refused.contains("`evil\\tx") && refused.len() < 500);
    }
}

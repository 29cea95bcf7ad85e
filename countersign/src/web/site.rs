use std::net::IpAddr;

use http::{HeaderMap, Uri, Version};
use url::{Position, Url};

use super::SettingError;
use super::local_mode::{self, Misdirected};

/// Where the site is reached. What depends on scheme, host or port is taken from here, and never from a request.
#[derive(Clone, Debug)]
pub(crate) enum Site {
    /// Nobody has said where, so on this machine only.
    Local,
    /// At this address.
    Public(PublicUrl),
}

impl Site {
    /// Whether the site is reached by https, so that its cookies can be `Secure`.
    pub(crate) fn is_secure(&self) -> bool {
        match self {
            Self::Local => false,
            Self::Public(public) => public.url.scheme() == "https",
        }
    }

    /// The name of the session cookie, unless the application chose another.
    ///
    /// Browsers accept a cookie named `__Host-…` only over https, for the whole site and for no other host (RFC
    /// 6265bis, section 4.1.3.2), so a neighbouring host can't plant one.
    pub(crate) fn cookie_name(&self) -> &'static str {
        match self.is_secure() {
            true => "__Host-countersign",
            false => "countersign",
        }
    }

    /// The name of the cookie by which a device is known again.
    pub(crate) fn device_cookie_name(&self) -> &'static str {
        match self.is_secure() {
            true => "__Host-countersign-device",
            false => "countersign-device",
        }
    }

    /// Whether the site serves this request. A site with a public URL serves all; one without serves those that come
    /// from this machine and are meant for it, so that nobody puts it behind a proxy and forgets to say where it is.
    pub(crate) fn admit(
        &self,
        version: Version,
        uri: &Uri,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
    ) -> Result<(), Misdirected> {
        match self {
            Self::Local => local_mode::admit(version, uri, headers, peer),
            Self::Public(_) => Ok(()),
        }
    }
}

/// The address that people type to reach the site: scheme, host and port.
///
/// It decides the cookies' names and flags, the origin that requests must come from, and the beginning of links.
///
/// ```
/// use countersign::PublicUrl;
///
/// let public = PublicUrl::parse("https://Example.com:443/")?;
/// assert_eq!(public.origin(), "https://example.com");
/// assert!(PublicUrl::parse("http://example.com").is_err());
/// assert!(PublicUrl::parse("http://localhost:3000").is_ok());
/// assert!(PublicUrl::parse("https://example.com/app").is_err());
/// # Ok::<(), countersign::SettingError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicUrl {
    /// With the path `/` and nothing after it.
    url: Url,
    origin: Box<str>,
}

impl PublicUrl {
    /// An address that begins with `https://`, or with `http://` when its host is this machine: `localhost` and names
    /// below it, `127.0.0.0/8`, `[::1]`.
    ///
    /// # Errors
    /// When it begins with anything else, is no URL, or has more than scheme, host and port.
    pub fn parse(address: &str) -> Result<Self, SettingError> {
        let site = Self::danger_plain_http(address)?;
        if site.url.scheme() == "https" || local_mode::is_loopback(site.authority().as_bytes()) {
            return Ok(site);
        }
        Err(SettingError::PlainHttp {
            found: address.to_owned(),
        })
    }

    /// An address that begins with `http://` or `https://`, whatever its host. Without https everybody on the way
    /// reads the passwords, takes over the sessions and rewrites the pages.
    ///
    /// # Errors
    /// As [`PublicUrl::parse`].
    pub fn danger_plain_http(address: &str) -> Result<Self, SettingError> {
        let found = || shown(address);
        let not_a_site = |problem| {
            Err(SettingError::NotASite {
                found: found(),
                problem,
            })
        };
        if let Some(problem) = problem_in_text(address) {
            return not_a_site(problem);
        }
        let url = Url::parse(address).map_err(|source| SettingError::NotAUrl {
            found: found(),
            source,
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SettingError::PlainHttp { found: found() });
        }
        if let Some(problem) = problem_in_url(&url, address) {
            return not_a_site(problem);
        }
        let origin = url.origin().ascii_serialization().into_boxed_str();
        Ok(Self { url, origin })
    }

    /// The site's origin as browsers write it (RFC 6454, section 6.2): lower case, no default port, no slash at the
    /// end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What links of the site are resolved against.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Host and port.
    fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }
}

/// What the URL parser would put right without a word, as browsers do.
fn problem_in_text(address: &str) -> Option<&'static str> {
    if address.contains('@') {
        Some("has a user name or a password")
    } else if address
        .chars()
        .any(|character| character.is_whitespace() || character.is_control() || character == '\\')
    {
        Some("has white space, a control character or a backslash")
    } else {
        None
    }
}

fn problem_in_url(url: &Url, address: &str) -> Option<&'static str> {
    let after_scheme = &address[url.scheme().len()..];
    if !after_scheme.starts_with("://") || after_scheme.starts_with(":///") {
        Some("does not have exactly two slashes after its scheme")
    } else if url.host_str().is_some_and(|host| host.ends_with('.')) {
        Some("has a host that ends with a dot")
    } else if url.query().is_some() {
        Some("has a query")
    } else if url.fragment().is_some() {
        Some("has a fragment")
    } else if url.path() != "/" {
        Some("has a path")
    } else {
        None
    }
}

/// What an error shows of an address: nothing before the last `@`, where a password may stand.
fn shown(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, rest)) => format!("[redacted]@{rest}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_normalised_to_its_origin() {
        for (address, origin) in [
            ("https://example.com", "https://example.com"),
            ("HTTPS://Example.COM:443/", "https://example.com"),
            ("https://example.com:8443", "https://example.com:8443"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://app.localhost", "http://app.localhost"),
            ("http://127.0.0.1:80/", "http://127.0.0.1"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(PublicUrl::parse(address).unwrap().origin(), origin);
        }
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for address in [
            "http://example.com",
            "http://localhost.example.com",
            "http://192.168.1.7",
            "http://128.0.0.1",
            "http://[2001:db8::1]",
            "http://0.0.0.0:3000",
        ] {
            assert!(
                matches!(
                    PublicUrl::parse(address),
                    Err(SettingError::PlainHttp { .. })
                ),
                "{address}"
            );
            assert!(PublicUrl::danger_plain_http(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn what_is_more_or_less_than_a_site_is_refused() {
        for address in [
            "",
            "example.com",
            "//example.com",
            "localhost:3000",
            "https://",
            "https:///example.com",
            "https:example.com",
            "https:/example.com",
            "https:\\\\example.com",
            "https://example.com/app",
            "https://example.com/?",
            "https://example.com?a=1",
            "https://example.com/#",
            "https://@example.com",
            "https://user:pass@example.com",
            "https://example.com.",
            " https://example.com",
            "https://example.com\n",
            "https://exa\tmple.com",
            "https://example.com:99999",
            "https://exa mple.com",
            "ftp://example.com",
            "wss://example.com",
            "javascript:alert(1)",
            "https://%00.example.com",
        ] {
            assert!(PublicUrl::parse(address).is_err(), "{address}");
            assert!(PublicUrl::danger_plain_http(address).is_err(), "{address}");
        }
    }

    #[test]
    fn an_error_shows_no_password() {
        let error = PublicUrl::parse("https://me:hunter2@example.com").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`[redacted]@example.com` has a user name or a password: a site's address is scheme, host and port alone, such as `https://example.com`"
        );
    }

    #[test]
    fn only_https_makes_a_site_secure() {
        let public = |address| Site::Public(PublicUrl::danger_plain_http(address).unwrap());
        let secure = public("https://example.com");
        assert!(secure.is_secure());
        assert_eq!(secure.cookie_name(), "__Host-countersign");
        assert_eq!(secure.device_cookie_name(), "__Host-countersign-device");
        for plain in [Site::Local, public("http://example.com")] {
            assert!(!plain.is_secure());
            assert_eq!(plain.cookie_name(), "countersign");
            assert_eq!(plain.device_cookie_name(), "countersign-device");
        }
        for site in [&secure, &Site::Local] {
            for name in [site.cookie_name(), site.device_cookie_name()] {
                let checked = crate::web::cookie::check_name(name, site.is_secure());
                assert_eq!(checked, Ok(()));
            }
        }
    }

    #[test]
    fn a_site_with_a_public_url_serves_everybody() {
        let site = Site::Public(PublicUrl::parse("https://example.com").unwrap());
        let headers = HeaderMap::new();
        let admitted = site.admit(Version::HTTP_10, &Uri::from_static("/"), &headers, None);
        assert_eq!(admitted, Ok(()));
    }
}

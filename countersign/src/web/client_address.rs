use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv4Net};

use super::SettingError;

/// Where the addresses of clients come from: the connection, unless the site stands behind proxies and says so.
///
/// ```
/// use countersign::ClientAddresses;
///
/// let behind_nginx = ClientAddresses::from_header("X-Forwarded-For", ["127.0.0.1", "10.0.0.0/8"])?;
/// assert!(ClientAddresses::from_header("X-Forwarded-For", ["everybody"]).is_err());
/// # Ok::<(), countersign::SettingError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClientAddresses {
    /// `None`: whoever connects is the client.
    header: Option<TrustedHeader>,
}

#[derive(Clone, Debug)]
struct TrustedHeader {
    name: HeaderName,
    /// Never empty.
    trusted: Vec<IpNet>,
}

impl ClientAddresses {
    /// The other end of the connection is the client. The default, and right for a site without proxies.
    pub fn from_socket() -> Self {
        Self::default()
    }

    /// The proxies at the `trusted` addresses and networks tell in a header whom they speak for: `X-Forwarded-For`,
    /// `X-Real-IP`, `CF-Connecting-IP` or another list of addresses, or `Forwarded` (RFC 7239).
    ///
    /// Each proxy adds the address that it sees at the end, so the header is read from the right, and the first
    /// address that is not a trusted proxy's is the client's. What stands left of it anybody may have made up. The
    /// header counts only when the connection itself comes from a trusted proxy.
    ///
    /// # Errors
    /// When the header's name or a network can't be read, when no proxy is trusted, or when everybody is.
    pub fn from_header(
        name: &str,
        trusted: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, SettingError> {
        let header = HeaderName::try_from(name).map_err(|_| SettingError::HeaderName {
            found: name.to_owned(),
        })?;
        let trusted: Vec<_> = trusted
            .into_iter()
            .map(|network| network_in(network.as_ref()))
            .collect::<Result<_, _>>()?;
        if trusted.is_empty() {
            return Err(SettingError::NoTrustedProxy {
                header: name.to_owned(),
            });
        }
        Ok(Self {
            header: Some(TrustedHeader {
                name: header,
                trusted,
            }),
        })
    }

    /// The address of the client who sent a request with these headers over a connection from `peer`. An IPv4 address
    /// in the clothes of IPv6 is returned as IPv4. `None` when the server does not say who connects.
    ///
    /// Where the header can't be read, the walk ends at the last address that could be: that of the proxy which vouches
    /// for what can't be read. Allocates nothing.
    pub fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let mut client = peer?.to_canonical();
        let Some(header) = &self.header else {
            return Some(client);
        };
        let mut hops = header.hops(headers);
        while header.trusts(client) {
            match hops.next() {
                Some(Some(address)) => client = address,
                Some(None) | None => break,
            }
        }
        Some(client)
    }

    /// Whether a connection from there is one of a trusted proxy: then what that proxy says may be believed. Nobody is
    /// trusted when addresses come [from the socket](Self::from_socket).
    ///
    /// ```
    /// # use countersign::ClientAddresses;
    /// let addresses = ClientAddresses::from_header("X-Forwarded-For", ["10.0.0.0/8"])?;
    /// assert!(addresses.trusts([10, 0, 0, 7].into()));
    /// assert!(!addresses.trusts([192, 0, 2, 1].into()));
    /// # Ok::<(), countersign::SettingError>(())
    /// ```
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let header = self.header.as_ref();
        header.is_some_and(|header| header.trusts(peer.to_canonical()))
    }
}

impl TrustedHeader {
    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted
            .iter()
            .any(|network| network.contains(&address))
    }

    /// The addresses in the header, from the last to the first; `None` for what is no address.
    ///
    /// All its lines are one list (RFC 9110, section 5.3). It is cut at every comma, quoted or not: read from the
    /// left, a quote that a client leaves open would swallow what the proxies add.
    fn hops<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = Option<IpAddr>> + 'a {
        let read = match self.name == http::header::FORWARDED {
            true => forwarded_for,
            false => address_in,
        };
        headers
            .get_all(&self.name)
            .iter()
            .rev()
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
            .map(move |hop| read(std::str::from_utf8(hop).ok()?.trim_matches([' ', '\t'])))
    }
}

/// An address, or a network in the notation of RFC 4632, section 3.1.
fn network_in(text: &str) -> Result<IpNet, SettingError> {
    let network = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| SettingError::Network {
            found: text.to_owned(),
        })?;
    match canonical(network) {
        network if network.prefix_len() == 0 => Err(SettingError::EveryAddress {
            found: text.to_owned(),
        }),
        network => Ok(network),
    }
}

/// Addresses are compared as IPv4 wherever they can be, so networks are, too.
fn canonical(network: IpNet) -> IpNet {
    let (IpAddr::V4(address), Some(length)) = (
        network.addr().to_canonical(),
        network.prefix_len().checked_sub(MAPPED_PREFIX),
    ) else {
        return network;
    };
    Ipv4Net::new(address, length).map_or(network, IpNet::V4)
}

/// An address, with or without brackets and a port.
fn address_in(text: &str) -> Option<IpAddr> {
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()
        .or_else(|| {
            let inner = text.strip_prefix('[')?.strip_suffix(']')?;
            inner.parse().map(IpAddr::V6).ok()
        })?;
    Some(address.to_canonical())
}

/// The address in one element of `Forwarded` (RFC 7239, section 4): of its one `for`.
///
/// Every parameter must be well formed, because an element that isn't may be the tail of a quoted string with a comma
/// in it, whose text the client chose. `unknown` and names such as `_hidden` are no addresses.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for parameter in element.split(';') {
        let (name, value) = parameter.trim_matches([' ', '\t']).split_once('=')?;
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.strip_suffix('"')?,
            None => value,
        };
        if value.contains(['"', '\\']) {
            return None;
        }
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    address_in(found?)
}

/// How many bits stand before the IPv4 address in an IPv4-mapped one (RFC 4291, section 2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(header: &str) -> ClientAddresses {
        ClientAddresses::from_header(header, ["127.0.0.1", "10.0.0.0/8", "2001:db8:aa::/48"])
            .unwrap()
    }

    fn client_of(header: &str, peer: &str, lines: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            let name: HeaderName = header.parse().unwrap();
            headers.append(name, http::HeaderValue::from_bytes(line).unwrap());
        }
        behind(header)
            .client(Some(peer.parse().unwrap()), &headers)
            .unwrap()
            .to_string()
    }

    fn client(line: &str) -> String {
        client_of("x-forwarded-for", "10.0.0.1", &[line.as_bytes()])
    }

    #[test]
    fn without_a_header_the_connection_counts() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "1.2.3.4".parse().unwrap());
        for (peer, client) in [
            ("127.0.0.1", "127.0.0.1"),
            ("::ffff:9.8.7.6", "9.8.7.6"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            let found = ClientAddresses::from_socket().client(peer.parse().ok(), &headers);
            assert_eq!(found, client.parse().ok());
        }
        assert_eq!(ClientAddresses::default().client(None, &headers), None);
        assert_eq!(behind("x-forwarded-for").client(None, &headers), None);
    }

    #[test]
    fn the_walk_ends_at_the_first_address_that_is_no_proxy() {
        for (line, found) in [
            ("1.2.3.4", "1.2.3.4"),
            ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
            ("6.6.6.6,1.2.3.4,10.9.9.9 ,\t127.0.0.1", "1.2.3.4"),
            ("10.0.0.5, 10.0.0.6", "10.0.0.5"),
            ("6.6.6.6, 2001:db8:aa::7", "6.6.6.6"),
            ("6.6.6.6, 2001:db8:bb::7", "2001:db8:bb::7"),
        ] {
            assert_eq!(client(line), found, "{line}");
        }
    }

    #[test]
    fn a_peer_that_is_no_proxy_is_the_client_whatever_it_claims() {
        for peer in ["9.9.9.9", "11.0.0.1", "2001:db8:bb::1"] {
            let found = client_of("x-forwarded-for", peer, &[b"1.2.3.4"]);
            assert_eq!(found, peer);
        }
        let mapped = client_of("x-forwarded-for", "::ffff:10.0.0.1", &[b"1.2.3.4"]);
        assert_eq!(mapped, "1.2.3.4");
        assert_eq!(client_of("x-forwarded-for", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn several_lines_are_one_list() {
        let lines: [&[u8]; 3] = [b"6.6.6.6", b"1.2.3.4, 10.0.0.3", b"10.0.0.2"];
        assert_eq!(client_of("x-forwarded-for", "10.0.0.1", &lines), "1.2.3.4");
        let lines: [&[u8]; 2] = [b"6.6.6.6", b"1.2.3.4"];
        assert_eq!(client_of("x-real-ip", "10.0.0.1", &lines), "1.2.3.4");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        for (line, found) in [
            ("1.2.3.4:5678", "1.2.3.4"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:DB8::1", "2001:db8::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:80", "1.2.3.4"),
            ("1.2.3.4, ::ffff:10.0.0.2", "1.2.3.4"),
        ] {
            assert_eq!(client(line), found, "{line}");
        }
    }

    #[test]
    fn garbage_ends_the_walk_at_the_proxy_that_vouches_for_it() {
        for garbage in [
            "",
            " ",
            "unknown",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "0x7f.0.0.1",
            "1.2.3.4:",
            "1.2.3.4:99999",
            "1.2.3.4 5.6.7.8",
            "[1.2.3.4]",
            "[2001:db8::1",
            "\"1.2.3.4\"",
            "for=1.2.3.4",
            "example.com",
        ] {
            assert_eq!(client(garbage), "10.0.0.1", "{garbage}");
            let line = format!("6.6.6.6, {garbage}, 10.0.0.2");
            assert_eq!(client(&line), "10.0.0.2", "{garbage}");
        }
        let line: &[u8] = b"\xFF\xFE, 1.2.3.4";
        assert_eq!(client_of("x-forwarded-for", "10.0.0.1", &[line]), "1.2.3.4");
        let line: &[u8] = b"1.2.3.4, \xFF";
        assert_eq!(
            client_of("x-forwarded-for", "10.0.0.1", &[line]),
            "10.0.0.1"
        );
        let many = "10.0.0.2,".repeat(20_000);
        assert_eq!(client(&many), "10.0.0.1");
    }

    #[test]
    fn the_syntax_of_forwarded_is_understood() {
        let client = |line: &str| client_of("forwarded", "10.0.0.1", &[line.as_bytes()]);
        for (line, found) in [
            ("for=1.2.3.4", "1.2.3.4"),
            ("For=\"1.2.3.4:80\";proto=https;by=10.0.0.9", "1.2.3.4"),
            ("proto=https; FOR=1.2.3.4 ; host=\"example.com\"", "1.2.3.4"),
            ("for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=6.6.6.6, for=1.2.3.4, for=10.0.0.2", "1.2.3.4"),
            ("for=unknown", "10.0.0.1"),
            ("for=_hidden, for=10.0.0.2", "10.0.0.2"),
            ("by=1.2.3.4", "10.0.0.1"),
            ("1.2.3.4", "10.0.0.1"),
            ("for=1.2.3.4;for=6.6.6.6", "10.0.0.1"),
            ("for=", "10.0.0.1"),
            ("for=1.2.3.4;", "10.0.0.1"),
        ] {
            assert_eq!(client(line), found, "{line}");
        }
    }

    #[test]
    fn quotes_of_a_client_hide_nothing_and_smuggle_nothing() {
        let client = |line: &str| client_of("forwarded", "10.0.0.1", &[line.as_bytes()]);
        assert_eq!(client("for=\"6.6.6.6, for=1.2.3.4"), "1.2.3.4");
        for host in [
            "x, for=6.6.6.6",
            "x, for=6.6.6.6;y=z",
            "x, for=6.6.6.6;y=\\\"z",
            "x, for=6.6.6.6;y",
            "x, y=\\\";for=6.6.6.6",
        ] {
            let line = format!("for=1.2.3.4;host=\"{host}\"");
            assert_eq!(client(&line), "10.0.0.1", "{line}");
        }
    }

    #[test]
    fn trusted_proxies_are_addresses_and_networks() {
        let build = |trusted: &[&str]| ClientAddresses::from_header("x-real-ip", trusted);
        for good in [
            "10.0.0.1",
            "10.0.0.9/8",
            "::1",
            "fd00::/8",
            "::ffff:10.0.0.0/104",
        ] {
            assert!(build(&[good]).is_ok(), "{good}");
        }
        for bad in [
            "",
            "10.0.0",
            "10.0.0.0/33",
            "10.0.0.1:80",
            "[::1]",
            "localhost",
            " ::1",
        ] {
            assert!(
                matches!(build(&[bad]), Err(SettingError::Network { .. })),
                "{bad}"
            );
        }
        for everybody in ["0.0.0.0/0", "::/0", "1.2.3.4/0", "::ffff:0:0/96"] {
            assert!(
                matches!(build(&[everybody]), Err(SettingError::EveryAddress { .. })),
                "{everybody}"
            );
        }
        assert!(matches!(
            build(&[]),
            Err(SettingError::NoTrustedProxy { .. })
        ));
        assert!(matches!(
            ClientAddresses::from_header("x real ip", ["::1"]),
            Err(SettingError::HeaderName { .. })
        ));
        let mapped = build(&["::ffff:10.0.0.0/104"]).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-real-ip", "1.2.3.4".parse().unwrap());
        let found = mapped.client("10.7.7.7".parse().ok(), &headers);
        assert_eq!(found, "1.2.3.4".parse().ok());
    }
}

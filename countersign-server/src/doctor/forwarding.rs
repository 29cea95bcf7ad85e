//! What proxies say of their clients, and how they are told to say it.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
use countersign::ClientAddresses;

/// A header in which proxies say who their clients are.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForwardingHeader<'a>(pub(super) &'a str);

impl ForwardingHeader<'_> {
    /// How to have nginx and Caddy send it.
    pub(super) fn how_to_send(self) -> String {
        let (nginx, caddy) = match self.0.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => (
                "proxy_set_header X-Forwarded-For $remote_addr;",
                "sends it unless a `header_up` takes it away or sets it: delete that line, or write `header_up \
                 X-Forwarded-For {remote_host}`",
            ),
            "forwarded" => (
                r#"proxy_set_header Forwarded 'for="$remote_addr";proto=$scheme';"#,
                r#"needs `header_up Forwarded "for=\"{remote_host}\";proto={scheme}"`"#,
            ),
            // The configuration knows no fourth one.
            _ => (
                "proxy_set_header X-Real-IP $remote_addr;",
                "needs `header_up X-Real-IP {remote_host}`",
            ),
        };
        let chain = match self.0.eq_ignore_ascii_case("x-forwarded-for") {
            true => {
                " A proxy behind another of yours adds to what that one said: `$proxy_add_x_forwarded_for`."
            }
            false => "",
        };
        format!("nginx needs `{nginx}` where `proxy_pass` stands; Caddy {caddy}.{chain}")
    }

    /// What a client writes who wants to be taken for somebody else.
    pub(super) fn forged(self, address: &str) -> String {
        match self.0.eq_ignore_ascii_case("forwarded") {
            true => format!("for={address};host={FORGED_HOST};proto=http"),
            false => address.to_owned(),
        }
    }

    /// What the nearest proxy wrote: all that stands behind the last comma (RFC 9110, section 5.3).
    pub(super) fn nearest(self, lines: &[String]) -> Option<&str> {
        let last = lines.last()?.rsplit(',').next()?;
        Some(last.trim())
    }

    /// The address in what one proxy wrote, as the server reads it.
    pub(super) fn address_in(self, hop: &str) -> Option<IpAddr> {
        let proxy = IpAddr::from(NOBODY);
        let addresses = ClientAddresses::from_header(self.0, [proxy.to_string()]).ok()?;
        let mut headers = HeaderMap::new();
        headers.insert(self.0.parse::<HeaderName>().ok()?, hop.parse().ok()?);
        let client = addresses.client(Some(proxy), &headers);
        client.filter(|client| *client != proxy)
    }
}

/// A host that is nobody's (RFC 6761, section 6.4).
pub(super) const FORGED_HOST: &str = "doctor.invalid";

/// An address that no client has (RFC 5737).
const NOBODY: [u8; 4] = [203, 0, 113, 1];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_nearest_proxy_wrote_stands_last() {
        let header = ForwardingHeader("x-forwarded-for");
        let lines = [
            "192.0.2.1, 192.0.2.2".to_owned(),
            "192.0.2.3 , ::1".to_owned(),
        ];
        let nearest = header.nearest(&lines).unwrap();
        assert_eq!(nearest, "::1");
        assert_eq!(header.address_in(nearest), "::1".parse().ok());
        assert_eq!(header.address_in("unknown"), None);
        assert_eq!(header.nearest(&[]), None);
    }

    #[test]
    fn what_is_forged_is_read_by_the_server() {
        for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
            let header = ForwardingHeader(name);
            let forged = header.forged("192.0.2.17");
            assert_eq!(
                header.address_in(&forged),
                "192.0.2.17".parse().ok(),
                "{name}"
            );
        }
    }
}

//! The site to which the one-time links lead that commands print.

use std::net::SocketAddr;

use countersign::PublicUrl;

use crate::configuration::Configuration;

/// Where the site is: at its public URL, or else on this machine.
pub(crate) fn site(configuration: &Configuration) -> PublicUrl {
    site_at(configuration, configuration.listen)
}

/// [`site`], of a server that listens there.
pub(crate) fn site_at(configuration: &Configuration, address: SocketAddr) -> PublicUrl {
    match &configuration.public_url {
        Some(url) => url.clone(),
        None => here(address),
    }
}

/// An address of IPv4 that is written as IPv6 is one that people can type, too.
fn here(address: SocketAddr) -> PublicUrl {
    let address = SocketAddr::new(address.ip().to_canonical(), address.port());
    PublicUrl::parse(&format!("http://{address}"))
        .expect("without a public URL, the configuration takes this machine's own addresses alone")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_this_machine_makes_a_link() {
        for (address, origin) in [
            ("127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("127.1.2.3:80", "http://127.1.2.3"),
            ("[::1]:3000", "http://[::1]:3000"),
            ("[::ffff:127.0.0.1]:3000", "http://127.0.0.1:3000"),
        ] {
            assert_eq!(here(address.parse().unwrap()).origin(), origin);
        }
    }
}

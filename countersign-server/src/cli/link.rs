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
        None => PublicUrl::parse(&format!("http://{address}")).expect(
            "without a public URL, the configuration takes this machine's own addresses alone",
        ),
    }
}

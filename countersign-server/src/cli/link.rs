//! The one-time links that commands print.

use std::net::SocketAddr;

use crate::configuration::Configuration;

/// The link by which somebody takes an invitation.
pub(crate) fn invitation(base: &str, token: &str) -> String {
    format!("{base}/invitation?token={token}")
}

/// The link by which the owner of an account sets its password.
pub(crate) fn password(base: &str, token: &str) -> String {
    format!("{base}/set-password?token={token}")
}

/// Where the site is: at its public URL, or else on this machine.
pub(crate) fn base(configuration: &Configuration) -> String {
    base_at(configuration, configuration.listen)
}

/// [`base`], of a server that listens there.
pub(crate) fn base_at(configuration: &Configuration, address: SocketAddr) -> String {
    match &configuration.public_url {
        Some(url) => url.origin().to_owned(),
        None => format!("http://{address}"),
    }
}

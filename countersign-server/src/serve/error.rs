use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::CertificateError;

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ServeError {
    /// Another program listens there.
    #[error(
        "another program listens on {address} already: stop it, or choose another port, such as `{} {}:{}`",
        setting.flag(),
        shown_host(address),
        next_port(address)
    )]
    PortInUse {
        /// Where it should listen.
        address: SocketAddr,
        /// Which setting says so.
        setting: ListenSetting,
    },
    /// It may not listen there.
    #[error(
        "this program may not listen on {address}: ports below 1,024 need the capability CAP_NET_BIND_SERVICE, or \
         choose a higher one with `{}`", setting.flag()
    )]
    NotAllowed {
        /// Where it should listen.
        address: SocketAddr,
        /// Which setting says so.
        setting: ListenSetting,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// It can't listen there for another reason.
    #[error("the server can't listen on {address}; choose another address with `{}`", setting.flag())]
    Listen {
        /// Where it should listen.
        address: SocketAddr,
        /// Which setting says so.
        setting: ListenSetting,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The operating system does not say where it listens.
    #[error("the server does not learn where it listens")]
    Address(#[source] io::Error),
    /// Connections can't be made private.
    #[error("https can't be served")]
    Certificate(#[from] CertificateError),
}

/// What says where to listen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ListenSetting {
    /// `listen`.
    Listen,
    /// `https.redirect_from`.
    RedirectFrom,
}

impl ListenSetting {
    fn flag(self) -> &'static str {
        match self {
            Self::Listen => "--listen",
            Self::RedirectFrom => "--https-redirect-from",
        }
    }
}

/// Takes an address.
pub(super) async fn bind(
    address: SocketAddr,
    setting: ListenSetting,
) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::PortInUse { address, setting },
            io::ErrorKind::PermissionDenied => ServeError::NotAllowed {
                address,
                setting,
                source,
            },
            _ => ServeError::Listen {
                address,
                setting,
                source,
            },
        })
}

/// The address without its port, as it stands before one.
fn shown_host(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

fn next_port(address: &SocketAddr) -> u16 {
    address.port().checked_add(1).unwrap_or(3_000)
}

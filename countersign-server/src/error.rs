use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use countersign::SettingError;
use countersign::session::SqliteOpenError;

/// Why the server does not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StartError {
    /// It would listen to other machines without knowing its own address.
    #[error(
        "{listen} can be reached from other machines, so the server must know the address that people type: add \
         `--public-url https://…` (or set COUNTERSIGN_PUBLIC_URL), or listen on 127.0.0.1"
    )]
    NoPublicUrl {
        /// Where it would listen.
        listen: SocketAddr,
    },
    /// It would serve everybody without knowing who may register.
    #[error(
        "everybody who can reach the public URL can ask for an account, so the server must know who gets one: add \
         `--registration open`, `--registration invitation` or `--registration closed` (or set \
         COUNTERSIGN_REGISTRATION)"
    )]
    NoRegistration,
    /// The public URL is none.
    #[error("the public URL can't be used")]
    PublicUrl(#[source] SettingError),
    /// Another program listens there.
    #[error(
        "another program listens on {listen} already: stop it, or choose another port, such as `--listen {}:{}` (or \
         set COUNTERSIGN_LISTEN)",
        shown_host(listen),
        next_port(listen)
    )]
    PortInUse {
        /// Where it should listen.
        listen: SocketAddr,
    },
    /// It can't listen there for another reason.
    #[error("the server can't listen on {listen}; choose another address with `--listen`")]
    Listen {
        /// Where it should listen.
        listen: SocketAddr,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The data folder can't be made.
    #[error(
        "the data folder {folder:?} can't be made; choose another with `--data` (or set COUNTERSIGN_DATA)"
    )]
    DataFolder {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The database can't keep accounts and sessions.
    #[error("the database {file:?} can't be used")]
    Database {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: SqliteOpenError,
    },
    /// The operating system does not tell this program when to stop.
    #[error("the server can't wait for the signal to stop")]
    Signal(#[source] io::Error),
    /// The server can't go on.
    #[error("the server stopped")]
    Serve(#[source] io::Error),
}

impl StartError {
    /// 2 for what is wrong with the command line, as for the errors of the command line's parser; 1 for all else.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::NoPublicUrl { .. } | Self::NoRegistration | Self::PublicUrl(_) => 2,
            _ => 1,
        }
    }
}

/// The address without its port, as it stands before one.
fn shown_host(listen: &SocketAddr) -> String {
    match listen {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

fn next_port(listen: &SocketAddr) -> u16 {
    listen.port().checked_add(1).unwrap_or(3_000)
}

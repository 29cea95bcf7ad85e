//! What the server was told: by flags, which beat the environment, which beats the file.
//!
//! [`KEYS`] is the one table of all settings. A [`Configuration`] exists only when every setting can be read and all go
//! together; otherwise a [`ConfigurationError`] names everything that is wrong at once.

mod check;
mod effective;
mod error;
mod file;
mod key;
mod parse;
mod reader;
mod settings;
mod sources;
mod texts;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use countersign::accounts::Registration;
use countersign::password::{Argon2Cost, ImportedHashes};
use countersign::secret::SecretKey;
use countersign::session::Lifetimes;
use countersign::{ClientAddresses, PublicUrl};
use url::Url;

use crate::observe::{LogFormat, LogLevel};
use crate::serve::Limits;

use error::Problem;
use sources::Origin;

pub(crate) use effective::Effective;
pub(crate) use error::ConfigurationError;
pub(crate) use file::File;
pub(crate) use key::{Key, Kind};
pub(crate) use settings::KEYS;
pub(crate) use sources::{CONFIG_VARIABLE, Sources};
pub(crate) use texts::{example, reference};

/// Everything that the server was told, checked.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    /// Said whenever there is a public URL.
    pub(crate) registration: Option<Registration>,
    pub(crate) application_name: String,
    pub(crate) templates: Option<PathBuf>,
    pub(crate) secret_key: Option<SecretKey>,
    pub(crate) https: Https,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) limits: Limits,
    pub(crate) log: Log,
    pub(crate) metrics_listen: Option<SocketAddr>,
    pub(crate) traces_endpoint: Option<Url>,
    pub(crate) passwords: Passwords,
    pub(crate) sessions: Sessions,
    effective: Vec<Effective>,
}

/// How the site comes to be reached by https.
#[derive(Clone, Debug)]
pub(crate) struct Https {
    pub(crate) certificate: Certificate,
    pub(crate) redirect_from: Option<SocketAddr>,
    /// Zero takes it back in browsers that heard of it.
    pub(crate) hsts: Duration,
}

/// Where the certificate comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Certificate {
    /// There is none: this server speaks plain http, on this machine or to a proxy.
    None,
    /// From files, in PEM.
    Files { certificate: PathBuf, key: PathBuf },
    /// From an ACME authority (RFC 8555), for the public URL's host.
    Acme {
        contact: Option<String>,
        directory: Url,
        root: Option<PathBuf>,
    },
}

/// The reverse proxies in front of this server.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    /// In which they say who their clients are.
    pub(crate) header: String,
    /// Who they are, and what they say.
    pub(crate) addresses: ClientAddresses,
}

/// The log.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) level: LogLevel,
}

/// Passwords and their hashes.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    pub(crate) cost: Argon2Cost,
    pub(crate) workers: Option<usize>,
    /// In characters.
    pub(crate) minimum_length: usize,
    /// What hashes from elsewhere were made with.
    pub(crate) imported: ImportedHashes,
}

/// How long logins last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sessions {
    pub(crate) lifetimes: Lifetimes,
    pub(crate) fresh: Duration,
}

impl Configuration {
    /// The effective value of every key, in the order of [`KEYS`].
    pub(crate) fn effective(&self) -> &[Effective] {
        &self.effective
    }

    /// An error, if something was found wrong with what settings name, in the words of every other mistake.
    pub(crate) fn refuse(
        &self,
        mistakes: Vec<(&'static str, String)>,
    ) -> Result<(), ConfigurationError> {
        let problems = mistakes.into_iter().map(|(key, sentence)| {
            let mut effective = self.effective.iter();
            let origin = effective.find(|effective| effective.key.path == key);
            let origin = origin.map_or(Origin::Default, |effective| effective.origin.clone());
            Problem::found(key, origin, sentence)
        });
        ConfigurationError::unless_none(problems.collect())
    }

    /// Whether people come by https, be it this server or a proxy that speaks it.
    pub(crate) fn is_https(&self) -> bool {
        let url = self.public_url.as_ref();
        url.is_some_and(|url| url.origin().starts_with("https://"))
    }

    /// Where clients' addresses come from.
    pub(crate) fn client_addresses(&self) -> ClientAddresses {
        let proxy = self.proxy.as_ref();
        proxy.map_or_else(ClientAddresses::from_socket, |proxy| {
            proxy.addresses.clone()
        })
    }

    /// Whether this server itself speaks https.
    pub(crate) fn speaks_https(&self) -> bool {
        self.https.certificate != Certificate::None
    }
}

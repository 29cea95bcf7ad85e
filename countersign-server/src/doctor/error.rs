use std::path::PathBuf;

use countersign::accounts::AccountError;

use crate::error::StartError;

/// Why the doctor can't examine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DoctorError {
    /// The file of roots can't be read.
    #[error("the certificates in {path:?} can't be read; give a file in PEM with `--root`")]
    Root {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// The file of roots holds none.
    #[error("{path:?} holds no certificate; give a file in PEM with `--root`")]
    NoRoot {
        /// The file.
        path: PathBuf,
    },
    /// A certificate is no root.
    #[error("a certificate in {path:?} can't be trusted")]
    UnusableRoot {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// This machine trusts nobody.
    #[error(
        "this machine knows no certificate authority: install its package of them (`ca-certificates`), or name a file with \
         `--root`"
    )]
    NoRoots(#[source] rustls::client::VerifierBuilderError),
    /// There is no client for http.
    #[error("no requests can be sent from here")]
    Client(#[source] reqwest::Error),
    /// The database stopped answering.
    #[error("the database can't be asked any more")]
    Database(#[from] AccountError),
    /// The pages can't be made, so nobody knows what they should be.
    #[error("the server's pages can't be made here")]
    Pages(#[source] StartError),
}

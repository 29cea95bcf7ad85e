use std::io;
use std::path::PathBuf;

use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;

/// Why connections can't be made private.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CertificateError {
    /// A file can't be read.
    #[error("the file {file:?} can't be read")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A file is no PEM.
    #[error("{file:?} is not in the format PEM, or it is damaged")]
    Pem {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        #[source]
        source: pem::Error,
    },
    /// The certificate's file holds none.
    #[error(
        "there is no certificate in {file:?}: expected `-----BEGIN CERTIFICATE-----`, first the server's certificate \
         and then those of its issuers"
    )]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// A certificate can't be understood.
    #[error("the first certificate in {file:?} can't be understood")]
    BadCertificate {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        #[source]
        source: x509_parser::error::X509Error,
    },
    /// The key's file holds none.
    #[error(
        "there is no private key in {file:?}: expected `-----BEGIN PRIVATE KEY-----` (PKCS#8), `RSA PRIVATE KEY` \
         (PKCS#1) or `EC PRIVATE KEY` (SEC1)"
    )]
    NoKey {
        /// The file.
        file: PathBuf,
    },
    /// The key is locked by a passphrase.
    #[error(
        "the private key in {file:?} is locked by a passphrase, which nobody could type when the server starts: unlock \
         it with `openssl pkey -in … -out …`"
    )]
    LockedKey {
        /// The file.
        file: PathBuf,
    },
    /// The key is of a kind that is not supported, or damaged.
    #[error(
        "the private key in {file:?} can't be used: expected RSA of 2,048 bits or more, ECDSA or Ed25519"
    )]
    BadKey {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        #[source]
        source: rustls::Error,
    },
    /// The key belongs to another certificate.
    #[error(
        "the private key in {key:?} does not belong to the first certificate in {certificate:?}: give the key that the \
         certificate was asked for with, and put the server's own certificate first"
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// A certificate authority certifies names alone.
    #[error(
        "a certificate authority gives certificates by ACME for names only, and the public URL's host is {host}: use a \
         name, or give files by `https.certificate` and `https.key`"
    )]
    NoName {
        /// The host.
        host: String,
    },
    /// What is trusted as the root of a certificate authority can't be.
    #[error("no certificate in {file:?} can be trusted as the root of a certificate authority")]
    BadRoot {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        #[source]
        source: rustls::Error,
    },
    /// There is no folder in which certificates could be kept.
    #[error(
        "the folder {folder:?} for the certificates can't be made: see that this program's user may write to `data`"
    )]
    Cache {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// TLS can't be set up.
    #[error("connections can't be encrypted")]
    Tls(#[source] rustls::Error),
}

//! Certificates, from files or from a certificate authority, and what is done with them.

mod acme;
mod error;
mod files;
mod reload;

pub(crate) use acme::Acme;
pub(crate) use error::CertificateError;
pub(crate) use files::CertificateFiles;

use std::sync::Arc;

use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::server::ResolvesServerCert;

use acme::Acquired;
use reload::Reloaded;

/// What makes connections private.
#[derive(Debug)]
pub(super) enum Tls {
    Files(Arc<Reloaded>),
    Acme(Arc<Acquired>),
}

impl Tls {
    pub(super) fn files(files: CertificateFiles) -> Result<Self, CertificateError> {
        Ok(Self::Files(Arc::new(Reloaded::new(files)?)))
    }

    pub(super) fn acme(acme: Acme) -> Result<Self, CertificateError> {
        Ok(Self::Acme(Arc::new(Acquired::new(acme)?)))
    }

    /// What accepts connections: of TLS 1.2 or 1.3, with HTTP/2 or HTTP/1.1, and resumed by tickets whose keys change
    /// every few hours.
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, CertificateError> {
        let resolver: Arc<dyn ResolvesServerCert> = match self {
            Self::Files(files) => Arc::clone(files) as _,
            Self::Acme(acme) => Arc::clone(acme) as _,
        };
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(CertificateError::Tls)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![ALPN_HTTP2.to_vec(), ALPN_HTTP1.to_vec()];
        if matches!(self, Self::Acme(_)) {
            config.alpn_protocols.push(ALPN_CHALLENGE.to_vec());
        }
        config.ticketer = ring::Ticketer::new().map_err(CertificateError::Tls)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Keeps certificates up to date, until it is dropped: when somebody asks for it, and by itself.
    pub(super) async fn keep_up_to_date(&self, asked: watch::Receiver<u64>) {
        match self {
            Self::Files(files) => files.keep_up_to_date(asked).await,
            Self::Acme(acme) => acme.keep_up_to_date(asked).await,
        }
    }
}

/// What all cryptography of connections is done by.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// RFC 7301, section 6, and RFC 9113, section 3.1.
const ALPN_HTTP1: &[u8] = b"http/1.1";
pub(super) const ALPN_HTTP2: &[u8] = b"h2";

/// RFC 8737, section 6.2.
pub(super) const ALPN_CHALLENGE: &[u8] = b"acme-tls/1";

//! Whom this machine trusts, and what a server showed to be trusted.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::{DoctorError, Settings};

/// What a server showed when it was asked for its certificate.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Its own certificate first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// Why it is not to be trusted.
    pub(super) objection: Option<rustls::Error>,
}

/// Verifies certificates as every client does, and remembers the last one.
#[derive(Debug)]
pub(super) struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    shown: Mutex<Option<Shown>>,
}

impl Verifier {
    /// Trusts whom this machine trusts, and those in the file.
    pub(super) fn new(settings: &Settings) -> Result<Arc<Self>, DoctorError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        add_file(&mut roots, settings)?;
        let provider = Arc::new(ring::default_provider());
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(DoctorError::NoRoots)?;
        Ok(Arc::new(Self {
            inner,
            shown: Mutex::default(),
        }))
    }

    /// The settings of connections that are verified so.
    pub(super) fn client(self: &Arc<Self>) -> ClientConfig {
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            // Any verifier of one's own is set by this; ours lets nothing pass that rustls refuses.
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(self) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        config.alpn_protocols = ["h2", "http/1.1"].map(Into::into).to_vec();
        config
    }

    /// What was shown last.
    pub(super) fn shown(&self) -> Option<Shown> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let chain = std::iter::once(end_entity).chain(intermediates);
        let shown = Shown {
            chain: chain.map(|one| one.clone().into_owned()).collect(),
            objection: verified.as_ref().err().cloned(),
        };
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn add_file(roots: &mut RootCertStore, settings: &Settings) -> Result<(), DoctorError> {
    let Some(path) = &settings.root else {
        return Ok(());
    };
    let unreadable = |source| DoctorError::Root {
        path: path.clone(),
        source,
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(unreadable)?;
    if certificates.is_empty() {
        return Err(DoctorError::NoRoot { path: path.clone() });
    }
    for certificate in certificates {
        roots
            .add(certificate)
            .map_err(|source| DoctorError::UnusableRoot {
                path: path.clone(),
                source,
            })?;
    }
    Ok(())
}

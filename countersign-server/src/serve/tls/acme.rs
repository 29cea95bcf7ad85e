use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::StreamExt as _;
use rustls_acme::caches::DirCache;
use rustls_acme::{
    AcmeConfig, AcmeState, EventError, EventOk, ResolvesServerCertAcme, is_tls_alpn_challenge,
};
use tokio::sync::watch;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{CertificateError, provider};
use crate::data::make_folder;
use crate::serve::seldom::Seldom;

/// A certificate authority that gives certificates by itself (ACME, RFC 8555), and sees that we are who we say on our
/// own port (TLS-ALPN-01, RFC 8737): the authority connects to port 443 of the host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Acme {
    /// The name that the certificate is for: the public URL's host.
    pub(crate) host: String,
    /// An e-mail address that the authority may write to.
    pub(crate) contact: Option<String>,
    /// The address of the authority's directory.
    pub(crate) directory: String,
    /// Further roots to trust, when the authority is asked: a file in the format PEM, for an authority of one's own.
    pub(crate) root: Option<PathBuf>,
    /// The folder where the account's key and the certificates are kept. It is made for this program's user alone.
    pub(crate) cache: PathBuf,
}

impl Acme {
    /// Makes sure that a certificate can be asked for. Nothing is asked for yet.
    pub(crate) fn check(&self) -> Result<(), CertificateError> {
        self.client().map(drop)
    }

    /// How the authority is asked.
    fn client(&self) -> Result<ClientConfig, CertificateError> {
        if self.host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            let host = self.host.clone();
            return Err(CertificateError::NoName { host });
        }
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        if let Some(file) = &self.root {
            add_roots(&mut roots, file)?;
        }
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(CertificateError::Tls)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(config)
    }
}

/// A certificate that an authority has given, or will give.
#[derive(Debug)]
pub(crate) struct Acquired {
    acme: Acme,
    client: Arc<ClientConfig>,
    /// What the present attempts have led to.
    resolver: RwLock<Arc<ResolvesServerCertAcme>>,
    /// The last certificate, while a new round of attempts has none yet.
    last: RwLock<Option<Arc<CertifiedKey>>>,
    without: Seldom,
}

type State = AcmeState<io::Error, io::Error>;

impl Acquired {
    /// Checks the settings, and makes the folder of the cache. Nothing is asked for yet.
    pub(crate) fn new(acme: Acme) -> Result<Self, CertificateError> {
        let client = Arc::new(acme.client()?);
        let resolver = RwLock::new(state(&acme, &client).resolver());
        make_folder(&acme.cache).map_err(|source| CertificateError::Cache {
            folder: acme.cache.clone(),
            source,
        })?;
        Ok(Self {
            acme,
            client,
            resolver,
            last: RwLock::default(),
            without: Seldom::default(),
        })
    }

    /// Gets a certificate and renews it when two thirds of its time are over. Whoever asks has it tried again at once,
    /// instead of after a wait that doubles with each failure. Never ends.
    pub(super) async fn keep_up_to_date(&self, mut asked: watch::Receiver<u64>) {
        loop {
            let mut state = self.begin();
            loop {
                tokio::select! {
                    event = state.next() => match event {
                        Some(Ok(event)) => self.tell(&event),
                        Some(Err(error)) => self.complain(&error),
                        None => return,
                    },
                    changed = asked.changed() => match changed {
                        Ok(()) => break,
                        Err(_) => return,
                    },
                }
            }
        }
    }

    /// A new round of attempts. What is in the cache counts as the first one's success.
    fn begin(&self) -> State {
        let state = state(&self.acme, &self.client);
        let mut resolver = self
            .resolver
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *resolver = state.resolver();
        state
    }

    fn tell(&self, event: &EventOk) {
        let host = &self.acme.host;
        match event {
            EventOk::DeployedCachedCert => {
                tracing::info!(host, "the certificate from the cache is in use");
            }
            EventOk::DeployedNewCert => tracing::info!(host, "a new certificate is in use"),
            EventOk::CertCacheStore => tracing::debug!(host, "the new certificate is kept"),
            EventOk::AccountCacheStore => tracing::debug!("the account's key is kept"),
        }
    }

    fn complain(&self, error: &EventError<io::Error, io::Error>) {
        let Acme {
            host,
            directory,
            cache,
            ..
        } = &self.acme;
        match error {
            EventError::Order(_) | EventError::NewCertParse(_) => tracing::error!(
                %error,
                directory,
                "no certificate could be had; it is tried again, with longer and longer waits (SIGHUP tries at once): \
                 {host} must lead to this machine, where the authority connects to port 443"
            ),
            EventError::CachedCertParse(_) => tracing::warn!(
                %error,
                cache = %cache.display(),
                "the certificate in the cache can't be used; a new one is asked for"
            ),
            _ => tracing::error!(
                %error,
                cache = %cache.display(),
                "the cache of certificates can't be used: its folder must be writable by this program's user"
            ),
        }
    }
}

impl ResolvesServerCert for Acquired {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let is_challenge = is_tls_alpn_challenge(&hello);
        let resolver = {
            let resolver = self.resolver.read().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(&resolver)
        };
        let found = resolver.resolve(hello);
        if is_challenge {
            return found;
        }
        match found {
            Some(found) => {
                let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
                *last = Some(Arc::clone(&found));
                Some(found)
            }
            None => {
                let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
                if last.is_none() && self.without.is_time().is_some() {
                    tracing::warn!(
                        host = self.acme.host,
                        "somebody connects, and there is no certificate yet: the certificate authority is still asked"
                    );
                }
                last.clone()
            }
        }
    }
}

fn state(acme: &Acme, client: &Arc<ClientConfig>) -> State {
    let contact = acme.contact.as_ref().map(|address| {
        let address = address.strip_prefix("mailto:").unwrap_or(address);
        format!("mailto:{address}")
    });
    AcmeConfig::new_with_client_config([&acme.host], Arc::clone(client))
        .directory(&acme.directory)
        .contact(contact)
        .cache(DirCache::new(acme.cache.clone()))
        .state()
}

fn add_roots(roots: &mut RootCertStore, file: &Path) -> Result<(), CertificateError> {
    let text = std::fs::read(file).map_err(|source| CertificateError::Unreadable {
        file: file.to_owned(),
        source,
    })?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|source| CertificateError::Pem {
            file: file.to_owned(),
            source,
        })?;
    if found.is_empty() {
        return Err(CertificateError::NoCertificate {
            file: file.to_owned(),
        });
    }
    for certificate in found {
        roots
            .add(certificate)
            .map_err(|source| CertificateError::BadRoot {
                file: file.to_owned(),
                source,
            })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_can_not_be_made_is_told_before_anybody_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        std::fs::write(&file, "a file, no folder").unwrap();
        let acme = Acme {
            host: "app.test".to_owned(),
            contact: None,
            directory: "https://acme.test/directory".to_owned(),
            root: None,
            cache: file.join("acme"),
        };
        let error = Acquired::new(acme).unwrap_err();
        assert!(matches!(error, CertificateError::Cache { .. }), "{error:?}");
    }
}

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::CertifiedKey;
use webpki::EndEntityCert;

use super::{CertificateError, provider};

/// A certificate and its key in files, in the format PEM (RFC 7468).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CertificateFiles {
    /// The server's certificate, and after it those of its issuers.
    pub(crate) certificate: PathBuf,
    /// The private key: PKCS#8, PKCS#1 or SEC1, without a passphrase.
    pub(crate) key: PathBuf,
    /// The host that people type, which the certificate should be for.
    pub(crate) host: Option<String>,
}

/// What was in the files.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) certified: CertifiedKey,
    /// What is no reason to refuse them, but to look at them.
    pub(super) warnings: Vec<String>,
}

impl CertificateFiles {
    /// Reads both files, and answers what clients and others will not like about them.
    pub(crate) fn complaints_now(&self) -> Result<Vec<String>, CertificateError> {
        Ok(self.load(Timestamp::now())?.warnings)
    }

    /// Reads both files, and makes sure that they belong together.
    pub(super) fn load(&self, now: Timestamp) -> Result<Loaded, CertificateError> {
        let chain = self.chain()?;
        let mut warnings = self.complaints(&chain[0], now)?;
        warnings.extend(complaint_about_readers(&self.key));
        let certified = CertifiedKey::from_der(chain, self.private_key()?, &provider());
        let certified = certified.map_err(|source| match source {
            rustls::Error::InconsistentKeys(_) => CertificateError::Mismatch {
                certificate: self.certificate.clone(),
                key: self.key.clone(),
            },
            source => CertificateError::BadKey {
                file: self.key.clone(),
                source,
            },
        })?;
        Ok(Loaded {
            certified,
            warnings,
        })
    }

    /// At least one certificate.
    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
        let text = read(&self.certificate)?;
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, _>>()
            .map_err(|source| CertificateError::Pem {
                file: self.certificate.clone(),
                source,
            })?;
        match chain.is_empty() {
            true => Err(CertificateError::NoCertificate {
                file: self.certificate.clone(),
            }),
            false => Ok(chain),
        }
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, CertificateError> {
        let text = read(&self.key)?;
        let file = || self.key.clone();
        PrivateKeyDer::from_pem_slice(&text).map_err(|source| match source {
            pem::Error::NoItemsFound if is_locked(&text) => {
                CertificateError::LockedKey { file: file() }
            }
            pem::Error::NoItemsFound => CertificateError::NoKey { file: file() },
            source => CertificateError::Pem {
                file: file(),
                source,
            },
        })
    }

    /// What clients will not like about a certificate.
    fn complaints(
        &self,
        certificate: &CertificateDer<'_>,
        now: Timestamp,
    ) -> Result<Vec<String>, CertificateError> {
        let file = self.certificate.display();
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate).map_err(|error| {
            CertificateError::BadCertificate {
                file: self.certificate.clone(),
                source: match error {
                    x509_parser::nom::Err::Error(error) | x509_parser::nom::Err::Failure(error) => {
                        error
                    }
                    x509_parser::nom::Err::Incomplete(_) => {
                        x509_parser::error::X509Error::InvalidCertificate
                    }
                },
            }
        })?;
        let (begin, end) = (
            parsed.validity().not_before.timestamp(),
            parsed.validity().not_after.timestamp(),
        );
        let mut complaints = Vec::new();
        if end <= now.as_second() {
            let end = shown(end);
            complaints.push(format!("the certificate in {file} has expired at {end}"));
        }
        if begin > now.as_second() {
            let begin = shown(begin);
            complaints.push(format!(
                "the certificate in {file} is valid from {begin} only; if that has passed, this machine's clock is slow"
            ));
        }
        if let Some(host) = &self.host
            && !is_for(certificate, host)
        {
            complaints.push(format!(
                "the certificate in {file} is not for {host}, so clients will refuse it"
            ));
        }
        Ok(complaints)
    }
}

fn read(file: &Path) -> Result<Vec<u8>, CertificateError> {
    std::fs::read(file).map_err(|source| CertificateError::Unreadable {
        file: file.to_owned(),
        source,
    })
}

fn is_locked(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

/// Whether a certificate names a host (RFC 9525).
fn is_for(certificate: &CertificateDer<'_>, host: &str) -> bool {
    let (Ok(certificate), Ok(host)) = (
        EndEntityCert::try_from(certificate),
        ServerName::try_from(host.trim_matches(['[', ']'])),
    ) else {
        return false;
    };
    certificate.verify_is_valid_for_subject_name(&host).is_ok()
}

#[cfg(unix)]
fn complaint_about_readers(key: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = std::fs::metadata(key).ok()?.permissions().mode();
    (mode & 0o004 != 0).then(|| {
        let key = key.display();
        format!("everybody on this machine can read the private key in {key}: run `chmod o= {key}`")
    })
}

#[cfg(not(unix))]
fn complaint_about_readers(_key: &Path) -> Option<String> {
    None
}

/// A moment as people read it.
fn shown(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| "an unknown time".to_owned(), |time| time.to_string())
}

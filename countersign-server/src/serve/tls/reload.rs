use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::files::Loaded;
use super::{CertificateError, CertificateFiles};
use crate::error::with_causes;

/// A certificate from files, which are read again when they change. Connections that are there go on with the one that
/// they began with.
#[derive(Debug)]
pub(crate) struct Reloaded {
    files: CertificateFiles,
    current: RwLock<Arc<CertifiedKey>>,
    /// The files as they were when they were read at the start.
    first: Option<Stamp>,
}

/// What changes when files do.
type Stamp = [(SystemTime, u64); 2];

impl Reloaded {
    /// Reads the files for the first time.
    pub(crate) fn new(files: CertificateFiles) -> Result<Self, CertificateError> {
        // Before they are read: whatever changes meanwhile is read again.
        let first = stamp(&files);
        let loaded = files.load(Timestamp::now())?;
        Ok(Self {
            current: RwLock::new(Arc::new(accepted(loaded))),
            files,
            first,
        })
    }

    /// Reads the files again whenever somebody asks for it, and when they have changed. Never ends.
    pub(super) async fn keep_up_to_date(&self, mut asked: watch::Receiver<u64>) {
        let mut seen = self.first;
        loop {
            let is_asked = tokio::select! {
                changed = asked.changed() => match changed {
                    Ok(()) => true,
                    Err(_) => return,
                },
                () = sleep(PAUSE) => false,
            };
            let now = stamp(&self.files);
            if is_asked || now != seen {
                seen = now;
                self.reload();
            }
        }
    }

    /// Keeps what there is when the new files are wrong: half of a pair may have been written yet.
    fn reload(&self) {
        match self.files.load(Timestamp::now()) {
            Ok(loaded) => {
                let certified = Arc::new(accepted(loaded));
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = certified;
                let file = self.files.certificate.display();
                tracing::info!(%file, "the certificate was read again");
            }
            Err(error) => tracing::error!(
                error = with_causes(&error),
                "the new certificate can't be used; the server goes on with the old one"
            ),
        }
    }
}

impl ResolvesServerCert for Reloaded {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

fn accepted(loaded: Loaded) -> CertifiedKey {
    for warning in loaded.warnings {
        tracing::warn!("{warning}");
    }
    loaded.certified
}

/// `None` where a file is missing at the moment.
fn stamp(files: &CertificateFiles) -> Option<Stamp> {
    Some([stamp_of(&files.certificate)?, stamp_of(&files.key)?])
}

fn stamp_of(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// How often the files are looked at.
const PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;
    use tempfile::TempDir;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn files_that_change_are_read_again_by_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let files = write(&folder);
        let reloaded = Arc::new(Reloaded::new(files.clone()).unwrap());
        let before = shown(&reloaded);
        let (_ask, asked) = watch::channel(0);
        let keeper = Arc::clone(&reloaded);
        tokio::spawn(async move { keeper.keep_up_to_date(asked).await });
        tokio::time::sleep(PAUSE * 2).await;
        assert_eq!(shown(&reloaded), before, "nothing has changed");

        std::fs::remove_file(&files.key).unwrap();
        tokio::time::sleep(PAUSE * 2).await;
        assert_eq!(shown(&reloaded), before, "half of a pair is none");

        write(&folder);
        tokio::time::sleep(PAUSE * 2).await;
        assert_ne!(shown(&reloaded), before);
    }

    /// A new certificate in a folder's files.
    fn write(folder: &TempDir) -> CertificateFiles {
        let made = generate_simple_self_signed(["app.test".to_owned()]).unwrap();
        let files = CertificateFiles {
            certificate: folder.path().join("certificate.pem"),
            key: folder.path().join("key.pem"),
            host: Some("app.test".to_owned()),
        };
        std::fs::write(&files.key, made.key_pair.serialize_pem()).unwrap();
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        files
    }

    fn shown(reloaded: &Reloaded) -> Vec<u8> {
        reloaded.current.read().unwrap().cert[0].to_vec()
    }
}

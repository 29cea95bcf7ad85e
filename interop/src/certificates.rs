//! Certificates for tests, made and looked at by OpenSSL's program.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::PATIENCE;

/// A certificate authority that nobody trusts but its tests. Its files go when this value goes.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

/// A certificate and its key, in two files.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The certificate, in the format PEM.
    pub certificate: PathBuf,
    /// Its private key, PKCS#8 in the format PEM.
    pub key: PathBuf,
}

impl Authority {
    /// A new authority.
    pub async fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a folder for certificates")?;
        let authority = Self { folder };
        let root = authority.file("root");
        let (key, certificate) = (text(&root.key)?, text(&root.certificate)?);
        let request = [
            "req",
            "-x509",
            "-nodes",
            "-subj",
            "/CN=Authority of a test",
            "-days",
            "2",
        ];
        let files = ["-keyout", key, "-out", certificate];
        run(&[&request[..], &NEW_KEY, &files].concat()).await?;
        Ok(authority)
    }

    /// The file of the certificate that must be trusted for the others to be.
    pub fn root(&self) -> PathBuf {
        self.file("root").certificate
    }

    /// The folder of all its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A certificate for a name or an address, such as `DNS:app.test` or `IP:127.0.0.1`, valid for some days; negative
    /// ones are over. `file` is the beginning of its files' names.
    pub async fn certify(
        &self,
        file: &str,
        subject: &str,
        days: i32,
    ) -> anyhow::Result<Certificate> {
        self.certify_with(file, subject, days, &NEW_KEY).await
    }

    /// The same with a key of another kind: `-newkey rsa:2048`, say.
    pub async fn certify_with(
        &self,
        file: &str,
        subject: &str,
        days: i32,
        key: &[&str],
    ) -> anyhow::Result<Certificate> {
        let made = self.file(file);
        let root = self.file("root");
        let request = self.folder.path().join(format!("{file}.csr"));
        let extensions = format!("subjectAltName={subject}");
        let new = [
            "req",
            "-nodes",
            "-subj",
            "/CN=A test",
            "-addext",
            &extensions,
        ];
        let files = ["-keyout", text(&made.key)?, "-out", text(&request)?];
        run(&[&new[..], key, &files].concat()).await?;
        let days = days.to_string();
        run(&[
            "x509",
            "-req",
            "-in",
            text(&request)?,
            "-out",
            text(&made.certificate)?,
            "-CA",
            text(&root.certificate)?,
            "-CAkey",
            text(&root.key)?,
            "-days",
            &days,
            "-copy_extensions",
            "copyall",
        ])
        .await?;
        Ok(made)
    }

    fn file(&self, name: &str) -> Certificate {
        Certificate {
            certificate: self.folder.path().join(format!("{name}.pem")),
            key: self.folder.path().join(format!("{name}-key.pem")),
        }
    }
}

impl Certificate {
    /// Where a certificate begins in the format PEM (RFC 7468, section 5).
    pub const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

    /// Where it ends.
    pub const END: &str = "-----END CERTIFICATE-----";

    /// Whether a server has shown this one.
    pub fn is_shown_in(&self, answer: &TlsAnswer) -> anyhow::Result<bool> {
        let certificate = std::fs::read_to_string(&self.certificate)?;
        Ok(answer.output.contains(certificate.trim()))
    }

    /// Runs OpenSSL's program over the key, with another file for the result.
    pub async fn convert_key(&self, arguments: &[&str], to: &Path) -> anyhow::Result<()> {
        let files = ["-in", text(&self.key)?, "-out", text(to)?];
        run(&[arguments, &files].concat()).await
    }
}

/// What OpenSSL's client says about a connection.
#[derive(Debug, Clone)]
pub struct TlsAnswer {
    /// Whether there was one.
    pub is_connected: bool,
    /// All it printed.
    pub output: String,
}

/// Connects to a server as OpenSSL's client does, and sends it a text.
pub async fn tls(authority: &str, arguments: &[&str], text: &str) -> anyhow::Result<TlsAnswer> {
    let mut child = Command::new("openssl")
        .args(["s_client", "-connect", authority])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context(MISSING)?;
    let mut input = child.stdin.take().context("a standard input")?;
    // Whoever is refused does not listen.
    drop(input.write_all(text.as_bytes()).await);
    drop(input);
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .context("openssl s_client did not end")??;
    let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
    printed.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok(TlsAnswer {
        is_connected: output.status.success(),
        output: printed,
    })
}

async fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await
        .context(MISSING)?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("openssl {}: {}", arguments.join(" "), complaint.trim());
    }
    Ok(())
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path that is text")
}

const MISSING: &str = "openssl did not start; `cargo xtask test` installs it";

/// A key for ECDSA, which is made quickly.
const NEW_KEY: [&str; 4] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

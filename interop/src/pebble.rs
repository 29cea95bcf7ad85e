//! Pebble, a certificate authority for tests that speaks ACME: <https://github.com/letsencrypt/pebble>.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::{Authority, PATIENCE, PAUSE};

/// A running Pebble, with a name server for which every name is this machine's. Both end when this value goes.
#[derive(Debug)]
pub struct Pebble {
    address: SocketAddr,
    authority: Authority,
    _folder: TempDir,
    _processes: [Child; 2],
}

impl Pebble {
    /// Starts it. It looks for those whom it certifies on a port of this machine, and its certificates are valid for so
    /// many seconds.
    pub async fn start(tls_port: u16, valid_seconds: u64) -> anyhow::Result<Self> {
        let authority = Authority::new().await?;
        let own = authority.certify("pebble", "IP:127.0.0.1", 1).await?;
        let [address, names, management] = [free().await?, free().await?, free().await?];
        let folder = tempfile::tempdir()?;
        let configuration = serde_json::json!({ "pebble": {
            "listenAddress": address.to_string(),
            "managementListenAddress": "",
            "certificate": own.certificate,
            "privateKey": own.key,
            "httpPort": 1,
            "tlsPort": tls_port,
            "certificateValidityPeriod": valid_seconds,
        } });
        let file = folder.path().join("pebble.json");
        std::fs::write(&file, configuration.to_string())?;
        let name_server = command("pebble-challtestsrv")
            .args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""])
            .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
            .args(["-dns01", &names.to_string()])
            .args(["-management", &management.to_string()])
            .spawn()
            .context(MISSING)?;
        let pebble = command("pebble")
            .args(["-strict", "-dnsserver", &names.to_string(), "-config"])
            .arg(&file)
            // It waits and refuses by chance unless it is told not to.
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .spawn()
            .context(MISSING)?;
        wait_for(address).await?;
        wait_for(management).await?;
        Ok(Self {
            address,
            authority,
            _folder: folder,
            _processes: [name_server, pebble],
        })
    }

    /// The address of its directory.
    pub fn directory(&self) -> String {
        format!("https://{}/dir", self.address)
    }

    /// The file of the certificate that must be trusted to speak with it.
    pub fn root(&self) -> PathBuf {
        self.authority.root()
    }
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// An address that was free a moment ago: these programs take no port 0.
async fn free() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}

async fn wait_for(address: SocketAddr) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = TcpStream::connect(address).await {
        if Instant::now() > deadline {
            return Err(error).with_context(|| format!("nobody listens at {address}"));
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

const MISSING: &str = "pebble did not start; `cargo xtask test` installs it";

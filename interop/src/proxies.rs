//! Reverse proxies: real ones, run as ordinary programs with a folder of their own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::{PATIENCE, PAUSE};

/// A reverse proxy before it runs: its folder, which goes when this value goes, and what it is told.
#[derive(Debug)]
pub struct ProxyFolder {
    folder: TempDir,
}

/// A running reverse proxy. It is asked to end when this value goes.
#[derive(Debug)]
pub struct RunningProxy {
    child: Child,
    log: PathBuf,
}

impl ProxyFolder {
    /// A folder with nothing in it.
    pub fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a folder for the proxy")?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts nginx with a whole configuration, and waits until it listens at a port of this machine.
    pub async fn start_nginx(
        &self,
        configuration: &str,
        port: u16,
    ) -> anyhow::Result<RunningProxy> {
        let file = self.write("nginx.conf", configuration)?;
        let mut command = Command::new(nginx());
        command
            .arg("-p")
            .arg(self.path())
            .arg("-c")
            .arg(file)
            // Whoever runs the tests owns the folder; nginx would give it away.
            .args(["-g", "daemon off; user root root;"]);
        self.start(command, "nginx", port).await
    }

    /// Starts Caddy with a Caddyfile, and waits until it listens at a port of this machine.
    pub async fn start_caddy(&self, caddyfile: &str, port: u16) -> anyhow::Result<RunningProxy> {
        let file = self.write("Caddyfile", caddyfile)?;
        let mut command = Command::new("caddy");
        command
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(file)
            // What it keeps is kept below these (https://caddyserver.com/docs/conventions#file-locations).
            .env("XDG_DATA_HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path());
        self.start(command, "caddy", port).await
    }

    /// The certificate of Caddy's own authority, which signs where the Caddyfile says `tls internal`.
    pub fn caddy_root(&self) -> PathBuf {
        self.path().join("caddy/pki/authorities/local/root.crt")
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let file = self.path().join(name);
        std::fs::write(&file, text).with_context(|| file.display().to_string())?;
        Ok(file)
    }

    async fn start(
        &self,
        mut command: Command,
        name: &str,
        port: u16,
    ) -> anyhow::Result<RunningProxy> {
        let log = self.path().join("output.log");
        let output = std::fs::File::create(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{name} did not start; `cargo xtask test` installs it"))?;
        let mut proxy = RunningProxy { child, log };
        proxy.wait_until_it_listens(port).await?;
        Ok(proxy)
    }
}

impl RunningProxy {
    /// Ends it, and waits until its ports are free.
    #[cfg(unix)]
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(rustix::process::Pid::from_raw);
        // A killed master would leave its workers behind.
        rustix::process::kill_process(id.context("it has ended")?, rustix::process::Signal::TERM)?;
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .context("the proxy did not end")??;
        Ok(())
    }

    /// All that it printed.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    async fn wait_until_it_listens(&mut self, port: u16) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the proxy ended with {status}:\n{}", self.output());
            }
            match TcpStream::connect(("127.0.0.1", port)).await {
                Ok(_) => return Ok(()),
                Err(_) if Instant::now() < deadline => sleep(PAUSE).await,
                Err(error) => {
                    let output = self.output();
                    return Err(error).with_context(|| format!("the proxy printed:\n{output}"));
                }
            }
        }
    }
}

#[cfg(unix)]
impl Drop for RunningProxy {
    fn drop(&mut self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
            // nginx's workers end with a master that is asked to end, and not with one that is killed.
            let _ended_already = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
    }
}

/// A file of the guide's examples.
pub fn example(name: &str) -> anyhow::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/examples");
    let file = folder.join(name);
    std::fs::read_to_string(&file).with_context(|| file.display().to_string())
}

/// A text with some parts replaced, all of which must stand in it.
pub fn replaced(text: &str, replacements: &[(&str, &str)]) -> anyhow::Result<String> {
    let mut text = text.to_owned();
    for (old, new) in replacements {
        if !text.contains(old) {
            bail!("this does not stand in the example: {old}");
        }
        text = text.replace(old, new);
    }
    Ok(text)
}

/// A port of this machine that nobody uses at the moment.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Debian keeps it where only root looks.
fn nginx() -> PathBuf {
    let debian = Path::new("/usr/sbin/nginx");
    match debian.is_file() {
        true => debian.to_owned(),
        false => PathBuf::from("nginx"),
    }
}

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::{Authority, PATIENCE, PAUSE, free_port};

/// A running PostgreSQL with data of its own, which only this machine reaches. It ends when this value goes.
///
/// It speaks TLS, too, with a certificate of an authority that nobody else trusts. PostgreSQL refuses to run as root; where the tests do,
/// it runs as the user `postgres`, whom its package makes.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    authority: Authority,
    programs: PathBuf,
    _server: Child,
    _folder: TempDir,
}

impl Postgres {
    /// Makes an empty one, and starts it.
    pub async fn start() -> anyhow::Result<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().context("a folder for PostgreSQL")?;
        let authority = Authority::new().await?;
        let certificate = authority
            .certify("postgres", "IP:127.0.0.1,DNS:localhost", 1)
            .await?;
        let key = folder.path().join(KEY);
        std::fs::copy(&certificate.certificate, folder.path().join(CERTIFICATE))?;
        std::fs::copy(&certificate.key, &key)?;
        run(Command::new("chmod").arg("600").arg(&key)).await?;
        if is_root() {
            let mut chown = Command::new("chown");
            run(chown.args(["--recursive", USER]).arg(folder.path())).await?;
        }
        let mut initdb = as_user(&programs.join("initdb"));
        initdb
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata", DATA]);
        run(initdb.current_dir(folder.path())).await?;

        let (port, server) = listen(&programs, folder.path()).await?;
        Ok(Self {
            port,
            authority,
            programs,
            _server: server,
            _folder: folder,
        })
    }

    /// Makes an empty database, and answers its URL.
    pub async fn database(&self, name: &str) -> anyhow::Result<String> {
        let mut createdb = self.client("createdb");
        run(createdb.arg(name)).await?;
        Ok(format!(
            "postgresql://postgres@127.0.0.1:{}/{name}",
            self.port
        ))
    }

    /// The file of the certificate that must be trusted to speak TLS with it.
    pub fn root(&self) -> PathBuf {
        self.authority.root()
    }

    fn client(&self, program: &str) -> Command {
        let mut client = Command::new(self.programs.join(program));
        client
            .args(["--host=127.0.0.1", "--username=postgres"])
            .arg(format!("--port={}", self.port));
        client
    }
}

/// Starts it at a port that is free; at another one, where somebody took that before it could.
async fn listen(programs: &Path, folder: &Path) -> anyhow::Result<(u16, Child)> {
    for _ in 0..PORTS_TRIED {
        let port = free_port()?;
        let mut server = spawn(programs, folder, port)?;
        if is_ready(&mut server, folder).await? {
            return Ok((port, server));
        }
    }
    bail!("PostgreSQL does not start: {}", log(folder));
}

fn spawn(programs: &Path, folder: &Path, port: u16) -> anyhow::Result<Child> {
    let said = File::options()
        .append(true)
        .create(true)
        .open(folder.join(LOG))?;
    let mut server = as_user(&programs.join("postgres"));
    server
        .args(["-D", DATA, "-p", &port.to_string()])
        .args(["-c", "listen_addresses=127.0.0.1"])
        // Nobody misses the data after a failing machine.
        .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
        .args(["-c", "ssl=on"])
        // These paths are relative to the data.
        .args(["-c", &format!("ssl_cert_file=../{CERTIFICATE}")])
        .args(["-c", &format!("ssl_key_file=../{KEY}")])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .kill_on_drop(true);
    server.spawn().context("postgres")
}

/// Waits until it takes connections, or has ended. It is not asked at its port: there, another one could answer.
async fn is_ready(server: &mut Child, folder: &Path) -> anyhow::Result<bool> {
    let status = folder.join(DATA).join("postmaster.pid");
    let started = Instant::now();
    while server.try_wait()?.is_none() {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        if status.lines().any(|line| line.trim() == "ready") {
            return Ok(true);
        }
        if started.elapsed() > PATIENCE {
            bail!("PostgreSQL is not ready: {}", log(folder));
        }
        sleep(PAUSE).await;
    }
    Ok(false)
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join(LOG)).unwrap_or_default()
}

/// Where its programs are. Debian keeps them out of PATH, because there may be several versions of them.
fn programs() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path);
    let mut of_debian: Vec<PathBuf> = std::fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    of_debian.sort();
    let has_all = |folder: &PathBuf| PROGRAMS.iter().all(|name| folder.join(name).is_file());
    let mut folders = in_path.chain(of_debian.into_iter().rev());
    folders.find(has_all).context(
        "PostgreSQL is missing; on Debian or Ubuntu: apt-get install postgresql; `cargo xtask test` does so",
    )
}

/// A program as a user that PostgreSQL takes.
fn as_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={USER}"))
        .arg(format!("--regid={USER}"))
        .args(["--clear-groups", "--"])
        .arg(program);
    command
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

async fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output().await;
    let output = output.with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} ended with {}: {said}", output.status);
    }
    Ok(())
}

const DEBIAN: &str = "/usr/lib/postgresql";

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "createdb"];

/// What is in its folder.
const DATA: &str = "data";
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";
const LOG: &str = "log";

const PORTS_TRIED: usize = 5;

/// Whom Debian's package makes.
const USER: &str = "postgres";

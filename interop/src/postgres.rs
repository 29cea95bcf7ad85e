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
        let data = folder.path().join("data");
        let authority = Authority::new().await?;
        let certificate = authority
            .certify("postgres", "IP:127.0.0.1,DNS:localhost", 1)
            .await?;
        let [chain, key] = [
            folder.path().join("server.crt"),
            folder.path().join("server.key"),
        ];
        std::fs::copy(&certificate.certificate, &chain)?;
        std::fs::copy(&certificate.key, &key)?;
        run(Command::new("chmod").arg("600").arg(&key)).await?;
        if is_root() {
            let mut chown = Command::new("chown");
            run(chown.args(["--recursive", USER]).arg(folder.path())).await?;
        }
        let mut initdb = as_user(&programs.join("initdb"));
        initdb
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&data);
        run(initdb.current_dir(folder.path())).await?;

        let port = free_port()?;
        let mut server = as_user(&programs.join("postgres"));
        server
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            // Nobody misses the data after a failing machine.
            .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
            .args(["-c", "ssl=on", "-c"])
            .arg(format!("ssl_cert_file={}", chain.display()))
            .arg("-c")
            .arg(format!("ssl_key_file={}", key.display()))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let postgres = Self {
            port,
            authority,
            programs,
            _server: server.spawn().context("postgres")?,
            _folder: folder,
        };
        postgres.wait().await?;
        Ok(postgres)
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

    async fn wait(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        while run(&mut self.client("pg_isready")).await.is_err() {
            if started.elapsed() > PATIENCE {
                bail!("PostgreSQL did not start");
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    fn client(&self, program: &str) -> Command {
        let mut client = Command::new(self.programs.join(program));
        client
            .args(["--host=127.0.0.1", "--username=postgres"])
            .arg(format!("--port={}", self.port));
        client
    }
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

const PROGRAMS: [&str; 4] = ["initdb", "postgres", "createdb", "pg_isready"];

/// Whom Debian's package makes.
const USER: &str = "postgres";

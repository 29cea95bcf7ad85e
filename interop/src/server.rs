use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::{PATIENCE, PAUSE, programs};

/// A running program of this workspace. It is killed when this value goes.
#[derive(Debug)]
pub struct Server {
    url: String,
    output: watch::Receiver<String>,
    child: Child,
}

/// A program that ended by itself.
#[derive(Debug)]
pub struct Ended {
    /// What it left to whoever started it.
    pub status: ExitStatus,
    /// All it printed, to the standard output and to the standard error.
    pub output: String,
}

impl Server {
    /// A program of this workspace, by its name; [`ServerBuilder::start`] starts it.
    pub fn program(name: &str) -> ServerBuilder {
        Self::builder(name, None)
    }

    /// A program whose file is known: an example's own test has it from Cargo, as `env!("CARGO_BIN_EXE_quickstart")`.
    pub fn file(path: impl AsRef<Path>) -> ServerBuilder {
        let path = path.as_ref();
        Self::builder(&path.to_string_lossy(), Some(path.to_owned()))
    }

    fn builder(name: &str, file: Option<PathBuf>) -> ServerBuilder {
        ServerBuilder {
            name: name.to_owned(),
            file,
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
            input: None,
        }
    }

    /// The address of a path: `server.at("/login")` is `http://127.0.0.1:3000/login`.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Host and port, for those who speak with it by a socket of their own.
    pub fn authority(&self) -> &str {
        authority(&self.url)
    }

    /// The id of its process.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to end, as Ctrl-C in a terminal and a service manager do, and waits until it has ended.
    #[cfg(unix)]
    pub async fn stop(self) -> anyhow::Result<Ended> {
        self.signal(rustix::process::Signal::TERM)?;
        self.end().await
    }

    /// Waits until it has ended, because it was asked to.
    pub async fn end(mut self) -> anyhow::Result<Ended> {
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .context("it did not end")??;
        Ok(Ended {
            status,
            output: all_of(&mut self.output).await?,
        })
    }

    /// Sends it a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) -> anyhow::Result<()> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let id = id
            .and_then(rustix::process::Pid::from_raw)
            .context("it has ended already")?;
        Ok(rustix::process::kill_process(id, signal)?)
    }

    /// Waits until it has printed a text so many times. An error holds what it printed instead.
    pub async fn wait_for_output(&self, text: &str, times: usize) -> anyhow::Result<()> {
        let mut output = self.output.clone();
        let printed = output.wait_for(|output| output.matches(text).count() >= times);
        if let Ok(Ok(_)) = timeout(PATIENCE, printed).await {
            return Ok(());
        }
        bail!(
            "it did not print “{text}” {times} times:\n{}",
            self.output()
        );
    }

    /// Ends it in the middle of whatever it does, as a power failure would.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// All it has printed until now, to the standard output and to the standard error.
    pub fn output(&self) -> String {
        self.output.borrow().clone()
    }
}

/// How to start a [`Server`].
#[derive(Debug, Clone)]
pub struct ServerBuilder {
    name: String,
    /// Its file, unless it is yet to be built.
    file: Option<PathBuf>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    input: Option<String>,
}

impl ServerBuilder {
    /// Adds an argument.
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Sets a variable of its environment.
    pub fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let variable = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.environment.push(variable);
        self
    }

    /// Starts it in a folder, instead of the test's own.
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Passes it a text at its standard input.
    pub fn input(mut self, text: impl Into<String>) -> Self {
        self.input = Some(text.into());
        self
    }

    /// Builds the program if it is out of date, starts it, and waits until it listens at the first address
    /// `http://<host>:<port>` that it prints. An error holds what it printed instead.
    pub async fn start(self) -> anyhow::Result<Server> {
        let mut child = self.spawn().await?;
        let mut output = capture(&mut child)?;
        let url = wait_for_address(&mut output)
            .await
            .with_context(|| format!("`{}` printed:\n{}", self.name, *output.borrow()))?;
        wait_until_it_listens(&url, &mut child)
            .await
            .with_context(|| format!("`{}` printed:\n{}", self.name, *output.borrow()))?;
        Ok(Server { url, output, child })
    }

    /// Builds the program if it is out of date, starts it, and waits until it ends by itself.
    pub async fn run_to_end(self) -> anyhow::Result<Ended> {
        let mut child = self.spawn().await?;
        let mut output = capture(&mut child)?;
        let status = timeout(PATIENCE, child.wait())
            .await
            .with_context(|| format!("it did not end, and printed:\n{}", *output.borrow()))??;
        Ok(Ended {
            status,
            output: all_of(&mut output).await?,
        })
    }

    async fn spawn(&self) -> anyhow::Result<Child> {
        let file = match &self.file {
            Some(file) => file.clone(),
            None => programs::path_of(&self.name).await?,
        };
        let mut command = Command::new(file);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(match self.input {
                Some(_) => Stdio::piped(),
                None => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let mut child = command.spawn().context(self.name.clone())?;
        if let (Some(input), Some(mut stdin)) = (&self.input, child.stdin.take()) {
            stdin.write_all(input.as_bytes()).await?;
        }
        Ok(child)
    }
}

/// Reads both outputs for as long as the program lives, so that it never waits for a full pipe.
fn capture(child: &mut Child) -> anyhow::Result<watch::Receiver<String>> {
    let (sender, receiver) = watch::channel(String::new());
    let standard_output = child.stdout.take().context("a standard output")?;
    let standard_error = child.stderr.take().context("a standard error")?;
    tokio::spawn(copy_lines(standard_output, sender.clone()));
    tokio::spawn(copy_lines(standard_error, sender));
    Ok(receiver)
}

async fn copy_lines(input: impl AsyncRead + Unpin, output: watch::Sender<String>) {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    while matches!(input.read_until(b'\n', &mut line).await, Ok(length) if length > 0) {
        output.send_modify(|output| output.push_str(&String::from_utf8_lossy(&line)));
        line.clear();
    }
}

/// What a program that has ended has printed, to the last line.
async fn all_of(output: &mut watch::Receiver<String>) -> anyhow::Result<String> {
    // Both outputs are closed when nobody can add to the text any more.
    while output.changed().await.is_ok() {}
    Ok(output.borrow().clone())
}

async fn wait_for_address(output: &mut watch::Receiver<String>) -> anyhow::Result<String> {
    let printed = output.wait_for(|output| first_address(output).is_some());
    match timeout(PATIENCE, printed).await {
        Ok(Ok(output)) => Ok(first_address(&output).unwrap_or_default().to_owned()),
        Ok(Err(_closed)) => bail!("it ended before it named an address"),
        Err(_elapsed) => bail!("it named no address"),
    }
}

async fn wait_until_it_listens(url: &str, child: &mut Child) -> anyhow::Result<()> {
    let host = authority(url);
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait()? {
            bail!("it ended with {status}");
        }
        match TcpStream::connect(host).await {
            Ok(_) => return Ok(()),
            Err(_) if Instant::now() < deadline => sleep(PAUSE).await,
            Err(error) => return Err(error).context(format!("nobody listens at {url}")),
        }
    }
}

/// The first `http://<host>:<port>` or `https://<address>:<port>`, without a path. Only a whole line counts, lest half a
/// port be read.
fn first_address(output: &str) -> Option<&str> {
    let (whole_lines, _) = output.rsplit_once('\n')?;
    whole_lines
        .match_indices("http")
        .find_map(|(start, _)| address_in(&whole_lines[start..]))
}

/// The address with which a text begins. A name after `https://` is the site's public one.
fn address_in(text: &str) -> Option<&str> {
    let scheme = SCHEMES
        .into_iter()
        .find(|scheme| text.starts_with(scheme))?;
    let (host, port) = text[scheme.len()..].split_once(':')?;
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    let is_host = match scheme {
        HTTP => host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)),
        _ => host.parse::<IpAddr>().is_ok(),
    };
    (digits > 0 && is_host).then(|| &text[..scheme.len() + host.len() + 1 + digits])
}

fn authority(url: &str) -> &str {
    SCHEMES
        .into_iter()
        .find_map(|scheme| url.strip_prefix(scheme))
        .unwrap_or(url)
}

const HTTP: &str = "http://";
const SCHEMES: [&str; 2] = [HTTP, "https://"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_a_sentence() {
        let output = "see http://example.org/\nListening at http://127.0.0.1:3000/login.\n";
        assert_eq!(first_address(output), Some("http://127.0.0.1:3000"));
        assert_eq!(
            first_address("http://localhost:80\n"),
            Some("http://localhost:80")
        );
        let output = "Open https://app.example:3000/\nListening at https://127.0.0.1:3000.\n";
        assert_eq!(first_address(output), Some("https://127.0.0.1:3000"));
    }

    #[test]
    fn half_a_line_is_not_read() {
        assert_eq!(first_address("http://127.0.0.1:30"), None);
        assert_eq!(first_address("http://127.0.0.1:\n"), None);
    }

    #[tokio::test]
    async fn a_program_that_does_not_exist_is_an_error() {
        let error = Server::program("nobody").start().await.unwrap_err();
        assert_eq!(error.to_string(), "this workspace has no program `nobody`");
    }
}

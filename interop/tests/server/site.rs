//! A server with a data folder of its own.

use std::path::Path;

use anyhow::Context as _;
use countersign::accounts::{Accounts, By};
use countersign_interop::{Answer, Authority, Certificate, Curl, Server, ServerBuilder};
use tempfile::TempDir;

/// A running server. Both it and its data go when this value goes.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) data: TempDir,
}

impl Site {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(arguments: &[&str]) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let mut program = at_any_port(&data);
        for argument in arguments {
            program = program.argument(argument);
        }
        let server = program.start().await?;
        Ok(Self { server, data })
    }

    /// Starts it again on the same data, after something ended it.
    pub(crate) async fn start_again(data: TempDir) -> anyhow::Result<Self> {
        let server = at_any_port(&data).start().await?;
        Ok(Self { server, data })
    }

    /// The server's accounts, as a command on its machine has them.
    pub(crate) async fn accounts(&self) -> anyhow::Result<Accounts> {
        Ok(Accounts::open(self.data.path().join("countersign.db")).await?)
    }

    /// A link that makes whoever opens it an administrator.
    pub(crate) async fn administrators_link(&self) -> anyhow::Result<String> {
        let accounts = self.accounts().await?;
        let token = accounts.invite_administrator(&by()).await?;
        let token = token.reveal();
        Ok(self.at(&format!("/invitation?token={token}")))
    }

    /// A link that sets an account's password.
    pub(crate) async fn password_link(&self, name: &str) -> anyhow::Result<String> {
        let accounts = self.accounts().await?;
        let account = accounts.find_by_name(name).await?;
        let account = account.expect("an account of that name");
        let token = accounts.make_password_link(account.id, &by()).await?;
        let token = token.reveal();
        Ok(self.at(&format!("/set-password?token={token}")))
    }

    pub(crate) fn at(&self, path: &str) -> String {
        self.server.at(path)
    }

    /// A page, asked for as browsers ask.
    pub(crate) async fn page(&self, curl: &Curl, path: &str) -> anyhow::Result<Answer> {
        curl.run(&["--header", "Accept: text/html", &self.at(path)])
            .await
    }

    /// An account of that name, and a jar in which its owner is logged in.
    pub(crate) async fn register(&self, name: &str) -> anyhow::Result<Curl> {
        self.register_in(name, "en").await
    }

    /// The same for somebody who prefers a language, which the account keeps.
    pub(crate) async fn register_in(&self, name: &str, languages: &str) -> anyhow::Result<Curl> {
        let curl = Curl::new()?;
        let languages = format!("Accept-Language: {languages}");
        let name = format!("username={name}");
        let password = format!("password={PASSWORD}");
        let register = self.at("/register");
        let arguments = ["--header", &languages, "--data-urlencode", &name];
        let more = ["--data-urlencode", &password, &register];
        let answer = curl.run(&[&arguments[..], &more].concat()).await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
        Ok(curl)
    }

    /// A jar in which somebody is logged in by the form.
    pub(crate) async fn log_in(&self, name: &str) -> anyhow::Result<Curl> {
        let curl = Curl::new()?;
        let answer = self.try_to_log_in(&curl, name, PASSWORD).await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
        Ok(curl)
    }

    pub(crate) async fn try_to_log_in(
        &self,
        curl: &Curl,
        name: &str,
        password: &str,
    ) -> anyhow::Result<Answer> {
        let fields = [("username", name), ("password", password)];
        curl.post(&self.at("/login"), &fields).await
    }

    /// Whether the page that needs a login is shown to the jar's owner. Anything but that page and the way to the
    /// login form is an error.
    pub(crate) async fn is_logged_in(&self, curl: &Curl) -> anyhow::Result<bool> {
        let answer = self.page(curl, "/account").await?;
        match answer.status {
            200 => Ok(true),
            303 => {
                assert_eq!(answer.header("location"), Some(LOGIN_FOR_ACCOUNT));
                Ok(false)
            }
            status => anyhow::bail!("{status} for the account:\n{}", answer.body),
        }
    }
}

/// A server that encrypts by itself. All of it goes when this value goes.
#[derive(Debug)]
pub(crate) struct SecureSite {
    pub(crate) server: Server,
    pub(crate) data: TempDir,
    pub(crate) authority: Authority,
    pub(crate) certificate: Certificate,
}

impl SecureSite {
    pub(crate) async fn start_with(arguments: &[&str]) -> anyhow::Result<Self> {
        let authority = Authority::new().await?;
        let certificate = authority
            .certify("site", &format!("DNS:{HOST}"), 10)
            .await?;
        let data = tempfile::tempdir()?;
        let mut program = secure(&certificate)
            .argument("--data")
            .argument(data.path());
        for argument in arguments {
            program = program.argument(argument);
        }
        let server = program.start().await?;
        Ok(Self {
            server,
            data,
            authority,
            certificate,
        })
    }

    /// Runs curl, which trusts the authority and finds the host here.
    pub(crate) async fn run(
        &self,
        curl: &Curl,
        arguments: &[&str],
        path: &str,
    ) -> anyhow::Result<Answer> {
        let root = self.authority.root();
        run_at(curl, &self.server, &root, arguments, path).await
    }
}

/// Runs curl, which trusts a root and finds the host where a server is.
pub(crate) async fn run_at(
    curl: &Curl,
    server: &Server,
    root: &Path,
    arguments: &[&str],
    path: &str,
) -> anyhow::Result<Answer> {
    let (address, port) = server.authority().split_once(':').context("a port")?;
    let root = root.to_str().context("a path that is text")?;
    let resolve = format!("{HOST}:{port}:{address}");
    let url = format!("https://{HOST}:{port}{path}");
    let here = ["--cacert", root, "--resolve", &resolve, &url];
    curl.run(&[arguments, &here].concat()).await
}

/// The program, with a certificate for a public site.
pub(crate) fn secure(certificate: &Certificate) -> ServerBuilder {
    public(program())
        .argument("--https-certificate")
        .argument(&certificate.certificate)
        .argument("--https-key")
        .argument(&certificate.key)
}

/// A program that knows its public site.
pub(crate) fn public(program: ServerBuilder) -> ServerBuilder {
    program
        .argument("--public-url")
        .argument(format!("https://{HOST}"))
        .argument("--registration")
        .argument("open")
}

/// The host of a public site.
pub(crate) const HOST: &str = "app.test";

/// The program, at a port that is free.
pub(crate) fn program() -> ServerBuilder {
    Server::program("countersign")
        .argument("--listen")
        .argument("127.0.0.1:0")
}

fn by() -> By {
    By::system("a test")
}

fn at_any_port(data: &TempDir) -> ServerBuilder {
    program().argument("--data").argument(data.path())
}

pub(crate) const PASSWORD: &str = "four words in a row";

/// Where a stranger is sent who wants to see the account.
pub(crate) const LOGIN_FOR_ACCOUNT: &str = "/login?next=%2Faccount";

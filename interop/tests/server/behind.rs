//! A server behind a reverse proxy, which is set up as the guide says.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use countersign_interop::{
    Answer, Authority, Certificate, Curl, Ended, PATIENCE, ProxyFolder, RunningProxy, Server,
    example, free_port, replaced,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::site::PASSWORD;

/// A server, and the folder of a proxy in front of it. All of it goes when this value goes.
#[derive(Debug)]
pub(crate) struct Behind {
    /// `None` while it is down.
    pub(crate) server: Option<Server>,
    pub(crate) folder: ProxyFolder,
    pub(crate) authority: Authority,
    /// Where the proxy listens.
    pub(crate) ports: Ports,
    data: TempDir,
}

/// The ports of a proxy, and of the server behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) http: u16,
    pub(crate) https: u16,
    pub(crate) server: u16,
}

/// One client of the proxy: a cookie jar, and the address that it comes from.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    pub(crate) behind: &'a Behind,
    pub(crate) curl: Curl,
    pub(crate) address: &'static str,
    /// The certificate by which it knows the site.
    pub(crate) root: PathBuf,
}

impl Behind {
    /// A server that knows its proxy, and no proxy yet.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let ports = Ports {
            http: free_port()?,
            https: free_port()?,
            server: free_port()?,
        };
        let data = tempfile::tempdir()?;
        let configuration = format!(
            "public_url = 'https://localhost:{}'\nlisten = '127.0.0.1:{}'\ndata = 'data'\nregistration = 'open'\n\n\
             [proxy]\ntrusted = ['127.0.0.1']\n",
            ports.https, ports.server
        );
        std::fs::write(data.path().join("countersign.toml"), configuration)?;
        let mut behind = Self {
            server: None,
            folder: ProxyFolder::new()?,
            authority: Authority::new().await?,
            ports,
            data,
        };
        behind.start_server(&[]).await?;
        Ok(behind)
    }

    /// Starts the server, after it was stopped.
    pub(crate) async fn start_server(&mut self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut program = Server::program("countersign")
            .argument("--config")
            .argument(self.configuration());
        for argument in arguments {
            program = program.argument(argument);
        }
        self.server = Some(program.start().await?);
        Ok(())
    }

    pub(crate) async fn stop_server(&mut self) -> anyhow::Result<()> {
        let server = self.server.take().context("a server that runs")?;
        let ended = server.stop().await?;
        anyhow::ensure!(ended.status.success(), "{}", ended.output);
        Ok(())
    }

    /// The server's configuration file.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.data.path().join("countersign.toml")
    }

    /// The folder of its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.data.path().join("data")
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.ports.https)
    }

    /// Starts nginx as the guide says, at ports of this machine.
    pub(crate) async fn nginx(&self) -> anyhow::Result<RunningProxy> {
        self.nginx_but(&[]).await
    }

    /// The same with some parts of the guide's file replaced.
    pub(crate) async fn nginx_but(
        &self,
        replacements: &[(&str, &str)],
    ) -> anyhow::Result<RunningProxy> {
        let certificate = self
            .authority
            .certify("site", "DNS:localhost,IP:127.0.0.1,IP:::1", 90)
            .await?;
        self.nginx_with(&certificate, replacements).await
    }

    /// The same with another certificate.
    pub(crate) async fn nginx_with(
        &self,
        certificate: &Certificate,
        replacements: &[(&str, &str)],
    ) -> anyhow::Result<RunningProxy> {
        let text = replaced(&example("nginx.conf")?, replacements)?;
        // A test may have replaced these.
        let text = text.replace(
            "https://login.example.com",
            &format!("https://localhost:{}", self.ports.https),
        );
        let folder = shown(self.folder.path())?;
        let Ports {
            http,
            https,
            server,
        } = self.ports;
        let live = "/etc/letsencrypt/live/login.example.com";
        let text = replaced(
            &text,
            &[
                ("/run/nginx.pid", &format!("{folder}/nginx.pid")),
                ("/var/log/nginx", folder),
                // What Debian's nginx would otherwise write where only root may.
                ("http {\n", &format!("http {{\n{}", temporary(folder))),
                ("listen 80;", &listen(http, "")),
                ("listen 443 ssl http2;", &listen(https, " ssl http2")),
                (
                    &format!("{live}/fullchain.pem"),
                    shown(&certificate.certificate)?,
                ),
                (&format!("{live}/privkey.pem"), shown(&certificate.key)?),
                ("login.example.com", "localhost"),
                ("127.0.0.1:3000", &format!("127.0.0.1:{server}")),
            ],
        )?;
        self.folder.start_nginx(&text, https).await
    }

    /// Starts Caddy as the guide says, at ports of this machine, with an authority of its own.
    pub(crate) async fn caddy(&self) -> anyhow::Result<RunningProxy> {
        self.caddy_but(&[]).await
    }

    /// The same with some parts of the guide's file replaced.
    pub(crate) async fn caddy_but(
        &self,
        replacements: &[(&str, &str)],
    ) -> anyhow::Result<RunningProxy> {
        let Ports {
            http,
            https,
            server,
        } = self.ports;
        let here = format!(
            "{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {http}\n}}\n\nlocalhost:{https} {{\n\ttls internal\n"
        );
        let text = replaced(
            &replaced(&example("Caddyfile")?, replacements)?,
            &[
                ("\nlogin.example.com {\n", &format!("\n{here}")),
                (
                    "reverse_proxy 127.0.0.1:3000",
                    &format!("reverse_proxy 127.0.0.1:{server}"),
                ),
            ],
        )?;
        let caddy = self.folder.start_caddy(&text, https).await?;
        self.wait_for_certificate().await?;
        Ok(caddy)
    }

    /// Caddy listens before it has made itself a certificate.
    async fn wait_for_certificate(&self) -> anyhow::Result<()> {
        let client = self.client_at("127.0.0.2", &self.folder.caddy_root())?;
        let answered = async {
            while client.page("/login").await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, answered)
            .await
            .context("Caddy has no certificate")
    }

    /// A client that knows the tests' authority, at an address of this machine that is no proxy's.
    pub(crate) fn client(&self) -> anyhow::Result<Client<'_>> {
        self.client_at("127.0.0.2", &self.authority.root())
    }

    pub(crate) fn client_at(
        &self,
        address: &'static str,
        root: &Path,
    ) -> anyhow::Result<Client<'_>> {
        Ok(Client {
            behind: self,
            curl: Curl::new()?,
            address,
            root: root.to_owned(),
        })
    }

    /// What the doctor prints who reads the server's file.
    pub(crate) async fn doctor(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let mut program = Server::program("countersign")
            .argument("doctor")
            .argument("--config")
            .argument(self.configuration());
        for argument in arguments {
            program = program.argument(argument);
        }
        program.run_to_end().await
    }

    /// The same for programs, with the authority named by `root`.
    pub(crate) async fn findings(
        &self,
        root: &Path,
        arguments: &[&str],
    ) -> anyhow::Result<Findings> {
        let port = self.ports.http.to_string();
        let here = ["--json", "--root", shown(root)?, "--http-port", &port];
        let ended = self.doctor(&[&here[..], arguments].concat()).await?;
        let code = ended.status.code();
        // What goes to the standard error stands around it.
        let json = ended
            .output
            .find('{')
            .zip(ended.output.rfind('}'))
            .map(|(start, end)| &ended.output[start..=end])
            .with_context(|| ended.output.clone())?;
        let report = serde_json::from_str(json).with_context(|| ended.output.clone())?;
        Ok(Findings { report, code })
    }
}

impl Client<'_> {
    /// Asks for a page, as browsers do.
    pub(crate) async fn page(&self, path: &str) -> anyhow::Result<Answer> {
        self.run(&["--header", "Accept: text/html"], path).await
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut arguments = vec!["--header", "Accept: text/html", "--request", "POST"];
        for field in &fields {
            arguments.extend(["--data-urlencode", field]);
        }
        self.run(&arguments, path).await
    }

    pub(crate) async fn register(&self, name: &str) -> anyhow::Result<()> {
        let fields = [("username", name), ("password", PASSWORD)];
        let answer = self.post("/register", &fields).await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
        Ok(())
    }

    /// Runs curl from this client's address.
    pub(crate) async fn run(&self, arguments: &[&str], path: &str) -> anyhow::Result<Answer> {
        let url = format!("{}{path}", self.behind.url());
        let family = match self.address.contains(':') {
            true => "--ipv6",
            false => "--ipv4",
        };
        let root = shown(&self.root)?;
        let here = [family, "--interface", self.address, "--cacert", root, &url];
        self.curl.run(&[arguments, &here].concat()).await
    }
}

/// What the doctor found.
#[derive(Debug)]
pub(crate) struct Findings {
    report: Value,
    pub(crate) code: Option<i32>,
}

impl Findings {
    /// The checks with this result, in their order.
    pub(crate) fn with(&self, result: &str) -> Vec<&str> {
        self.all()
            .filter(|finding| finding["result"] == result)
            .filter_map(|finding| finding["check"].as_str())
            .collect()
    }

    /// What was found by a check and what to do, in one text.
    pub(crate) fn text(&self, check: &str) -> String {
        self.all()
            .filter(|finding| finding["check"] == check)
            .flat_map(|finding| [&finding["found"], &finding["to_do"]])
            .filter_map(Value::as_str)
            .map(|sentence| format!("{sentence}\n"))
            .collect()
    }

    fn all(&self) -> impl Iterator<Item = &Value> {
        let findings = self.report["findings"].as_array();
        findings.into_iter().flatten()
    }
}

/// Both addresses of this machine, as two lines.
fn listen(port: u16, more: &str) -> String {
    format!("listen 127.0.0.1:{port}{more};\n        listen [::1]:{port}{more};")
}

fn temporary(folder: &str) -> String {
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("    {name}_temp_path {folder}/{name};\n"))
        .concat()
}

pub(crate) fn shown(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("a path that is text")
}

//! By a certificate authority that speaks ACME: Pebble, on this machine.

use std::os::unix::fs::PermissionsExt as _;

use countersign_interop::{Certificate, Pebble, Server, ServerBuilder, TlsAnswer, tls};
use tempfile::TempDir;

use crate::site::{HOST, public};

#[tokio::test]
async fn a_certificate_is_had_and_survives_a_restart() -> anyhow::Result<()> {
    let port = free_port()?;
    let pebble = Pebble::start(port, A_WEEK).await?;
    let data = tempfile::tempdir()?;
    let server = start(&pebble, port, &data).await?;
    server
        .wait_for_output("a new certificate is in use", 1)
        .await?;
    let first = look(&server).await?;
    assert!(
        first.output.contains("Pebble Intermediate"),
        "{}",
        first.output
    );
    let before = shown(&first);
    assert_eq!(mode(&data.path().join("acme"))?, 0o700);
    server.stop().await?;
    let server = start(&pebble, port, &data).await?;
    server
        .wait_for_output("the certificate from the cache is in use", 1)
        .await?;
    assert_eq!(shown(&look(&server).await?), before);
    let ended = server.stop().await?;
    assert!(
        !ended.output.contains("a new certificate"),
        "{}",
        ended.output
    );
    Ok(())
}

#[tokio::test]
async fn a_certificate_is_renewed_before_it_ends() -> anyhow::Result<()> {
    let port = free_port()?;
    let pebble = Pebble::start(port, SOME_SECONDS).await?;
    let data = tempfile::tempdir()?;
    let server = start(&pebble, port, &data).await?;
    server
        .wait_for_output("a new certificate is in use", 1)
        .await?;
    let before = shown(&look(&server).await?);
    server
        .wait_for_output("a new certificate is in use", 2)
        .await?;
    assert_ne!(shown(&look(&server).await?), before);
    Ok(())
}

#[tokio::test]
async fn without_a_certificate_nobody_is_served_and_the_log_says_why() -> anyhow::Result<()> {
    let port = free_port()?;
    let data = tempfile::tempdir()?;
    let server = program("https://127.0.0.1:1/dir", port, &data)
        .start()
        .await?;
    server
        .wait_for_output("no certificate could be had", 1)
        .await?;
    assert!(
        server
            .output()
            .contains("app.test must lead to this machine")
    );
    let answer = look(&server).await?;
    assert!(!answer.is_connected, "{}", answer.output);
    server
        .wait_for_output("there is no certificate yet", 1)
        .await?;
    // Whoever mended it need not wait.
    server.signal(rustix::process::Signal::HUP)?;
    server
        .wait_for_output("no certificate could be had", 2)
        .await?;
    let ended = server.stop().await?;
    assert!(ended.status.success(), "{}", ended.output);
    Ok(())
}

#[tokio::test]
async fn an_address_is_no_name_and_gets_no_certificate() -> anyhow::Result<()> {
    for (url, code, text) in [
        (Some("https://192.0.2.1"), 1, "for names only"),
        (None, 2, "public_url"),
    ] {
        let mut program = Server::program("countersign")
            .argument("--listen")
            .argument("127.0.0.1:0")
            .argument("--https-acme=true");
        if let Some(url) = url {
            program = program
                .argument("--registration=open")
                .argument("--public-url")
                .argument(url);
        }
        let ended = program.run_to_end().await?;
        assert_eq!(ended.status.code(), Some(code), "{}", ended.output);
        assert!(ended.output.contains(text), "{}", ended.output);
    }
    Ok(())
}

async fn start(pebble: &Pebble, port: u16, data: &TempDir) -> anyhow::Result<Server> {
    program(&pebble.directory(), port, data)
        .argument("--https-acme-root")
        .argument(pebble.root())
        .start()
        .await
}

fn program(directory: &str, port: u16, data: &TempDir) -> ServerBuilder {
    public(Server::program("countersign"))
        .argument("--listen")
        .argument(format!("127.0.0.1:{port}"))
        .argument("--data")
        .argument(data.path())
        .argument("--https-acme=true")
        .argument("--https-acme-contact")
        .argument("admin@app.test")
        .argument("--https-acme-directory")
        .argument(directory)
}

async fn look(server: &Server) -> anyhow::Result<TlsAnswer> {
    tls(server.authority(), &["-servername", HOST], "").await
}

/// The certificate in what OpenSSL's client prints.
fn shown(answer: &TlsAnswer) -> String {
    let (_, rest) = answer
        .output
        .split_once(Certificate::BEGIN)
        .unwrap_or_default();
    rest.split(Certificate::END)
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}

fn mode(path: &std::path::Path) -> anyhow::Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o777)
}

const A_WEEK: u64 = 7 * 24 * 60 * 60;

/// Two thirds of it pass before the renewal.
const SOME_SECONDS: u64 = 9;

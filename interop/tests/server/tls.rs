//! By https: certificates from files, and what is spoken over them.

use std::process::Stdio;

use anyhow::Context as _;
use countersign_interop::{Certificate, Curl, PATIENCE, tls};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use crate::site::{HOST, PASSWORD, SecureSite, program, public, secure};

#[tokio::test]
async fn curl_logs_in_over_both_versions_of_http() -> anyhow::Result<()> {
    let site = SecureSite::start_with(&[]).await?;
    for (version, protocol, name) in [
        ("--http1.1", "HTTP/1.1", "Ada"),
        ("--http2", "HTTP/2", "Bob"),
    ] {
        let curl = Curl::new()?;
        let form = format!("username={name}&password={PASSWORD}");
        let answer = site
            .run(&curl, &[version, "--data", &form], "/register")
            .await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(answer.protocol, protocol);
        let cookie = answer.header("set-cookie").unwrap_or_default();
        assert!(cookie.starts_with("__Host-countersign="), "{cookie}");
        let account = site
            .run(
                &curl,
                &[version, "--header", "Accept: text/html"],
                "/account",
            )
            .await?;
        assert_eq!(account.status, 200);
        assert_eq!(
            account.header("strict-transport-security"),
            Some("max-age=31536000")
        );
    }
    Ok(())
}

#[tokio::test]
async fn tls_is_1_2_or_1_3_and_resumed() -> anyhow::Result<()> {
    let site = SecureSite::start_with(&[]).await?;
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let answer = tls(site.server.authority(), &["-servername", HOST, version], "").await?;
        assert!(answer.output.contains(name), "{}", answer.output);
        assert!(site.certificate.is_shown_in(&answer)?);
    }
    let old = [
        "-servername",
        HOST,
        "-tls1_1",
        "-cipher",
        "DEFAULT@SECLEVEL=0",
    ];
    let answer = tls(site.server.authority(), &old, "").await?;
    assert!(!answer.is_connected, "{}", answer.output);

    let kept = site.data.path().join("session");
    let kept = kept.to_str().context("a path that is text")?;
    let first = ["-tls1_2", "-sess_out", kept];
    tls(site.server.authority(), &first, "").await?;
    let again = tls(site.server.authority(), &["-tls1_2", "-sess_in", kept], "").await?;
    assert!(again.output.contains("Reused, TLSv1.2"), "{}", again.output);
    Ok(())
}

#[tokio::test]
async fn the_promise_of_https_is_as_long_as_it_is_set_to_be() -> anyhow::Result<()> {
    for (age, header) in [("0s", Some("max-age=0")), ("2d", Some("max-age=172800"))] {
        let site = SecureSite::start_with(&["--https-hsts", age]).await?;
        let answer = site.run(&Curl::new()?, &[], "/login").await?;
        assert_eq!(answer.header("strict-transport-security"), header);
    }
    Ok(())
}

#[tokio::test]
async fn every_usual_kind_of_key_is_read() -> anyhow::Result<()> {
    let site = SecureSite::start_with(&[]).await?;
    let sec1 = site.authority.folder().join("sec1.pem");
    site.certificate.convert_key(&["ec"], &sec1).await?;
    let rsa = site.authority.folder().join("pkcs1.pem");
    let request = ["-newkey", "rsa:2048"];
    let certificate = site
        .authority
        .certify_with("rsa", "DNS:app.test", 10, &request)
        .await?;
    certificate
        .convert_key(&["rsa", "-traditional"], &rsa)
        .await?;
    for (key, certificate, kind) in [
        (sec1, site.certificate.clone(), "BEGIN EC PRIVATE KEY"),
        (rsa, certificate.clone(), "BEGIN RSA PRIVATE KEY"),
        (certificate.key.clone(), certificate, "BEGIN PRIVATE KEY"),
    ] {
        assert!(std::fs::read_to_string(&key)?.contains(kind));
        let data = tempfile::tempdir()?;
        let files = Certificate { key, ..certificate };
        let server = secure(&files)
            .argument("--data")
            .argument(data.path())
            .start()
            .await?;
        let answer = tls(server.authority(), &["-servername", HOST], "").await?;
        assert!(files.is_shown_in(&answer)?, "{kind}: {}", answer.output);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_the_files_is_one_clear_sentence() -> anyhow::Result<()> {
    let site = SecureSite::start_with(&[]).await?;
    let good = site.certificate.clone();
    let other = site.authority.certify("other", "DNS:app.test", 10).await?;
    let file = |name: &str| site.authority.folder().join(name);
    good.convert_key(
        &["pkey", "-aes128", "-passout", "pass:secret"],
        &file("locked.pem"),
    )
    .await?;
    std::fs::write(file("empty.pem"), "")?;
    std::fs::write(
        file("damaged.pem"),
        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    )?;
    let (certificate, key) = (&good.certificate, &good.key);
    for (certificate, key, texts) in [
        (
            &file("missing.pem"),
            key,
            &["missing.pem", "can't be read"][..],
        ),
        (
            &file("empty.pem"),
            key,
            &["no certificate", "empty.pem", "BEGIN CERTIFICATE"],
        ),
        (key, certificate, &["no certificate", "BEGIN CERTIFICATE"]),
        (&file("damaged.pem"), key, &["damaged.pem", "PEM"]),
        (
            certificate,
            &file("missing.pem"),
            &["missing.pem", "can't be read"],
        ),
        (certificate, certificate, &["no private key", "PKCS#8"]),
        (
            certificate,
            &file("locked.pem"),
            &["locked.pem", "passphrase", "openssl pkey"],
        ),
        (
            certificate,
            &other.key,
            &["other-key.pem", "does not belong"],
        ),
    ] {
        let files = Certificate {
            certificate: certificate.clone(),
            key: key.clone(),
        };
        let ended = secure(&files).run_to_end().await?;
        assert_eq!(ended.status.code(), Some(1), "{}", ended.output);
        for text in texts {
            assert!(ended.output.contains(text), "{text}:\n{}", ended.output);
        }
    }
    let half = public(program())
        .argument("--https-certificate")
        .argument(certificate);
    let ended = half.run_to_end().await?;
    assert_eq!(ended.status.code(), Some(2), "{}", ended.output);
    assert!(ended.output.contains("https.key"), "{}", ended.output);
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn what_clients_will_not_like_is_a_warning() -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let site = SecureSite::start_with(&[]).await?;
    let output = site.server.output();
    assert!(!output.contains("WARN"), "{output}");
    let certificate = site.authority.certify("old", "DNS:other.test", -1).await?;
    std::fs::set_permissions(&certificate.key, PermissionsExt::from_mode(0o644))?;
    let data = tempfile::tempdir()?;
    let server = secure(&certificate)
        .argument("--data")
        .argument(data.path())
        .start()
        .await?;
    for text in [
        "old.pem has expired at 20",
        "is not for app.test",
        "everybody on this machine can read the private key",
    ] {
        server.wait_for_output(text, 1).await?;
    }
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_certificate_is_shown_to_those_who_come_and_the_others_go_on() -> anyhow::Result<()> {
    let site = SecureSite::start_with(&[]).await?;
    let authority = site.server.authority();
    let mut old = Talk::begin(authority).await?;
    old.ask().await?;

    let new = site.authority.certify("new", "DNS:app.test", 10).await?;
    std::fs::copy(&new.certificate, &site.certificate.certificate)?;
    site.server.signal(rustix::process::Signal::HUP)?;
    // The certificate is new and the key is not: the pair is refused.
    site.server
        .wait_for_output("goes on with the old one", 1)
        .await?;
    let answer = tls(authority, &["-servername", HOST], "").await?;
    assert!(!new.is_shown_in(&answer)?, "{}", answer.output);
    assert!(answer.output.contains("BEGIN CERTIFICATE"));

    std::fs::copy(&new.key, &site.certificate.key)?;
    site.server.signal(rustix::process::Signal::HUP)?;
    site.server
        .wait_for_output("the certificate was read again", 1)
        .await?;
    let answer = tls(authority, &["-servername", HOST], "").await?;
    assert!(new.is_shown_in(&answer)?, "{}", answer.output);
    old.ask().await
}

#[tokio::test]
async fn those_who_come_by_http_are_sent_to_the_public_address() -> anyhow::Result<()> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let from = format!("127.0.0.1:{port}");
    let site = SecureSite::start_with(&["--https-redirect-from", &from]).await?;
    let curl = Curl::new()?;
    let url = format!("http://{from}/account?a=b");
    for arguments in [
        &["--header", "Host: evil.example"][..],
        &["--request-target", "http://evil.example/account?a=b"],
        &["--head"],
    ] {
        let answer = curl.run(&[arguments, &[&url]].concat()).await?;
        assert_eq!(answer.status, 308);
        assert_eq!(
            answer.header("location"),
            Some("https://app.test/account?a=b")
        );
        assert_eq!(answer.header("strict-transport-security"), None);
    }
    let fields = [("username", "Ada"), ("password", PASSWORD)];
    let answer = curl.post(&format!("http://{from}/login"), &fields).await?;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("location"), None);
    assert!(answer.body.contains("not encrypted"), "{}", answer.body);
    let long = format!("http://{from}/{}", "a".repeat(9_000));
    assert_eq!(curl.get(&long).await?.status, 414);
    drop(site);
    Ok(())
}

#[tokio::test]
async fn who_speaks_http_where_tls_is_spoken_is_told() -> anyhow::Result<()> {
    let site = SecureSite::start_with(&[]).await?;
    let url = format!("http://{}/", site.server.authority());
    let answer = Curl::new()?.get(&url).await?;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("https://"), "{}", answer.body);
    Ok(())
}

#[tokio::test]
async fn a_redirect_needs_to_know_where_to() -> anyhow::Result<()> {
    let ended = program()
        .argument("--https-redirect-from")
        .argument("127.0.0.1:0")
        .run_to_end()
        .await?;
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.output.contains("public_url"), "{}", ended.output);
    Ok(())
}

/// One connection of OpenSSL's client, over which requests go one after another.
#[cfg(unix)]
struct Talk {
    client: tokio::process::Child,
}

#[cfg(unix)]
impl Talk {
    async fn begin(authority: &str) -> anyhow::Result<Self> {
        let client = Command::new("openssl")
            .args(["s_client", "-quiet", "-no_ign_eof", "-connect", authority])
            .args(["-servername", HOST])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { client })
    }

    /// Asks for a page, and reads the answer to the end of its head.
    async fn ask(&mut self) -> anyhow::Result<()> {
        let input = self.client.stdin.as_mut().context("an input")?;
        let request = format!("HEAD /login HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        input.write_all(request.as_bytes()).await?;
        input.flush().await?;
        let mut output = BufReader::new(self.client.stdout.as_mut().context("an output")?);
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\n") {
            let line = timeout(PATIENCE, output.read_line(&mut answer)).await??;
            anyhow::ensure!(line > 0, "the connection ended: {answer}");
        }
        anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Ok(())
    }
}

//! Behind a real Caddy, set up as the guide says, with certificates of its own authority.

use crate::behind::Behind;
use crate::nginx::{has_its_own_addresses, logs_in};

#[tokio::test]
async fn people_log_in_and_have_their_own_addresses() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let caddy = behind.caddy().await?;
    let root = behind.folder.caddy_root();
    let client = behind.client_at("127.0.0.2", &root)?;
    for (version, number) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let asked = [version, "--write-out", "\n%{http_version}"];
        let answer = client.run(&asked, "/login").await?;
        assert_eq!(answer.body.lines().last(), Some(number));
    }
    logs_in(&client, "Bob").await?;
    has_its_own_addresses(&behind, &root).await?;
    let foreign = [
        "--request",
        "POST",
        "--header",
        "Origin: https://evil.example",
    ];
    assert_eq!(client.run(&foreign, "/logout").await?.status, 403);
    caddy.stop().await
}

#[tokio::test]
async fn the_doctor_finds_nothing() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let caddy = behind.caddy().await?;
    let findings = behind.findings(&behind.folder.caddy_root(), &[]).await?;
    assert_eq!(findings.with("mistake"), [""; 0], "{findings:?}");
    assert_eq!(findings.code, Some(0));
    caddy.stop().await
}

#[tokio::test]
async fn the_doctor_names_what_to_change_in_a_caddyfile() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let forwarded = "header_up X-Forwarded-For {remote_host}";
    let transport = "transport http {";
    let with = |line: &str| format!("{line}\n\t\t{transport}");
    let flags = with(r#"header_down Set-Cookie "; Secure" """#);
    let hsts = with("header_down -Strict-Transport-Security");
    let origin = with("header_up -Origin");
    for (old, new, check, text) in [
        (
            forwarded,
            "header_up -X-Forwarded-For",
            "proxy.client",
            "Caddy sends it unless",
        ),
        (
            forwarded,
            "header_up X-Forwarded-For {http.request.header.X-Forwarded-For}",
            "proxy.client",
            "header_up",
        ),
        (transport, &flags, "pages.cookies", "header_down Set-Cookie"),
        (transport, &hsts, "pages.hsts", "header_down"),
        (transport, &origin, "pages.origin", "header_up Origin"),
        (
            "max_size 64KiB",
            "max_size 1KB",
            "pages.body",
            "request_body max_size",
        ),
    ] {
        let caddy = behind.caddy_but(&[(old, new)]).await?;
        let findings = behind.findings(&behind.folder.caddy_root(), &[]).await?;
        assert!(
            findings.with("mistake").contains(&check),
            "{new}: {findings:?}"
        );
        assert!(findings.text(check).contains(text), "{new}: {findings:?}");
        caddy.stop().await?;
    }
    Ok(())
}

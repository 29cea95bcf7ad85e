//! Behind a real nginx, set up as the guide says.

use anyhow::Context as _;
use countersign_interop::replaced;

use crate::behind::{Behind, Client, shown};
use crate::site::PASSWORD;

#[tokio::test]
async fn people_log_in_over_both_versions_of_http() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    for (version, number, name) in [("--http1.1", "1.1", "Ada"), ("--http2", "2", "Bob")] {
        let client = behind.client()?;
        logs_in(&client, name).await?;
        let asked = [version, "--write-out", "\n%{http_version}"];
        let answer = client.run(&asked, "/login").await?;
        assert_eq!(answer.body.lines().last(), Some(number));
    }
    nginx.stop().await
}

/// Registers, sees the account, logs out and in, with the cookies of an https site.
pub(crate) async fn logs_in(client: &Client<'_>, name: &str) -> anyhow::Result<()> {
    client.register(name).await?;
    assert_eq!(client.page("/account").await?.status, 200);
    let out = client.post("/logout", &[]).await?;
    assert_eq!(out.header("location"), Some("/logged-out"));
    let stranger = client.page("/account").await?;
    assert_eq!(stranger.header("location"), Some("/login?next=%2Faccount"));

    let fields = [
        ("username", name),
        ("password", PASSWORD),
        ("remember", "on"),
    ];
    let answer = client.post("/login?next=%2Faccount", &fields).await?;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/account"))
    );
    for cookie in answer.headers_named("set-cookie") {
        assert!(cookie.starts_with("__Host-countersign"), "{cookie}");
        for part in ["; Secure", "; HttpOnly", "; Path=/", "; SameSite="] {
            assert!(cookie.contains(part), "{cookie}");
        }
    }
    let hsts: Vec<_> = answer.headers_named("strict-transport-security").collect();
    assert_eq!(hsts, ["max-age=31536000"]);
    assert_eq!(client.page("/account").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn clients_have_their_own_addresses_whatever_they_claim() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    has_its_own_addresses(&behind, &behind.authority.root()).await?;
    nginx.stop().await
}

/// Logs in from several addresses, with forged headers, and reads in the account where that was.
pub(crate) async fn has_its_own_addresses(
    behind: &Behind,
    root: &std::path::Path,
) -> anyhow::Result<()> {
    let ada = behind.client_at("127.0.0.2", root)?;
    ada.register("Ada").await?;
    let form = format!("username=Ada&password={PASSWORD}");
    for address in ["127.0.0.3", "::1"] {
        let client = behind.client_at(address, root)?;
        let mut arguments = vec!["--data", &form];
        for header in FORGED {
            arguments.extend(["--header", header]);
        }
        let answer = client.run(&arguments, "/login?next=%2Faccount").await?;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(answer.header("location"), Some("/account"));
    }
    for page in ["/account/sessions", "/account/history"] {
        let shown = ada.page(page).await?.body;
        // Of an IPv6 address the network is kept, which is one customer's.
        for address in ["127.0.0.2", "127.0.0.3", "::"] {
            let is_shown = ['>', ' ']
                .iter()
                .any(|before| shown.contains(&format!("{before}{address}</p>")));
            assert!(is_shown, "{page}: {shown}");
        }
        assert!(!shown.contains("192.0.2."), "{page}: {shown}");
        assert!(!shown.contains("evil.example"), "{page}: {shown}");
    }
    Ok(())
}

#[tokio::test]
async fn guessing_is_counted_where_it_comes_from() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    behind.client()?.register("Ada").await?;
    let guesser = behind.client_at("127.0.0.3", &behind.authority.root())?;
    for guess in 0..6 {
        let forged = format!("X-Forwarded-For: 192.0.2.{guess}");
        let forwarded = format!("Forwarded: for=192.0.2.{guess}");
        let arguments = [
            "--header",
            &forged,
            "--header",
            &forwarded,
            "--data",
            "username=Ada&password=a guess",
        ];
        let answer = guesser.run(&arguments, "/login").await?;
        let expected = if guess < 5 { 401 } else { 429 };
        assert_eq!(answer.status, expected, "{guess}: {}", answer.body);
    }
    // Nobody else pays for it, behind the same proxy.
    let other = behind.client_at("127.0.0.4", &behind.authority.root())?;
    let fields = [("username", "Ada"), ("password", PASSWORD)];
    assert_eq!(other.post("/login", &fields).await?.status, 303);
    nginx.stop().await
}

#[tokio::test]
async fn other_sites_can_not_log_anybody_in_or_out() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let client = behind.client()?;
    client.register("Ada").await?;
    let own = behind.url();
    let http = format!("http://localhost:{}", behind.ports.http);
    let upstream = format!("http://127.0.0.1:{}", behind.ports.server);
    for (origin, status) in [
        ("https://evil.example", 403),
        (&*http, 403),
        (&*upstream, 403),
        ("null", 403),
        (&*own, 303),
    ] {
        let header = format!("Origin: {origin}");
        // The host that a client names decides nothing.
        let arguments = [
            "--request",
            "POST",
            "--header",
            &header,
            "--header",
            "Accept: text/html",
            "--header",
            "X-Forwarded-Host: evil.example",
        ];
        let answer = client.run(&arguments, "/logout").await?;
        assert_eq!(answer.status, status, "{origin}");
    }
    nginx.stop().await
}

#[tokio::test]
async fn plain_http_leads_to_https() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let plain = format!("http://localhost:{}/login?next=%2Fa", behind.ports.http);
    for host in ["localhost", "evil.example"] {
        let header = format!("Host: {host}");
        let client = behind.client()?;
        let answer = client.curl.run(&["--header", &header, &plain]).await?;
        let secure = format!("{}/login?next=%2Fa", behind.url());
        assert_eq!(
            (answer.status, answer.header("location")),
            (301, Some(&*secure))
        );
    }
    nginx.stop().await
}

#[tokio::test]
async fn as_much_as_the_server_takes_reaches_it_and_more_does_not() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let client = behind.client()?;
    let file = behind.folder.path().join("form");
    let at = format!("@{}", shown(&file)?);
    for (size, status) in [(65_000, 401), (66_000, 413), (5_000_000, 413)] {
        std::fs::write(&file, format!("password=x&username={}", "a".repeat(size)))?;
        // Without the wait for a permission to send the body.
        let arguments = ["--data", &at, "--header", "Expect:"];
        let answer = client.run(&arguments, "/login").await?;
        assert_eq!(answer.status, status, "{size}: {}", answer.body);
    }
    let long = format!("X-Long: {}", "a".repeat(100_000));
    let arguments = ["--http1.1", "--header", &long];
    let answer = client.run(&arguments, "/login").await?;
    assert_eq!(answer.status, 400, "{}", answer.body);
    nginx.stop().await
}

#[tokio::test]
async fn a_slow_client_keeps_nobody_else_waiting() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let slow = behind.client()?;
    let file = behind.folder.path().join("form");
    let at = format!("@{}", shown(&file)?);
    std::fs::write(&file, format!("password=x&username={}", "a".repeat(40_000)))?;
    let arguments = ["--limit-rate", "16k", "--data", &at, "--header", "Expect:"];
    let waiting = slow.run(&arguments, "/login");
    let others = async {
        for _ in 0..5 {
            let answer = behind.client()?.page("/login").await?;
            assert_eq!(answer.status, 200);
        }
        anyhow::Ok(())
    };
    let (answer, others) = tokio::join!(waiting, others);
    others?;
    assert_eq!(answer?.status, 401);
    nginx.stop().await
}

#[tokio::test]
async fn connections_to_the_server_are_kept() -> anyhow::Result<()> {
    // Each of nginx's processes keeps its own, and others may have looked whether the server listens.
    let requests = 10 * std::thread::available_parallelism()?.get();
    let behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    for _ in 0..requests {
        assert_eq!(behind.client()?.page("/login").await?.status, 200);
    }
    let connections = connections_to(behind.ports.server)?;
    assert!(
        (1..=requests / 2).contains(&connections),
        "{connections} connections for {requests} requests"
    );
    nginx.stop().await?;

    let nginx = behind
        .nginx_but(&[("proxy_http_version 1.1;", "proxy_http_version 1.0;")])
        .await?;
    for _ in 0..requests {
        assert_eq!(behind.client()?.page("/login").await?.status, 200);
    }
    let connections = connections_to(behind.ports.server)?;
    assert!(
        connections >= requests,
        "what is counted, counts: {connections}"
    );
    nginx.stop().await
}

/// How many connections there are or were lately to a port of this machine, whoever closed them.
fn connections_to(port: u16) -> anyhow::Result<usize> {
    // proc_net_tcp: local and remote address in hexadecimal digits, and the state; 0A listens.
    let table = std::fs::read_to_string("/proc/net/tcp").context("Linux's table of connections")?;
    let port = format!(":{port:04X}");
    let mut clients: Vec<_> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields.len() > 3 && fields[3] != "0A")
        .filter_map(|fields| match (fields[1], fields[2]) {
            (local, remote) if local.ends_with(&port) => Some(remote.to_owned()),
            (local, remote) if remote.ends_with(&port) => Some(local.to_owned()),
            _ => None,
        })
        .collect();
    clients.sort();
    clients.dedup();
    // The test itself looked once whether the server listens.
    Ok(clients.len().saturating_sub(1))
}

#[tokio::test]
async fn logins_outlive_the_server_and_nginx_says_that_it_is_down() -> anyhow::Result<()> {
    let mut behind = Behind::start().await?;
    let nginx = behind.nginx().await?;
    let root = behind.authority.root();
    let jar = {
        let client = behind.client()?;
        client.register("Ada").await?;
        client.curl
    };
    behind.stop_server().await?;
    let down = behind.client_at("127.0.0.3", &root)?.page("/login").await?;
    assert_eq!(down.status, 502);
    let findings = behind.findings(&root, &[]).await?;
    assert_eq!(findings.with("mistake"), ["site"], "{findings:?}");
    assert!(findings.text("site").contains("Start the server"));

    behind.start_server(&[]).await?;
    let client = Client {
        behind: &behind,
        curl: jar,
        address: "127.0.0.2",
        root,
    };
    assert_eq!(client.page("/account").await?.status, 200);
    nginx.stop().await
}

#[tokio::test]
async fn two_proxies_in_a_row_are_seen_through() -> anyhow::Result<()> {
    let behind = Behind::start().await?;
    let inner = countersign_interop::free_port()?;
    // The outer one is that of the guide; the inner one adds whom it sees.
    let second = format!(
        "server {{\n        listen 127.0.0.1:{inner};\n        location / {{\n            proxy_pass http://127.0.0.1:3000;\n            \
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n        }}\n    }}\n\n    upstream countersign {{\n        \
         server 127.0.0.1:{inner};"
    );
    let nginx = behind
        .nginx_but(&[(
            "upstream countersign {\n        server 127.0.0.1:3000;",
            &second,
        )])
        .await?;
    has_its_own_addresses(&behind, &behind.authority.root()).await?;
    nginx.stop().await
}

#[tokio::test]
async fn other_headers_for_addresses_work_as_the_doctor_says() -> anyhow::Result<()> {
    for (name, taken_away, line) in [
        (
            "x-real-ip",
            "proxy_set_header X-Real-IP \"\";",
            "proxy_set_header X-Real-IP $remote_addr;",
        ),
        (
            "forwarded",
            "proxy_set_header Forwarded \"\";",
            r#"proxy_set_header Forwarded 'for="$remote_addr";proto=$scheme';"#,
        ),
    ] {
        let mut behind = Behind::start().await?;
        behind.stop_server().await?;
        let file = behind.configuration();
        let text = std::fs::read_to_string(&file)?;
        let header = format!("[proxy]\nheader = '{name}'\n");
        std::fs::write(&file, replaced(&text, &[("[proxy]\n", &header)])?)?;
        behind.start_server(&[]).await?;
        let root = behind.authority.root();

        // The guide's nginx takes both away.
        let nginx = behind.nginx().await?;
        let findings = behind.findings(&root, &[]).await?;
        assert_eq!(findings.with("mistake"), ["proxy.client"], "{findings:?}");
        assert!(findings.text("proxy.client").contains(line), "{findings:?}");
        nginx.stop().await?;

        let nginx = behind.nginx_but(&[(taken_away, line)]).await?;
        let findings = behind.findings(&root, &[]).await?;
        assert_eq!(findings.with("mistake"), [""; 0], "{findings:?}");
        has_its_own_addresses(&behind, &root).await?;
        nginx.stop().await?;
    }
    Ok(())
}

/// What clients claim who would like to be somebody else, somewhere else.
const FORGED: [&str; 9] = [
    "X-Forwarded-For: 192.0.2.1",
    "X-Forwarded-For: 192.0.2.2, 192.0.2.3",
    "Forwarded: for=192.0.2.4;host=evil.example;proto=http",
    "X-Real-IP: 192.0.2.5",
    "CF-Connecting-IP: 192.0.2.6",
    "True-Client-IP: 192.0.2.7",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Proto: http",
    "X-Forwarded-Port: 80",
];

//! What the log says, and what it never says.

use anyhow::Context as _;
use countersign_interop::{Curl, PATIENCE};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::site::Site;

#[tokio::test]
async fn no_line_at_any_level_and_in_any_format_has_a_secret() -> anyhow::Result<()> {
    for format in ["text", "json"] {
        let site = Site::start_with(&["--log-format", format, "--log-level", "trace"]).await?;
        let mut secrets = visit_everything(&site).await?;
        ask_badly(&site).await?;
        secrets.extend([SECRET.to_owned(), "$argon2".to_owned()]);
        let log = site.server.stop().await?.output;
        // It was loud enough for what should be looked for to be there.
        for word in [
            "a login failed",
            "/account/password",
            "(unmatched)",
            "INSERT INTO countersign_sessions",
        ] {
            assert!(log.contains(word), "{word}:\n{log}");
        }
        let log = log.to_lowercase();
        for secret in secrets {
            let place = log.find(&secret.to_lowercase());
            let line = place.map(|place| {
                let start = log[..place].rfind('\n').map_or(0, |end| end + 1);
                log[start..].lines().next().unwrap_or_default()
            });
            assert_eq!(line, None, "{secret} is in the log ({format})");
        }
        assert!(
            log.chars()
                .all(|character| character == '\n' || !character.is_control())
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_log_for_programs_is_flat_json_and_every_request_is_named() -> anyhow::Result<()> {
    let site = Site::start_with(&["--log-format", "json", "--log-level", "debug"]).await?;
    let ada = site.register("Ada").await?;
    let answer = site.page(&ada, "/account?next=%2Fsomewhere").await?;
    let id = answer
        .header("x-request-id")
        .context("a request id")?
        .to_owned();
    let log = site.server.stop().await?.output;
    let (lines, rest): (Vec<_>, Vec<_>) = log.lines().partition(|line| line.starts_with('{'));
    assert!(rest[0].starts_with("Countersign is ready"), "{rest:?}");
    assert_eq!(rest.last(), Some(&"Press Ctrl-C to stop."), "{rest:?}");
    let lines: Vec<Value> = lines
        .into_iter()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    for line in &lines {
        let fields = line.as_object().context("an object")?;
        let time = fields["time"].as_str().context("a time")?;
        assert!(
            time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T',
            "{line}"
        );
        assert!(
            fields["level"].is_string() && fields["message"].is_string(),
            "{line}"
        );
        let is_flat = fields
            .values()
            .all(|value| !value.is_object() && !value.is_array());
        assert!(is_flat, "{line}");
    }
    let of_request: Vec<_> = lines
        .iter()
        .filter(|line| line["request_id"] == *id)
        .collect();
    assert!(
        of_request.len() > 1,
        "the database was asked within the request: {lines:?}"
    );
    let access: Vec<_> = of_request
        .iter()
        .filter(|line| line["message"] == "request")
        .collect();
    let [access] = access[..] else {
        anyhow::bail!("{of_request:?}");
    };
    assert_eq!(access["method"], "GET");
    assert_eq!(access["path"], "/account");
    assert_eq!(access["status"], 200);
    assert_eq!(access["address"], "127.0.0.1");
    assert_eq!(access["bytes"], answer.body.len());
    assert_eq!(access["cut_off"], Value::Null);
    assert!(
        access["duration_ms"].is_number() && access["user"].is_string(),
        "{access}"
    );
    Ok(())
}

#[tokio::test]
async fn only_a_trusted_proxy_names_a_request_and_its_client() -> anyhow::Result<()> {
    let id = "0123abcd-4567-89ef-0123-456789abcdef";
    let header = format!("X-Request-Id: {id}");
    let headers = [
        "--header",
        &header,
        "--header",
        "X-Forwarded-For: 192.0.2.7",
    ];
    let https = [
        "--public-url",
        "https://app.example",
        "--registration",
        "open",
    ];
    for (proxy, name, address) in [
        ("127.0.0.1", true, "192.0.2.7"),
        ("192.0.2.1", false, "127.0.0.1"),
    ] {
        let options = [
            &https[..],
            &["--proxy-trusted", proxy, "--log-format", "json"],
        ]
        .concat();
        let site = Site::start_with(&options).await?;
        let curl = Curl::new()?;
        let login = site.at("/login");
        let asked = ["--header", "Host: app.example", &login];
        let answer = curl.run(&[&headers[..], &asked].concat()).await?;
        assert_eq!(answer.header("x-request-id") == Some(id), name);
        let log = site.server.stop().await?.output;
        assert_eq!(log.contains(id), name, "{log}");
        assert!(log.contains(&format!("\"address\":\"{address}\"")), "{log}");
    }
    Ok(())
}

/// Does all that people do, with secrets wherever something can be sent. Answers the secrets that the server gave.
async fn visit_everything(site: &Site) -> anyhow::Result<Vec<String>> {
    let curl = Curl::new()?;
    let (password, changed) = (
        format!("{SECRET} four words"),
        format!("{SECRET} five words"),
    );
    let register = [("username", "PlantedName"), ("password", &password)];
    let path = format!("/register?invitation={SECRET}");
    assert!(site.page(&curl, &path).await?.status < 500);
    let invited = [&register[..], &[("invitation", SECRET)]].concat();
    let answer = curl.post(&site.at(&path), &invited).await?;
    assert_eq!(answer.status, 403, "an invitation that nobody gave");
    let answer = curl.post(&site.at("/register"), &register).await?;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let mut given = cookies(&curl)?;
    let confirmed = [("password", password.as_str())];
    let next = format!("?next=%2Faccount%3Ftoken%3D{SECRET}");
    for (path, fields) in [
        (
            format!("/login{next}"),
            &[("username", SECRET), ("password", SECRET)][..],
        ),
        (
            "/login".to_owned(),
            &[("username", "PlantedName"), ("password", SECRET)],
        ),
        (format!("/confirm{next}"), &[("password", SECRET)]),
        ("/confirm".to_owned(), &confirmed),
        (
            "/account/password".to_owned(),
            &[("current_password", SECRET), ("new_password", SECRET)],
        ),
        (
            "/account/password".to_owned(),
            &[("current_password", &password), ("new_password", &changed)],
        ),
        (
            "/account/profile".to_owned(),
            &[("name", SECRET), ("locale", SECRET)],
        ),
        ("/account/sessions/end".to_owned(), &[("session", SECRET)]),
        ("/account/sessions/end-others".to_owned(), &[]),
        (
            "/account/delete".to_owned(),
            &[("password", SECRET), ("name", SECRET)],
        ),
        (
            "/language".to_owned(),
            &[("language", SECRET), ("next", SECRET)],
        ),
    ] {
        let answer = curl.post(&site.at(&path), fields).await?;
        assert!(answer.status < 500, "{path}: {}", answer.body);
        given.extend(cookies(&curl)?);
    }
    for path in [
        "/",
        "/account",
        "/account/sessions",
        "/account/history",
        "/openapi.json",
        "/readyz",
    ] {
        let path = format!("{path}?{SECRET}={SECRET}&token={SECRET}");
        assert_eq!(site.page(&curl, &path).await?.status, 200, "{path}");
    }
    curl.post(&site.at("/logout"), &[]).await?;
    for _ in 0..6 {
        site.try_to_log_in(&Curl::new()?, SECRET, SECRET).await?;
    }
    Ok(given)
}

/// Sends what nobody should, with a secret in each of it.
async fn ask_badly(site: &Site) -> anyhow::Result<()> {
    let curl = Curl::new()?;
    let long = SECRET.repeat(6_000);
    let agent = format!("{SECRET}\u{1b}[2J");
    let [bearer, basic, traceparent, id, host, origin, cookie, header] = [
        format!("Authorization: Bearer {SECRET}"),
        format!("Authorization: Basic {SECRET}"),
        format!("traceparent: {SECRET}"),
        format!("X-Request-Id: {SECRET}"),
        format!("Host: {SECRET}.example"),
        format!("Origin: https://{SECRET}.example"),
        format!("Cookie: countersign={SECRET}; countersign-device={SECRET}"),
        format!("X-{SECRET}: {SECRET}"),
    ];
    let json = "Content-Type: application/json";
    let broken = format!("{{\"username\": \"{SECRET}\", \"password\"");
    let wrong = format!("{{\"username\": {{\"{SECRET}\": 1}}, \"password\": \"{SECRET}\"}}");
    let form = format!("username=%FF{SECRET}&password={SECRET}&password={SECRET}");
    let (unknown, login) = (site.at(&format!("/{SECRET}/{SECRET}")), site.at("/login"));
    let referer = site.at(&format!("/reset/{SECRET}"));
    for arguments in [
        &[
            "--header",
            &bearer,
            "--header",
            &traceparent,
            "--header",
            &id,
            &unknown,
        ][..],
        &[
            "--header",
            &basic,
            "--user-agent",
            &agent,
            "--referer",
            &referer,
            &login,
        ],
        &["--header", &header, "--header", &cookie, &login],
        &["--header", &host, &login],
        &["--header", &origin, "--data", &form, &login],
        &["--data", &form, &login],
        &["--header", json, "--data", &broken, &login],
        &["--header", json, "--data", &wrong, &login],
        &[
            "--header",
            "Content-Type: text/plain",
            "--data",
            SECRET,
            &login,
        ],
        &["--request", SECRET, &login],
    ] {
        let answer = curl.run(arguments).await?;
        assert!(answer.status < 500, "{arguments:?}: {}", answer.body);
    }
    let answer = curl.run(&["--data", &long, &login]).await?;
    assert_eq!(answer.status, 413, "{}", answer.body);
    for request in [
        format!("GET /{SECRET} HTTP/9.9\r\n\r\n"),
        format!("{SECRET}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{SECRET}\r\n\r\n"),
        format!(
            "GET /?{long}{long}{long}{long} HTTP/1.1\r\nHost: a\r\nX: {long}{long}{long}\r\n\r\n"
        ),
        format!("POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: {SECRET}\r\n\r\n{SECRET}"),
        format!(
            "POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n"
        ),
    ] {
        let mut stream = TcpStream::connect(site.server.authority()).await?;
        drop(stream.write_all(request.as_bytes()).await);
        let mut answer = Vec::new();
        drop(timeout(PATIENCE, stream.read_to_end(&mut answer)).await?);
    }
    Ok(())
}

/// What is in a jar.
fn cookies(curl: &Curl) -> anyhow::Result<Vec<String>> {
    let names = ["countersign", "countersign-device"];
    let values = names.map(|name| curl.cookie(name));
    let values = values.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(values.into_iter().flatten().collect())
}

#[tokio::test]
async fn a_level_that_is_none_is_refused() -> anyhow::Result<()> {
    let ended = crate::site::program()
        .argument("--log-level")
        .argument("inof")
        .run_to_end()
        .await?;
    assert_eq!(ended.status.code(), Some(2), "{}", ended.output);
    assert!(
        ended.output.contains("`inof`; expected `off`"),
        "{}",
        ended.output
    );
    Ok(())
}

/// A word that stands nowhere else, in all that must not be logged. It can be part of a path, a name and a host.
const SECRET: &str = "planted7f3a9c";

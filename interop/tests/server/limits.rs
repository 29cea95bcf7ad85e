//! What is too large, too long or too much, and what is no HTTP.

use anyhow::Context as _;
use countersign_interop::{Curl, PATIENCE, tls};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::site::{HOST, SecureSite, Site};

#[tokio::test]
async fn what_is_too_large_is_refused_by_its_own_status() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let long = "x".repeat(40_000);
    let many: String = (0..101)
        .map(|number| format!("X-{number}: a\r\n"))
        .collect();
    for (line, headers, status) in [
        (
            format!("GET /{} HTTP/1.1", "a".repeat(9_000)),
            String::new(),
            414,
        ),
        (
            format!("GET /?{} HTTP/1.1", "a".repeat(9_000)),
            String::new(),
            414,
        ),
        (format!("GET /{long} HTTP/1.1"), String::new(), 431),
        ("GET / HTTP/1.1".to_owned(), format!("X: {long}\r\n"), 431),
        ("GET / HTTP/1.1".to_owned(), many, 431),
        ("GET / HTTP/1.1".to_owned(), "\x01: a\r\n".to_owned(), 400),
    ] {
        let host = site.server.authority();
        let request = format!("{line}\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
        let answer = ask(host, request.as_bytes()).await?;
        let start = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&start), "{start}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_body_is_as_long_as_it_may_be_however_it_is_sent() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-body-size", "1000"]).await?;
    let curl = Curl::new()?;
    for (length, status) in [(500, 422), (2_000, 413)] {
        let body = format!("username=Ada&password={}", "x".repeat(length));
        for transfer in [&[][..], &["--header", "Transfer-Encoding: chunked"]] {
            let arguments = ["--http1.1", "--data", &body, &site.at("/register")];
            let answer = curl.run(&[transfer, &arguments].concat()).await?;
            // A password of 500 characters is a good one, so the first of its kind is taken.
            assert!(
                answer.status == status || (length == 500 && answer.status == 303),
                "{length}, {transfer:?}: {}",
                answer.status
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn http2_is_held_to_the_same_limits() -> anyhow::Result<()> {
    let site = SecureSite::start_with(&["--limits-body-size", "1000"]).await?;
    let curl = Curl::new()?;
    let path = format!("/{}", "a".repeat(9_000));
    let answer = site.run(&curl, &["--http2"], &path).await?;
    assert_eq!((answer.protocol.as_str(), answer.status), ("HTTP/2", 414));

    let large = format!("X: {}", "x".repeat(40_000));
    let answer = site.run(&curl, &["--http2", "--header", &large], "/").await;
    // It may answer, or refuse the stream (RFC 9113, section 10.5.1).
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 431));

    let many: Vec<String> = (0..101).map(|number| format!("X-{number}: a")).collect();
    let mut arguments = vec!["--http2"];
    for header in &many {
        arguments.extend(["--header", header]);
    }
    assert_eq!(site.run(&curl, &arguments, "/").await?.status, 431);

    let body = format!("username=Ada&password={}", "x".repeat(2_000));
    let answer = site
        .run(&curl, &["--http2", "--data", &body], "/login")
        .await?;
    assert_eq!(answer.status, 413);
    Ok(())
}

#[tokio::test]
async fn garbage_is_refused_and_the_next_one_served() -> anyhow::Result<()> {
    let plain = Site::start().await?;
    let secure = SecureSite::start_with(&[]).await?;
    let garbage: Vec<u8> = (0..5_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03";
    for authority in [plain.server.authority(), secure.server.authority()] {
        for bytes in [
            &garbage[..],
            hello,
            b"\0\0\0\0",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            let answer = ask(authority, bytes).await?;
            let is_refused = !answer.starts_with("HTTP/1.1 ") || answer.starts_with("HTTP/1.1 4");
            assert!(is_refused, "{answer}");
        }
    }
    // Somebody who speaks TLS where it is not spoken.
    let answer = tls(plain.server.authority(), &["-servername", HOST], "").await?;
    assert!(!answer.is_connected, "{}", answer.output);
    let curl = Curl::new()?;
    assert_eq!(curl.get(&plain.at("/nothing")).await?.status, 404);
    assert_eq!(secure.run(&curl, &[], "/nothing").await?.status, 404);
    Ok(())
}

/// Sends bytes and then no more, and reads what comes back. Whoever is refused early may find the connection reset.
async fn ask(authority: &str, bytes: &[u8]) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(authority).await?;
    drop(stream.write_all(bytes).await);
    drop(stream.shutdown().await);
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    drop(read.context("it is never ended")?);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

//! By a socket, for what no well-behaved client sends.

use anyhow::Context as _;
use countersign_interop::{Curl, PATIENCE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn cookies_that_nobody_made_are_nobodys() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let long = vec![b'a'; 100_000];
    let mut many = b"countersign=a".to_vec();
    for _ in 0..2_000 {
        many.extend_from_slice(b"; countersign=b");
    }
    for cookie in [
        &b"countersign=\xff\xfe"[..],
        b"\xff",
        b"countersign=",
        b"=;;==;",
        &long,
        &many,
    ] {
        let request = [
            b"GET /account HTTP/1.1\r\nAccept: text/html\r\nCookie: ",
            cookie,
            b"\r\n",
        ]
        .concat();
        let answer = ask(&site, &request, b"").await?;
        let status = status(&answer)?;
        assert!(status == 303 || (400..500).contains(&status), "{answer}");
        assert!(
            !answer.to_lowercase().contains("set-cookie: countersign="),
            "{answer}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_password_of_a_megabyte_is_refused() -> anyhow::Result<()> {
    let site = Site::start().await?;
    for path in ["/login", "/register"] {
        let body = format!("username=Ada&password={}", "x".repeat(1_000_000));
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            body.len()
        );
        let answer = ask(&site, head.as_bytes(), body.as_bytes()).await?;
        assert_eq!(status(&answer)?, 413, "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_not_http_is_refused() -> anyhow::Result<()> {
    let site = Site::start().await?;
    for request in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n",
        b"GET / HTTP/9.9\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
    ] {
        let answer = ask(&site, request, b"").await?;
        assert!(
            answer.is_empty() || (400..500).contains(&status(&answer)?),
            "{answer}"
        );
    }
    assert!(!site.is_logged_in(&Curl::new()?).await?);
    Ok(())
}

#[tokio::test]
async fn who_hangs_up_in_the_middle_of_a_logout_is_logged_out_or_can_do_it_again()
-> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    for _ in 0..10 {
        let ada = site.log_in("Ada").await?;
        let request = logout_with_cookie_of(&ada)?;
        // The server may see the end of the connection before it begins with the request.
        send_and_hang_up(&site, request.as_bytes(), b"").await?;
        site.is_logged_in(&ada).await?;
        let answer = ask(&site, request.as_bytes(), b"").await?;
        assert_eq!(status(&answer)?, 303, "{answer}");
        assert!(!site.is_logged_in(&ada).await?);
    }
    Ok(())
}

#[tokio::test]
async fn who_hangs_up_before_reading_the_answer_to_a_logout_is_logged_out() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let request = logout_with_cookie_of(&ada)?;
    let mut stream = TcpStream::connect(site.server.authority()).await?;
    let request = whole(&site, request.as_bytes(), b"");
    stream.write_all(&request).await?;
    let first_byte = timeout(PATIENCE, stream.read_u8()).await;
    first_byte.context("no answer")??;
    drop(stream);
    assert!(!site.is_logged_in(&ada).await?);
    Ok(())
}

#[tokio::test]
async fn who_hangs_up_after_sending_a_login_leaves_nothing_behind() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let body = format!("username=Ada&password={}", PASSWORD.replace(' ', "+"));
    for _ in 0..10 {
        let head = format!(
            "POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            body.len()
        );
        send_and_hang_up(&site, head.as_bytes(), body.as_bytes()).await?;
    }
    // Whoever comes later is served later, so all of them are over when this one is.
    let other = site.log_in("Ada").await?;
    let account = site.page(&other, "/account/sessions").await?;
    let sessions = account.body.matches("name=\"session\"").count();
    assert_eq!(sessions, 2, "{}", account.body);
    assert!(site.is_logged_in(&ada).await?);
    Ok(())
}

fn logout_with_cookie_of(curl: &Curl) -> anyhow::Result<String> {
    let cookie = curl.cookie("countersign")?.context("a cookie")?;
    Ok(format!(
        "POST /logout HTTP/1.1\r\nAccept: text/html\r\nCookie: countersign={cookie}\r\nContent-Length: 0\r\n"
    ))
}

/// Sends a request and reads all that comes back.
async fn ask(site: &Site, head: &[u8], body: &[u8]) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(site.server.authority()).await?;
    // Who is refused early may find the connection closed before all was sent.
    drop(stream.write_all(&whole(site, head, body)).await);
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let end = timeout(PATIENCE, read).await.context("no answer")?;
    if answer.is_empty() {
        end.context("no answer")?;
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn send_and_hang_up(site: &Site, head: &[u8], body: &[u8]) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(site.server.authority()).await?;
    stream.write_all(&whole(site, head, body)).await?;
    Ok(())
}

/// A request's head without its end, completed.
fn whole(site: &Site, head: &[u8], body: &[u8]) -> Vec<u8> {
    let host = format!(
        "Host: {}\r\nConnection: close\r\n\r\n",
        site.server.authority()
    );
    [head, host.as_bytes(), body].concat()
}

fn status(answer: &str) -> anyhow::Result<u16> {
    let status = answer.split(' ').nth(1).context("no status")?;
    Ok(status.parse()?)
}

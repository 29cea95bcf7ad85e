//! Those who hold connections instead of using them. The server's limits are short here; nothing is measured.

use std::net::SocketAddr;

use anyhow::Context as _;
use countersign_interop::{Curl, PATIENCE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::site::{SecureSite, Site, program, public};

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_ended() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-head", "500ms"]).await?;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {}",
        "x".repeat(10_000)
    );
    let answer = byte_by_byte(&site, "", &head).await?;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    // Also after a first request on the same connection.
    let first = format!(
        "GET /nothing HTTP/1.1\r\nHost: {}\r\n\r\n",
        site.server.authority()
    );
    let answer = byte_by_byte(&site, &first, &head).await?;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.contains("HTTP/1.1 408 "), "{answer}");
    Ok(())
}

#[tokio::test]
async fn a_body_that_comes_byte_by_byte_is_ended() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-request", "500ms"]).await?;
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {}\r\nContent-Length: 10000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
        site.server.authority()
    );
    let answer = byte_by_byte(&site, &head, &"x".repeat(10_000)).await?;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"too_slow\""), "{answer}");
    Ok(())
}

#[tokio::test]
async fn whoever_says_nothing_is_ended() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-head", "500ms", "--limits-idle", "500ms"]).await?;
    let mut silent = connect(&site).await?;
    assert_eq!(read_to_end(&mut silent).await?, "");
    // After a request, too.
    let mut idle = connect(&site).await?;
    let request = format!(
        "GET /nothing HTTP/1.1\r\nHost: {}\r\n\r\n",
        site.server.authority()
    );
    idle.write_all(request.as_bytes()).await?;
    let answer = read_to_end(&mut idle).await?;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    // And in the middle of a handshake.
    let site = SecureSite::start_with(&["--limits-head", "500ms"]).await?;
    for beginning in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        let mut stream = TcpStream::connect(site.server.authority()).await?;
        stream.write_all(beginning).await?;
        assert_eq!(read_to_end(&mut stream).await?, "");
    }
    Ok(())
}

#[tokio::test]
async fn whoever_asks_and_never_reads_is_cut_off() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-idle", "500ms"]).await?;
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4_096)?;
    let address: SocketAddr = site.server.authority().parse()?;
    let mut stream = socket.connect(address).await?;
    let request = format!("GET /countersign.css HTTP/1.1\r\nHost: {address}\r\n\r\n").repeat(100);
    // Until nothing fits in between, and then until the server has had enough.
    let flood = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    timeout(PATIENCE, flood)
        .await
        .context("it was never cut off")?;
    assert_eq!(Curl::new()?.get(&site.at("/nothing")).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn who_has_sent_all_and_waits_gets_the_answer() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let server = public(program())
        .argument("--data")
        .argument(data.path())
        .argument("--proxy-trusted=127.0.0.1")
        .start()
        .await?;
    for version in ["1.0", "1.1"] {
        let mut stream = TcpStream::connect(server.authority()).await?;
        let request = format!(
            "GET /countersign.css HTTP/{version}\r\nHost: {}\r\n\r\n",
            server.authority()
        );
        stream.write_all(request.as_bytes()).await?;
        stream.shutdown().await?;
        let answer = read_to_end(&mut stream).await?;
        assert!(answer.contains(" 200 OK"), "{version}: {answer}");
        let (head, body) = answer.split_once("\r\n\r\n").context("a head")?;
        let length = format!("content-length: {}", body.len());
        assert!(head.to_lowercase().contains(&length), "{head}");
    }
    Ok(())
}

#[tokio::test]
async fn a_thousand_are_answered_while_others_hold_their_connections() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-head", "60s"]).await?;
    let mut slow = Vec::new();
    for number in 0..400 {
        let mut stream = connect_from(&site, client(number)).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: ").await?;
        slow.push(stream);
    }
    // All are connected before the first one asks.
    let mut waiting = Vec::new();
    for number in 0..1_000 {
        waiting.push(connect_from(&site, client(number)).await?);
    }
    let request = format!(
        "GET /login HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        site.server.authority()
    );
    let mut answers = tokio::task::JoinSet::new();
    for mut stream in waiting {
        let request = request.clone();
        answers.spawn(async move {
            stream.write_all(request.as_bytes()).await?;
            read_to_end(&mut stream).await
        });
    }
    for answer in answers.join_all().await {
        let answer = answer?;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("</html>"), "{answer}");
    }
    drop(slow);
    Ok(())
}

#[tokio::test]
async fn one_client_can_not_take_all_there_is() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-connections-per-client", "3"]).await?;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = connect_from(&site, client(1)).await?;
        ask(&mut stream, &site).await?;
        held.push(stream);
    }
    let mut fourth = connect_from(&site, client(1)).await?;
    assert!(ask(&mut fourth, &site).await.is_err(), "it is closed");
    ask(&mut connect_from(&site, client(2)).await?, &site).await?;
    site.server
        .wait_for_output("as many connections as it may have", 1)
        .await?;
    drop(held);
    // Its places are free again, as soon as the server has seen it.
    let again = async {
        loop {
            let mut stream = connect_from(&site, client(1)).await?;
            if ask(&mut stream, &site).await.is_ok() {
                return anyhow::Ok(());
            }
            sleep(PAUSE).await;
        }
    };
    timeout(PATIENCE, again)
        .await
        .context("never served again")?
}

#[tokio::test]
async fn who_finds_no_room_waits_until_there_is_some() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-connections", "16", "--limits-head", "500ms"]).await?;
    let mut held = Vec::new();
    for _ in 0..40 {
        let mut stream = connect(&site).await?;
        stream.write_all(b"GET").await?;
        held.push(stream);
    }
    assert_eq!(Curl::new()?.get(&site.at("/nothing")).await?.status, 404);
    Ok(())
}

/// Sends one text at once and another byte by byte, until the server has had enough, and reads what it says.
async fn byte_by_byte(site: &Site, at_once: &str, slowly: &str) -> anyhow::Result<String> {
    let mut stream = connect(site).await?;
    stream.write_all(at_once.as_bytes()).await?;
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let send = async {
        for byte in slowly.bytes() {
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
            sleep(PAUSE).await;
        }
        // Never the end, and so never the whole request.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = send => {}
        read = timeout(PATIENCE, reader.read_to_end(&mut answer)) => {
            // A reset, after the answer, is an end as well.
            drop(read.context("it is never ended")?);
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Asks for something small, and leaves the connection open.
async fn ask(stream: &mut TcpStream, site: &Site) -> anyhow::Result<()> {
    let request = format!(
        "HEAD /nothing HTTP/1.1\r\nHost: {}\r\n\r\n",
        site.server.authority()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(timeout(PATIENCE, stream.read_u8()).await??);
    }
    Ok(())
}

async fn connect(site: &Site) -> anyhow::Result<TcpStream> {
    Ok(TcpStream::connect(site.server.authority()).await?)
}

/// Connects as one of many clients: all of 127.0.0.0/8 is this machine.
async fn connect_from(site: &Site, client: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(client)?;
    Ok(socket.connect(site.server.authority().parse()?).await?)
}

fn client(number: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 1, (number % 10) as u8 + 1], 0))
}

async fn read_to_end(stream: &mut TcpStream) -> anyhow::Result<String> {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    timeout(PATIENCE, read)
        .await
        .context("it is never ended")??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// So slow that no head of this file comes to its end in time.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

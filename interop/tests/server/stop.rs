//! How it ends while it is at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use countersign_interop::{Curl, PATIENCE};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixDatagram};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::site::{PASSWORD, Site, program};

#[tokio::test]
async fn no_login_that_was_acknowledged_is_lost() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for client in 0..6 {
        let register = site.at("/register");
        let acknowledged = Arc::clone(&acknowledged);
        clients.spawn(async move {
            let mut logged_in = Vec::new();
            for number in 0.. {
                let curl = Curl::new()?;
                let name = format!("client{client}-{number}");
                let fields = [("username", name.as_str()), ("password", PASSWORD)];
                match curl.post(&register, &fields).await {
                    Ok(answer) if answer.status == 303 => {
                        let cookie = answer.header("set-cookie");
                        cookie.context("an answer without a cookie")?;
                        logged_in.push(curl);
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    }
                    // A queue that is full says so. Whoever finds nobody has come too late.
                    Ok(_) => {}
                    Err(_) => break,
                }
            }
            anyhow::Ok(logged_in)
        });
    }
    let some = async {
        while acknowledged.load(Ordering::Relaxed) < 30 {
            tokio::time::sleep(PAUSE).await;
        }
    };
    timeout(PATIENCE, some).await.context("nobody gets in")?;
    let Site { server, data } = site;
    let ended = server.stop().await?;
    assert!(ended.status.success(), "{}", ended.output);
    assert!(!ended.output.contains("cut off"), "{}", ended.output);

    let site = Site::start_again(data).await?;
    for logged_in in clients.join_all().await {
        for curl in logged_in? {
            assert!(site.is_logged_in(&curl).await?);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_request_under_way_is_answered_and_nobody_else_let_in() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let (mut begun, body) = begin_a_request(&site).await?;
    let (mut idle, _) = begin_a_request(&site).await?;
    idle.write_all(body.as_bytes()).await?;
    let mut beginning = [0; 13];
    idle.read_exact(&mut beginning).await?;
    assert_eq!(&beginning, b"HTTP/1.1 303 ");
    site.server.signal(Signal::TERM)?;
    site.server.wait_for_output("stopping", 1).await?;
    // A connection that was served before is ended, and the port is free.
    let ended = timeout(PATIENCE, idle.read_to_end(&mut Vec::new())).await;
    ended.context("it is never ended")??;
    assert!(TcpStream::connect(site.server.authority()).await.is_err());

    begun.write_all(body.as_bytes()).await?;
    let mut answer = String::new();
    timeout(PATIENCE, begun.read_to_string(&mut answer)).await??;
    // The name is taken by now, so the form comes again.
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    assert!(
        answer.to_lowercase().contains("connection: close"),
        "{answer}"
    );
    let ended = site.server.end().await?;
    assert!(ended.status.success(), "{}", ended.output);
    Ok(())
}

#[tokio::test]
async fn patience_ends_and_so_it_does_when_asked_twice() -> anyhow::Result<()> {
    let site = Site::start_with(&["--limits-shutdown", "300ms"]).await?;
    let held = begin_a_request(&site).await?;
    let ended = site.server.stop().await?;
    assert!(ended.status.success(), "{}", ended.output);
    assert!(
        ended.output.contains("did not end in time"),
        "{}",
        ended.output
    );
    drop(held);

    let site = Site::start_with(&["--limits-shutdown", "1h"]).await?;
    let held = begin_a_request(&site).await?;
    site.server.signal(Signal::INT)?;
    site.server.wait_for_output("stopping", 1).await?;
    let ended = site.server.stop().await?;
    assert!(ended.status.success(), "{}", ended.output);
    assert!(
        ended.output.contains("told to stop again"),
        "{}",
        ended.output
    );
    drop(held);
    Ok(())
}

#[tokio::test]
async fn failures_of_the_last_second_are_written_down() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let answer = site
        .try_to_log_in(&Curl::new()?, "Ada", "a wrong password")
        .await?;
    assert_eq!(answer.status, 401);
    let Site { server, data } = site;
    server.stop().await?;
    let site = Site::start_again(data).await?;
    let history = site.page(&ada, "/account/history").await?;
    assert!(history.body.contains("failed"), "{}", history.body);
    Ok(())
}

#[tokio::test]
async fn systemd_is_told_how_things_are() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path)?;
    let (told, mut heard) = watch::channel(String::new());
    let listening = tokio::spawn(async move {
        let mut buffer = [0; 1_000];
        while let Ok(length) = socket.recv(&mut buffer).await {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            told.send_modify(|all| all.push_str(&text));
        }
    });
    let server = program()
        .argument("--data")
        .argument(folder.path().join("data"))
        .variable("NOTIFY_SOCKET", &path)
        .start()
        .await?;
    for (signal, text) in [
        (None, "READY=1"),
        (Some(Signal::HUP), "RELOADING=1"),
        (Some(Signal::TERM), "STOPPING=1"),
    ] {
        if let Some(signal) = signal {
            server.signal(signal)?;
        }
        let hears = heard.wait_for(|all| all.contains(text));
        timeout(PATIENCE, hears).await.context(text)??;
    }
    let all = heard.borrow().clone();
    assert_eq!(all.matches("READY=1").count(), 2, "{all}");
    assert!(all.contains("MONOTONIC_USEC="), "{all}");
    server.end().await?;
    listening.abort();
    Ok(())
}

/// A registration whose head the server has read, and whose body is still to be sent.
async fn begin_a_request(site: &Site) -> anyhow::Result<(TcpStream, String)> {
    let mut stream = TcpStream::connect(site.server.authority()).await?;
    let body = format!("username=Ada&password={}", PASSWORD.replace(' ', "+"));
    let head = format!(
        "POST /register HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        site.server.authority(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    let mut interim = [0; 25];
    timeout(PATIENCE, stream.read_exact(&mut interim)).await??;
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    Ok((stream, body))
}

const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

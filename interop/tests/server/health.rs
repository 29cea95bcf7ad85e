//! Whether the server tells the truth about how it is.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use countersign_interop::{Answer, Curl, PATIENCE, Server, program_file};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::metrics::{Watched, metrics_address};
use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn it_is_alive_and_ready_for_whoever_asks_by_whatever_name() -> anyhow::Result<()> {
    let site = Site::start().await?;
    for path in ["/healthz", "/readyz"] {
        let address = site.at(path);
        for arguments in [
            &[][..],
            &["--head"],
            &["--header", "Host: 10.0.0.7"],
            &["--header", "X-Forwarded-For: 192.0.2.1"],
            &["--cookie", "countersign=a; countersign=b"],
        ] {
            let answer = Curl::new()?.run(&[arguments, &[&address]].concat()).await?;
            assert_eq!(answer.status, 200, "{path} {arguments:?}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
    Ok(())
}

#[tokio::test]
async fn it_is_not_ready_while_somebody_else_holds_the_database() -> anyhow::Result<()> {
    let watched = Watched::start(&[]).await?;
    let file = watched.site.data.path().join("countersign.db");
    let mut other = SqliteConnectOptions::new().filename(file).connect().await?;
    other.execute("BEGIN EXCLUSIVE").await?;
    becomes(
        &watched.site.at("/readyz"),
        503,
        "\"failed\":[\"database\"]",
    )
    .await?;
    becomes(&watched.at("/readyz"), 503, "in time").await?;
    assert_eq!(
        Curl::new()?.get(&watched.site.at("/healthz")).await?.status,
        200
    );
    other.execute("ROLLBACK").await?;
    becomes(&watched.site.at("/readyz"), 200, "\"ready\"").await?;
    watched.site.register("Ada").await?;
    Ok(())
}

#[tokio::test]
async fn it_is_not_ready_when_its_database_is_not_where_it_was() -> anyhow::Result<()> {
    let watched = Watched::start(&[]).await?;
    let folder = watched.site.data.path();
    let (file, away) = (folder.join("countersign.db"), folder.join("away.db"));
    std::fs::rename(&file, &away)?;
    let answer = becomes(&watched.site.at("/readyz"), 503, "\"failed\":[\"file\"]").await?;
    assert!(!answer.body.contains("countersign.db"), "{}", answer.body);
    becomes(&watched.at("/readyz"), 503, "countersign.db").await?;
    std::fs::copy(&away, &file)?;
    becomes(&watched.at("/readyz"), 503, "was replaced").await?;
    std::fs::rename(&away, &file)?;
    becomes(&watched.site.at("/readyz"), 200, "\"ready\"").await?;
    Ok(())
}

#[tokio::test]
async fn it_is_not_ready_while_the_disk_takes_no_more() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let server = where_files_can_stop_growing(data.path().to_owned()).await?;
    let metrics = metrics_address(&server).await?;
    let ready = server.at("/readyz");
    becomes(&ready, 200, "\"ready\"").await?;
    let id = server
        .id()
        .and_then(|id| Pid::from_raw(id as i32))
        .context("a process")?;
    let before = getrlimit(Resource::Fsize);
    let none = Rlimit {
        current: Some(1),
        ..before
    };
    prlimit(Some(id), Resource::Fsize, none)?;
    becomes(&ready, 503, "\"failed\":[\"database\"]").await?;
    becomes(&format!("http://{metrics}/readyz"), 503, "disk").await?;
    prlimit(Some(id), Resource::Fsize, before)?;
    becomes(&ready, 200, "\"ready\"").await?;
    Ok(())
}

#[tokio::test]
async fn who_watches_sees_that_it_stops() -> anyhow::Result<()> {
    let watched = Watched::start(&[]).await?;
    let ready = watched.at("/readyz");
    // A request that never comes to its end keeps it from ending at once.
    let mut stream = TcpStream::connect(watched.site.server.authority()).await?;
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nusername={PASSWORD}",
        watched.site.server.authority()
    );
    stream.write_all(head.as_bytes()).await?;
    // It is under way, and so is the one that counts it.
    let running = "countersign_requests_running 1\n";
    becomes(&watched.at("/metrics"), 200, running).await?;
    let stopping = tokio::spawn(watched.site.server.stop());
    becomes(&ready, 503, "\"name\":\"stopping\"").await?;
    drop(stream);
    assert!(stopping.await??.status.success());
    Ok(())
}

/// Asks until the answer has that status and says that, which it must within some time.
async fn becomes(url: &str, status: u16, text: &str) -> anyhow::Result<Answer> {
    let deadline = Instant::now() + PATIENCE;
    let curl = Curl::new()?;
    loop {
        let answer = curl.get(url).await?;
        if answer.status == status && answer.body.contains(text) {
            return Ok(answer);
        }
        anyhow::ensure!(
            Instant::now() < deadline,
            "{url} stays at {}: {}",
            answer.status,
            answer.body
        );
        sleep(Duration::from_millis(100)).await;
    }
}

/// A server whose files can be forbidden to grow, as on a full disk. The system ends a program that writes more, unless it
/// was started to ignore that.
async fn where_files_can_stop_growing(data: PathBuf) -> anyhow::Result<Server> {
    Server::file("/bin/sh")
        .argument("-c")
        .argument("trap '' XFSZ; exec \"$0\" \"$@\"")
        .argument(program_file("countersign").await?)
        .argument("--listen")
        .argument("127.0.0.1:0")
        .argument("--metrics-listen")
        .argument("127.0.0.1:0")
        .argument("--data")
        .argument(data)
        .start()
        .await
}

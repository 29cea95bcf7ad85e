//! What Prometheus is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use countersign_interop::{Curl, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::site::{PASSWORD, Site, program};

#[tokio::test]
async fn metrics_say_what_happened_and_the_table_says_what_they_are() -> anyhow::Result<()> {
    // One slow worker, so that of many passwords at once some are turned away.
    let slow = ["--passwords-workers", "1", "--passwords-iterations", "40"];
    let watched = Watched::start(&slow).await?;
    let site = &watched.site;
    let ada = site.register("Ada").await?;
    assert!(site.is_logged_in(&ada).await?);
    let wrong = Curl::new()?;
    for _ in 0..2 {
        site.try_to_log_in(&wrong, "Ada", "a wrong password")
            .await?;
    }
    site.log_in("Ada").await?;
    site.page(&wrong, "/a/path/that/leads/nowhere").await?;
    let many = (0..12).map(|number| register(site, number));
    let statuses = futures_util::future::try_join_all(many).await?;
    let refused = statuses.iter().filter(|status| **status == 503).count();
    assert!(refused > 0, "{statuses:?}");

    let metrics = watched.metrics().await?;
    for (series, value) in [
        ("countersign_login_checks_total{result=\"wrong\"}", 2.0),
        ("countersign_login_checks_total{result=\"right\"}", 1.0),
        ("countersign_events_total{event=\"login_failed\"}", 2.0),
        ("countersign_password_refused_total", refused as f64),
        ("countersign_password_queue_length", 0.0),
        ("countersign_password_running", 0.0),
        ("countersign_requests_running", 0.0),
        (
            "countersign_password_work_seconds_count{kind=\"verification\"}",
            3.0,
        ),
        (
            "countersign_requests_total{method=\"GET\",route=\"(unmatched)\",status=\"4xx\"}",
            1.0,
        ),
        (
            "countersign_requests_total{method=\"POST\",route=\"/login\",status=\"4xx\"}",
            2.0,
        ),
        ("countersign_accounts", (13 - refused) as f64),
        ("countersign_sessions", (14 - refused) as f64),
    ] {
        assert_eq!(metrics.get(series), Some(&value), "{series}");
    }
    compare_with_the_tables(&metrics)
}

#[tokio::test]
async fn there_are_no_metrics_for_strangers() -> anyhow::Result<()> {
    let watched = Watched::start(&[]).await?;
    let answer = Curl::new()?.get(&watched.site.at("/metrics")).await?;
    assert_eq!(answer.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_page_whose_name_was_made_to_point_here_reads_no_metrics() -> anyhow::Result<()> {
    let watched = Watched::start(&[]).await?;
    for (host, status) in [("localhost", 200), ("evil.example", 421)] {
        for path in ["/metrics", "/readyz", "/healthz"] {
            let host = format!("Host: {host}");
            let arguments = ["--header", &host, &watched.at(path)];
            let answer = Curl::new()?.run(&arguments).await?;
            assert_eq!(answer.status, status, "{host} {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn who_holds_connections_there_keeps_nothing_from_the_site() -> anyhow::Result<()> {
    let watched = Watched::start(&[]).await?;
    let mut closed = 0;
    let mut held = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(&watched.address).await?;
        // It may be closed already.
        drop(stream.write_all(b"GET /me").await);
        held.push(stream);
    }
    for stream in &mut held {
        let mut byte = [0];
        // Deadlines come later than this.
        let read = timeout(Duration::from_millis(50), stream.read(&mut byte)).await;
        closed += usize::from(matches!(read, Ok(Ok(0) | Err(_))));
    }
    assert!(closed > 50, "{closed} of 100 were closed");
    assert_eq!(
        Curl::new()?.get(&watched.site.at("/login")).await?.status,
        200
    );
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() -> anyhow::Result<()> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let data = tempfile::tempdir()?;
    let ended = program()
        .argument("--data")
        .argument(data.path())
        .argument("--metrics-listen")
        .argument(taken.local_addr()?.to_string())
        .run_to_end()
        .await?;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.output);
    assert!(
        ended.output.contains("--metrics-listen"),
        "{}",
        ended.output
    );
    Ok(())
}

async fn register(site: &Site, number: u32) -> anyhow::Result<u16> {
    let name = format!("Member {number}");
    let fields = [("username", name.as_str()), ("password", PASSWORD)];
    let answer = Curl::new()?.post(&site.at("/register"), &fields).await?;
    Ok(answer.status)
}

/// Every metric that is printed stands in a table, with its labels and their values; and all that stands there is printed.
fn compare_with_the_tables(metrics: &BTreeMap<String, f64>) -> anyhow::Result<()> {
    let tables = tables()?;
    let mut printed = BTreeSet::new();
    for series in metrics.keys() {
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let base = ["_bucket", "_sum", "_count"]
            .into_iter()
            .find_map(|end| {
                name.strip_suffix(end)
                    .filter(|base| tables.contains_key(*base))
            })
            .unwrap_or(name);
        let known = tables
            .get(base)
            .with_context(|| format!("{name} is in no table"))?;
        printed.insert(base.to_owned());
        for label in labels
            .trim_end_matches('}')
            .split(',')
            .filter(|label| !label.is_empty())
        {
            let (label, value) = label.split_once('=').context("a label")?;
            let value = value.trim_matches('"');
            let is_known = label == "le" || known.contains(&format!("`{label}`"));
            assert!(is_known, "{series}: {label} is not in {known}");
            if ["result", "event", "kind", "operation"].contains(&label) {
                assert!(known.contains(&format!("`{value}`")), "{series}: {value}");
            }
        }
    }
    let documented: BTreeSet<_> = tables.into_keys().collect();
    assert_eq!(printed, documented);
    Ok(())
}

/// The rows of both tables, by the name of the metric.
fn tables() -> anyhow::Result<BTreeMap<String, String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut rows = BTreeMap::new();
    for file in [
        "countersign/src/docs/metrics.md",
        "countersign-server/src/observe/metrics.md",
    ] {
        let text = fs::read_to_string(root.join(file)).context(file)?;
        for row in text.lines().filter(|row| row.starts_with("| `")) {
            let name = row.split('`').nth(1).context("a name")?;
            rows.insert(name.to_owned(), row.to_owned());
        }
    }
    Ok(rows)
}

/// A server with an address for metrics.
pub(crate) struct Watched {
    pub(crate) site: Site,
    address: String,
}

impl Watched {
    pub(crate) async fn start(options: &[&str]) -> anyhow::Result<Self> {
        let watched = ["--metrics-listen", "127.0.0.1:0"];
        let site = Site::start_with(&[&watched[..], options].concat()).await?;
        let address = metrics_address(&site.server).await?;
        Ok(Self { site, address })
    }

    /// The address of a path, for those who watch.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What is printed, by series.
    async fn metrics(&self) -> anyhow::Result<BTreeMap<String, f64>> {
        let answer = Curl::new()?.get(&self.at("/metrics")).await?;
        assert_eq!(answer.status, 200);
        let kind = answer.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        let lines = answer
            .body
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| {
                let (series, value) = line.rsplit_once(' ').with_context(|| line.to_owned())?;
                Ok((series.to_owned(), value.parse()?))
            })
            .collect()
    }
}

/// Where the server says that its metrics are. It says so before it listens for anybody else, but into another pipe.
pub(crate) async fn metrics_address(server: &Server) -> anyhow::Result<String> {
    let deadline = tokio::time::Instant::now() + countersign_interop::PATIENCE;
    loop {
        let output = server.output();
        let line = output.lines().find(|line| line.contains("metrics are at"));
        if let Some((_, rest)) = line.and_then(|line| line.split_once("address=")) {
            return Ok(rest.split(' ').next().unwrap_or(rest).to_owned());
        }
        anyhow::ensure!(
            tokio::time::Instant::now() < deadline,
            "no address in:\n{output}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

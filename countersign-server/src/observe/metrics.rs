use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign::accounts::Accounts;
use metrics::gauge;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::Mutex;
use tokio::time::{Instant, interval, timeout};

use super::ObserveError;
use super::process::Process;

/// What is counted and measured, since the start. Cheap to clone.
#[derive(Clone)]
pub(super) struct Metrics {
    handle: PrometheusHandle,
    process: Process,
    /// When accounts and sessions were counted.
    counted_at: Arc<Mutex<Option<Instant>>>,
}

impl Metrics {
    /// Begins to count, for the whole process and once.
    pub(super) fn start() -> Result<Self, ObserveError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .expect("there are buckets")
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| ObserveError::Twice)?;
        countersign::metrics::describe();
        countersign::metrics::describe_table(TABLE);
        gauge!("countersign_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
        tokio::spawn(keep_small(handle.clone()));
        Ok(Self {
            handle,
            process: Process::start(),
            counted_at: Arc::default(),
        })
    }

    /// All of them, in Prometheus's text format.
    pub(super) async fn text(&self, accounts: &Accounts) -> String {
        self.count(accounts).await;
        let mut text = self.handle.render();
        self.process.describe(&mut text);
        text
    }

    /// Counts accounts and sessions, now and then. Where the database does not answer, they are not a number.
    async fn count(&self, accounts: &Accounts) {
        let mut counted_at = self.counted_at.lock().await;
        if counted_at.is_some_and(|when| when.elapsed() < COUNT_AGAIN) {
            return;
        }
        let counters = timeout(PATIENCE, accounts.counters()).await;
        let (total, disabled, sessions) = match counters {
            Ok(Ok(counters)) => (
                counters.accounts as f64,
                counters.disabled as f64,
                counters.sessions as f64,
            ),
            Ok(Err(_)) | Err(_) => (f64::NAN, f64::NAN, f64::NAN),
        };
        gauge!("countersign_accounts").set(total);
        gauge!("countersign_accounts_disabled").set(disabled);
        gauge!("countersign_sessions").set(sessions);
        *counted_at = Some(Instant::now());
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Sums up what was measured: each single duration is kept until then, and nobody may ever ask.
async fn keep_small(handle: PrometheusHandle) {
    let mut ticks = interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

/// The bounds of durations, in seconds: from a store in memory to a request that is given up.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

const UPKEEP: Duration = Duration::from_secs(5);

/// How often accounts and sessions are counted at most.
const COUNT_AGAIN: Duration = Duration::from_secs(15);

/// How long to wait for their number.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the server measures beside what the library does.
pub(super) const TABLE: &str = include_str!("metrics.md");

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_metric_that_is_shown_has_its_meaning() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = Accounts::open(folder.path().join("a.db")).await.unwrap();
        let text = Metrics::start().unwrap().text(&accounts).await;
        for line in text.lines().filter(|line| line.starts_with("# TYPE ")) {
            let name = line.split(' ').nth(2).unwrap();
            assert!(text.contains(&format!("# HELP {name} ")), "{line}");
        }
        assert!(text.contains("\ncountersign_accounts 0\n"), "{text}");
        assert!(text.contains("countersign_build_info{version=\""), "{text}");
    }
}

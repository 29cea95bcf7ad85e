use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use countersign::accounts::Accounts;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::error::with_causes;

/// Whether the server is well. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    accounts: Accounts,
    file: WatchedFile,
    is_stopping: AtomicBool,
    /// When the database was asked, and its answer.
    last: Arc<Mutex<Option<(Instant, Outcome)>>>,
    /// What was wrong when somebody asked last, and is in the log.
    told: std::sync::Mutex<BTreeSet<&'static str>>,
}

/// One thing that must be well.
struct Check {
    name: &'static str,
    outcome: Outcome,
}

/// An error says what is wrong, for the operator alone.
type Outcome = Result<(), String>;

impl Health {
    /// The health of a server with these accounts, whose database is in that file.
    pub(crate) fn new(accounts: Accounts, file: &Path) -> Self {
        Self {
            shared: Arc::new(Shared {
                accounts,
                file: WatchedFile::new(file),
                is_stopping: AtomicBool::new(false),
                last: Arc::default(),
                told: std::sync::Mutex::default(),
            }),
        }
    }

    /// Says from now on that nothing more should be sent here.
    pub(crate) fn stop(&self) {
        self.shared.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn accounts(&self) -> &Accounts {
        &self.shared.accounts
    }

    /// A queue that is full is no reason to send requests elsewhere: anybody can fill it with logins, and would so switch off
    /// the pages that need none.
    async fn checks(&self) -> Vec<Check> {
        if self.shared.is_stopping.load(Ordering::Relaxed) {
            let outcome = Err("the server is stopping".to_owned());
            return vec![Check {
                name: "stopping",
                outcome,
            }];
        }
        let threads = self.shared.accounts.password_pool().start_threads();
        let checks = vec![
            Check {
                name: "file",
                outcome: self.shared.file.check(),
            },
            Check {
                name: "database",
                outcome: self.database().await,
            },
            Check {
                name: "passwords",
                outcome: threads.map_err(|error| with_causes(&error)),
            },
        ];
        self.tell(&checks);
        checks
    }

    /// Says in the log what has gone wrong, and what is right again: once each, however many ask.
    fn tell(&self, checks: &[Check]) {
        let told = self.shared.told.lock();
        let mut told = told.unwrap_or_else(PoisonError::into_inner);
        for Check { name, outcome } in checks {
            match outcome {
                Err(error) => {
                    if told.insert(name) {
                        tracing::error!(check = name, error, "the server is not ready");
                    }
                }
                Ok(()) => {
                    if told.remove(name) {
                        tracing::info!(check = name, "this is right again");
                    }
                }
            }
        }
    }

    /// Whether the database takes what is written. However many ask, it is asked once a second and by one at a time, so that
    /// neither a stranger nor a database that hangs can make this a burden.
    async fn database(&self) -> Outcome {
        let answer = async {
            let mut last = Arc::clone(&self.shared.last).lock_owned().await;
            if let Some((when, outcome)) = &*last
                && when.elapsed() < FRESH
            {
                return outcome.clone();
            }
            let accounts = self.shared.accounts.clone();
            // In a task of its own, which goes on when nobody waits for it any more. Until it is over, nobody begins another.
            let check = tokio::spawn(async move {
                let outcome = accounts.check_writing().await;
                let outcome = outcome.map_err(|error| with_causes(&error));
                *last = Some((Instant::now(), outcome.clone()));
                outcome
            });
            check.await.unwrap_or_else(|error| Err(error.to_string()))
        };
        timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_| Err("it did not take a write in time".to_owned()))
    }
}

/// Answers that the process answers.
pub(super) async fn alive() -> Response {
    answer(StatusCode::OK, json!({ "status": "alive" }))
}

/// Answers whether requests should be sent here, and if not, the names of what is wrong.
pub(super) async fn ready(State(health): State<Health>) -> Response {
    let checks = health.checks().await;
    let failed: Vec<_> = checks
        .iter()
        .filter(|check| check.outcome.is_err())
        .map(|check| check.name)
        .collect();
    match failed.is_empty() {
        true => answer(StatusCode::OK, json!({ "status": "ready" })),
        false => answer(
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "status": "not ready", "failed": failed }),
        ),
    }
}

/// As [`ready`], with all that is known, for the operator.
pub(super) async fn ready_in_detail(State(health): State<Health>) -> Response {
    let checks = health.checks().await;
    let is_ready = checks.iter().all(|check| check.outcome.is_ok());
    let checks: Vec<_> = checks
        .into_iter()
        .map(|check| json!({ "name": check.name, "ok": check.outcome.is_ok(), "error": check.outcome.err() }))
        .collect();
    let pool = health.shared.accounts.password_pool().statistics();
    let (status, word) = match is_ready {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    answer(
        status,
        json!({
            "status": word,
            "version": env!("CARGO_PKG_VERSION"),
            "checks": checks,
            "passwords": { "waiting": pool.queued, "running": pool.running, "threads": pool.workers },
        }),
    )
}

fn answer(status: StatusCode, body: Value) -> Response {
    const HEADERS: [(HeaderName, &str); 2] = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, HEADERS, Json(body)).into_response()
}

/// The file of the database, which must stay where it was: a program that has it open goes on writing into it after it was
/// deleted or replaced, and all of that is lost.
#[derive(Debug)]
struct WatchedFile {
    path: PathBuf,
    identity: Option<Identity>,
}

/// Device and inode.
type Identity = (u64, u64);

impl WatchedFile {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            identity: identity(path).ok().flatten(),
        }
    }

    fn check(&self) -> Outcome {
        let path = self.path.display();
        match identity(&self.path) {
            Ok(found) if found == self.identity => Ok(()),
            Ok(_) => Err(format!(
                "{path} was replaced while the server had it open: start the server again"
            )),
            Err(error) => Err(format!(
                "{path} can't be found any more; if it was moved or deleted, start the server again: {error}"
            )),
        }
    }
}

fn identity(path: &Path) -> std::io::Result<Option<Identity>> {
    let metadata = std::fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok(Some((metadata.dev(), metadata.ino())))
    }
    #[cfg(not(unix))]
    {
        drop(metadata);
        Ok(None)
    }
}

/// How long the database's answer counts.
const FRESH: Duration = Duration::from_secs(1);

/// How long to wait for it. What asks for readiness waits seconds, not minutes: Kubernetes and load balancers one to five.
const PATIENCE: Duration = Duration::from_millis(900);

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tracing::{Event, Level, Subscriber};
    use tracing_subscriber::layer::{Context, SubscriberExt as _};
    use tracing_subscriber::{Layer, Registry};

    use super::*;

    #[tokio::test]
    async fn what_goes_wrong_is_in_the_log_once_and_so_is_that_it_is_right_again() {
        let folder = tempfile::tempdir().unwrap();
        let (file, aside) = (folder.path().join("a.db"), folder.path().join("aside"));
        let accounts = Accounts::open(&file).await.unwrap();
        let health = Health::new(accounts, &file);
        let counted = Counted::default();
        let _guard = tracing::subscriber::set_default(Registry::default().with(counted.clone()));

        health.checks().await;
        assert_eq!(counted.errors_and_rest(), (0, 0));
        std::fs::rename(&file, &aside).unwrap();
        health.checks().await;
        health.checks().await;
        assert_eq!(counted.errors_and_rest(), (1, 0));
        std::fs::rename(&aside, &file).unwrap();
        health.checks().await;
        health.checks().await;
        assert_eq!(counted.errors_and_rest(), (1, 1));
    }

    /// Counts what this module says.
    #[derive(Clone, Default)]
    struct Counted(Arc<[AtomicUsize; 2]>);

    impl Counted {
        fn errors_and_rest(&self) -> (usize, usize) {
            let [errors, rest] = &*self.0;
            (errors.load(Ordering::Relaxed), rest.load(Ordering::Relaxed))
        }
    }

    impl<S: Subscriber> Layer<S> for Counted {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let metadata = event.metadata();
            if metadata.target() == module_path!().trim_end_matches("::tests") {
                let place = usize::from(*metadata.level() != Level::ERROR);
                self.0[place].fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

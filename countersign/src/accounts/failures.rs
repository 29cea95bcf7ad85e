use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;

use super::Accounts;
use super::store::Database;
use super::store::failures::{Failures, Place};
use crate::clock::Clock;
use crate::login::{Event, network};
use crate::session::StoreError;

/// Counts sign-ins that fail, by account, network and hour. Strangers decide how many there are, so they are not written
/// down one by one: they are added up for a moment in memory, and then in the database.
///
/// A name that no account has is not written down at all: people type passwords into its field.
pub(super) struct FailureCounts {
    database: Database,
    clock: Arc<dyn Clock>,
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    counts: HashMap<Place, Failures>,
    /// Whether somebody is on the way who will write them down.
    is_expected: bool,
}

impl FailureCounts {
    pub(super) fn new(database: Database, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            database,
            clock,
            pending: Mutex::default(),
        })
    }

    /// Counts an event, if it is a failure. It returns at once.
    pub(super) fn hear(self: &Arc<Self>, event: &Event) {
        let now = self.clock.now();
        let failures = |failed, throttled| Failures {
            failed,
            throttled,
            last_at: now,
        };
        match event {
            Event::LoginFailed { name, address } => self.count(name, *address, failures(1, 0)),
            Event::LoginThrottled { name, address } => self.count(name, *address, failures(0, 1)),
            _ => {}
        }
    }

    /// Writes down what was counted until now.
    pub(super) async fn write_down(&self) -> Result<(), StoreError> {
        let counts = {
            let mut pending = self.pending();
            pending.is_expected = false;
            std::mem::take(&mut pending.counts)
        };
        if counts.is_empty() {
            return Ok(());
        }
        let written = self.database.add_failures(&counts, self.clock.now()).await;
        if written.is_err() {
            let mut pending = self.pending();
            for (place, failures) in counts {
                pending.add(place, failures);
            }
        }
        written
    }

    fn count(self: &Arc<Self>, name: &str, address: Option<IpAddr>, failures: Failures) {
        let place = Place {
            hour: failures.last_at.as_millis().div_euclid(HOUR),
            key: Accounts::login_key(name),
            network: address.map(network),
        };
        let mut pending = self.pending();
        pending.add(place, failures);
        if pending.is_expected {
            return;
        }
        // Without a runtime it waits for the next question about them.
        if let Ok(runtime) = Handle::try_current() {
            pending.is_expected = true;
            let counts = Arc::clone(self);
            runtime.spawn(async move {
                tokio::time::sleep(WRITTEN_AFTER).await;
                if let Err(error) = counts.write_down().await {
                    tracing::warn!(%error, "failed sign-ins could not be written down yet");
                }
            });
        }
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Pending> {
        // Nothing in here panics while it holds the lock, and counts are whole after any step.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    fn add(&mut self, mut place: Place, failures: Failures) {
        if self.counts.len() >= MOST_PENDING && !self.counts.contains_key(&place) {
            place.key = String::new();
            place.network = None;
        }
        self.counts
            .entry(place)
            .and_modify(|present| present.add(&failures))
            .or_insert(failures);
    }
}

impl fmt::Debug for FailureCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailureCounts").finish_non_exhaustive()
    }
}

/// In milliseconds.
const HOUR: i64 = 3_600_000;

/// How long failures are added up before they are written down.
const WRITTEN_AFTER: Duration = Duration::from_secs(1);

/// How many accounts and networks are told apart until then. Further ones count as unknown.
const MOST_PENDING: usize = 1_000;

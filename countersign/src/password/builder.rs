use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::argon2id::{self, SALT_LENGTH, TAG_LENGTH};
use super::cost::Argon2Cost;
use super::floor::Durations;
use super::imported::ImportedHashes;
use super::pool::{Pool, Settings};
use super::{Inner, PasswordError, Passwords};
use crate::clock::{Clock, SystemClock};
use crate::secret::{OperatingSystemRandom, Random};

/// Settings of a [`Passwords`] that are checked when it is built.
///
/// ```
/// use countersign::password::{Argon2Cost, Passwords};
///
/// let passwords = Passwords::builder().argon2id(Argon2Cost::new(65_536, 3, 1)?).workers(2).build()?;
/// assert!(Passwords::builder().workers(0).build().is_err());
/// # Ok::<(), countersign::password::PasswordError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PasswordsBuilder {
    cost: Argon2Cost,
    workers: Option<usize>,
    queue_limit: Option<usize>,
    idle_after: Duration,
    imported: ImportedHashes,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl PasswordsBuilder {
    /// The cost of new hashes.
    pub fn argon2id(mut self, cost: Argon2Cost) -> Self {
        self.cost = cost;
        self
    }

    /// How many threads hash, from 1 to 1,000: by default as many as the process may use cores, a cpu quota counted.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// How many requests may wait in each lane, from 1 to 65,536: by default 32 for each worker, which is well under a
    /// second of work.
    pub fn queue_limit(mut self, limit: usize) -> Self {
        self.queue_limit = Some(limit);
        self
    }

    /// How long a worker without work keeps its memory: one second by default.
    pub fn idle_after(mut self, idle_after: Duration) -> Self {
        self.idle_after = idle_after;
        self
    }

    /// The secrets of hashes that come from elsewhere: by default none.
    pub fn imported(mut self, imported: ImportedHashes) -> Self {
        self.imported = imported;
        self
    }

    /// Where the time comes from by which [`Passwords::failure_floor`] and [`PasswordError::Busy`] estimate.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where salts come from.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Checks the settings. Starts no thread yet.
    ///
    /// # Errors
    /// [`PasswordError::Configuration`] names the setting that is out of bounds.
    pub fn build(self) -> Result<Passwords, PasswordError> {
        let workers = match self.workers {
            Some(workers) => NonZeroUsize::new(workers)
                .filter(|workers| workers.get() <= MOST_WORKERS)
                .ok_or(PasswordError::Configuration {
                    what: "the number of hashing threads",
                    found: workers as u64,
                    allowed: "from 1 to 1000",
                })?,
            None => thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        };
        let queue_limit = self
            .queue_limit
            .unwrap_or(workers.get() * WAITING_PER_WORKER);
        if !(1..=LONGEST_QUEUE).contains(&queue_limit) {
            return Err(PasswordError::Configuration {
                what: "the limit of the hashing queue",
                found: queue_limit as u64,
                allowed: "from 1 to 65536",
            });
        }
        let (mut salt, mut tag) = ([0; SALT_LENGTH], [0; TAG_LENGTH]);
        self.random.fill(&mut salt);
        self.random.fill(&mut tag);
        let durations = Arc::new(Durations::default());
        let settings = Settings {
            workers,
            queue_limit,
            idle_after: self.idle_after,
            usual_kib: self.cost.memory_kib().into(),
        };
        Ok(Passwords {
            inner: Arc::new(Inner {
                pool: Pool::new(settings, Arc::clone(&durations)),
                cost: self.cost,
                dummy: argon2id::dummy(salt, tag, self.cost)?,
                imported: self.imported,
                durations,
                clock: self.clock,
                random: self.random,
            }),
        })
    }
}

impl Default for PasswordsBuilder {
    fn default() -> Self {
        Self {
            cost: Argon2Cost::default(),
            workers: None,
            queue_limit: None,
            idle_after: IDLE_AFTER,
            imported: ImportedHashes::new(),
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(OperatingSystemRandom),
        }
    }
}

const MOST_WORKERS: usize = 1_000;
const LONGEST_QUEUE: usize = 65_536;
const WAITING_PER_WORKER: usize = 32;
const IDLE_AFTER: Duration = Duration::from_secs(1);

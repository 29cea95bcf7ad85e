use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::PasswordError;
use super::cost::MEMORY_LIMIT_KIB;
use super::floor::Durations;
use super::queue::{Queue, Requester, Ticket};
use super::worker::{self, WorkMemory};
use crate::measure::{Stopwatch, counter, gauge, histogram};

/// Counts of a hashing pool since it was made.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct PoolStatistics {
    /// Verifications begun: those of known users, of unknown ones, and of malformed hashes alike.
    pub verifications: u64,
    /// Hashes of new passwords begun.
    pub hashes: u64,
    /// Requests turned away with [`PasswordError::Busy`].
    pub refused: u64,
    /// Requests that wait now.
    pub queued: usize,
    /// Requests that are worked on now.
    pub running: usize,
    /// Threads that work: none before the first request.
    pub workers: usize,
}

/// A pool of threads that hash passwords, and the queue before it. Its threads end when it is dropped.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

/// How a pool is set up.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) workers: NonZeroUsize,
    /// The most requests that wait in each lane.
    pub(super) queue_limit: usize,
    /// How long a worker without work keeps its memory.
    pub(super) idle_after: Duration,
    /// The memory of the usual hash, which each worker keeps.
    pub(super) usual_kib: u64,
}

/// What a job does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Hash,
    Verification,
}

impl Pool {
    pub(super) fn new(settings: Settings, durations: Arc<Durations>) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::new(settings.queue_limit)),
                changed: Condvar::new(),
                told: AtomicBool::new(false),
                settings,
                durations,
            }),
        }
    }

    /// Starts the workers, unless they work already.
    pub(super) fn start(&self) -> Result<(), PasswordError> {
        let mut state = self.shared.state();
        self.shared.ensure_workers(&mut state)
    }

    /// Has a worker run something with its memory, which may take so many KiB, and waits for the answer. Whoever stops
    /// waiting before the work begins gives the place up, and the work is not done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        kind: Kind,
        requester: Requester,
        memory_kib: u64,
        work: impl FnOnce(&mut WorkMemory) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            kind,
            waiting: Stopwatch::start(),
            extra_kib: memory_kib.saturating_sub(self.shared.settings.usual_kib),
            run: Box::new(move |memory| {
                // Nobody may be listening any more.
                let _ = reply.send(work(memory));
            }),
        };
        let mut place = self.shared.enter(requester, job)?;
        let answer = answer.await;
        place.ticket = None;
        answer.map_err(|_| PasswordError::Crashed)
    }

    pub(super) fn statistics(&self) -> PoolStatistics {
        let state = self.shared.state();
        PoolStatistics {
            queued: state.queue.len(),
            ..state.counts
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("settings", &self.shared.settings)
            .field("statistics", &self.statistics())
            .finish()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.changed.notify_all();
    }
}

/// What the pool and its workers share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// A job came, memory was freed, or the pool closed.
    changed: Condvar,
    settings: Settings,
    durations: Arc<Durations>,
    told: AtomicBool,
}

struct State {
    queue: Queue<Job>,
    counts: PoolStatistics,
    /// Memory beyond the workers' own that running jobs may take.
    extra_kib: u64,
    closed: bool,
}

/// Something to do with a worker's memory.
pub(super) struct Job {
    kind: Kind,
    waiting: Stopwatch,
    /// How much memory it may take beyond what the worker keeps.
    pub(super) extra_kib: u64,
    run: Box<dyn FnOnce(&mut WorkMemory) + Send>,
}

impl Job {
    /// Notes that its turn has come.
    fn begun(&self) {
        gauge!("countersign_password_queue_length").decrement(1);
        gauge!("countersign_password_running").increment(1);
        histogram!("countersign_password_wait_seconds").record(self.waiting.seconds());
    }

    /// Does it, in a worker's memory.
    pub(super) fn work(self, memory: &mut WorkMemory) {
        let work = Stopwatch::start();
        (self.run)(memory);
        match self.kind {
            Kind::Hash => histogram!("countersign_password_work_seconds", "kind" => "hash"),
            Kind::Verification => {
                histogram!("countersign_password_work_seconds", "kind" => "verification")
            }
        }
        .record(work.seconds());
    }
}

/// What a worker is to do next.
pub(super) enum Next {
    Job(Job),
    /// Nothing came for a while: give memory back.
    Rest,
    /// The pool has closed.
    End,
}

impl Shared {
    /// Waits for something to do. Only who holds memory is sent to rest.
    pub(super) fn next(&self, holds_memory: bool) -> Next {
        let mut state = self.state();
        loop {
            if state.closed {
                return Next::End;
            }
            if let Some(job) = state.take() {
                drop(state);
                job.begun();
                return Next::Job(job);
            }
            if !holds_memory {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let (woken, waited) = self
                .changed
                .wait_timeout(state, self.settings.idle_after)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if waited.timed_out() {
                return Next::Rest;
            }
        }
    }

    /// Notes the end of a job.
    pub(super) fn finished(&self, extra_kib: u64) {
        gauge!("countersign_password_running").decrement(1);
        let mut state = self.state();
        state.counts.running -= 1;
        state.extra_kib -= extra_kib;
        drop(state);
        if extra_kib > 0 {
            self.changed.notify_all();
        }
    }

    /// The memory that a worker keeps between jobs.
    pub(super) fn keep_kib(&self) -> u64 {
        self.settings.usual_kib
    }

    /// Says, for the first worker that could not lower its priority or be tied to a core, that it goes on without.
    pub(super) fn tell_once_that_threads_are_ordinary(&self, error: &io::Error) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::debug!(%error, "password hashing runs without lowered priority or without a core of its own");
        }
    }

    fn enter(self: &Arc<Self>, requester: Requester, job: Job) -> Result<Place, PasswordError> {
        let mut state = self.state();
        self.ensure_workers(&mut state)?;
        let Some(ticket) = state.queue.enter(requester, job) else {
            state.counts.refused += 1;
            counter!("countersign_password_refused_total").increment(1);
            let queued = state.queue.len();
            drop(state);
            return Err(PasswordError::Busy {
                retry_after: self.retry_after(queued),
            });
        };
        drop(state);
        gauge!("countersign_password_queue_length").increment(1);
        self.changed.notify_one();
        Ok(Place {
            shared: Arc::clone(self),
            ticket: Some(ticket),
        })
    }

    /// When those who wait now will have been served: whole seconds, from one to thirty.
    fn retry_after(&self, queued: usize) -> Duration {
        let typical = self.durations.slowest().unwrap_or(Duration::ZERO);
        let rounds = queued / self.settings.workers + 1;
        let wait = typical.as_secs_f64() * rounds as f64;
        Duration::from_secs(wait.ceil().clamp(1.0, 30.0) as u64)
    }

    /// Starts the workers, if there are none yet. Fewer than asked for will do.
    fn ensure_workers(self: &Arc<Self>, state: &mut State) -> Result<(), PasswordError> {
        if state.counts.workers > 0 {
            return Ok(());
        }
        for number in 0..self.settings.workers.get() {
            let shared = Arc::clone(self);
            let started = thread::Builder::new()
                .name(format!("{THREAD_NAME}{number}"))
                .spawn(move || worker::work(&shared, number));
            match started {
                Ok(_) => state.counts.workers += 1,
                Err(error) if number == 0 => return Err(PasswordError::NoThreads(error.kind())),
                Err(error) => {
                    tracing::warn!(%error, workers = number, "fewer threads hash passwords than cores would allow");
                    break;
                }
            }
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(queue_limit: usize) -> Self {
        Self {
            queue: Queue::new(queue_limit),
            counts: PoolStatistics::default(),
            extra_kib: 0,
            closed: false,
        }
    }

    /// Takes the next job, unless memory must be freed for it first. Then those behind it wait too: it would never get
    /// its memory if smaller ones could overtake it.
    fn take(&mut self) -> Option<Job> {
        if self.extra_kib + self.queue.next()?.extra_kib > MEMORY_LIMIT_KIB {
            return None;
        }
        let job = self.queue.take()?;
        self.extra_kib += job.extra_kib;
        self.counts.running += 1;
        match job.kind {
            Kind::Hash => self.counts.hashes += 1,
            Kind::Verification => self.counts.verifications += 1,
        }
        Some(job)
    }
}

/// A waiter's place in the queue, given up when it is dropped.
struct Place {
    shared: Arc<Shared>,
    ticket: Option<Ticket>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let job = self.shared.state().queue.leave(ticket);
        if job.is_some() {
            gauge!("countersign_password_queue_length").decrement(1);
            // It may have kept those behind it from the memory that there is.
            self.shared.changed.notify_all();
        }
    }
}

/// With its number, the name of a worker: up to a thousand workers within the 15 bytes that Linux keeps of it.
const THREAD_NAME: &str = "countersign-";

#[cfg(test)]
mod tests;

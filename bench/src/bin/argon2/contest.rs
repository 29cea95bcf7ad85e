use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use countersign::password::{Passwords, Requester};

use crate::candidates::{CANDIDATES, CHOSEN, Candidate};

/// What is measured side by side.
pub(crate) enum Contestant {
    /// An implementation alone: threads that hash and do nothing else.
    Implementation(&'static Candidate),
    /// The pool of `countersign::password`, with one that verifies at once and others that wait, per thread.
    Pool(tokio::runtime::Runtime),
}

/// All of them. The first is the implementation that the pool uses.
pub(crate) fn contestants() -> Vec<Contestant> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("a thread can be started");
    let others = CANDIDATES.iter().filter(|other| other.name != CHOSEN.name);
    [CHOSEN]
        .into_iter()
        .chain(others)
        .map(Contestant::Implementation)
        .chain([Contestant::Pool(runtime)])
        .collect()
}

impl Contestant {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Implementation(candidate) => candidate.name,
            Self::Pool(_) => "the pool of countersign::password",
        }
    }

    /// Hashes per second on that many threads, each of which has hashed once before.
    pub(crate) fn rate(&self, threads: usize) -> f64 {
        match self {
            Self::Implementation(candidate) => rate_alone(candidate, threads),
            Self::Pool(runtime) => runtime.block_on(rate_in_pool(threads)),
        }
    }
}

fn rate_alone(candidate: &Candidate, threads: usize) -> f64 {
    let barrier = Arc::new(Barrier::new(threads + 1));
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            let hasher = candidate.hasher;
            thread::spawn(move || {
                let mut hash = hasher();
                hash(b"warm up");
                barrier.wait();
                for turn in 0..HASHES {
                    hash(&turn.to_le_bytes());
                }
            })
        })
        .collect();
    barrier.wait();
    let start = Instant::now();
    for worker in workers {
        worker.join().expect("no candidate panics");
    }
    rate(threads, start)
}

async fn rate_in_pool(threads: usize) -> f64 {
    let passwords = Passwords::builder()
        .workers(threads)
        .build()
        .expect("the number of cores is within bounds");
    verify_all(&passwords, threads).await;
    let start = Instant::now();
    verify_all(&passwords, threads * HASHES).await;
    rate(threads, start)
}

/// Verifies so many, all of them in the queue at once: known users and unknown ones cost the same.
async fn verify_all(passwords: &Passwords, number: usize) {
    let waiting: Vec<_> = (0..number)
        .map(|turn| {
            let passwords = passwords.clone();
            tokio::spawn(async move {
                let password = turn.to_string();
                passwords
                    .verify(&password, None, Requester::anonymous())
                    .await
            })
        })
        .collect();
    for verdict in waiting {
        let verdict = verdict.await.expect("a verification does not panic");
        assert!(!verdict.expect("the queue holds them all").matches);
    }
}

fn rate(threads: usize, start: Instant) -> f64 {
    (threads * HASHES) as f64 / start.elapsed().as_secs_f64()
}

/// Per thread and round, and within what the pool's queue takes per worker.
const HASHES: usize = 24;

/// Longer than the pool's workers keep their memory.
pub(crate) const IDLE: Duration = Duration::from_secs(2);

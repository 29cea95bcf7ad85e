use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use argon2_rust::{Algorithm, Argon2, Hasher, Params, Version};

use super::pool::{Next, Shared};

/// What a worker keeps from job to job: a block of memory, mapped at first use.
pub(super) struct WorkMemory {
    pub(super) argon2: Hasher,
    /// The largest block that is worth keeping, in KiB.
    keep_kib: u64,
}

impl WorkMemory {
    /// No memory yet.
    pub(super) fn new(keep_kib: u64) -> Self {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        Self {
            argon2: argon2.hasher(),
            keep_kib,
        }
    }

    pub(super) fn is_held(&self) -> bool {
        self.argon2.reserved_blocks() > 0
    }

    pub(super) fn give_back(&mut self) {
        self.argon2.clear();
    }

    /// Gives back a block that one costly hash made larger than the usual hash needs.
    fn shrink(&mut self) {
        // A block of Argon2 has 1 KiB.
        if self.argon2.reserved_blocks() as u64 > self.keep_kib {
            self.give_back();
        }
    }
}

/// The life of a worker: works until the pool closes. A job that panics takes neither the thread nor the pool with it.
pub(super) fn work(shared: &Arc<Shared>, number: usize) {
    if let Err(error) = stand_back(number) {
        shared.tell_once_that_threads_are_ordinary(&error);
    }
    let mut memory = WorkMemory::new(shared.keep_kib());
    loop {
        match shared.next(memory.is_held()) {
            Next::Job(job) => {
                let extra_kib = job.extra_kib;
                if catch_unwind(AssertUnwindSafe(|| job.work(&mut memory))).is_err() {
                    memory = WorkMemory::new(shared.keep_kib());
                }
                memory.shrink();
                shared.finished(extra_kib);
            }
            Next::Rest => memory.give_back(),
            Next::End => return,
        }
    }
}

/// Lowers this thread's priority and ties it to a core, so that the threads that answer requests go first.
#[cfg(target_os = "linux")]
fn stand_back(number: usize) -> std::io::Result<()> {
    use rustix::process::{getpriority_process, setpriority_process};
    use rustix::thread::{CpuSet, gettid, sched_getaffinity, sched_setaffinity};

    let thread = Some(gettid());
    let lowered = getpriority_process(thread)
        .and_then(|priority| setpriority_process(thread, priority.max(PRIORITY)));
    let pinned = sched_getaffinity(None).and_then(|allowed| {
        let cores: Vec<_> = (0..CpuSet::MAX_CPU)
            .filter(|core| allowed.is_set(*core))
            .collect();
        // Where a quota leaves fewer workers than cores, several processes should not all choose the first ones.
        let offset = usize::try_from(std::process::id()).unwrap_or(0);
        let mut own = CpuSet::new();
        if let Some(core) = cores.get((offset + number) % cores.len().max(1)) {
            own.set(*core);
        }
        sched_setaffinity(None, &own)
    });
    Ok(lowered.and(pinned)?)
}

/// Elsewhere a priority belongs to the whole process, which must not be lowered.
#[cfg(not(target_os = "linux"))]
fn stand_back(_number: usize) -> std::io::Result<()> {
    Ok(())
}

/// The nice value of a worker. Milder values let logins disturb requests; harsher ones starve logins when requests
/// saturate the cores.
#[cfg(target_os = "linux")]
const PRIORITY: i32 = 10;

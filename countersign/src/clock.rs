//! Time as a parameter: whatever expires asks a [`Clock`], so a test moves time instead of waiting for it.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time. The library reads time nowhere else.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present moment. Never earlier than an earlier answer of the same clock.
    fn now(&self) -> Timestamp;
}

/// The machine's clock, which never steps back.
///
/// When the wall clock is set back, time goes on from where it was, at the pace of the time since boot
/// (suspended time counted): a session gains nothing by it. When the wall clock is set forward, this clock follows.
///
/// ```
/// use countersign::clock::{Clock, SystemClock};
///
/// let clock = SystemClock::new();
/// assert!(clock.now() <= clock.now());
/// ```
#[derive(Debug)]
pub struct SystemClock {
    /// The wall clock less the time since boot, in milliseconds: the largest that was seen.
    boot_offset: AtomicI64,
}

impl SystemClock {
    /// A clock that starts from the machine's present time.
    pub const fn new() -> Self {
        Self {
            boot_offset: AtomicI64::new(i64::MIN),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_boot = since_boot();
        let offset = wall_clock() - since_boot;
        let largest = self
            .boot_offset
            .fetch_max(offset, Ordering::Relaxed)
            .max(offset);
        Timestamp::from_millis(since_boot + largest)
    }
}

/// A clock that stands still until it is told to move. For tests.
///
/// ```
/// use std::time::Duration;
/// use countersign::clock::{Clock, ManualClock, Timestamp};
///
/// let clock = ManualClock::at(Timestamp::from_millis(1_000));
/// clock.advance(Duration::from_secs(2));
/// assert_eq!(clock.now().as_millis(), 3_000);
/// ```
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`.
    pub const fn at(start: Timestamp) -> Self {
        Self {
            now: AtomicI64::new(start.0),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Sets the clock, also backwards: what a real [`Clock`] never does, and what code must survive.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }
}

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment that many milliseconds after the beginning of 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the beginning of 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;

    /// The moment `duration` later; the last moment that can be written when that is later still.
    fn add(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Timestamp;

    /// The moment `duration` earlier; the first moment that can be written when that is earlier still.
    fn sub(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(millis(duration)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn wall_clock() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

/// Milliseconds since boot, with the time spent suspended: `CLOCK_BOOTTIME`.
#[cfg(target_os = "linux")]
fn since_boot() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}

/// Milliseconds since the first call: elsewhere the standard library's monotonic clock has to do.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> i64 {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<Instant> = OnceLock::new();
    millis(START.get_or_init(Instant::now).elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_was_set_back_does_not_turn_time_back() {
        let clock = SystemClock::new();
        let before = clock.now();
        // The wall clock an hour ahead, then back at its true time.
        clock.boot_offset.fetch_add(3_600_000, Ordering::Relaxed);
        let ahead = clock.now();
        assert!(ahead.since(before) >= Duration::from_secs(3_600));
        assert!(clock.now() >= ahead);
    }

    #[test]
    fn what_lies_in_the_future_was_no_time_ago() {
        let early = Timestamp::from_millis(5);
        let late = early + Duration::from_millis(7);
        assert_eq!(late.since(early), Duration::from_millis(7));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(late - Duration::from_millis(7), early);
    }
}

use std::time::Duration;

use crate::clock::Timestamp;

/// How many failures are let through before an attempt is refused.
///
/// A limit of 0 counts as 1: whoever has not failed yet is not refused. The defaults keep within the 100 consecutive failures that NIST SP 800-63B-4, section 3.2.2, allows an account.
///
/// ```
/// use std::time::Duration;
/// use countersign::throttle::{ThrottleLimits, WindowLimit};
///
/// let mut limits = ThrottleLimits::default();
/// limits.account = WindowLimit::new(20, Duration::from_secs(3_600));
/// assert_eq!(limits.account_in_a_row, 100);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ThrottleLimits {
    /// Failures of one known device on one account: 10 in an hour.
    pub device: WindowLimit,
    /// Failures in a row of one known device on one account, after which it counts as a stranger: 100.
    pub device_in_a_row: u16,
    /// Failures of strangers from one client address, on all accounts together: 30 in 10 minutes.
    pub client: WindowLimit,
    /// Different accounts on which strangers from one client address fail within the window of
    /// [`ThrottleLimits::client`]: 10.
    pub client_accounts: u16,
    /// Failures of strangers on one account, from all addresses together: 30 in an hour.
    pub account: WindowLimit,
    /// Failures in a row of strangers on one account, after which they are all refused: 100.
    pub account_in_a_row: u16,
    /// Failures in a row on one account from one client address that are followed by no wait: 5, of which the last
    /// is followed by the first wait.
    pub free_failures: u16,
    /// The wait that follows the last free failure: 30 seconds. Each further failure doubles it.
    pub first_wait: Duration,
    /// The wait that is not doubled any more: one hour.
    pub longest_wait: Duration,
}

impl ThrottleLimits {
    /// Hardly any limit: 65,535 failures of each kind, and no waits. For an application that has to answer as another one
    /// does that counts no failures, and for whoever limits guessing in front of the application.
    pub const fn danger_unlimited() -> Self {
        const WINDOW: WindowLimit = WindowLimit::new(u16::MAX, Duration::from_secs(600));
        Self {
            device: WINDOW,
            device_in_a_row: u16::MAX,
            client: WINDOW,
            client_accounts: u16::MAX,
            account: WINDOW,
            account_in_a_row: u16::MAX,
            free_failures: u16::MAX,
            first_wait: Duration::ZERO,
            longest_wait: Duration::ZERO,
        }
    }

    /// How long an account has to be left alone from a client address after so many failures in a row.
    pub(super) fn wait_after(&self, failures: u16) -> Duration {
        let Some(doublings) = failures.checked_sub(self.free_failures.max(1)) else {
            return Duration::ZERO;
        };
        2u32.checked_pow(doublings.into())
            .and_then(|factor| self.first_wait.checked_mul(factor))
            .map_or(self.longest_wait, |wait| wait.min(self.longest_wait))
    }
}

impl Default for ThrottleLimits {
    fn default() -> Self {
        Self {
            device: WindowLimit::new(10, HOUR),
            device_in_a_row: 100,
            client: WindowLimit::new(30, Duration::from_secs(600)),
            client_accounts: 10,
            account: WindowLimit::new(30, HOUR),
            account_in_a_row: 100,
            free_failures: 5,
            first_wait: Duration::from_secs(30),
            longest_wait: HOUR,
        }
    }
}

/// So many failures within so long a time.
///
/// The time is counted in sixths, so a failure counts for at least the window, and at most a sixth longer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WindowLimit {
    failures: u16,
    window: Duration,
}

impl WindowLimit {
    /// At most `failures`, but 1 rather than 0, within any time as long as `window`. A window under 6 milliseconds counts as 6.
    pub const fn new(failures: u16, window: Duration) -> Self {
        Self {
            failures: if failures == 0 { 1 } else { failures },
            window,
        }
    }

    /// How many failures are let through.
    pub const fn failures(&self) -> u16 {
        self.failures
    }

    /// Within how long a time.
    pub const fn window(&self) -> Duration {
        self.window
    }

    /// The number of the slice in which a moment lies.
    pub(super) fn slice(&self, moment: Timestamp) -> i64 {
        moment.as_millis().div_euclid(self.slice_length())
    }

    /// The moment at which a slice begins.
    pub(super) fn start_of(&self, slice: i64) -> Timestamp {
        Timestamp::from_millis(slice.saturating_mul(self.slice_length()))
    }

    fn slice_length(&self) -> i64 {
        let millis = self.window.as_millis().div_ceil(SLICES_IN_A_WINDOW);
        i64::try_from(millis).unwrap_or(i64::MAX).max(1)
    }
}

pub(super) const SLICES_IN_A_WINDOW: u128 = 6;
const HOUR: Duration = Duration::from_secs(3_600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_limits_nobody_waits() {
        let limits = ThrottleLimits::danger_unlimited();
        for failures in [0, 1, 1_000, u16::MAX] {
            assert_eq!(limits.wait_after(failures), Duration::ZERO);
        }
    }

    #[test]
    fn the_wait_doubles_from_the_last_free_failure_up_to_the_longest() {
        let limits = ThrottleLimits::default();
        let waits: Vec<u64> = [0, 4, 5, 6, 7, 11, 12, 13, 100, u16::MAX]
            .map(|failures| limits.wait_after(failures).as_secs())
            .into();
        assert_eq!(
            waits,
            [0, 0, 30, 60, 120, 1_920, 3_600, 3_600, 3_600, 3_600]
        );
    }
}

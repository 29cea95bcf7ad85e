use std::time::Duration;

use super::limits::ThrottleLimits;
use super::window::{self, SlidingWindow};
use crate::clock::Timestamp;

/// A moment, and the limits that hold at it.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    pub(super) limits: ThrottleLimits,
}

/// Something that counts failures for a time.
pub(super) trait Counter {
    /// The failures that still count. Zero means that the counter can be dropped.
    fn failures(&self, moment: &Moment) -> u32;
}

/// A known device on one account.
#[derive(Debug)]
pub(super) struct DeviceFailures(pub(super) SlidingWindow);

impl Counter for DeviceFailures {
    fn failures(&self, moment: &Moment) -> u32 {
        self.0.total(moment.limits.device.slice(moment.now))
    }
}

/// All strangers on one account.
#[derive(Debug)]
pub(super) struct AccountFailures(pub(super) SlidingWindow);

impl Counter for AccountFailures {
    fn failures(&self, moment: &Moment) -> u32 {
        self.0.total(moment.limits.account.slice(moment.now))
    }
}

/// Strangers from one client on one account, in a row.
#[derive(Debug)]
pub(super) struct PairRun(pub(super) Run);

impl PairRun {
    pub(super) fn add(&mut self, moment: &Moment) {
        self.0.add(Self::forgotten_after(moment), moment.now);
    }

    pub(super) fn wait(&self, moment: &Moment) -> Option<Duration> {
        let failures = self
            .0
            .failures_within(Self::forgotten_after(moment), moment.now);
        let wait = moment.limits.wait_after(failures);
        self.0.wait_since_last(wait, moment.now)
    }

    /// Not before the longest wait is over, or waiting would end it.
    fn forgotten_after(moment: &Moment) -> Duration {
        PAIR_FORGOTTEN_AFTER.max(moment.limits.longest_wait.saturating_mul(2))
    }
}

impl Counter for PairRun {
    fn failures(&self, moment: &Moment) -> u32 {
        let forgotten_after = Self::forgotten_after(moment);
        self.0.failures_within(forgotten_after, moment.now).into()
    }
}

/// All strangers, or one known device, on one account, in a row.
#[derive(Debug)]
pub(super) struct AccountRun(pub(super) Run);

impl AccountRun {
    pub(super) fn add(&mut self, moment: &Moment) {
        self.0.add(RUN_FORGOTTEN_AFTER, moment.now);
    }

    /// How long until the run is forgotten, when it is as long as this.
    pub(super) fn wait(&self, limit: u16, moment: &Moment) -> Option<Duration> {
        if self.failures(moment) < u32::from(limit.max(1)) {
            return None;
        }
        self.0.wait_since_last(RUN_FORGOTTEN_AFTER, moment.now)
    }
}

impl Counter for AccountRun {
    fn failures(&self, moment: &Moment) -> u32 {
        self.0
            .failures_within(RUN_FORGOTTEN_AFTER, moment.now)
            .into()
    }
}

/// Failures in a row.
#[derive(Debug)]
pub(super) struct Run {
    failures: u16,
    last: Timestamp,
}

impl Run {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            failures: 0,
            last: now,
        }
    }

    fn add(&mut self, forgotten_after: Duration, now: Timestamp) {
        let failures = self.failures_within(forgotten_after, now);
        self.failures = failures.saturating_add(1);
        self.last = now;
    }

    pub(super) fn take_back(&mut self) {
        self.failures = self.failures.saturating_sub(1);
    }

    fn failures_within(&self, time: Duration, now: Timestamp) -> u16 {
        if now.since(self.last) < time {
            self.failures
        } else {
            0
        }
    }

    fn wait_since_last(&self, wait: Duration, now: Timestamp) -> Option<Duration> {
        wait.checked_sub(now.since(self.last))
            .filter(|rest| !rest.is_zero())
    }
}

/// Strangers from one client, on all accounts.
#[derive(Debug)]
pub(super) struct ClientFailures {
    window: SlidingWindow,
    /// The accounts on which they failed within the window; at most as many as the limit allows.
    accounts: Vec<FailedAccount>,
}

#[derive(Debug)]
struct FailedAccount {
    /// The end of the account's tag: enough to tell ten apart.
    account: u32,
    failures: u16,
    newest: i64,
}

impl ClientFailures {
    pub(super) fn new(slice: i64) -> Self {
        Self {
            window: SlidingWindow::new(slice),
            accounts: Vec::new(),
        }
    }

    pub(super) fn wait(&self, account: u64, moment: &Moment) -> Option<Duration> {
        let limit = &moment.limits.client;
        let by_failures = self.window.wait(limit, moment.now);
        let by_accounts = self.wait_by_accounts(account as u32, moment);
        by_failures.max(by_accounts)
    }

    fn wait_by_accounts(&self, account: u32, moment: &Moment) -> Option<Duration> {
        let limit = &moment.limits.client;
        let allowed = usize::from(moment.limits.client_accounts.max(1));
        if self.accounts.len() < allowed {
            return None;
        }
        let oldest = oldest_that_counts(limit.slice(moment.now));
        let counted = || self.accounts.iter().filter(|seen| seen.newest >= oldest);
        if counted().count() < allowed || counted().any(|seen| seen.account == account) {
            return None;
        }
        let first_to_leave = counted().map(|seen| seen.newest).min();
        Some(first_to_leave.map_or(limit.window(), |slice| {
            window::wait_for_end(slice, limit, moment.now)
        }))
    }

    pub(super) fn add(&mut self, account: u64, slice: i64, limit: u16) {
        self.window.add(slice);
        let oldest = oldest_that_counts(slice);
        self.accounts.retain(|seen| seen.newest >= oldest);
        let account = account as u32;
        if let Some(seen) = self
            .accounts
            .iter_mut()
            .find(|seen| seen.account == account)
        {
            seen.failures = seen.failures.saturating_add(1);
            seen.newest = slice;
            return;
        }
        // Full, and yet let through: other cells of the client have room. This one stays full, with the newest.
        if self.accounts.len() >= usize::from(limit.max(1)) {
            let oldest = self
                .accounts
                .iter()
                .enumerate()
                .min_by_key(|(_, seen)| seen.newest);
            if let Some((position, _)) = oldest {
                self.accounts.swap_remove(position);
            }
        }
        self.accounts.push(FailedAccount {
            account,
            failures: 1,
            newest: slice,
        });
    }

    pub(super) fn take_back(&mut self, account: u64, slice: i64) {
        self.window.subtract(slice, 1);
        let account = account as u32;
        if let Some(seen) = self
            .accounts
            .iter_mut()
            .find(|seen| seen.account == account)
        {
            seen.failures = seen.failures.saturating_sub(1);
        }
        self.accounts.retain(|seen| seen.failures > 0);
    }
}

impl Counter for ClientFailures {
    fn failures(&self, moment: &Moment) -> u32 {
        self.window.total(moment.limits.client.slice(moment.now))
    }
}

fn oldest_that_counts(slice: i64) -> i64 {
    slice.saturating_sub(window::SLICES as i64 - 1)
}

/// Long enough for the longest wait to be met again and again.
const PAIR_FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3_600);
/// Long enough to make waiting pointless for whoever guesses.
const RUN_FORGOTTEN_AFTER: Duration = Duration::from_secs(30 * 24 * 3_600);

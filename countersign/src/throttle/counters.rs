use std::time::Duration;

use super::failures::{
    AccountFailures, AccountRun, ClientFailures, DeviceFailures, Moment, PairRun, Run,
};
use super::limits::ThrottleLimits;
use super::names::Tag;
use super::shared::SharedCounters;
use super::table::{Key, Table};
use super::window::SlidingWindow;
use crate::clock::Timestamp;

/// All counters, and the algorithm over them. Whoever calls holds a lock, so each call is one step.
#[derive(Debug)]
pub(super) struct Counters {
    limits: ThrottleLimits,
    /// The latest moment that was seen: time does not step back.
    latest: Timestamp,
    swept: Timestamp,
    devices: Table<DeviceFailures>,
    pairs: Table<PairRun>,
    runs: Table<AccountRun>,
    accounts: SharedCounters<AccountFailures>,
    clients: SharedCounters<ClientFailures>,
}

/// Who tries to get into which account.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) account: Tag,
    pub(super) client: Option<Tag>,
    /// The browser, when it has completed a login for this account before.
    pub(super) device: Option<Tag>,
}

/// A failure that is counted, and where.
#[derive(Debug)]
pub(super) struct CountedFailure {
    who: Who,
    /// The lane of the device, when it was counted there and nowhere else.
    device: Option<Key>,
    at: Timestamp,
}

impl Counters {
    pub(super) fn new(limits: ThrottleLimits, now: Timestamp) -> Self {
        Self {
            limits,
            latest: now,
            swept: now,
            devices: Table::new(TABLE_SETS),
            pairs: Table::new(TABLE_SETS),
            runs: Table::new(TABLE_SETS),
            accounts: SharedCounters::new(ACCOUNT_COLUMNS),
            clients: SharedCounters::new(CLIENT_COLUMNS),
        }
    }

    /// Counts a failure in every counter that concerns it, or in none, when one of them has no room.
    ///
    /// # Errors
    /// How long to wait.
    pub(super) fn reserve(&mut self, who: Who, now: Timestamp) -> Result<CountedFailure, Duration> {
        let moment = self.moment(now);
        self.sweep(&moment);
        let device = self.trusted_device(&who, &moment);
        let refused = match device {
            Some(device) => self.device_wait(device, &moment),
            None => self.stranger_wait(&who, &moment),
        };
        if let Some(wait) = refused {
            return Err(wait);
        }
        match device {
            Some(device) => self.count_device(device, &moment),
            None => self.count_stranger(&who, &moment),
        }
        Ok(CountedFailure {
            who,
            device,
            at: moment.now,
        })
    }

    /// The secret was right: the failure is none, and ends the runs of failures that its counters hold.
    pub(super) fn succeeded(&mut self, failure: &CountedFailure) {
        self.take_back(failure);
        self.pairs.remove(failure.who.pair());
        self.runs.remove(failure.who.strangers());
        if let Some(device) = failure.who.on_device() {
            self.runs.remove(device);
        }
    }

    /// Nothing was verified: the failure is none.
    pub(super) fn take_back(&mut self, failure: &CountedFailure) {
        match failure.device {
            Some(device) => self.take_back_device(device, failure.at),
            None => self.take_back_stranger(&failure.who, failure.at),
        }
    }

    /// How many counters there are.
    pub(super) fn len(&self) -> usize {
        self.devices.len()
            + self.pairs.len()
            + self.runs.len()
            + self.accounts.len()
            + self.clients.len()
    }

    fn moment(&mut self, now: Timestamp) -> Moment {
        self.latest = self.latest.max(now);
        Moment {
            now: self.latest,
            limits: self.limits,
        }
    }

    /// Drops what counts no more, so that the memory of a flood is given back.
    fn sweep(&mut self, moment: &Moment) {
        if moment.now.since(self.swept) < SWEPT_EVERY {
            return;
        }
        self.swept = moment.now;
        self.devices.sweep(moment);
        self.pairs.sweep(moment);
        self.runs.sweep(moment);
        self.accounts.sweep(moment);
        self.clients.sweep(moment);
    }

    /// The device's lane, unless it failed so often without ever proving anything that it counts as a stranger.
    fn trusted_device(&self, who: &Who, moment: &Moment) -> Option<Key> {
        who.on_device().filter(|device| {
            let run = self.runs.get(*device);
            run.and_then(|run| run.wait(self.limits.device_in_a_row, moment))
                .is_none()
        })
    }

    fn device_wait(&self, device: Key, moment: &Moment) -> Option<Duration> {
        let DeviceFailures(window) = self.devices.get(device)?;
        window.wait(&self.limits.device, moment.now)
    }

    fn stranger_wait(&self, who: &Who, moment: &Moment) -> Option<Duration> {
        let limits = &self.limits;
        let run = self
            .runs
            .get(who.strangers())
            .and_then(|run| run.wait(limits.account_in_a_row, moment));
        let pair = self.pairs.get(who.pair()).and_then(|run| run.wait(moment));
        let account = self.accounts.wait(&who.account, |AccountFailures(window)| {
            window.wait(&limits.account, moment.now)
        });
        let client = who.client.as_ref().and_then(|client| {
            self.clients.wait(client, |failures| {
                failures.wait(who.account.short(), moment)
            })
        });
        [run, pair, account, client].into_iter().flatten().max()
    }

    fn count_device(&mut self, device: Key, moment: &Moment) {
        let slice = self.limits.device.slice(moment.now);
        let new = || DeviceFailures(SlidingWindow::new(slice));
        self.devices.entry(device, moment, new).0.add(slice);
        self.count_in_a_row(device, moment);
    }

    fn count_stranger(&mut self, who: &Who, moment: &Moment) {
        let (limits, now) = (self.limits, moment.now);
        let new = || PairRun(Run::new(now));
        self.pairs.entry(who.pair(), moment, new).add(moment);
        self.count_in_a_row(who.strangers(), moment);
        let slice = limits.account.slice(now);
        let new = || AccountFailures(SlidingWindow::new(slice));
        self.accounts
            .count(&who.account, new, |AccountFailures(window)| {
                window.add(slice);
            });
        if let Some(client) = &who.client {
            let slice = limits.client.slice(now);
            let new = || ClientFailures::new(slice);
            self.clients.count(client, new, |failures| {
                failures.add(who.account.short(), slice, limits.client_accounts);
            });
        }
    }

    fn count_in_a_row(&mut self, key: Key, moment: &Moment) {
        let new = || AccountRun(Run::new(moment.now));
        self.runs.entry(key, moment, new).add(moment);
    }

    fn take_back_device(&mut self, device: Key, at: Timestamp) {
        if let Some(DeviceFailures(window)) = self.devices.get_mut(device) {
            window.subtract(self.limits.device.slice(at), 1);
        }
        self.take_back_in_a_row(device);
    }

    fn take_back_stranger(&mut self, who: &Who, at: Timestamp) {
        if let Some(PairRun(run)) = self.pairs.get_mut(who.pair()) {
            run.take_back();
        }
        self.take_back_in_a_row(who.strangers());
        let slice = self.limits.account.slice(at);
        self.accounts
            .change(&who.account, |AccountFailures(window)| {
                window.subtract(slice, 1);
            });
        if let Some(client) = &who.client {
            let slice = self.limits.client.slice(at);
            self.clients.change(client, |failures| {
                failures.take_back(who.account.short(), slice);
            });
        }
    }

    fn take_back_in_a_row(&mut self, key: Key) {
        if let Some(AccountRun(run)) = self.runs.get_mut(key) {
            run.take_back();
        }
    }
}

impl Who {
    /// Strangers from this client on this account.
    fn pair(&self) -> Key {
        Key {
            account: self.account.short(),
            who: self.client.as_ref().map_or(0, Tag::short),
        }
    }

    /// All strangers on this account.
    fn strangers(&self) -> Key {
        Key {
            account: self.account.short(),
            who: 0,
        }
    }

    /// The known device on this account.
    fn on_device(&self) -> Option<Key> {
        self.device.as_ref().map(|device| Key {
            account: self.account.short(),
            who: device.short(),
        })
    }
}

/// With 16 keys each: room for 131,072 of a kind.
pub(super) const TABLE_SETS: u32 = 8_192;
/// At 150 verified failures a second, each cell counts 8 failures of others in an hour, beside a limit of 30.
pub(super) const ACCOUNT_COLUMNS: u32 = 65_536;
/// At 150 verified failures a second, each from an address of its own, each cell counts 3 failures of others in 10 minutes,
/// beside a limit of 10 accounts.
pub(super) const CLIENT_COLUMNS: u32 = 32_768;
const SWEPT_EVERY: Duration = Duration::from_secs(3_600);

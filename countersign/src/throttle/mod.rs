//! Failure counters: how often somebody may be wrong before he has to wait.
//!
//! Whatever verifies a secret asks a [`Throttle`] first. A failure is *reserved* before the hash is computed and given back
//! when the secret was right, so attempts that run in parallel get no more verifications than attempts in a row. An
//! attempt is counted in all counters that concern it in one step, or in none and refused.
//!
//! # The promise
//!
//! *A device that has logged in before is never refused because of a stranger.* A browser that completes a login gets a
//! [`KnownDevice`] cookie. Its attempts on that account are counted by device and account alone, and no counter of
//! anybody else is asked.
//!
//! # What is counted
//!
//! The numbers are those of [`ThrottleLimits::default`].
//!
//! | who | counter | refused |
//! | --- | --- | --- |
//! | known device | device + account | after 10 failures in an hour |
//! | stranger | account + client address | after 5 in a row for 30 seconds; each further failure doubles the wait, up to an hour; forgotten after a day without one |
//! | stranger | client address | after 30 in 10 minutes, or on an eleventh account in that time |
//! | stranger | account | after 30 in an hour |
//! | stranger | account, in a row | after 100, until a login succeeds, an administrator unlocks, or 30 days pass without a failure |
//!
//! A known device with 100 failures in a row counts as a stranger until it logs in. IPv6 addresses count per /64. Where the
//! client's address is unknown, nothing is counted by client: all visitors would share one counter.
//!
//! A right secret ends the account's failures in a row, and those of its own account + client; it resets nothing else, so nobody
//! buys room for guesses by logging in to an account of his own between them. **A refused attempt counts nowhere**: who
//! keeps trying while he is refused prolongs nothing, neither for himself nor for others.
//!
//! The counters know neither which accounts exist nor which secret was right. A made-up name is counted and refused like
//! a real one.
//!
//! # What memory costs, and what a flood can do
//!
//! Counters are found by HMACs of names and addresses, so memory holds neither, and nobody can choose a name that meets
//! another's counters. There are fixed numbers of them, in two kinds of store:
//!
//! - *By client address* and *by account*: cells that keys share (a count-min sketch). Nothing is thrown out to
//!   make room, so no flood makes a counter forget. In a flood a stranger is counted too high: his limit comes some failures
//!   early. To refuse strangers on accounts that he never touches, an attacker needs more failures than a machine verifies:
//!   in the order of two million in an hour (accounts) or 300,000 in 10 minutes from different addresses (clients).
//! - *By device*, *by account + client* and *in a row*: exact, room for 131,072 of each. Where it is full the counter with the fewest failures
//!   gives way. Nobody is ever counted too high, so no flood refuses a known device or closes an account. To have one counter
//!   of `n` failures forgotten, an attacker needs about 131,072 counters of `n` failures: for devices, of that many browsers
//!   that completed a login; for account + client, so many addresses that only the limits by account bind him anyway; in a
//!   row, more than a hundred thousand verified guesses for each one that he wants forgotten.
//!
//! In all that is some 50 MB in the worst flood and next to nothing at rest.
//!
//! An attacker **can** keep strangers out of an account whose name he knows, at the price of 30 failures an hour from several
//! addresses, for as long as he goes on; its owner still gets in from a device that he used before, or by recovery. He **can** go
//! on as that device when he has stolen its cookie, and gets its 10 failures an hour and no password. He **cannot** refuse a known
//! device, learn whether an account exists, get more than 30 guesses an hour or 100 in a row at one account however many
//! addresses he has, or fill the memory.
//!
//! Counters in memory are those of one process and end with it.

mod counters;
mod device;
mod failures;
mod limits;
mod memory;
mod names;
mod shared;
mod table;
mod window;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

pub use device::{KnownDevice, KnownDevices};
pub use limits::{ThrottleLimits, WindowLimit};
pub use memory::MemoryThrottle;

/// Counts failures and says when there were too many. The algorithm is that of the [module](self).
pub trait Throttle: fmt::Debug + Send + Sync + 'static {
    /// Asks for leave to verify a secret, and counts a failure until the secret has proved right.
    ///
    /// # Errors
    /// [`ThrottleError::Refused`] when there were too many failures; then nothing was counted.
    /// [`ThrottleError::Unavailable`] when the counters can't be reached: verify nothing, answer with 503.
    fn reserve<'a>(&'a self, attempt: Attempt<'a>) -> ThrottleFuture<'a, Reservation>;
}

/// What a [`Throttle`] answers, later.
pub type ThrottleFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, ThrottleError>> + Send + 'a>>;

/// Somebody wants to prove that an account is his.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The account's name as it was typed, whether or not there is such an account. It is counted without surrounding
    /// space, in Unicode's form NFKC, in lower case. An application that finds users by a laxer comparison
    /// (one that ignores accents, say) passes the name in its own canonical form.
    pub account: &'a str,
    /// How often the failures on the account were forgotten. Those of an earlier epoch count no more: that is how an administrator unlocks
    /// an account, and recovery that has set a new secret. It is 0 for names that no account has.
    pub epoch: u64,
    /// The client's address, where it is known.
    pub client: Option<IpAddr>,
    /// The known-device cookie that came with the attempt. It counts only for the accounts that it is known for; on any
    /// other the attempt is a stranger's.
    pub device: Option<&'a KnownDevice>,
}

impl fmt::Debug for Attempt<'_> {
    /// Shows neither name nor address: both are personal data, and a password is easily typed where the name belongs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// Leave to verify one secret. It stands for a failure that is already counted.
///
/// Dropping it lets the failure stand: so a client that hangs up while its password is hashed has failed.
#[must_use = "dropping a reservation counts a failure: call `succeeded` when the secret was right"]
pub struct Reservation(Box<dyn Settle>);

impl Reservation {
    /// A reservation of a [`Throttle`] that settles it in this way.
    pub fn new(settle: impl Settle) -> Self {
        Self(Box::new(settle))
    }

    /// The secret was right: gives the failure back and ends the runs of failures in a row.
    ///
    /// # Errors
    /// [`ThrottleError::Unavailable`] when the counters can't be reached; then the failure stands.
    pub async fn succeeded(self) -> Result<(), ThrottleError> {
        self.0.succeeded().await
    }

    /// No secret was verified, because there was no capacity or something broke: gives the failure back and does nothing else.
    ///
    /// # Errors
    /// As [`Reservation::succeeded`].
    pub async fn give_back(self) -> Result<(), ThrottleError> {
        self.0.give_back().await
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reservation(..)")
    }
}

/// How a [`Throttle`] settles a [`Reservation`]. Only who writes a throttle needs it.
pub trait Settle: Send + Sync + 'static {
    /// Does what [`Reservation::succeeded`] says.
    fn succeeded(self: Box<Self>) -> ThrottleFuture<'static, ()>;

    /// Does what [`Reservation::give_back`] says.
    fn give_back(self: Box<Self>) -> ThrottleFuture<'static, ()>;
}

/// Why no secret may be verified now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThrottleError {
    /// There were too many failures. The same for accounts that exist and accounts that don't.
    #[error("too many failed attempts: try again in {} seconds", whole_seconds(*retry_after))]
    Refused {
        /// How long until an attempt is let through, if nobody fails in the meantime.
        retry_after: Duration,
    },
    /// The counters can't be reached.
    #[error("the failure counters can't be reached")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// Rounded up, so that who waits as long as he was told is not refused again.
fn whole_seconds(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_add(u64::from(duration.subsec_nanos() > 0))
}

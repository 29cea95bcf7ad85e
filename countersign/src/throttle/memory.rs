use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counters::{CountedFailure, Counters, Who};
use super::names::{Tagger, canonical};
use super::{
    Attempt, Reservation, Settle, Throttle, ThrottleError, ThrottleFuture, ThrottleLimits,
};
use crate::clock::Clock;
use crate::secret::SecretKey;

/// A [`Throttle`] whose counters are in this process's memory: for one node.
///
/// ```
/// use std::sync::Arc;
/// use countersign::clock::SystemClock;
/// use countersign::secret::{OperatingSystemRandom, SecretKey};
/// use countersign::throttle::{Attempt, MemoryThrottle, Throttle, ThrottleError, ThrottleLimits};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let key = SecretKey::generate(&OperatingSystemRandom);
/// let throttle = MemoryThrottle::new(Arc::new(SystemClock::new()), &key, ThrottleLimits::default());
/// let attempt = Attempt { account: "alice", epoch: 0, client: None, device: None };
/// for _ in 0..5 {
///     let reservation = throttle.reserve(attempt).await.unwrap();
///     drop(reservation); // The password was wrong.
/// }
/// assert!(matches!(throttle.reserve(attempt).await, Err(ThrottleError::Refused { .. })));
/// # }
/// ```
pub struct MemoryThrottle {
    clock: Arc<dyn Clock>,
    tagger: Tagger,
    counters: Arc<Mutex<Counters>>,
}

impl MemoryThrottle {
    /// A throttle that has counted nothing yet. A key made at start is as good as a lasting one: the counters end with the
    /// process.
    pub fn new(clock: Arc<dyn Clock>, key: &SecretKey, limits: ThrottleLimits) -> Self {
        let counters = Counters::new(limits, clock.now());
        Self {
            clock,
            tagger: Tagger::new(key),
            counters: Arc::new(Mutex::new(counters)),
        }
    }

    fn try_reserve(&self, attempt: Attempt<'_>) -> Result<Reservation, ThrottleError> {
        // The lock is held for some look-ups only: normal forms and HMACs are made before.
        let who = self.who(attempt);
        let counted = locked(&self.counters).reserve(who, self.clock.now());
        match counted {
            Ok(failure) => Ok(Reservation::new(MemoryReservation {
                failure,
                counters: Arc::clone(&self.counters),
            })),
            Err(retry_after) => Err(ThrottleError::Refused { retry_after }),
        }
    }

    fn who(&self, attempt: Attempt<'_>) -> Who {
        let account = canonical(attempt.account);
        let device = attempt
            .device
            .filter(|device| device.is_known_for_canonical(&account));
        Who {
            account: self.tagger.account(&account, attempt.epoch),
            client: attempt.client.map(|client| self.tagger.client(client)),
            device: device.map(|device| self.tagger.device(device.id())),
        }
    }
}

impl Throttle for MemoryThrottle {
    fn reserve<'a>(&'a self, attempt: Attempt<'a>) -> ThrottleFuture<'a, Reservation> {
        Box::pin(async move { self.try_reserve(attempt) })
    }
}

impl fmt::Debug for MemoryThrottle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryThrottle")
            .field("counters", &locked(&self.counters).len())
            .finish_non_exhaustive()
    }
}

struct MemoryReservation {
    failure: CountedFailure,
    counters: Arc<Mutex<Counters>>,
}

impl Settle for MemoryReservation {
    fn succeeded(self: Box<Self>) -> ThrottleFuture<'static, ()> {
        Box::pin(async move {
            locked(&self.counters).succeeded(&self.failure);
            Ok(())
        })
    }

    fn give_back(self: Box<Self>) -> ThrottleFuture<'static, ()> {
        Box::pin(async move {
            locked(&self.counters).take_back(&self.failure);
            Ok(())
        })
    }
}

/// Counters stay usable when a thread panicked over them: at worst one failure is counted in part.
fn locked(counters: &Mutex<Counters>) -> MutexGuard<'_, Counters> {
    counters.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv6Addr};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::clock::{ManualClock, Timestamp};
    use crate::secret::OperatingSystemRandom;
    use crate::throttle::counters::{ACCOUNT_COLUMNS, CLIENT_COLUMNS, TABLE_SETS};
    use crate::throttle::names::Tag;
    use crate::throttle::shared::ROWS;
    use crate::throttle::table::WAYS;
    use crate::throttle::{KnownDevice, KnownDevices, WindowLimit};

    const HOUR: u64 = 3_600;
    /// Longer than any window and any wait, shorter than a day.
    const LATER: u64 = 2 * HOUR;
    const DAY: u64 = 24 * HOUR;

    #[derive(Debug)]
    struct Bench {
        clock: Arc<ManualClock>,
        throttle: MemoryThrottle,
        devices: KnownDevices,
        /// How often the failures on the accounts were forgotten.
        epoch: AtomicU64,
    }

    impl Bench {
        fn new() -> Self {
            Self::with(ThrottleLimits::default())
        }

        fn with(limits: ThrottleLimits) -> Self {
            let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_795_000_000_000)));
            let key = SecretKey::new("a key for these tests that is long enough").unwrap();
            Self {
                throttle: MemoryThrottle::new(clock.clone(), &key, limits),
                clock,
                devices: KnownDevices::new(key),
                epoch: AtomicU64::new(0),
            }
        }

        fn try_from(&self, account: &str, client: Option<IpAddr>) -> Result<Reservation, u64> {
            self.attempt(account, client, None)
        }

        fn try_on(&self, device: &KnownDevice, account: &str) -> Result<Reservation, u64> {
            self.attempt(account, Some(address(1)), Some(device))
        }

        /// The error is the wait in seconds.
        fn attempt(
            &self,
            account: &str,
            client: Option<IpAddr>,
            device: Option<&KnownDevice>,
        ) -> Result<Reservation, u64> {
            let attempt = Attempt {
                account,
                epoch: self.epoch.load(Ordering::Relaxed),
                client,
                device,
            };
            self.throttle
                .try_reserve(attempt)
                .map_err(|error| match error {
                    ThrottleError::Refused { retry_after } => retry_after.as_secs(),
                    other => panic!("{other}"),
                })
        }

        fn device_of(&self, account: &str) -> KnownDevice {
            self.devices.remember(None, account, &OperatingSystemRandom)
        }

        fn pass(&self, seconds: u64) {
            self.clock.advance(Duration::from_secs(seconds));
        }

        fn counters(&self) -> usize {
            locked(&self.throttle.counters).len()
        }

        /// So many strangers fail on an account, each from an address of his own.
        fn strangers_fail(&self, account: &str, failures: u128) {
            for number in 0..failures {
                drop(
                    self.try_from(account, Some(address(1_000 + number)))
                        .unwrap(),
                );
            }
        }
    }

    /// Addresses in networks of their own.
    fn address(number: u128) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from_bits(
            (0x2001_0db8 << 96) + (number << 64) + 7,
        ))
    }

    fn succeed(reservation: Reservation) {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(reservation.succeeded())
            .unwrap();
    }

    #[test]
    fn a_stranger_has_five_free_failures_and_then_waits_that_double() {
        let bench = Bench::new();
        let limits = ThrottleLimits::default();
        let mut waits = Vec::new();
        for _ in 0..4 {
            drop(bench.try_from("alice", Some(address(1))).unwrap());
        }
        for failures in 5..14 {
            drop(bench.try_from("alice", Some(address(1))).unwrap());
            let wait = bench.try_from("alice", Some(address(1))).unwrap_err();
            assert_eq!(wait, limits.wait_after(failures).as_secs());
            waits.push(wait);
            bench.pass(wait - 1);
            assert_eq!(bench.try_from("alice", Some(address(1))).unwrap_err(), 1);
            bench.pass(1);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
    }

    #[test]
    fn a_refused_attempt_prolongs_nothing() {
        let bench = Bench::new();
        for _ in 0..5 {
            drop(bench.try_from("alice", Some(address(1))).unwrap());
        }
        for passed in 0..30 {
            assert_eq!(
                bench.try_from("alice", Some(address(1))).unwrap_err(),
                30 - passed
            );
            bench.pass(1);
        }
        assert!(bench.try_from("alice", Some(address(1))).is_ok());
    }

    #[test]
    fn a_day_without_a_failure_makes_the_first_five_free_again() {
        let bench = Bench::new();
        for _ in 0..2 {
            for _ in 0..5 {
                drop(bench.try_from("alice", Some(address(1))).unwrap());
            }
            assert!(bench.try_from("alice", Some(address(1))).is_err());
            bench.pass(DAY);
        }
    }

    #[test]
    fn a_success_gives_its_failure_back_and_ends_the_row() {
        let bench = Bench::new();
        for _ in 0..50 {
            for _ in 0..4 {
                drop(bench.try_from("alice", Some(address(1))).unwrap());
            }
            succeed(bench.try_from("alice", Some(address(1))).unwrap());
            bench.pass(LATER);
        }
        // None of 100 right passwords in a row, on 100 accounts from one address, is counted.
        for number in 0..100 {
            succeed(
                bench
                    .try_from(&format!("user{number}"), Some(address(1)))
                    .unwrap(),
            );
            succeed(bench.try_from("alice", Some(address(1))).unwrap());
        }
    }

    #[test]
    fn what_was_not_verified_is_no_failure_and_no_success() {
        let bench = Bench::new();
        let give_back = |reservation: Reservation| {
            tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap()
                .block_on(reservation.give_back())
                .unwrap();
        };
        for _ in 0..4 {
            drop(bench.try_from("alice", Some(address(1))).unwrap());
        }
        let device = bench.device_of("alice");
        for _ in 0..100 {
            give_back(bench.try_from("alice", Some(address(1))).unwrap());
            give_back(bench.try_on(&device, "alice").unwrap());
        }
        drop(bench.try_from("alice", Some(address(1))).unwrap());
        assert_eq!(bench.try_from("alice", Some(address(1))).unwrap_err(), 30);
        // A hundred in a row would have made the device a stranger.
        assert!(bench.try_on(&device, "alice").is_ok());
    }

    #[test]
    fn a_client_has_thirty_failures_in_ten_minutes_on_ten_accounts() {
        let bench = Bench::new();
        for number in 0..30 {
            let account = format!("user{}", number % 10);
            drop(bench.try_from(&account, Some(address(1))).unwrap());
        }
        let wait = bench.try_from("user0", Some(address(1))).unwrap_err();
        assert!((600..=700).contains(&wait), "{wait}");
        assert!(bench.try_from("user0", Some(address(2))).is_ok());
        bench.pass(wait);
        assert!(bench.try_from("user0", Some(address(1))).is_ok());
    }

    #[test]
    fn a_client_fails_on_no_eleventh_account() {
        let bench = Bench::new();
        for number in 0..10 {
            drop(
                bench
                    .try_from(&format!("user{number}"), Some(address(1)))
                    .unwrap(),
            );
        }
        let wait = bench.try_from("user10", Some(address(1))).unwrap_err();
        assert!((600..=700).contains(&wait), "{wait}");
        drop(bench.try_from("user9", Some(address(1))).unwrap());
        bench.pass(wait);
        assert!(bench.try_from("user10", Some(address(1))).is_ok());
    }

    #[test]
    fn logging_in_to_an_account_of_ones_own_buys_no_guesses() {
        let bench = Bench::new();
        let guesses = (0..200)
            .filter(|number| {
                if let Ok(own) = bench.try_from("mallory", Some(address(1))) {
                    succeed(own);
                }
                let victim = format!("user{}", number % 9);
                bench.try_from(&victim, Some(address(1))).is_ok()
            })
            .count();
        assert_eq!(guesses, 30);
    }

    #[test]
    fn an_account_has_thirty_failures_in_an_hour() {
        let bench = Bench::new();
        bench.strangers_fail("alice", 30);
        let wait = bench.try_from("alice", Some(address(1))).unwrap_err();
        assert!((HOUR..=HOUR * 7 / 6).contains(&wait), "{wait}");
        assert!(bench.try_from("bob", Some(address(1))).is_ok());
        bench.pass(wait - 1);
        assert!(bench.try_from("alice", Some(address(1))).is_err());
        bench.pass(1);
        assert!(bench.try_from("alice", Some(address(1))).is_ok());
    }

    #[test]
    fn after_a_hundred_failures_in_a_row_only_a_known_device_gets_in() {
        let bench = Bench::new();
        let device = bench.device_of("alice");
        for failures in [30, 30, 30, 10] {
            bench.strangers_fail("alice", failures);
            bench.pass(LATER);
        }
        let wait = bench.try_from("alice", Some(address(1))).unwrap_err();
        assert_eq!(wait, 30 * DAY - LATER);
        drop(bench.try_on(&device, "alice").unwrap());
        assert!(bench.try_from("alice", Some(address(1))).is_err());
        succeed(bench.try_on(&device, "alice").unwrap());
        assert!(bench.try_from("alice", Some(address(1))).is_ok());
    }

    #[test]
    fn a_success_among_the_failures_begins_a_new_row() {
        let bench = Bench::new();
        for round in 0..20 {
            bench.strangers_fail("alice", 29);
            bench.pass(LATER);
            if round % 3 == 2 {
                succeed(bench.try_from("alice", Some(address(1))).unwrap());
            }
        }
        assert!(bench.try_from("alice", Some(address(1))).is_ok());
    }

    #[test]
    fn an_administrator_unlocks_an_account() {
        let bench = Bench::new();
        let device = bench.device_of("alice");
        for _ in 0..10 {
            drop(bench.try_on(&device, "alice").unwrap());
        }
        for _ in 0..3 {
            bench.strangers_fail("alice", 30);
            bench.pass(LATER);
        }
        for _ in 0..10 {
            drop(bench.try_on(&device, "alice").unwrap());
        }
        for _ in 0..5 {
            drop(bench.try_from("alice", Some(address(1))).unwrap());
        }
        bench.strangers_fail("alice", 5);
        assert!(bench.try_from("alice", Some(address(2))).is_err());
        assert!(bench.try_on(&device, "alice").is_err());

        bench.epoch.store(1, Ordering::Relaxed);
        drop(bench.try_on(&device, "alice").unwrap());
        bench.strangers_fail("alice", 30);
        assert!(bench.try_from("alice", Some(address(2))).is_err());
    }

    #[test]
    fn a_known_device_has_ten_failures_an_hour_of_its_own() {
        let bench = Bench::new();
        let device = bench.device_of("alice");
        for _ in 0..10 {
            drop(bench.try_on(&device, "Alice").unwrap());
        }
        let wait = bench.try_on(&device, "alice").unwrap_err();
        assert!((HOUR..=HOUR * 7 / 6).contains(&wait), "{wait}");
        assert!(bench.try_on(&bench.device_of("alice"), "alice").is_ok());
        // They are nobody else's failures.
        bench.strangers_fail("alice", 30);
        bench.pass(wait);
        assert!(bench.try_on(&device, "alice").is_ok());
    }

    #[test]
    fn a_known_device_is_not_refused_because_of_strangers_on_its_account_or_at_its_address() {
        let bench = Bench::new();
        let device = bench.device_of("alice");
        for _ in 0..4 {
            bench.strangers_fail("alice", 25);
            bench.pass(LATER);
        }
        for number in 0..10 {
            drop(
                bench
                    .try_from(&format!("user{number}"), Some(address(1)))
                    .unwrap(),
            );
        }
        assert!(bench.try_from("alice", Some(address(1))).is_err());
        assert!(bench.try_from("carol", Some(address(1))).is_err());
        for _ in 0..9 {
            drop(bench.try_on(&device, "alice").unwrap());
        }
        succeed(bench.try_on(&device, "alice").unwrap());
    }

    #[test]
    fn a_device_that_never_proves_anything_again_becomes_a_stranger() {
        let bench = Bench::new();
        let device = bench.device_of("alice");
        for _ in 0..10 {
            for _ in 0..10 {
                drop(bench.try_on(&device, "alice").unwrap());
            }
            bench.pass(LATER);
        }
        bench.strangers_fail("alice", 29);
        let as_stranger = bench.try_on(&device, "alice").unwrap();
        assert!(bench.try_on(&device, "alice").is_err());
        succeed(as_stranger);
        for _ in 0..10 {
            drop(bench.try_on(&device, "alice").unwrap());
        }
    }

    #[test]
    fn a_device_that_is_known_for_another_account_is_a_stranger() {
        let bench = Bench::new();
        let device = bench.device_of("mallory");
        for _ in 0..5 {
            drop(bench.try_on(&device, "alice").unwrap());
        }
        assert_eq!(bench.try_on(&device, "alice").unwrap_err(), 30);
        assert!(bench.try_from("alice", Some(address(1))).is_err());
    }

    #[test]
    fn ipv6_addresses_count_by_network_and_mapped_ones_as_ipv4() {
        let bench = Bench::new();
        for host in 0..5 {
            let host = format!("2001:db8::{host}").parse().unwrap();
            drop(bench.try_from("alice", Some(host)).unwrap());
            let host = format!("::ffff:192.0.2.{}", 1).parse().unwrap();
            drop(bench.try_from("bob", Some(host)).unwrap());
        }
        let refused = |account, client: &str| {
            bench
                .try_from(account, Some(client.parse().unwrap()))
                .is_err()
        };
        assert!(refused("alice", "2001:db8::ffff:ffff:ffff:ffff"));
        assert!(!refused("alice", "2001:db8:0:1::1"));
        assert!(refused("bob", "192.0.2.1"));
        assert!(!refused("bob", "192.0.2.2"));
    }

    #[test]
    fn clients_without_an_address_share_an_account_but_no_client_counter() {
        let bench = Bench::new();
        for number in 0..200 {
            drop(bench.try_from(&format!("user{number}"), None).unwrap());
        }
        for _ in 0..5 {
            drop(bench.try_from("alice", None).unwrap());
        }
        assert_eq!(bench.try_from("alice", None).unwrap_err(), 30);
        assert!(bench.try_from("alice", Some(address(1))).is_ok());
    }

    #[test]
    fn spellings_of_a_name_share_their_counters() {
        let bench = Bench::new();
        for spelling in ["alice", "Alice ", "ALICE", "Ａｌｉｃｅ", "\u{a0}alice"] {
            drop(bench.try_from(spelling, Some(address(1))).unwrap());
        }
        assert!(bench.try_from("alice", Some(address(1))).is_err());
        assert!(bench.try_from("aIice", Some(address(1))).is_ok());
    }

    #[test]
    fn attempts_in_parallel_get_no_more_than_attempts_in_a_row() {
        let same_client = Bench::new();
        let clients = Bench::new();
        let device = Bench::new();
        let known = device.device_of("alice");
        let accepted = |attempt: &(dyn Fn(u128) -> Result<Reservation, u64> + Sync)| {
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..50)
                    .map(|number| scope.spawn(move || attempt(number)))
                    .collect();
                let reservations: Vec<_> = threads
                    .into_iter()
                    .filter_map(|thread| thread.join().unwrap().ok())
                    .collect();
                reservations.len()
            })
        };
        let alice_at = |bench: &Bench, client| bench.try_from("alice", Some(client));
        assert_eq!(accepted(&|_| alice_at(&same_client, address(1))), 5);
        assert_eq!(accepted(&|number| alice_at(&clients, address(number))), 30);
        assert_eq!(accepted(&|_| device.try_on(&known, "alice")), 10);
    }

    #[test]
    fn a_refusal_by_one_counter_leaves_the_others_as_they_were() {
        let bench = Bench::new();
        bench.strangers_fail("alice", 30);
        // Refused by account: counted neither for the client nor for the pair.
        for _ in 0..100 {
            assert!(bench.try_from("alice", Some(address(1))).is_err());
        }
        for number in 0..10 {
            for _ in 0..3 {
                drop(
                    bench
                        .try_from(&format!("user{number}"), Some(address(1)))
                        .unwrap(),
                );
            }
        }
    }

    #[test]
    fn a_million_made_up_names_and_addresses_evict_nobody_and_fill_no_memory() {
        let bench = Bench::new();
        let device = bench.device_of("alice");
        bench.strangers_fail("alice", 30);
        for _ in 0..9 {
            drop(bench.try_on(&device, "alice").unwrap());
        }
        for _ in 0..5 {
            drop(bench.try_from("carol", Some(address(3))).unwrap());
        }
        for number in 0..10 {
            drop(
                bench
                    .try_from(&format!("user{number}"), Some(address(5)))
                    .unwrap(),
            );
        }
        // Behind the HMACs, whose results look as random as these.
        for number in 0..1_000_000 {
            let who = Who {
                account: Tag::scattered(2 * number),
                client: Some(Tag::scattered(2 * number + 1)),
                device: None,
            };
            let mut counters = locked(&bench.throttle.counters);
            drop(counters.reserve(who, bench.clock.now()));
        }
        assert!(bench.counters() <= MOST_COUNTERS, "{}", bench.counters());
        // Nothing was forgotten …
        assert!(bench.try_from("alice", Some(address(2))).unwrap_err() >= HOUR);
        assert!(bench.try_from("carol", Some(address(3))).unwrap_err() >= 30);
        assert!(bench.try_from("dave", Some(address(5))).unwrap_err() >= 600);
        // … and the known device has its tenth failure, no fewer and no more.
        drop(bench.try_on(&device, "alice").unwrap());
        assert!(bench.try_on(&device, "alice").is_err());
        assert!(bench.try_on(&bench.device_of("erin"), "erin").is_ok());
    }

    #[test]
    fn what_has_expired_is_cleared_away() {
        let bench = Bench::new();
        for number in 0..5_000 {
            drop(bench.try_from(&format!("user{number}"), Some(address(number))));
        }
        let in_the_flood = bench.counters();
        bench.pass(40 * DAY);
        drop(bench.try_from("alice", Some(address(1))).unwrap());
        assert!(in_the_flood > 20_000, "{in_the_flood}");
        // Two exact counters, and three shared cells for each of account and client.
        assert_eq!(bench.counters(), 2 + 2 * ROWS);
    }

    #[test]
    fn a_clock_far_ahead_or_set_back_is_no_trouble() {
        let bench = Bench::new();
        bench.strangers_fail("alice", 30);
        bench.pass(1_000 * 365 * DAY);
        drop(bench.try_from("alice", Some(address(1))).unwrap());
        for millis in [i64::MAX, 0, i64::MIN, i64::MAX] {
            bench.clock.set(Timestamp::from_millis(millis));
            if let Ok(reservation) = bench.try_from("bob", Some(address(1))) {
                succeed(reservation);
            }
            drop(bench.try_on(&bench.device_of("bob"), "bob"));
        }
    }

    #[test]
    fn a_clock_that_was_set_back_gives_no_new_guesses() {
        let bench = Bench::new();
        for _ in 0..5 {
            drop(bench.try_from("alice", Some(address(1))).unwrap());
        }
        bench.clock.set(Timestamp::from_millis(0));
        assert!(bench.try_from("alice", Some(address(1))).is_err());
    }

    #[test]
    fn limits_of_nothing_and_of_everything_are_obeyed() {
        let nothing = WindowLimit::new(0, Duration::ZERO);
        let limits = ThrottleLimits {
            device: nothing,
            device_in_a_row: 0,
            client: nothing,
            client_accounts: 0,
            account: nothing,
            account_in_a_row: 0,
            free_failures: 0,
            ..ThrottleLimits::default()
        };
        let bench = Bench::with(limits);
        let device = bench.device_of("alice");
        succeed(bench.try_on(&device, "alice").unwrap());
        drop(bench.try_on(&device, "alice").unwrap());
        succeed(bench.try_from("bob", Some(address(2))).unwrap());
        drop(bench.try_from("bob", Some(address(2))).unwrap());
        assert!(bench.try_from("bob", Some(address(2))).is_err());
        let limits = ThrottleLimits {
            first_wait: Duration::MAX,
            longest_wait: Duration::MAX,
            ..ThrottleLimits::default()
        };
        let bench = Bench::with(limits);
        for _ in 0..5 {
            drop(bench.try_from("alice", None).unwrap());
        }
        bench.pass(1_000 * DAY);
        assert!(bench.try_from("alice", None).is_err());
    }

    #[test]
    fn debug_and_errors_show_no_name_and_no_address() {
        let bench = Bench::new();
        let attempt = Attempt {
            account: "alice",
            epoch: 0,
            client: Some(address(1)),
            device: None,
        };
        for _ in 0..5 {
            drop(bench.throttle.try_reserve(attempt).unwrap());
        }
        let error = bench.throttle.try_reserve(attempt).unwrap_err();
        assert_eq!(
            error.to_string(),
            "too many failed attempts: try again in 30 seconds"
        );
        let shown = format!("{attempt:?} {error:?} {:?}", bench.throttle);
        assert!(
            !shown.contains("alice") && !shown.contains("2001"),
            "{shown}"
        );
    }

    const MOST_COUNTERS: usize =
        3 * TABLE_SETS as usize * WAYS + (ACCOUNT_COLUMNS + CLIENT_COLUMNS) as usize * ROWS;
}

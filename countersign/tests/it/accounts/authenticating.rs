//! Whose name and password belong together, what it costs to ask, and how often one may.

use std::sync::Arc;

use countersign::accounts::{Account, AccountError, By, PasswordChanged};
use countersign::clock::SystemClock;
use countersign::secret::{OperatingSystemRandom, SecretKey};
use countersign::session::ClientRecord;
use countersign::throttle::{
    Attempt, MemoryThrottle, Reservation, Settle, Throttle, ThrottleFuture, ThrottleLimits,
};
use countersign::{AuthUser as _, LoginManager};

use super::{Fixture, OTHER_PASSWORD, PASSWORD, administrator, cheap, visitor};

#[tokio::test]
async fn whatever_is_wrong_costs_one_verification() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let sleepy = fixture.register("sleepy").await;
    fixture
        .accounts
        .disable(sleepy.id, &administrator())
        .await
        .unwrap();
    let (long, huge) = ("x".repeat(5_000), "x".repeat(1 << 20));
    for (name, password) in [
        ("ada", "a guess"),
        ("nobody", PASSWORD),
        ("sleepy", PASSWORD),
        ("sleepy", "a guess"),
        ("", ""),
        ("ada@example.com", PASSWORD),
        (long.as_str(), PASSWORD),
        ("bob", huge.as_str()),
    ] {
        let before = fixture.passwords.statistics();
        let found = fixture
            .accounts
            .authenticate(name, password, &by(name))
            .await
            .unwrap();
        assert!(found.is_none());
        let after = fixture.passwords.statistics();
        assert_eq!(after.verifications, before.verifications + 1);
        assert_eq!(after.hashes, before.hashes);
    }
}

/// A client of its own for each, so that none is refused because of the others.
fn by(name: &str) -> By {
    let number = name.bytes().fold(1u8, u8::wrapping_add);
    let address = format!("198.51.100.{number}");
    By::anonymous(ClientRecord::new(address.parse().ok(), None))
}

#[tokio::test]
async fn failures_under_all_spellings_and_of_all_verbs_are_counted_together() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("Straße").await;
    let accounts = &fixture.accounts;
    let by = visitor();
    for name in ["straße", "STRASSE", " Ｓtrasse"] {
        assert!(
            accounts
                .authenticate(name, "a guess", &by)
                .await
                .unwrap()
                .is_none()
        );
    }
    for _ in 0..2 {
        let changed = accounts
            .change_password(ada.id, "a guess", OTHER_PASSWORD, None, &by)
            .await
            .unwrap();
        assert!(matches!(changed, PasswordChanged::WrongPassword));
    }
    let before = fixture.passwords.statistics().verifications;
    let error = accounts
        .authenticate("STRAßE", PASSWORD, &by)
        .await
        .unwrap_err();
    assert!(matches!(error, AccountError::Throttled { .. }), "{error:?}");
    let error = accounts
        .change_password(ada.id, PASSWORD, OTHER_PASSWORD, None, &by)
        .await
        .unwrap_err();
    assert!(matches!(error, AccountError::Throttled { .. }), "{error:?}");
    assert_eq!(fixture.passwords.statistics().verifications, before);

    accounts
        .forget_failures(ada.id, &administrator())
        .await
        .unwrap();
    assert!(
        accounts
            .authenticate("straße", PASSWORD, &super::administrator())
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_hash_of_an_old_cost_is_replaced_and_nobodys_session_ends_by_it() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let costlier = fixture.accounts.clone().passwords(cheap(16));
    assert!(
        costlier
            .authenticate("ada", "a guess", &visitor())
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        find(&fixture, &ada).await.password_hash(),
        ada.password_hash()
    );
    assert!(
        costlier
            .authenticate("ada", PASSWORD, &visitor())
            .await
            .unwrap()
            .is_some()
    );
    let after = find(&fixture, &ada).await;
    assert!(
        after.password_hash().unwrap().contains("m=16,"),
        "the new cost"
    );
    assert_eq!(after.security_stamp(), ada.security_stamp());
    assert!(
        costlier
            .authenticate("ada", PASSWORD, &visitor())
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        find(&fixture, &ada).await.password_hash(),
        after.password_hash()
    );
}

async fn find(fixture: &Fixture, account: &Account) -> Account {
    fixture.accounts.find(account.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_upgraded_hash_never_overwrites_a_password_that_was_changed_meanwhile() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let accounts = fixture.accounts.clone();
    let meddling = Meddling::new(move || {
        let accounts = accounts.clone();
        async move {
            let changed = accounts
                .set_password(ada.id, OTHER_PASSWORD, &administrator())
                .await
                .unwrap();
            assert!(matches!(changed, PasswordChanged::Changed(_)));
        }
    });
    let costlier = fixture
        .accounts
        .clone()
        .passwords(cheap(16))
        .throttle(meddling);
    let found = costlier
        .authenticate("ada", PASSWORD, &visitor())
        .await
        .unwrap();
    assert!(
        found.is_none(),
        "the password that was verified is not the password any more"
    );
    let accounts = &fixture.accounts;
    assert!(
        accounts
            .authenticate("ada", PASSWORD, &visitor())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        accounts
            .authenticate("ada", OTHER_PASSWORD, &visitor())
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn who_is_disabled_while_his_password_is_verified_is_not_let_in() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let accounts = fixture.accounts.clone();
    let meddling = Meddling::new(move || {
        let accounts = accounts.clone();
        async move {
            assert!(accounts.disable(ada.id, &administrator()).await.unwrap());
        }
    });
    let accounts = fixture.accounts.clone().throttle(meddling);
    assert!(
        accounts
            .authenticate("ada", PASSWORD, &visitor())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_manager_of_accounts_shares_their_throttle_and_their_pool() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    for _ in 0..5 {
        assert!(
            fixture
                .accounts
                .authenticate("ada", "a guess", &super::logins::by_a_browser())
                .await
                .unwrap()
                .is_none()
        );
    }
    let before = fixture.passwords.statistics().verifications;
    let manager = LoginManager::of(&fixture.accounts).login_view("/login");
    let browser = super::logins::browser(&fixture.accounts, manager);
    let page = browser
        .post("/login", &[("username", "ADA"), ("password", PASSWORD)])
        .await;
    assert_eq!(page.status, 429, "{}", page.text);
    assert_eq!(fixture.passwords.statistics().verifications, before);
}

/// A throttle that does something after a password was verified and before anything comes of it.
#[derive(Clone)]
struct Meddling {
    inner: Arc<MemoryThrottle>,
    meddle: Arc<dyn Fn() -> ThrottleFuture<'static, ()> + Send + Sync>,
}

impl Meddling {
    fn new<F>(meddle: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let key = SecretKey::generate(&OperatingSystemRandom);
        let clock = Arc::new(SystemClock::new());
        Self {
            inner: Arc::new(MemoryThrottle::new(clock, &key, ThrottleLimits::default())),
            meddle: Arc::new(move || {
                let done = meddle();
                Box::pin(async {
                    done.await;
                    Ok(())
                })
            }),
        }
    }
}

impl std::fmt::Debug for Meddling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meddling")
    }
}

impl Throttle for Meddling {
    fn reserve<'a>(&'a self, attempt: Attempt<'a>) -> ThrottleFuture<'a, Reservation> {
        Box::pin(async move {
            let reservation = self.inner.reserve(attempt).await?;
            Ok(Reservation::new(Settling(
                reservation,
                Arc::clone(&self.meddle),
            )))
        })
    }
}

struct Settling(
    Reservation,
    Arc<dyn Fn() -> ThrottleFuture<'static, ()> + Send + Sync>,
);

impl Settle for Settling {
    fn succeeded(self: Box<Self>) -> ThrottleFuture<'static, ()> {
        Box::pin(async move {
            (self.1)().await?;
            self.0.succeeded().await
        })
    }

    fn give_back(self: Box<Self>) -> ThrottleFuture<'static, ()> {
        Box::pin(self.0.give_back())
    }
}

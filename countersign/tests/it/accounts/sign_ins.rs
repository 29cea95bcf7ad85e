//! The history of sign-ins: who came in, and how often somebody failed to.

use std::time::Duration;

use countersign::LoginManager;
use countersign::accounts::{AccountError, SignInOutcome, SignInRecord};

use super::logins::{browser, log_in};
use super::{Fixture, PASSWORD, client, visitor};

#[tokio::test]
async fn failures_are_counted_and_what_was_typed_is_nowhere() {
    let fixture = Fixture::new().await;
    let id = fixture.register("ada").await.id;
    let accounts = fixture.accounts.clone();
    let secret = "typed into the wrong field";
    for name in ["ada", "ADA", secret, "nobody"] {
        assert!(
            accounts
                .authenticate(name, "a guess", &visitor())
                .await
                .unwrap()
                .is_none()
        );
    }
    let manager = LoginManager::of(&accounts).login_view("/login");
    let browser = browser(&accounts, manager);
    let page = browser
        .post("/login", &[("username", "ada"), ("password", "a guess")])
        .await;
    assert_eq!(page.status, 401);
    let page = browser
        .post(
            "/careless-login",
            &[("username", " ＡDA"), ("password", "a guess")],
        )
        .await;
    assert_eq!(page.text, "wrong");
    for _ in 0..3 {
        drop(accounts.authenticate("ada", "a guess", &visitor()).await);
    }
    for _ in 0..7 {
        let refused = accounts.authenticate("ada", "a guess", &visitor()).await;
        assert!(
            matches!(refused, Err(AccountError::Throttled { .. })),
            "{refused:?}"
        );
    }
    let history = accounts.sign_in_history(id, 10).await.unwrap();
    let mut counted: Vec<_> = history
        .iter()
        .map(|line| {
            (
                line.client.address.map(|address| address.to_string()),
                &line.outcome,
            )
        })
        .collect();
    counted.sort_by_key(|(address, _)| address.clone());
    assert_eq!(
        counted,
        [
            (
                Some("127.0.0.1".to_owned()),
                &SignInOutcome::Failed {
                    times: 2,
                    throttled: 0
                }
            ),
            (
                Some("192.0.2.7".to_owned()),
                &SignInOutcome::Failed {
                    times: 5,
                    throttled: 7
                }
            ),
        ]
    );
    let rows = fixture.dump(&[]).await;
    let failures: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("sign_in_failures"))
        .collect();
    assert_eq!(failures.len(), 3, "{failures:#?}");
    assert!(
        failures
            .iter()
            .any(|row| row.contains("X'' '192.0.2.7' 2 0")),
        "{failures:#?}"
    );
    for word in [secret, "typed", "nobody"] {
        assert!(!rows.iter().any(|row| row.contains(word)), "{rows:#?}");
    }
}

#[tokio::test]
async fn a_flood_of_failures_fills_no_disk() {
    let fixture = Fixture::new().await;
    let id = fixture.register("ada").await.id;
    for round in 0..3u32 {
        for number in 0..900u32 {
            let address = std::net::Ipv4Addr::from_bits(0xC633_0000 + round * 900 + number);
            let by = super::By::anonymous(countersign::session::ClientRecord::new(
                Some(address.into()),
                None,
            ));
            let name = format!("made up {number}");
            drop(fixture.accounts.authenticate(&name, "a guess", &by).await);
        }
        fixture.accounts.sign_in_history(id, 1).await.unwrap();
    }
    let failures = fixture.dump(&[]).await;
    let rows = failures
        .iter()
        .filter(|row| row.contains("sign_in_failures"));
    let count = rows.clone().count();
    assert!((1_000..=1_001).contains(&count), "{count}");
    let total: u32 = rows
        .map(|row| row.split(' ').nth(4).unwrap().parse::<u32>().unwrap())
        .sum();
    assert_eq!(total, 2_700, "none is lost");
}

#[tokio::test]
async fn the_history_goes_back_ninety_days() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let id = fixture.register("ada").await.id;
    let by = visitor();
    assert!(
        accounts
            .authenticate("ada", "a guess", &by)
            .await
            .unwrap()
            .is_none()
    );
    fixture.clock.advance(Duration::from_secs(60));
    assert!(
        accounts
            .authenticate("ada", PASSWORD, &by)
            .await
            .unwrap()
            .is_some()
    );
    fixture.clock.advance(Duration::from_secs(60));
    log_in(&fixture.browser(), "ada").await;
    let history = accounts.sign_in_history(id, 10).await.unwrap();
    let [login, authenticated, failed] = &history[..] else {
        panic!("{history:#?}");
    };
    let session = accounts.sessions(id).await.unwrap()[0].id;
    let succeeded = |session| SignInOutcome::Succeeded {
        method: "password".to_owned(),
        session,
    };
    assert_eq!(login.outcome, succeeded(Some(session)));
    assert_eq!(authenticated.outcome, succeeded(None));
    assert_eq!(authenticated.client, client());
    assert_eq!(
        failed.outcome,
        SignInOutcome::Failed {
            times: 1,
            throttled: 0
        }
    );
    assert_eq!(accounts.sign_in_history(id, 2).await.unwrap(), history[..2]);

    fixture
        .clock
        .advance(SignInRecord::KEPT - Duration::from_secs(61));
    assert_eq!(
        accounts.sign_in_history(id, 10).await.unwrap(),
        history[..2]
    );
    fixture.clock.advance(Duration::from_secs(3_600 + 61));
    assert!(accounts.sign_in_history(id, 10).await.unwrap().is_empty());
    // What is forgotten is also cleaned away.
    assert!(
        accounts
            .authenticate("ada", PASSWORD, &by)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        accounts
            .authenticate("ada", "a guess", &by)
            .await
            .unwrap()
            .is_none()
    );
    accounts.sign_in_history(id, 10).await.unwrap();
    let rows = fixture.dump(&[]).await;
    let left = rows
        .iter()
        .filter(|row| row.contains("'authenticated'") || row.contains("'logged_in'"));
    assert_eq!(left.count(), 1);
    assert_eq!(
        rows.iter()
            .filter(|row| row.contains("sign_in_failures"))
            .count(),
        1
    );
}

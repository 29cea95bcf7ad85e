//! Changing and setting passwords.

use countersign::AuthUser as _;
use countersign::accounts::{AccountError, AccountId, PasswordChanged};
use countersign::password::PolicyViolation;

use super::logins::log_in;
use super::{Fixture, OTHER_PASSWORD, PASSWORD, administrator, visitor};

#[tokio::test]
async fn a_change_needs_the_present_password() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let (accounts, by) = (&fixture.accounts, visitor());
    for wrong in ["", "a guess", OTHER_PASSWORD] {
        let changed = accounts
            .change_password(ada.id, wrong, OTHER_PASSWORD, None, &by)
            .await
            .unwrap();
        assert!(
            matches!(changed, PasswordChanged::WrongPassword),
            "{changed:?}"
        );
    }
    let present = accounts.find(ada.id).await.unwrap().unwrap();
    assert_eq!(present.password_hash(), ada.password_hash());
    assert_eq!(present.security_stamp(), ada.security_stamp());

    let changed = accounts
        .change_password(ada.id, PASSWORD, OTHER_PASSWORD, None, &by)
        .await
        .unwrap();
    let PasswordChanged::Changed(after) = changed else {
        panic!("{changed:?}");
    };
    assert_ne!(after.password_hash(), ada.password_hash());
    assert_ne!(after.security_stamp(), ada.security_stamp());
    assert!(
        accounts
            .authenticate("ada", PASSWORD, &by)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        accounts
            .authenticate("ada", OTHER_PASSWORD, &by)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_new_password_that_is_not_taken_costs_no_verification() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada lovelace").await;
    let accounts = &fixture.accounts;
    accounts
        .change_email(ada.id, Some("countess@analytical.example"), &visitor())
        .await
        .map(drop)
        .unwrap();
    let before = fixture.passwords.statistics();
    for (new, violation) in [
        (
            "short",
            PolicyViolation::TooShort {
                found: 5,
                minimum: 15,
            },
        ),
        ("lovelacelovelace", PolicyViolation::AboutYou),
        ("countess@analytical.example", PolicyViolation::AboutYou),
        ("analytical123456", PolicyViolation::AboutYou),
        ("example1234567890", PolicyViolation::AboutYou),
        ("passwordpassword", PolicyViolation::Common),
    ] {
        let changed = accounts
            .change_password(ada.id, PASSWORD, new, None, &visitor())
            .await
            .unwrap();
        assert!(
            matches!(&changed, PasswordChanged::Refused(found) if *found == violation),
            "{new} {changed:?}"
        );
        let set = accounts
            .set_password(ada.id, new, &administrator())
            .await
            .unwrap();
        assert!(
            matches!(&set, PasswordChanged::Refused(found) if *found == violation),
            "{new} {set:?}"
        );
    }
    let after = fixture.passwords.statistics();
    assert_eq!(
        (after.verifications, after.hashes),
        (before.verifications, before.hashes)
    );
}

#[tokio::test]
async fn a_session_of_somebody_else_is_not_spared() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let eve = fixture.register("eve").await;
    let (adas, eves) = (fixture.browser(), fixture.browser());
    log_in(&adas, "ada").await;
    log_in(&eves, "eve").await;
    let session = fixture.accounts.sessions(eve.id).await.unwrap()[0].id;
    let by = visitor();
    let changed = fixture
        .accounts
        .change_password(ada.id, PASSWORD, OTHER_PASSWORD, Some(session), &by)
        .await
        .unwrap();
    assert!(matches!(changed, PasswordChanged::Changed(_)));
    assert_eq!(adas.get("/me").await.status, 303);
    assert_eq!(eves.get("/me").await.text, "eve");
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_brought_back_by_being_spared() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let browser = fixture.browser();
    log_in(&browser, "ada").await;
    let session = fixture.accounts.sessions(ada.id).await.unwrap()[0].id;
    fixture
        .accounts
        .end_all_sessions(ada.id, &administrator())
        .await
        .unwrap();
    let changed = fixture
        .accounts
        .change_password(ada.id, PASSWORD, OTHER_PASSWORD, Some(session), &visitor())
        .await
        .unwrap();
    assert!(matches!(changed, PasswordChanged::Changed(_)));
    assert_eq!(browser.get("/me").await.status, 303);
}

#[tokio::test]
async fn who_sets_a_password_ends_all_sessions_and_forgets_failures() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let browser = fixture.browser();
    log_in(&browser, "ada").await;
    let by = visitor();
    for _ in 0..5 {
        assert!(
            fixture
                .accounts
                .authenticate("ada", "a guess", &by)
                .await
                .unwrap()
                .is_none()
        );
    }
    let refused = fixture.accounts.authenticate("ada", PASSWORD, &by).await;
    assert!(matches!(refused, Err(AccountError::Throttled { .. })));
    let set = fixture
        .accounts
        .set_password(ada.id, OTHER_PASSWORD, &administrator())
        .await
        .unwrap();
    assert!(matches!(set, PasswordChanged::Changed(_)));
    assert_eq!(browser.get("/me").await.status, 303);
    assert!(
        fixture
            .accounts
            .authenticate("ada", OTHER_PASSWORD, &by)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_changes_side_by_side_one_wins_and_the_others_are_told() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let tasks = (0..4).map(|task| {
        let (accounts, id) = (fixture.accounts.clone(), ada.id);
        tokio::spawn(async move {
            let new = format!("{OTHER_PASSWORD} {task}");
            let by = super::By::system("a test");
            (
                new.clone(),
                accounts
                    .change_password(id, PASSWORD, &new, None, &by)
                    .await,
            )
        })
    });
    let mut winners = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            (new, Ok(PasswordChanged::Changed(_))) => winners.push(new),
            (_, Ok(PasswordChanged::WrongPassword) | Err(AccountError::Overtaken)) => {}
            (_, other) => panic!("{other:?}"),
        }
    }
    let [new] = &winners[..] else {
        panic!("{winners:?}");
    };
    let found = fixture
        .accounts
        .authenticate("ada", new, &visitor())
        .await
        .unwrap();
    assert!(found.is_some());
}

#[tokio::test]
async fn nobody_has_no_password() {
    let fixture = Fixture::new().await;
    let nobody: AccountId = "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap();
    let by = visitor();
    let changed = fixture
        .accounts
        .change_password(nobody, PASSWORD, OTHER_PASSWORD, None, &by)
        .await;
    assert!(
        matches!(changed, Err(AccountError::NoSuchAccount)),
        "{changed:?}"
    );
}

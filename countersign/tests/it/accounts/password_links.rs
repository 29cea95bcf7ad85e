//! Links by which the owner of an account sets its password.

use std::time::Duration;

use countersign::AuthUser as _;
use countersign::accounts::{
    AccountError, AccountId, Actor, AuditFilter, AuditKind, PasswordLinkToken, PasswordSetByLink,
};

use super::logins::log_in;
use super::{Fixture, OTHER_PASSWORD, PASSWORD, administrator, visitor};

async fn link_for(fixture: &Fixture, id: AccountId) -> String {
    let made = fixture
        .accounts
        .make_password_link(id, &administrator())
        .await;
    let token = made.unwrap();
    assert_eq!(format!("{token:?}"), "PasswordLinkToken([redacted])");
    token.reveal()
}

async fn set(fixture: &Fixture, text: &str, new: &str) -> PasswordSetByLink {
    let set = fixture
        .accounts
        .set_password_by_link(text, new, &visitor())
        .await;
    set.unwrap()
}

async fn is_dead(fixture: &Fixture, text: &str) {
    assert!(
        fixture
            .accounts
            .password_link(text)
            .await
            .unwrap()
            .is_none()
    );
    let before = fixture.passwords.statistics().verifications;
    let answer = set(fixture, text, "a password that nobody has").await;
    assert!(matches!(answer, PasswordSetByLink::NoLink), "{answer:?}");
    assert_eq!(fixture.passwords.statistics().verifications, before);
}

#[tokio::test]
async fn a_link_sets_the_password_once_ends_all_sessions_and_forgets_failures() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let browser = fixture.browser();
    log_in(&browser, "ada").await;
    for _ in 0..5 {
        let guess = fixture
            .accounts
            .authenticate("ada", "a guess", &visitor())
            .await;
        assert!(guess.unwrap().is_none());
    }
    let text = link_for(&fixture, ada.id).await;
    assert_eq!(
        browser.get("/me").await.text,
        "ada",
        "the link alone ends nothing"
    );
    for _ in 0..2 {
        let found = fixture.accounts.password_link(&text).await.unwrap();
        assert_eq!(found.map(|link| link.account.id), Some(ada.id));
    }
    let answer = set(&fixture, &text, "too short").await;
    assert!(
        matches!(answer, PasswordSetByLink::Refused(_)),
        "{answer:?}"
    );
    let answer = set(&fixture, &text, OTHER_PASSWORD).await;
    let PasswordSetByLink::Set(after) = answer else {
        panic!("{answer:?}");
    };
    assert_ne!(after.security_stamp(), ada.security_stamp());
    assert_eq!(browser.get("/me").await.status, 303);
    is_dead(&fixture, &text).await;
    let new = fixture
        .accounts
        .authenticate("ada", OTHER_PASSWORD, &visitor())
        .await;
    assert!(new.unwrap().is_some(), "and nobody has to wait");
    let events = fixture
        .accounts
        .audit(AuditFilter::default())
        .await
        .unwrap();
    let set = events
        .iter()
        .find(|event| event.kind == AuditKind::PasswordSetByLink)
        .unwrap();
    assert_eq!((set.account, &set.actor), (Some(ada.id), &Actor::Anonymous));
    assert_eq!(set.client, super::client());
    let made = events
        .iter()
        .find(|event| event.kind == AuditKind::PasswordLinkMade)
        .unwrap();
    assert_eq!(
        (made.account, &made.actor),
        (Some(ada.id), &administrator().actor)
    );
}

#[tokio::test]
async fn a_link_is_dead_after_its_time_and_after_whatever_makes_it_needless() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let (accounts, by, id) = (&fixture.accounts, administrator(), ada.id);

    let text = link_for(&fixture, id).await;
    fixture
        .clock
        .advance(PasswordLinkToken::LASTS - Duration::from_secs(1));
    assert!(accounts.password_link(&text).await.unwrap().is_some());
    fixture.clock.advance(Duration::from_secs(1));
    is_dead(&fixture, &text).await;

    let older = link_for(&fixture, id).await;
    let newer = link_for(&fixture, id).await;
    is_dead(&fixture, &older).await;
    assert!(accounts.password_link(&newer).await.unwrap().is_some());

    let changed = accounts
        .change_password(id, PASSWORD, OTHER_PASSWORD, None, &visitor())
        .await;
    drop(changed.unwrap());
    is_dead(&fixture, &newer).await;

    let text = link_for(&fixture, id).await;
    drop(accounts.set_password(id, PASSWORD, &by).await.unwrap());
    is_dead(&fixture, &text).await;

    let text = link_for(&fixture, id).await;
    assert!(accounts.disable(id, &by).await.unwrap());
    is_dead(&fixture, &text).await;
    let refused = accounts.make_password_link(id, &by).await;
    assert!(
        matches!(refused, Err(AccountError::Disabled)),
        "{refused:?}"
    );
    assert!(accounts.enable(id, &by).await.unwrap());
    is_dead(&fixture, &text).await;

    let text = link_for(&fixture, id).await;
    accounts.delete(id, &by).await.unwrap();
    is_dead(&fixture, &text).await;
    let refused = accounts.make_password_link(id, &by).await;
    assert!(
        matches!(refused, Err(AccountError::NoSuchAccount)),
        "{refused:?}"
    );
    for nonsense in ["", "nonsense", &"A".repeat(46), &"x".repeat(1 << 20)] {
        is_dead(&fixture, nonsense).await;
    }
}

#[tokio::test]
async fn a_token_for_one_purpose_is_good_for_no_other() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let link = link_for(&fixture, ada.id).await;
    assert!(fixture.accounts.invitation(&link).await.unwrap().is_none());
    let invitation = fixture
        .accounts
        .invite_administrator(&administrator())
        .await;
    is_dead(&fixture, &invitation.unwrap().reveal()).await;
    assert!(
        fixture
            .accounts
            .password_link(&link)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_use_a_link_one_sets_the_password() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let text = link_for(&fixture, ada.id).await;
    let tasks = (0..20).map(|task| {
        let (accounts, text) = (fixture.accounts.clone(), text.clone());
        tokio::spawn(async move {
            let new = format!("{OTHER_PASSWORD} {task}");
            let by = super::By::anonymous(Default::default());
            let answer = accounts.set_password_by_link(&text, &new, &by).await;
            (new, answer.unwrap())
        })
    });
    let mut winners = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            (new, PasswordSetByLink::Set(_)) => winners.push(new),
            (_, other) => assert!(matches!(other, PasswordSetByLink::NoLink), "{other:?}"),
        }
    }
    let [new] = &winners[..] else {
        panic!("{winners:?}");
    };
    let found = fixture.accounts.authenticate("ada", new, &visitor()).await;
    assert!(found.unwrap().is_some());
}

#[tokio::test]
async fn what_can_not_be_written_down_is_not_done_by_a_link() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let text = link_for(&fixture, ada.id).await;
    let rows = fixture.dump(&[]).await;
    assert!(
        rows.iter().all(|row| !row.contains(&text)),
        "it is kept as a hash"
    );
    fixture.break_audit().await;
    let failed = fixture
        .accounts
        .set_password_by_link(&text, OTHER_PASSWORD, &visitor())
        .await;
    assert!(matches!(failed, Err(AccountError::Unavailable(_))));
    let failed = fixture
        .accounts
        .make_password_link(ada.id, &visitor())
        .await;
    assert!(matches!(failed, Err(AccountError::Unavailable(_))));
    assert_eq!(fixture.dump(&[]).await, rows);
    assert!(
        fixture
            .accounts
            .password_link(&text)
            .await
            .unwrap()
            .is_some()
    );
}

//! Failures that are forgotten, wherever they were counted.

use countersign::accounts::{AccountError, Accounts};

use super::logins::log_in;
use super::{Fixture, OTHER_PASSWORD, PASSWORD, administrator, visitor};

/// The same accounts in another process: another throttle, on the same file.
async fn elsewhere(fixture: &Fixture) -> Accounts {
    let accounts = Accounts::open(&fixture.file).await.unwrap();
    accounts
        .clock(fixture.clock.clone())
        .passwords(fixture.passwords.clone())
}

async fn lock(accounts: &Accounts, name: &str) {
    for _ in 0..5 {
        let guess = accounts.authenticate(name, "a guess", &visitor()).await;
        assert!(guess.unwrap().is_none());
    }
    is_locked(accounts, name).await;
}

async fn is_locked(accounts: &Accounts, name: &str) {
    let refused = accounts.authenticate(name, PASSWORD, &visitor()).await;
    assert!(
        matches!(refused, Err(AccountError::Throttled { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_command_in_another_process_unlocks_an_account_in_this_one() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    fixture.register("bob").await;
    let command = elsewhere(&fixture).await;
    for _ in 0..2 {
        lock(&fixture.accounts, "ada").await;
        command
            .forget_failures(ada.id, &administrator())
            .await
            .unwrap();
        let found = fixture
            .accounts
            .authenticate("ada", PASSWORD, &visitor())
            .await;
        assert!(found.unwrap().is_some());
    }
    lock(&fixture.accounts, "bob").await;
    command
        .forget_failures(ada.id, &administrator())
        .await
        .unwrap();
    is_locked(&fixture.accounts, "bob").await;
}

#[tokio::test]
async fn failures_by_name_and_by_address_are_forgotten_together() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let by = administrator();
    let accounts = &fixture.accounts;
    drop(
        accounts
            .change_email(ada.id, Some("ada@example.com"), &by)
            .await
            .unwrap(),
    );
    drop(
        accounts
            .confirm_email(ada.id, "ada@example.com", &by)
            .await
            .unwrap(),
    );
    lock(accounts, "ada").await;
    lock(accounts, "ADA@example.com").await;
    let command = elsewhere(&fixture).await;
    command.forget_failures(ada.id, &by).await.unwrap();
    for name in ["ada", "ada@example.com"] {
        let found = accounts.authenticate(name, PASSWORD, &visitor()).await;
        assert!(found.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_password_that_another_process_sets_opens_this_one() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let command = elsewhere(&fixture).await;
    lock(&fixture.accounts, "ada").await;
    drop(
        command
            .set_password(ada.id, OTHER_PASSWORD, &administrator())
            .await
            .unwrap(),
    );
    let found = fixture
        .accounts
        .authenticate("ada", OTHER_PASSWORD, &visitor())
        .await;
    assert!(found.unwrap().is_some());

    // In browsers too; and a device that is known stays so.
    let browser = fixture.browser();
    drop(
        command
            .set_password(ada.id, PASSWORD, &administrator())
            .await
            .unwrap(),
    );
    log_in(&browser, "ada").await;
    let fields = [("username", "ada"), ("password", "a guess")];
    for _ in 0..10 {
        assert_eq!(browser.post("/login", &fields).await.status, 401);
    }
    assert_eq!(browser.post("/login", &fields).await.status, 429);
    command
        .forget_failures(ada.id, &administrator())
        .await
        .unwrap();
    for _ in 0..10 {
        assert_eq!(browser.post("/login", &fields).await.status, 401);
    }
    assert_eq!(browser.post("/login", &fields).await.status, 429);
}

#[tokio::test]
async fn what_can_not_be_written_down_is_not_forgotten() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    lock(&fixture.accounts, "ada").await;
    fixture.break_audit().await;
    let failed = fixture
        .accounts
        .forget_failures(ada.id, &administrator())
        .await;
    assert!(
        matches!(failed, Err(AccountError::Unavailable(_))),
        "{failed:?}"
    );
    is_locked(&fixture.accounts, "ada").await;
}

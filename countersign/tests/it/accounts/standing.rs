//! Disabled, enabled, deleted.

use countersign::accounts::{AccountError, NewAccount};

use super::logins::log_in;
use super::{Fixture, OTHER_PASSWORD, PASSWORD, administrator, created, register, visitor};

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_stays_out_when_he_is_enabled() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let (accounts, by) = (&fixture.accounts, administrator());
    let browsers = [fixture.browser(), fixture.browser()];
    for browser in &browsers {
        log_in(browser, "ada").await;
    }
    assert!(accounts.disable(ada.id, &by).await.unwrap());
    assert!(!accounts.disable(ada.id, &by).await.unwrap());
    for browser in &browsers {
        assert_eq!(browser.get("/me").await.status, 303);
    }
    assert!(accounts.sessions(ada.id).await.unwrap().is_empty());
    assert!(
        accounts
            .authenticate("ada", PASSWORD, &visitor())
            .await
            .unwrap()
            .is_none()
    );
    let page = browsers[0]
        .post("/login", &[("username", "ada"), ("password", PASSWORD)])
        .await;
    assert_eq!(page.status, 401);

    assert!(accounts.enable(ada.id, &by).await.unwrap());
    assert!(!accounts.enable(ada.id, &by).await.unwrap());
    for browser in &browsers {
        assert_eq!(browser.get("/me").await.status, 303);
    }
    log_in(&browsers[0], "ada").await;
    assert_eq!(browsers[0].get("/me").await.text, "ada");
}

#[tokio::test]
async fn nothing_is_left_of_an_account_but_what_was_done_to_its_id() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let mut new = NewAccount::new("Augusta", PASSWORD);
    new.email = Some("augusta@example.com");
    let account = created(register(accounts, new).await);
    let new = NewAccount::new("other", PASSWORD);
    let other = created(accounts.register(new, &administrator()).await.unwrap());
    accounts
        .grant_role(account.id, "countess", &administrator())
        .await
        .unwrap();
    let browser = fixture.browser();
    log_in(&browser, "augusta").await;
    browser.get("/set").await;
    log_in(&fixture.browser(), "augusta").await;
    let by = super::By::account(account.id, super::client());
    assert!(
        accounts
            .authenticate("augusta", PASSWORD, &by)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        accounts
            .authenticate("augusta", "a guess", &by)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        accounts
            .sign_in_history(account.id, 10)
            .await
            .unwrap()
            .len(),
        4
    );
    assert!(
        accounts
            .authenticate("augusta", "a guess", &by)
            .await
            .unwrap()
            .is_none()
    );
    // An administrator who deletes his own account is a person too.
    accounts.disable(other.id, &by).await.unwrap();

    accounts.delete(account.id, &by).await.unwrap();
    assert_eq!(browser.get("/me").await.status, 303);
    let rows = fixture.dump(&[]).await;
    let id = account.id.to_string();
    let bytes = id.replace('-', "").to_uppercase();
    for word in [
        "ugusta",
        "argon2",
        "Mozilla",
        "127.0.0.1",
        "192.0.2.7",
        "count\"",
        "countess",
    ] {
        let left: Vec<_> = rows
            .iter()
            .filter(|row| {
                row.contains(word) && !row.contains("'other'") && !row.contains("role_granted")
            })
            .collect();
        assert!(left.is_empty(), "{word}: {left:#?}");
    }
    for row in rows
        .iter()
        .filter(|row| row.contains(&id) || row.contains(&bytes))
    {
        let is_allowed =
            row.starts_with("countersign_audit ") || row.starts_with("countersign_session_users ");
        assert!(is_allowed, "{row}");
    }
    assert!(
        accounts
            .sign_in_history(account.id, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        accounts
            .sign_in_history(other.id, 10)
            .await
            .unwrap()
            .is_empty()
    );

    for gone in [
        accounts.delete(account.id, &by).await,
        accounts.disable(account.id, &by).await.map(drop),
        accounts.enable(account.id, &by).await.map(drop),
        accounts
            .grant_role(account.id, "admin", &by)
            .await
            .map(drop),
        accounts.rename(account.id, "gone", &by).await.map(drop),
        accounts.change_email(account.id, None, &by).await.map(drop),
        accounts
            .change_locale(account.id, None, &by)
            .await
            .map(drop),
        accounts.end_all_sessions(account.id, &by).await,
        accounts
            .set_password(account.id, OTHER_PASSWORD, &by)
            .await
            .map(drop),
    ] {
        assert!(matches!(gone, Err(AccountError::NoSuchAccount)), "{gone:?}");
    }
}

#[tokio::test]
async fn a_name_that_was_given_up_is_free_and_its_new_owner_is_somebody_else() {
    let fixture = Fixture::new().await;
    let first = fixture.register("ada").await;
    fixture
        .accounts
        .grant_role(first.id, "admin", &administrator())
        .await
        .unwrap();
    let browser = fixture.browser();
    log_in(&browser, "ada").await;
    fixture
        .accounts
        .delete(first.id, &administrator())
        .await
        .unwrap();
    let second = fixture.register("ada").await;
    assert_ne!(first.id, second.id);
    assert!(second.roles().is_empty());
    assert_eq!(browser.get("/me").await.status, 303);
    assert!(fixture.accounts.find(first.id).await.unwrap().is_none());
}

#[tokio::test]
async fn one_sessions_end_is_not_the_end_of_others() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let eve = fixture.register("eve").await;
    let by = administrator();
    let browsers = [fixture.browser(), fixture.browser(), fixture.browser()];
    for browser in &browsers {
        log_in(browser, "ada").await;
        fixture.clock.advance(std::time::Duration::from_secs(1));
    }
    let sessions = fixture.accounts.sessions(ada.id).await.unwrap();
    assert_eq!(sessions.len(), 3);
    assert!(
        !fixture
            .accounts
            .end_session(eve.id, sessions[0].id, &by)
            .await
            .unwrap()
    );
    assert!(
        fixture
            .accounts
            .end_session(ada.id, sessions[0].id, &by)
            .await
            .unwrap()
    );
    assert!(
        !fixture
            .accounts
            .end_session(ada.id, sessions[0].id, &by)
            .await
            .unwrap()
    );
    assert_eq!(
        fixture.accounts.sessions(ada.id).await.unwrap(),
        sessions[1..]
    );
    fixture
        .accounts
        .end_other_sessions(ada.id, sessions[2].id, &by)
        .await
        .unwrap();
    assert_eq!(
        fixture.accounts.sessions(ada.id).await.unwrap(),
        sessions[2..]
    );
    let mut inside = 0;
    for browser in &browsers {
        inside += usize::from(browser.get("/me").await.status == 200);
    }
    assert_eq!(inside, 1);
}

//! What is written down, and what is not.

use std::time::Duration;

use countersign::accounts::{AccountError, Actor, AuditFilter, AuditKind, Invitation};

use super::logins::log_in;
use super::{Fixture, OTHER_PASSWORD, PASSWORD, administrator, client, visitor};

#[tokio::test]
async fn every_change_is_written_down_once_with_who_did_it_and_from_where() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let id = fixture.register("ada").await.id;
    let by = super::By::account(id, client());
    assert!(
        accounts
            .authenticate("ada", PASSWORD, &by)
            .await
            .unwrap()
            .is_some()
    );
    accounts
        .rename(id, "countess", &by)
        .await
        .map(drop)
        .unwrap();
    accounts
        .change_locale(id, Some("en"), &by)
        .await
        .map(drop)
        .unwrap();
    accounts
        .change_locale(id, Some("en"), &by)
        .await
        .map(drop)
        .unwrap();
    accounts
        .change_email(id, Some("a@example.com"), &by)
        .await
        .map(drop)
        .unwrap();
    accounts
        .confirm_email(id, "a@example.com", &by)
        .await
        .map(drop)
        .unwrap();
    accounts.grant_role(id, "editor", &by).await.unwrap();
    accounts.grant_role(id, "editor", &by).await.unwrap();
    accounts.revoke_role(id, "editor", &by).await.unwrap();
    accounts
        .define_role("editor", ["write"], &by)
        .await
        .unwrap();
    accounts
        .invite(Invitation::default(), &by)
        .await
        .map(drop)
        .unwrap();
    accounts
        .change_password(id, PASSWORD, OTHER_PASSWORD, None, &by)
        .await
        .map(drop)
        .unwrap();
    accounts
        .set_password(id, PASSWORD, &by)
        .await
        .map(drop)
        .unwrap();
    accounts.forget_failures(id, &by).await.unwrap();
    accounts.end_all_sessions(id, &by).await.unwrap();
    accounts.disable(id, &by).await.unwrap();
    accounts.disable(id, &by).await.unwrap();
    accounts.enable(id, &by).await.unwrap();

    let events = accounts.audit(AuditFilter::default()).await.unwrap();
    let kinds: Vec<AuditKind> = events.iter().rev().map(|event| event.kind).collect();
    use AuditKind::*;
    assert_eq!(
        kinds,
        [
            Registered,
            Authenticated,
            Renamed,
            LocaleChanged,
            EmailChanged,
            EmailConfirmed,
            RoleGranted,
            RoleRevoked,
            RoleDefined,
            Invited,
            PasswordChanged,
            PasswordSet,
            FailuresForgotten,
            SessionsEnded,
            Disabled,
            Enabled
        ]
    );
    for event in &events[..events.len() - 1] {
        assert_eq!(event.actor, Actor::Account(id), "{event:?}");
        assert_eq!(event.client, client(), "{event:?}");
        assert_eq!(event.at, super::NOW);
        let concerns_none = matches!(event.kind, RoleDefined | Invited);
        assert_eq!(event.account, (!concerns_none).then_some(id), "{event:?}");
    }
    let shown = format!("{events:?}");
    for secret in [
        PASSWORD,
        OTHER_PASSWORD,
        "argon2",
        "countess",
        "a@example.com",
    ] {
        assert!(!shown.contains(secret), "{secret}");
    }

    let filter = AuditFilter {
        account: Some(id),
        before: Some(events[1].position()),
        limit: 2,
        ..AuditFilter::default()
    };
    let page = accounts.audit(filter).await.unwrap();
    assert_eq!(page, events[2..4]);
    accounts.delete(id, &administrator()).await.unwrap();
    let last = &accounts.audit(AuditFilter::default()).await.unwrap()[0];
    assert_eq!((last.kind, last.account), (Deleted, Some(id)));
    assert_eq!(last.actor, administrator().actor);
}

#[tokio::test]
async fn logins_and_their_ends_are_written_down_with_their_sessions() {
    let fixture = Fixture::new().await;
    let id = fixture.register("ada").await.id;
    let browsers = [fixture.browser(), fixture.browser()];
    for browser in &browsers {
        log_in(browser, "ada").await;
        fixture.clock.advance(Duration::from_secs(1));
    }
    let sessions = fixture.accounts.sessions(id).await.unwrap();
    browsers[0].post("/logout", &[]).await;
    browsers[0].post("/logout", &[]).await;
    fixture
        .accounts
        .end_session(id, sessions[1].id, &administrator())
        .await
        .unwrap();
    let filter = AuditFilter {
        account: Some(id),
        limit: 4,
        ..AuditFilter::default()
    };
    let events = fixture.accounts.audit(filter).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .rev()
        .map(|event| (event.kind, event.session))
        .collect();
    let (one, other) = (Some(sessions[0].id), Some(sessions[1].id));
    assert_eq!(
        told,
        [
            (AuditKind::LoggedIn, one),
            (AuditKind::LoggedIn, other),
            (AuditKind::LoggedOut, one),
            (AuditKind::SessionEnded, other),
        ]
    );
    assert_eq!(events[3].detail.as_deref(), Some("password"));
    assert_eq!(events[3].client, sessions[0].client);
    assert_eq!(events[0].actor, administrator().actor);
}

#[tokio::test]
async fn what_can_not_be_written_down_does_not_happen() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let id = fixture.register("ada").await.id;
    let browser = fixture.browser();
    log_in(&browser, "ada").await;
    let session = accounts.sessions(id).await.unwrap()[0].id;
    fixture.break_audit().await;
    let before = fixture.dump(&[]).await;
    let by = visitor();
    let new = super::NewAccount::new("bob", PASSWORD);
    for done in [
        accounts.register(new, &by).await.map(drop),
        accounts.disable(id, &by).await.map(drop),
        accounts.delete(id, &by).await,
        accounts.rename(id, "bob", &by).await.map(drop),
        accounts.change_locale(id, Some("en"), &by).await.map(drop),
        accounts
            .change_email(id, Some("a@example.com"), &by)
            .await
            .map(drop),
        accounts.grant_role(id, "admin", &by).await.map(drop),
        accounts.define_role("admin", ["all"], &by).await,
        accounts.invite(Invitation::default(), &by).await.map(drop),
        accounts
            .change_password(id, PASSWORD, OTHER_PASSWORD, None, &by)
            .await
            .map(drop),
        accounts
            .set_password(id, OTHER_PASSWORD, &by)
            .await
            .map(drop),
        accounts.end_session(id, session, &by).await.map(drop),
        accounts.end_all_sessions(id, &by).await,
        accounts.authenticate("ada", PASSWORD, &by).await.map(drop),
    ] {
        assert!(
            matches!(done, Err(AccountError::Unavailable(_))),
            "{done:?}"
        );
    }
    let other = fixture.browser();
    let page = other
        .post("/login", &[("username", "ada"), ("password", PASSWORD)])
        .await;
    assert_eq!(page.status, 503);
    assert_eq!(other.cookie("countersign"), None);
    assert_eq!(browser.post("/logout", &[]).await.status, 503);
    assert_eq!(
        fixture.dump(&["countersign_sign_in_failures"]).await,
        before
    );
    assert_eq!(browser.get("/me").await.text, "ada");
}

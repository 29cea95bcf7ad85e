//! Invitations: one account for each, within their time.

use std::time::Duration;

use countersign::accounts::{
    AccountError, Invitation, Invited, NameProblem, NewAccount, Registered, Registration,
};

use super::{Fixture, PASSWORD, administrator, created, refused, register, visitor};

async fn invite(fixture: &Fixture, invitation: Invitation) -> String {
    match fixture
        .accounts
        .invite(invitation, &administrator())
        .await
        .unwrap()
    {
        Invited::Token(token) => {
            assert_eq!(format!("{token:?}"), "InvitationToken([redacted])");
            token.reveal()
        }
        other => panic!("{other:?}"),
    }
}

async fn by_invitation() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.accounts = fixture.accounts.registration(Registration::ByInvitation);
    fixture
}

fn with<'a>(name: &'a str, invitation: &'a str) -> NewAccount<'a> {
    let mut new = NewAccount::new(name, PASSWORD);
    new.invitation = Some(invitation);
    new
}

#[tokio::test]
async fn who_is_not_invited_learns_nothing() {
    let fixture = by_invitation().await;
    let new = NewAccount::new("ada", PASSWORD);
    created(
        fixture
            .accounts
            .register(new, &administrator())
            .await
            .unwrap(),
    );
    let other = Fixture::new().await;
    let elsewhere = invite(&other, Invitation::default()).await;
    for invitation in [
        "",
        "nonsense",
        &elsewhere,
        &"A".repeat(46),
        &"x".repeat(1 << 20),
    ] {
        for name in ["ada", "bob", "admin", ""] {
            let answer = register(&fixture.accounts, with(name, invitation)).await;
            assert!(matches!(answer, Registered::NotInvited), "{answer:?}");
        }
    }
    let answer = register(&fixture.accounts, NewAccount::new("ada", PASSWORD)).await;
    assert!(matches!(answer, Registered::NotInvited), "{answer:?}");
}

#[tokio::test]
async fn an_invitation_brings_its_roles_and_its_confirmed_address() {
    let fixture = by_invitation().await;
    let invitation = Invitation {
        email: Some("Ada@Example.com".to_owned()),
        roles: vec!["editor".to_owned(), "editor".to_owned(), "admin".to_owned()],
        ..Invitation::default()
    };
    let text = invite(&fixture, invitation.clone()).await;
    let found = fixture.accounts.invitation(&text).await.unwrap().unwrap();
    assert_eq!(found, invitation);
    let mut new = with("ada", &text);
    new.email = Some("somebody.else@example.com");
    let ada = created(register(&fixture.accounts, new).await);
    assert_eq!(ada.roles(), ["admin", "editor"]);
    assert_eq!(ada.email.as_deref(), Some("Ada@Example.com"));
    assert_eq!(ada.email_confirmed_at, Some(super::NOW));
    assert!(fixture.accounts.invitation(&text).await.unwrap().is_none());

    let text = invite(&fixture, invitation).await;
    let second = created(register(&fixture.accounts, with("second", &text)).await);
    assert_eq!(
        second.email_confirmed_at, None,
        "the address is somebody else's by now"
    );
}

#[tokio::test]
async fn a_registration_that_fails_uses_no_invitation_up() {
    let fixture = by_invitation().await;
    let new = NewAccount::new("ada", PASSWORD);
    created(
        fixture
            .accounts
            .register(new, &administrator())
            .await
            .unwrap(),
    );
    let text = invite(&fixture, Invitation::default()).await;
    let refusals = refused(register(&fixture.accounts, with("ada", &text)).await);
    assert_eq!(refusals.name, Some(NameProblem::Taken));
    created(register(&fixture.accounts, with("bob", &text)).await);
}

#[tokio::test]
async fn an_invitation_counts_until_its_time_is_over() {
    let fixture = by_invitation().await;
    let hour = Invitation {
        lasts: Duration::from_secs(3_600),
        ..Invitation::default()
    };
    let texts = [
        invite(&fixture, hour.clone()).await,
        invite(&fixture, hour).await,
    ];
    fixture.clock.advance(Duration::from_secs(3_599));
    created(register(&fixture.accounts, with("ada", &texts[0])).await);
    fixture.clock.advance(Duration::from_secs(1));
    let answer = register(&fixture.accounts, with("bob", &texts[1])).await;
    assert!(matches!(answer, Registered::NotInvited), "{answer:?}");
    // What is over is cleaned away by the next.
    invite(&fixture, Invitation::default()).await;
    let tokens = fixture
        .dump(&[])
        .await
        .into_iter()
        .filter(|row| row.contains("one_time_tokens"));
    assert_eq!(tokens.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_registrations_by_one_invitation_one_makes_an_account() {
    let fixture = by_invitation().await;
    let text = invite(&fixture, Invitation::default()).await;
    let tasks = (0..50).map(|task| {
        let (accounts, text) = (fixture.accounts.clone(), text.clone());
        tokio::spawn(async move {
            let name = format!("name {task}");
            // Commands wait in a queue that holds them all.
            let by = super::By::anonymous(Default::default());
            accounts.register(with(&name, &text), &by).await.unwrap()
        })
    });
    let mut made = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Registered::Created(_) => made += 1,
            other => assert!(matches!(other, Registered::NotInvited), "{other:?}"),
        }
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn a_token_is_kept_as_a_hash() {
    let fixture = Fixture::new().await;
    let text = invite(&fixture, Invitation::default()).await;
    let rows = fixture.dump(&[]).await.join("\n");
    assert!(rows.contains("countersign_one_time_tokens"));
    assert!(!rows.contains(&text));
    let bytes =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &text).unwrap();
    let random: String = bytes[2..]
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    assert_eq!(random.len(), 64);
    assert!(!rows.contains(&random));
}

#[tokio::test]
async fn an_invitation_that_makes_no_sense_is_refused() {
    let fixture = Fixture::new().await;
    let invitation = Invitation {
        email: Some("nowhere".to_owned()),
        ..Invitation::default()
    };
    let answer = fixture
        .accounts
        .invite(invitation, &administrator())
        .await
        .unwrap();
    assert!(matches!(answer, Invited::Refused(_)), "{answer:?}");
    for role in ["", "two words", "a\nb", &"x".repeat(65)] {
        let invitation = Invitation {
            roles: vec![role.to_owned()],
            ..Invitation::default()
        };
        let answer = fixture.accounts.invite(invitation, &administrator()).await;
        assert!(matches!(answer, Err(AccountError::RoleName)), "{answer:?}");
        let answer = fixture
            .accounts
            .define_role("editor", [role], &visitor())
            .await;
        assert!(matches!(answer, Err(AccountError::RoleName)), "{answer:?}");
    }
}

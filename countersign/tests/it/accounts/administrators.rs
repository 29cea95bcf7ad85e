//! The first administrator, and the last.

use std::time::Duration;

use countersign::AuthUser as _;
use countersign::accounts::{
    ADMINISTRATOR, AccountError, AccountId, AuditFilter, AuditKind, By, Invitation,
    InvitationAccepted, Invited, NewAccount, Registered, Registration,
};

use super::{Fixture, PASSWORD, administrator, created, register, visitor};

async fn closed() -> Fixture {
    let mut fixture = Fixture::new().await;
    fixture.accounts = fixture.accounts.registration(Registration::Closed);
    fixture
}

async fn member(fixture: &Fixture, name: &str) -> AccountId {
    let new = NewAccount::new(name, PASSWORD);
    created(
        fixture
            .accounts
            .register(new, &administrator())
            .await
            .unwrap(),
    )
    .id
}

async fn made_administrator(fixture: &Fixture, name: &str) -> AccountId {
    let id = member(fixture, name).await;
    let granted = fixture
        .accounts
        .grant_role(id, ADMINISTRATOR, &administrator())
        .await;
    assert!(granted.unwrap());
    id
}

fn with<'a>(name: &'a str, invitation: &'a str) -> NewAccount<'a> {
    let mut new = NewAccount::new(name, PASSWORD);
    new.invitation = Some(invitation);
    new
}

#[tokio::test]
async fn a_closed_site_gets_its_first_administrator_by_invitation() {
    let fixture = closed().await;
    let accounts = &fixture.accounts;
    assert!(!accounts.has_administrator().await.unwrap());
    assert!(!accounts.may_register(None).await.unwrap());
    let token = accounts
        .invite_administrator(&By::system("start"))
        .await
        .unwrap();
    let token = token.reveal();
    assert!(accounts.may_register(Some(&token)).await.unwrap());
    let ada = created(register(accounts, with("ada", &token)).await);
    assert!(ada.has_role(ADMINISTRATOR));
    assert!(accounts.has_administrator().await.unwrap());
    for invitation in [token.as_str(), "nonsense", ""] {
        assert!(!accounts.may_register(Some(invitation)).await.unwrap());
        let answer = register(accounts, with("bob", invitation)).await;
        assert!(matches!(answer, Registered::Closed), "{answer:?}");
    }
    // It is no administrator who can't log in.
    assert!(
        accounts
            .disable(ada.id, &By::system("a test"))
            .await
            .unwrap()
    );
    assert!(!accounts.has_administrator().await.unwrap());
}

#[tokio::test]
async fn no_other_invitation_opens_a_closed_site() {
    let fixture = closed().await;
    let invite = async |roles: &[&str], by: &By| {
        let invitation = Invitation {
            roles: roles.iter().map(|role| role.to_string()).collect(),
            ..Invitation::default()
        };
        match fixture.accounts.invite(invitation, by).await.unwrap() {
            Invited::Token(token) => token.reveal(),
            other => panic!("{other:?}"),
        }
    };
    let member = member(&fixture, "member").await;
    let stranger = By::account(member, super::client());
    for (token, counts) in [
        (invite(&["editor"], &administrator()).await, false),
        (invite(&[], &By::system("a test")).await, false),
        (invite(&[ADMINISTRATOR], &stranger).await, false),
        (
            invite(&["editor", ADMINISTRATOR], &administrator()).await,
            true,
        ),
    ] {
        assert_eq!(
            fixture.accounts.may_register(Some(&token)).await.unwrap(),
            counts
        );
        let answer = register(&fixture.accounts, with("ada", &token)).await;
        assert_eq!(
            matches!(answer, Registered::Created(_)),
            counts,
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn an_administrators_invitation_lasts_an_hour() {
    let fixture = closed().await;
    let token = fixture
        .accounts
        .invite_administrator(&administrator())
        .await
        .unwrap();
    fixture.clock.advance(Duration::from_secs(3_600));
    let answer = register(&fixture.accounts, with("ada", &token.reveal())).await;
    assert!(matches!(answer, Registered::Closed), "{answer:?}");
}

#[tokio::test]
async fn administrators_invitations_are_withdrawn_and_no_others() {
    let fixture = closed().await;
    let accounts = &fixture.accounts;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let token = accounts.invite_administrator(&administrator()).await;
        tokens.push(token.unwrap().reveal());
    }
    let other = accounts
        .invite(Invitation::default(), &administrator())
        .await
        .unwrap();
    let Invited::Token(other) = other else {
        panic!("{other:?}");
    };
    let by = administrator();
    let withdrawn = accounts.withdraw_administrator_invitations(&by).await;
    assert_eq!(withdrawn.unwrap(), 2);
    for token in tokens {
        assert_eq!(accounts.invitation(&token).await.unwrap(), None);
    }
    assert!(
        accounts
            .invitation(&other.reveal())
            .await
            .unwrap()
            .is_some()
    );
    let withdrawn = accounts.withdraw_administrator_invitations(&by).await;
    assert_eq!(withdrawn.unwrap(), 0);

    // The audit has each invitation with its roles, and the withdrawal once.
    let events = accounts.audit(AuditFilter::default()).await.unwrap();
    let written: Vec<_> = events
        .iter()
        .rev()
        .map(|event| (event.kind, event.detail.as_deref()))
        .collect();
    assert_eq!(
        written,
        [
            (AuditKind::Invited, Some(ADMINISTRATOR)),
            (AuditKind::Invited, Some(ADMINISTRATOR)),
            (AuditKind::Invited, None),
            (AuditKind::InvitationsWithdrawn, Some(ADMINISTRATOR)),
        ]
    );
}

#[tokio::test]
async fn who_has_an_account_takes_the_invitation_with_it_once() {
    let fixture = closed().await;
    let accounts = &fixture.accounts;
    let (ada, bob) = (member(&fixture, "ada").await, member(&fixture, "bob").await);
    let token = accounts
        .invite_administrator(&By::system("start"))
        .await
        .unwrap()
        .reveal();
    let by = By::account(ada, super::client());
    accounts.disable(bob, &administrator()).await.unwrap();
    let refused = accounts.accept_invitation(&token, bob, &by).await;
    assert!(
        matches!(refused, Err(AccountError::Disabled)),
        "{refused:?}"
    );
    let nobody = "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap();
    let refused = accounts.accept_invitation(&token, nobody, &by).await;
    assert!(
        matches!(refused, Err(AccountError::NoSuchAccount)),
        "{refused:?}"
    );

    let accepted = accounts.accept_invitation(&token, ada, &by).await.unwrap();
    let InvitationAccepted::Accepted(ada) = accepted else {
        panic!("{accepted:?}");
    };
    assert!(ada.has_role(ADMINISTRATOR));
    assert!(accounts.enable(bob, &administrator()).await.unwrap());
    for token in [token.as_str(), "nonsense"] {
        let again = accounts.accept_invitation(token, bob, &by).await.unwrap();
        assert!(matches!(again, InvitationAccepted::NotInvited), "{again:?}");
    }
    assert!(
        accounts
            .find(bob)
            .await
            .unwrap()
            .unwrap()
            .roles()
            .is_empty()
    );
}

#[tokio::test]
async fn an_invitations_address_is_confirmed_only_where_it_is_the_accounts_own() {
    let fixture = Fixture::new().await;
    for (email, confirmed) in [
        (Some("Ada@example.com"), true),
        (Some("eve@example.com"), false),
        (None, false),
    ] {
        let id = member(
            &fixture,
            &format!("ada {}", email.unwrap_or("none").replace('@', ".")),
        )
        .await;
        let by = administrator();
        drop(fixture.accounts.change_email(id, email, &by).await.unwrap());
        let invitation = Invitation {
            email: Some("ada@example.com".to_owned()),
            ..Invitation::default()
        };
        let Invited::Token(token) = fixture.accounts.invite(invitation, &by).await.unwrap() else {
            panic!("refused");
        };
        let accepted = fixture
            .accounts
            .accept_invitation(&token.reveal(), id, &visitor())
            .await;
        let InvitationAccepted::Accepted(account) = accepted.unwrap() else {
            panic!("not invited");
        };
        assert_eq!(account.email_confirmed_at.is_some(), confirmed, "{email:?}");
        assert_eq!(account.email.as_deref(), email);
    }
}

#[tokio::test]
async fn nobody_but_a_command_takes_the_last_administrator_away() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let ada = made_administrator(&fixture, "ada").await;
    let bob = made_administrator(&fixture, "bob").await;
    let grace = administrator();
    assert!(accounts.disable(bob, &grace).await.unwrap());
    let before = fixture.dump(&[]).await;
    for by in [&grace, &By::account(ada, super::client()), &visitor()] {
        for refused in [
            accounts.disable(ada, by).await.map(drop),
            accounts.delete(ada, by).await,
            accounts.revoke_role(ada, ADMINISTRATOR, by).await.map(drop),
        ] {
            assert!(
                matches!(refused, Err(AccountError::LastAdministrator)),
                "{refused:?}"
            );
        }
    }
    assert_eq!(fixture.dump(&[]).await, before);
    // The other is disabled, so that he may go; and other roles may.
    assert!(
        accounts
            .revoke_role(bob, ADMINISTRATOR, &grace)
            .await
            .unwrap()
    );
    assert!(accounts.grant_role(ada, "editor", &grace).await.unwrap());
    assert!(accounts.revoke_role(ada, "editor", &grace).await.unwrap());
    // With another one, the first may go.
    assert!(accounts.enable(bob, &grace).await.unwrap());
    assert!(
        accounts
            .grant_role(bob, ADMINISTRATOR, &grace)
            .await
            .unwrap()
    );
    assert!(accounts.disable(ada, &grace).await.unwrap());
    let command = By::system("a command");
    assert!(accounts.disable(bob, &command).await.unwrap());
    assert!(!accounts.has_administrator().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn administrators_who_remove_each_other_at_once_leave_one() {
    for _ in 0..5 {
        let fixture = Fixture::new().await;
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(made_administrator(&fixture, &format!("name {number}")).await);
        }
        let tasks = ids.into_iter().enumerate().map(|(number, id)| {
            let accounts = fixture.accounts.clone();
            tokio::spawn(async move {
                let by = administrator();
                match number % 3 {
                    0 => accounts.disable(id, &by).await.map(drop),
                    1 => accounts.delete(id, &by).await,
                    _ => accounts.revoke_role(id, ADMINISTRATOR, &by).await.map(drop),
                }
            })
        });
        let mut refused = 0;
        for task in tasks.collect::<Vec<_>>() {
            match task.await.unwrap() {
                Ok(()) => {}
                Err(AccountError::LastAdministrator) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(refused, 1);
        assert!(fixture.accounts.has_administrator().await.unwrap());
    }
}

//! Who gets an account, and under which name.

use countersign::accounts::{
    AccountError, Accounts, EmailConfirmed, EmailProblem, NameProblem, NewAccount, Refusals,
    Registered, Registration,
};
use countersign::password::PolicyViolation;

use super::{
    Fixture, OTHER_PASSWORD, PASSWORD, administrator, created, refused, register, visitor,
};
use crate::sqlite::Folder;

#[tokio::test]
async fn whoever_registers_is_found_as_he_wrote_himself() {
    let fixture = Fixture::new().await;
    let mut new = NewAccount::new(" Zoë  of Köln ", PASSWORD);
    new.email = Some(" Zoe@Example.com ");
    new.locale = Some("de-AT");
    let account = created(register(&fixture.accounts, new).await);
    assert_eq!(account.name, "Zoë of Köln");
    assert_eq!(account.email.as_deref(), Some("Zoe@Example.com"));
    assert_eq!(account.email_confirmed_at, None);
    assert_eq!(account.locale.as_deref(), Some("de-AT"));
    assert_eq!(account.created_at, super::NOW);
    assert!(account.is_active);
    for typed in ["zoë of köln", "ZOE\u{308} OF KÖLN", "Ｚoë of Köln"] {
        let found = fixture.accounts.find_by_name(typed).await.unwrap();
        assert_eq!(found.map(|found| found.id), Some(account.id), "{typed}");
    }
}

#[tokio::test]
async fn a_name_that_exists_signs_nobody_in_and_its_account_stays_as_it_is() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let before = fixture.dump(&[]).await;
    // The right password as well: who knows it may log in, and has to do that.
    for (name, password) in [
        ("ada", OTHER_PASSWORD),
        ("ada", PASSWORD),
        (" ADA ", OTHER_PASSWORD),
        ("Ａda", OTHER_PASSWORD),
        ("аda", OTHER_PASSWORD),
        ("αda", OTHER_PASSWORD),
    ] {
        let mut new = NewAccount::new(name, password);
        new.email = Some("mallory@example.com");
        new.locale = Some("en");
        let refusals = refused(register(&fixture.accounts, new).await);
        assert_eq!(refusals.name, Some(NameProblem::Taken), "{name}");
    }
    assert_eq!(fixture.dump(&[]).await, before);
    let by = visitor();
    let found = fixture
        .accounts
        .authenticate("ada", OTHER_PASSWORD, &by)
        .await
        .unwrap();
    assert!(found.is_none());
    let found = fixture
        .accounts
        .authenticate("ada", PASSWORD, &by)
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, ada.id);
    assert!(fixture.accounts.sessions(ada.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_taken_name_costs_no_hash() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let before = fixture.passwords.statistics().hashes;
    refused(register(&fixture.accounts, NewAccount::new("аda", PASSWORD)).await);
    refused(register(&fixture.accounts, NewAccount::new("Ada", PASSWORD)).await);
    assert_eq!(fixture.passwords.statistics().hashes, before);
}

#[tokio::test]
async fn only_who_is_trusted_gives_reserved_names_away() {
    let mut fixture = Fixture::new().await;
    fixture.accounts = fixture.accounts.reserve_names(["Director"]);
    for name in ["admin", "Ａdmin", "rооt", "director"] {
        let new = NewAccount::new(name, PASSWORD);
        let refusals = refused(register(&fixture.accounts, new).await);
        assert_eq!(refusals.name, Some(NameProblem::Reserved), "{name}");
    }
    let new = NewAccount::new("admin", PASSWORD);
    created(
        fixture
            .accounts
            .register(new, &administrator())
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn whether_an_address_belongs_to_somebody_is_never_said() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let with_address = |name: &'static str, email: &'static str| {
        let mut new = NewAccount::new(name, PASSWORD);
        new.email = Some(email);
        new
    };
    let ada = created(register(accounts, with_address("ada", "ada@example.com")).await);
    let by = visitor();
    assert!(
        accounts
            .authenticate("ada@example.com", PASSWORD, &by)
            .await
            .unwrap()
            .is_none()
    );
    let confirmed = accounts
        .confirm_email(ada.id, "Ada@example.com", &administrator())
        .await
        .unwrap();
    assert!(
        matches!(confirmed, EmailConfirmed::Confirmed(_)),
        "{confirmed:?}"
    );

    let eve = created(register(accounts, with_address("eve", "ADA@EXAMPLE.COM")).await);
    let found = accounts
        .find_by_name("ADA@example.com")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        found.id, ada.id,
        "an address that somebody merely typed finds nobody"
    );
    let found = accounts
        .authenticate("ada@Example.com", PASSWORD, &by)
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, ada.id);
    let confirmed = accounts
        .confirm_email(eve.id, "ada@example.com", &administrator())
        .await
        .unwrap();
    assert!(
        matches!(confirmed, EmailConfirmed::SomebodyElses),
        "{confirmed:?}"
    );
    let confirmed = accounts
        .confirm_email(eve.id, "eve@example.com", &administrator())
        .await
        .unwrap();
    assert!(
        matches!(confirmed, EmailConfirmed::NotItsAddress),
        "{confirmed:?}"
    );
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let fixture = Fixture::new().await;
    let mut new = NewAccount::new("<b>", "example shop 1");
    new.email = Some("nowhere");
    let refusals = refused(register(&fixture.accounts, new).await);
    assert_eq!(
        refusals,
        Refusals {
            name: Some(NameProblem::Character),
            email: Some(EmailProblem::NotAnAddress),
            password: Some(PolicyViolation::TooShort {
                found: 14,
                minimum: 15
            }),
        }
    );
    let mut new = NewAccount::new("ada lovelace", "lovelacelovelace1");
    for password in [
        "lovelacelovelace1",
        "ExampleShop2026!",
        "ada.l@example.com",
        "shopshopshopshop",
    ] {
        new.password = password;
        new.email = Some("ada.l@example.com");
        let refusals = refused(register(&fixture.accounts, new).await);
        let expected = Some(PolicyViolation::AboutYou);
        assert_eq!(refusals.password, expected, "{password}");
    }
    new.password = PASSWORD;
    new.locale = Some("en\r\nX: y");
    let error = fixture
        .accounts
        .register(new, &visitor())
        .await
        .unwrap_err();
    assert!(matches!(error, AccountError::Locale), "{error:?}");
    new.locale = None;
    new.email = Some("");
    assert_eq!(created(register(&fixture.accounts, new).await).email, None);
}

#[tokio::test]
async fn who_may_register_has_to_be_said() {
    let fixture = Fixture::new().await;
    let accounts = Accounts::open(&fixture.file)
        .await
        .unwrap()
        .passwords(fixture.passwords.clone());
    let new = NewAccount::new("ada", PASSWORD);
    let error = accounts.register(new, &visitor()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`.registration(Registration::Open)`"),
        "{error}"
    );
    let error = accounts.clone().decide_registration(false).unwrap_err();
    assert!(
        error.to_string().contains("Registration::Closed"),
        "{error}"
    );
    let local = accounts.clone().decide_registration(true).unwrap();
    assert_eq!(local.registration_setting(), Some(Registration::Open));
    created(accounts.register(new, &administrator()).await.unwrap());

    let closed = accounts.registration(Registration::Closed);
    let closed = closed.decide_registration(true).unwrap();
    let answer = register(&closed, NewAccount::new("bob", PASSWORD)).await;
    assert!(matches!(answer, Registered::Closed), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_first_starts_and_registrations_of_one_name_one_makes_an_account() {
    let folder = Folder::new();
    let file = folder.fresh_file();
    let tasks = (0..50).map(|task| {
        let file = file.clone();
        tokio::spawn(async move {
            let accounts = Accounts::open(file)
                .await
                .unwrap()
                .passwords(super::cheap(8))
                .registration(Registration::Open);
            let name = ["ada", "ADA", "Ada "][task % 3];
            register(&accounts, NewAccount::new(name, PASSWORD)).await
        })
    });
    let mut made = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Registered::Created(_) => made += 1,
            other => assert_eq!(refused(other).name, Some(NameProblem::Taken)),
        }
    }
    assert_eq!(made, 1);
    let accounts = Accounts::open(&file).await.unwrap();
    let rows = super::dump(accounts.pool(), &[]).await;
    let count = |table: &str| rows.iter().filter(|row| row.starts_with(table)).count();
    assert_eq!(count("countersign_accounts "), 1);
    assert_eq!(count("countersign_audit "), 1);
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let shown = format!(
        "{ada:?} {:?} {:?}",
        fixture.accounts,
        NewAccount::new("ada", PASSWORD)
    );
    for secret in ["argon2", PASSWORD, "stamp"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let rows = fixture.dump(&["countersign_accounts"]).await.join("\n");
    assert!(
        !rows.contains("argon2") && !rows.contains(PASSWORD),
        "{rows}"
    );
}

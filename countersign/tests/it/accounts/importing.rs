//! Accounts that come from elsewhere.

use countersign::AuthUser as _;
use countersign::accounts::{
    Account, AccountId, AuditFilter, AuditKind, By, EmailProblem, ForeignAccount, ImportDeparture,
    ImportOutcome, ImportRefusal, NameProblem, PasswordChanged, PasswordSetByLink,
};
use countersign::clock::Timestamp;

use super::{Fixture, NOW, OTHER_PASSWORD, PASSWORD, visitor};

#[tokio::test]
async fn an_account_comes_with_all_that_it_has() {
    let fixture = Fixture::new().await;
    let made = Timestamp::from_millis(1_600_000_000_000);
    let confirmed = Timestamp::from_millis(1_700_000_000_000);
    let foreign = ForeignAccount {
        name: Some(" Ada ".to_owned()),
        email: Some("Ada@Example.com".to_owned()),
        email_confirmed_at: Some(confirmed),
        password_hash: Some(BCRYPT.to_owned()),
        created_at: Some(made),
        roles: vec!["editor".to_owned(), "reports".to_owned()],
        ..ForeignAccount::new("1")
    };
    let ada = added(&fixture, foreign).await;
    assert_eq!(ada.name, "Ada");
    assert_eq!(ada.email.as_deref(), Some("Ada@Example.com"));
    assert_eq!(ada.email_confirmed_at, Some(confirmed));
    assert_eq!((ada.created_at, ada.last_login_at), (made, None));
    assert_eq!(ada.roles(), ["editor", "reports"]);
    assert!(ada.is_active);

    // Its hash is the old one until she logs in.
    assert_eq!(ada.password_hash(), Some(BCRYPT));
    assert!(logs_in(&fixture, "ada@example.com", "password").await);
    let ada = fixture.accounts.find(ada.id).await.unwrap().unwrap();
    assert!(ada.password_hash().unwrap().starts_with("$argon2id$"));
}

#[tokio::test]
async fn an_inactive_account_stays_inactive() {
    let fixture = Fixture::new().await;
    let foreign = ForeignAccount {
        is_active: false,
        ..with_password("1", "ada")
    };
    assert!(!added(&fixture, foreign).await.is_active);
    assert!(!logs_in(&fixture, "ada", "password").await);
}

#[tokio::test]
async fn an_account_without_a_password_waits_for_a_link() {
    let fixture = Fixture::new().await;
    let ada = added(&fixture, named("1", "ada")).await;
    assert_eq!(ada.password_hash(), None);
    for guess in ["", "password", "!"] {
        assert!(!logs_in(&fixture, "ada", guess).await, "{guess:?}");
    }
    let changed = fixture
        .accounts
        .change_password(ada.id, "", OTHER_PASSWORD, None, &visitor())
        .await;
    assert!(matches!(changed, Ok(PasswordChanged::WrongPassword)));

    let (by, accounts) = (import_by(), &fixture.accounts);
    let link = accounts.make_password_link(ada.id, &by).await.unwrap();
    let set = accounts
        .set_password_by_link(&link.reveal(), PASSWORD, &by)
        .await;
    assert!(matches!(set.unwrap(), PasswordSetByLink::Set(_)));
    assert!(logs_in(&fixture, "ada", PASSWORD).await);
}

#[tokio::test]
async fn nobody_is_brought_in_twice() {
    let fixture = Fixture::new().await;
    let everybody = [with_password("1", "ada"), with_password("2", "bob")];
    let first = import(&fixture, &everybody).await;
    let before = fixture.dump(&[]).await;
    let again = import(&fixture, &everybody).await;
    let known = first
        .iter()
        .map(|outcome| ImportOutcome::AddedBefore(id(outcome)));
    assert_eq!(again, known.collect::<Vec<_>>());
    assert_eq!(fixture.dump(&[]).await, before, "nothing was written");

    // Other sources have other ones with these numbers.
    let mut elsewhere = fixture.accounts.import("blog.db", &import_by());
    let outcomes = elsewhere.add(&[named("1", "cleo")]).await.unwrap();
    assert!(matches!(outcomes[0], ImportOutcome::Added { .. }));
}

#[tokio::test]
async fn what_was_changed_here_since_stays_as_it_is() {
    let fixture = Fixture::new().await;
    let ada = added(&fixture, with_password("1", "ada")).await;
    let by = import_by();
    let set = fixture.accounts.set_password(ada.id, PASSWORD, &by).await;
    assert!(matches!(set, Ok(PasswordChanged::Changed(_))));
    let renamed = fixture.accounts.rename(ada.id, "countess", &by).await;
    drop(renamed.unwrap());
    fixture.accounts.disable(ada.id, &by).await.unwrap();
    let before = fixture.dump(&[]).await;
    let outcomes = import(&fixture, &[with_password("1", "ada")]).await;
    assert_eq!(outcomes, [ImportOutcome::AddedBefore(ada.id)]);
    assert_eq!(fixture.dump(&[]).await, before);
}

#[tokio::test]
async fn whoever_was_deleted_here_does_not_come_back() {
    let fixture = Fixture::new().await;
    let ada = added(&fixture, named("1", "ada")).await;
    fixture.accounts.delete(ada.id, &import_by()).await.unwrap();
    let outcomes = import(&fixture, &[named("1", "ada")]).await;
    assert_eq!(outcomes, [ImportOutcome::DeletedSince]);
    assert!(
        fixture
            .accounts
            .find_by_name("ada")
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn one_that_can_not_be_made_leaves_the_others_alone() {
    let fixture = Fixture::new().await;
    fixture.register("taken").await;
    let outcomes = import(
        &fixture,
        &[
            named("", "zoe"),
            named("1", "ada"),
            named("1", "bob"),
            named("2", "ADA"),
            named("3", "Taken"),
            named("4", "a\u{7}b"),
            ForeignAccount::new("5"),
            addressed("6", "no address"),
            named("7", "cleo"),
        ],
    )
    .await;
    let refusals: Vec<_> = outcomes.iter().map(refusal).collect();
    assert_eq!(
        refusals,
        [
            Some(ImportRefusal::NoId),
            None,
            Some(ImportRefusal::SameId),
            Some(NameProblem::Taken.into()),
            Some(NameProblem::Taken.into()),
            Some(NameProblem::Character.into()),
            Some(ImportRefusal::Nameless),
            Some(EmailProblem::NotAnAddress.into()),
            None
        ]
    );
    // What was refused can be mended and brought in.
    let mended = import(&fixture, &[named("2", "ada lovelace")]).await;
    assert!(matches!(mended[0], ImportOutcome::Added { .. }));
}

#[tokio::test]
async fn a_name_is_made_of_an_address_where_there_is_none() {
    let fixture = Fixture::new().await;
    let outcomes = import(
        &fixture,
        &[
            addressed("1", "ada@example.com"),
            addressed("2", "ada@example.org"),
            // As many applications keep it.
            named("3", "Ada@example.net"),
            addressed("4", "o!ga=b@example.com"),
            addressed("5", "!!@example.com"),
            ForeignAccount {
                email: Some("new@example.com".to_owned()),
                ..named("6", "old@example.com")
            },
        ],
    )
    .await;
    let names: Vec<_> = outcomes.iter().map(name_and_departures).collect();
    let made = [ImportDeparture::NameMade];
    for (found, wanted) in names
        .iter()
        .zip(["ada", "ada-2", "Ada-3", "o-ga-b", "user", "old"])
    {
        assert_eq!(*found, (wanted, &made[..]));
    }
    let old = fixture.accounts.find_by_name("old").await.unwrap().unwrap();
    assert_eq!(old.email.as_deref(), Some("new@example.com"));
    let ada = fixture.accounts.find_by_name("ada-3").await.unwrap();
    assert_eq!(ada.unwrap().email.as_deref(), Some("Ada@example.net"));
}

#[tokio::test]
async fn who_has_no_name_does_not_come_under_an_address_that_is_anothers() {
    let fixture = Fixture::new().await;
    let confirmed = ForeignAccount {
        email_confirmed_at: Some(NOW),
        ..addressed("1", "ada@example.com")
    };
    drop(added(&fixture, confirmed.clone()).await);
    let mut elsewhere = fixture.accounts.import("blog.db", &import_by());
    let outcomes = elsewhere.add(&[confirmed]).await.unwrap();
    assert_eq!(refusal(&outcomes[0]), Some(ImportRefusal::EmailTaken));
}

#[tokio::test]
async fn who_has_an_address_for_a_name_has_not_confirmed_it() {
    let fixture = Fixture::new().await;
    let mallory = ForeignAccount {
        email: Some(" ".to_owned()),
        email_confirmed_at: Some(NOW),
        ..named("1", "victim@example.com")
    };
    let mallory = added(&fixture, mallory).await;
    assert_eq!(mallory.email.as_deref(), Some("victim@example.com"));
    assert_eq!(mallory.email_confirmed_at, None);
}

#[tokio::test]
async fn who_has_no_name_does_not_come_twice_from_a_source_that_was_moved() {
    let fixture = Fixture::new().await;
    let everybody = [
        addressed("1", "ada@example.com"),
        addressed("2", "ada@example.org"),
        named("3", "bob@example.com"),
    ];
    let first = import(&fixture, &everybody).await;
    assert!(first.iter().all(|outcome| refusal(outcome).is_none()));
    let mut moved = fixture.accounts.import("moved.db", &import_by());
    let outcomes = moved.add(&everybody).await.unwrap();
    let refusals: Vec<_> = outcomes.iter().map(refusal).collect();
    assert_eq!(refusals, [Some(ImportRefusal::SameEmail); 3]);
}

#[tokio::test]
async fn no_address_was_confirmed_in_the_future() {
    let fixture = Fixture::new().await;
    let foreign = ForeignAccount {
        email_confirmed_at: Some(Timestamp::from_millis(i64::MAX)),
        ..addressed("1", "ada@example.com")
    };
    assert_eq!(added(&fixture, foreign).await.email_confirmed_at, Some(NOW));
}

#[tokio::test]
async fn any_number_of_equal_beginnings_have_names_of_their_own() {
    let fixture = Fixture::new().await;
    let everybody: Vec<_> = (0..30)
        .map(|number| addressed(&number.to_string(), &format!("info@{number}.example")))
        .collect();
    let outcomes = import(&fixture, &everybody).await;
    let mut names: Vec<_> = outcomes
        .iter()
        .map(|outcome| name_and_departures(outcome).0)
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 30);
}

#[tokio::test]
async fn what_does_not_come_along_is_told() {
    let fixture = Fixture::new().await;
    let confirmed = |id, name| ForeignAccount {
        email: Some("ada@example.com".to_owned()),
        email_confirmed_at: Some(NOW),
        ..named(id, name)
    };
    let outcomes = import(
        &fixture,
        &[
            confirmed("1", "ada"),
            confirmed("2", "ada two"),
            ForeignAccount {
                email: Some("root@localhost".to_owned()),
                roles: vec!["editor".to_owned(), "content editors".to_owned()],
                ..named("3", "root")
            },
        ],
    )
    .await;
    let departures: Vec<_> = outcomes
        .iter()
        .map(|outcome| name_and_departures(outcome).1)
        .collect();
    assert_eq!(
        departures,
        [
            &[][..],
            &[ImportDeparture::EmailNotConfirmed],
            &[
                ImportDeparture::EmailLeftOut(EmailProblem::NotAnAddress),
                ImportDeparture::RoleLeftOut("content editors".to_owned())
            ]
        ]
    );
    let owner = fixture.accounts.find_by_name("ada@example.com").await;
    assert_eq!(owner.unwrap().unwrap().name, "ada");
    let root = fixture
        .accounts
        .find_by_name("root")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((root.email.as_deref(), root.roles().len()), (None, 1));
}

#[tokio::test]
async fn an_import_is_one_event_however_many_it_brings() {
    let fixture = Fixture::new().await;
    let mut import = fixture.accounts.import("shop.db", &import_by());
    for batch in 0..3 {
        let accounts: Vec<_> = (0..5)
            .map(|number| {
                named(
                    &format!("{batch}{number}"),
                    &format!("user {batch}{number}"),
                )
            })
            .collect();
        drop(import.add(&accounts).await.unwrap());
    }
    // Nothing more is told of what was there already.
    drop(import.add(&[named("00", "user 00")]).await.unwrap());
    let events = fixture.accounts.audit(AuditFilter::default()).await;
    let events = events.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, AuditKind::Imported);
    assert_eq!(events[0].detail.as_deref(), Some("shop.db: 15"));
    assert_eq!(events[0].actor, import_by().actor);
}

#[tokio::test]
async fn nobody_was_made_in_the_future() {
    let fixture = Fixture::new().await;
    let foreign = ForeignAccount {
        created_at: Some(Timestamp::from_millis(i64::MAX)),
        ..named("1", "ada")
    };
    assert_eq!(added(&fixture, foreign).await.created_at, NOW);
}

#[tokio::test]
async fn a_batch_that_is_given_up_leaves_nothing_behind() {
    let fixture = Fixture::new().await;
    let before = fixture.dump(&[]).await;
    let accounts: Vec<_> = (0..200)
        .map(|number| named(&number.to_string(), &format!("user {number}")))
        .collect();
    let mut given_up = fixture.accounts.import("shop.db", &import_by());
    tokio::select! {
        biased;
        _ = given_up.add(&accounts) => panic!("it was given up before"),
        () = async { for _ in 0..50 { tokio::task::yield_now().await } } => {}
    }
    assert_eq!(fixture.dump(&[]).await, before);
    let outcomes = given_up.add(&accounts).await.unwrap();
    assert!(outcomes.iter().all(|outcome| refusal(outcome).is_none()));
}

async fn import(fixture: &Fixture, accounts: &[ForeignAccount]) -> Vec<ImportOutcome> {
    let mut import = fixture.accounts.import("shop.db", &import_by());
    import.add(accounts).await.unwrap()
}

async fn logs_in(fixture: &Fixture, name: &str, password: &str) -> bool {
    let found = fixture
        .accounts
        .authenticate(name, password, &visitor())
        .await;
    found.unwrap().is_some()
}

async fn added(fixture: &Fixture, foreign: ForeignAccount) -> Account {
    let outcomes = import(fixture, &[foreign]).await;
    fixture
        .accounts
        .find(id(&outcomes[0]))
        .await
        .unwrap()
        .unwrap()
}

fn named(id: &str, name: &str) -> ForeignAccount {
    ForeignAccount {
        name: Some(name.to_owned()),
        ..ForeignAccount::new(id)
    }
}

fn with_password(id: &str, name: &str) -> ForeignAccount {
    ForeignAccount {
        password_hash: Some(BCRYPT.to_owned()),
        ..named(id, name)
    }
}

fn addressed(id: &str, email: &str) -> ForeignAccount {
    ForeignAccount {
        email: Some(email.to_owned()),
        ..ForeignAccount::new(id)
    }
}

fn import_by() -> By {
    By::system("an import")
}

fn refusal(outcome: &ImportOutcome) -> Option<ImportRefusal> {
    match outcome {
        ImportOutcome::Refused(refusal) => Some(*refusal),
        _ => None,
    }
}

fn name_and_departures(outcome: &ImportOutcome) -> (&str, &[ImportDeparture]) {
    match outcome {
        ImportOutcome::Added {
            name, departures, ..
        } => (name, departures),
        other => panic!("{other:?}"),
    }
}

fn id(outcome: &ImportOutcome) -> AccountId {
    match outcome {
        ImportOutcome::Added { account, .. } => *account,
        other => panic!("{other:?}"),
    }
}

/// Of `password`.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";

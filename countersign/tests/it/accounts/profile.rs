//! Names, languages and addresses that change.

use countersign::accounts::{
    AccountError, EmailChanged, EmailConfirmed, EmailProblem, NameProblem, Renamed,
};

use super::{Fixture, PASSWORD, administrator, visitor};

#[tokio::test]
async fn a_name_is_changed_to_one_that_nobody_has() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    fixture.register("Bob").await;
    let (accounts, by) = (&fixture.accounts, visitor());
    for (name, problem) in [
        ("BOB", NameProblem::Taken),
        ("b0b", NameProblem::Taken),
        ("root", NameProblem::Reserved),
        ("ada@example.com", NameProblem::Character),
        (" ", NameProblem::Empty),
    ] {
        let renamed = accounts.rename(ada.id, name, &by).await.unwrap();
        assert!(
            matches!(renamed, Renamed::Refused(found) if found == problem),
            "{name} {renamed:?}"
        );
    }
    // Another spelling of her own name, and then another name.
    for name in ["ADA", "Аda", "Countess"] {
        let renamed = accounts.rename(ada.id, name, &by).await.unwrap();
        assert!(
            matches!(&renamed, Renamed::Renamed(account) if account.name == name),
            "{renamed:?}"
        );
    }
    assert!(accounts.find_by_name("ada").await.unwrap().is_none());
    assert!(
        accounts
            .authenticate("countess", PASSWORD, &by)
            .await
            .unwrap()
            .is_some()
    );
    let renamed = accounts
        .rename(ada.id, "root", &administrator())
        .await
        .unwrap();
    assert!(matches!(renamed, Renamed::Renamed(_)), "{renamed:?}");
}

#[tokio::test]
async fn a_language_is_a_language_tag_or_none() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    for locale in [Some("zh-Hans"), Some("en"), None] {
        let account = fixture
            .accounts
            .change_locale(ada.id, locale, &visitor())
            .await
            .unwrap();
        assert_eq!(account.locale.as_deref(), locale);
    }
    for locale in [
        "",
        "en_US",
        "en-",
        "../../etc",
        "a-very-very-long-tag-that-nobody-needs",
    ] {
        let error = fixture
            .accounts
            .change_locale(ada.id, Some(locale), &visitor())
            .await
            .unwrap_err();
        assert!(matches!(error, AccountError::Locale), "{error:?}");
    }
}

#[tokio::test]
async fn a_new_address_has_to_be_confirmed_anew_and_the_old_one_logs_nobody_in() {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    let (accounts, by) = (&fixture.accounts, visitor());
    let changed = accounts
        .change_email(ada.id, Some("old@example.com"), &by)
        .await
        .unwrap();
    assert!(matches!(changed, EmailChanged::Changed(_)), "{changed:?}");
    let confirmed = accounts
        .confirm_email(ada.id, "old@example.com", &administrator())
        .await
        .unwrap();
    let EmailConfirmed::Confirmed(account) = confirmed else {
        panic!("{confirmed:?}");
    };
    let since = account.email_confirmed_at;
    assert_eq!(since, Some(super::NOW));
    fixture.clock.advance(std::time::Duration::from_secs(1));
    let again = accounts
        .confirm_email(ada.id, "old@example.com", &administrator())
        .await
        .unwrap();
    assert!(
        matches!(again, EmailConfirmed::Confirmed(account) if account.email_confirmed_at == since)
    );

    let changed = accounts
        .change_email(ada.id, Some("new@example.com"), &by)
        .await
        .unwrap();
    assert!(
        matches!(changed, EmailChanged::Changed(account) if account.email_confirmed_at.is_none())
    );
    for address in ["old@example.com", "new@example.com"] {
        assert!(
            accounts.find_by_name(address).await.unwrap().is_none(),
            "{address}"
        );
    }
    let stale = accounts
        .confirm_email(ada.id, "old@example.com", &administrator())
        .await
        .unwrap();
    assert!(matches!(stale, EmailConfirmed::NotItsAddress), "{stale:?}");
    let refused = accounts
        .change_email(ada.id, Some("nowhere"), &by)
        .await
        .unwrap();
    assert!(
        matches!(refused, EmailChanged::Refused(EmailProblem::NotAnAddress)),
        "{refused:?}"
    );
    let removed = accounts.change_email(ada.id, None, &by).await.unwrap();
    assert!(matches!(removed, EmailChanged::Changed(account) if account.email.is_none()));
}

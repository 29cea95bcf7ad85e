//! The tables: made once, brought up to date from every earlier version, and refused when they are newer or unreadable.

use countersign::AuthUser as _;
use countersign::accounts::{
    AccountError, AccountQuery, Accounts, AuditFilter, AuditKind, ForeignAccount, ImportOutcome,
};
use countersign::clock::Timestamp;
use countersign::session::SqliteOpenError;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

use super::{Fixture, PASSWORD, cheap, visitor};
use crate::sqlite::Folder;

/// A database as each version left it: the tables of accounts with one of each thing in them. A new version adds one.
const FIXTURES: [&str; 3] = [
    include_str!("version_1.sql"),
    include_str!("version_2.sql"),
    include_str!("version_3.sql"),
];

#[tokio::test]
async fn accounts_of_every_earlier_version_are_still_there() {
    for (fixture, version) in FIXTURES.into_iter().zip(1i64..) {
        let folder = Folder::new();
        let file = folder.fresh_file();
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        sqlx::raw_sql(fixture).execute(&pool).await.unwrap();
        let recorded = "SELECT version FROM countersign_schema WHERE component = 'accounts'";
        let found: i64 = sqlx::query_scalar(recorded).fetch_one(&pool).await.unwrap();
        assert_eq!(found, version);
        pool.close().await;

        let accounts = Accounts::open(&file).await.unwrap().passwords(cheap(8));
        let found: i64 = sqlx::query_scalar(recorded)
            .fetch_one(accounts.pool())
            .await
            .unwrap();
        assert_eq!(
            found,
            FIXTURES.len() as i64,
            "there is a fixture for each version"
        );
        let ada = accounts
            .find_by_name("ada@example.com")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (ada.name.as_str(), ada.locale.as_deref()),
            ("Ada", Some("en"))
        );
        // Before version 2, the audit alone knew it.
        let last_login = Timestamp::from_millis(1_800_000_002_000);
        assert_eq!(ada.last_login_at, Some(last_login));
        assert!(ada.has_role("editor") && ada.has_permission("reports:write"));
        assert!(
            accounts
                .authenticate("ada", PASSWORD, &visitor())
                .await
                .unwrap()
                .is_some()
        );
        let bob = accounts.find_by_name("bob").await.unwrap().unwrap();
        assert!(!bob.is_active);
        assert_eq!(bob.last_login_at, None);
        let events = accounts
            .audit(AuditFilter {
                account: Some(bob.id),
                ..AuditFilter::default()
            })
            .await
            .unwrap();
        assert_eq!(events[0].kind, AuditKind::Disabled);
        let invitation = accounts.invitation(INVITATION).await.unwrap().unwrap();
        assert_eq!(invitation.roles, ["editor"]);
        let link = accounts.password_link(PASSWORD_LINK).await.unwrap();
        assert_eq!(
            link.map(|link| link.account.id),
            (version >= 2).then_some(ada.id)
        );
        let page = accounts.list(&AccountQuery::default()).await.unwrap();
        let names: Vec<_> = page
            .accounts
            .iter()
            .map(|line| line.account.name.as_str())
            .collect();
        assert_eq!((names, page.total), (vec!["Ada", "Bob"], 2));
        // Since version 3, whoever was brought in is known.
        let number_7 = [ForeignAccount::new("7")];
        let outcomes = accounts.import("shop.db", &visitor()).add(&number_7).await;
        assert_eq!(
            outcomes.unwrap()[0] == ImportOutcome::AddedBefore(bob.id),
            version >= 3
        );
        // The fixture's failure is of the day when it was made, and counts for ninety days.
        accounts.sign_in_history(ada.id, 10).await.unwrap();
    }
}

/// The token of the fixtures' invitation.
const INVITATION: &str = "AAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABw";

/// The token of the link that there is since version 2.
const PASSWORD_LINK: &str = "AAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACA";

#[tokio::test]
async fn tables_of_a_newer_version_are_refused_and_left_alone() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    sqlx::raw_sql("UPDATE countersign_schema SET version = 99 WHERE component = 'accounts'")
        .execute(fixture.pool())
        .await
        .unwrap();
    let before = fixture.dump(&[]).await;
    let error = Accounts::open(&fixture.file).await.unwrap_err();
    assert!(
        matches!(
            error,
            SqliteOpenError::NewerSchema {
                tables: "accounts",
                found: 99,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .contains("the tables of accounts have version 99"),
        "{error}"
    );
    assert_eq!(fixture.dump(&[]).await, before);
}

#[tokio::test]
async fn accounts_live_beside_an_applications_own_tables() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.fresh_file())
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO accounts (name) VALUES ('Ada')")
        .execute(&pool)
        .await
        .unwrap();
    let accounts = Accounts::from_pool(pool.clone()).await.unwrap();
    assert!(accounts.find_by_name("ada").await.unwrap().is_none());
    let foreign: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE tbl_name NOT LIKE 'countersign!_%' ESCAPE '!'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(foreign, ["accounts"]);
}

#[tokio::test]
async fn what_nobody_of_ours_wrote_is_an_error_and_no_panic() {
    for (damage, what) in [
        ("UPDATE countersign_accounts SET id = x'0102'", "account id"),
        ("UPDATE countersign_accounts SET name = x'FF'", "column"),
        ("UPDATE countersign_accounts SET stamp = ''", ""),
    ] {
        let fixture = Fixture::new().await;
        fixture.register("ada").await;
        let pragma = "PRAGMA ignore_check_constraints = ON";
        let strict = damage.contains("x'FF'");
        let mut connection = fixture.pool().acquire().await.unwrap();
        sqlx::raw_sql(pragma)
            .execute(&mut *connection)
            .await
            .unwrap();
        let done = sqlx::raw_sql(damage).execute(&mut *connection).await;
        drop(connection);
        if strict {
            assert!(done.is_err(), "the table takes texts alone");
            continue;
        }
        done.unwrap();
        let found = fixture.accounts.find_by_name("ada").await;
        if what.is_empty() {
            // A stamp that no session has: nobody is logged in by it.
            assert!(found.is_ok(), "{found:?}");
        } else {
            assert!(
                matches!(&found, Err(AccountError::Corrupt { what: found, .. }) if *found == what),
                "{found:?}"
            );
        }
    }
    for damage in [
        "UPDATE countersign_audit SET kind = 'unheard of'",
        "UPDATE countersign_audit SET actor_kind = 'ghost'",
        "UPDATE countersign_audit SET actor_kind = 'account', actor = 'not an id'",
        "UPDATE countersign_audit SET actor_kind = 'system', actor = NULL",
        "UPDATE countersign_audit SET address = 'nowhere'",
    ] {
        let fixture = Fixture::new().await;
        fixture.register("ada").await;
        sqlx::raw_sql(damage).execute(fixture.pool()).await.unwrap();
        let events = fixture.accounts.audit(AuditFilter::default()).await;
        assert!(
            matches!(events, Err(AccountError::Corrupt { .. })),
            "{damage}: {events:?}"
        );
    }
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await;
    sqlx::raw_sql("UPDATE countersign_accounts SET password_hash = 'not a hash'")
        .execute(fixture.pool())
        .await
        .unwrap();
    let before = fixture.passwords.statistics().verifications;
    assert!(
        fixture
            .accounts
            .authenticate("ada", PASSWORD, &visitor())
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(fixture.passwords.statistics().verifications, before + 1);
    assert!(ada.password_hash().unwrap().starts_with("$argon2id$"));
}

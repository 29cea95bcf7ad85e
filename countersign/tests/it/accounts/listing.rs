//! Accounts in pages: found, filtered, sorted, and each of them once.

use std::time::Duration;

use countersign::accounts::{
    Account, AccountPage, AccountQuery, AccountSort, NewAccount, Registered,
};

use super::logins::log_in;
use super::{Fixture, PASSWORD, administrator, created, register};

async fn listed(fixture: &Fixture, query: &AccountQuery) -> Vec<String> {
    names_of(&fixture.accounts.list(query).await.unwrap())
}

fn names_of(page: &AccountPage) -> Vec<String> {
    let names = page.accounts.iter().map(|line| line.account.name.clone());
    names.collect()
}

/// Accounts of these names, each made a second after the one before.
async fn with(names: &[&str]) -> (Fixture, Vec<Account>) {
    let fixture = Fixture::new().await;
    let mut accounts = Vec::new();
    for name in names {
        accounts.push(fixture.register(name).await);
        fixture.clock.advance(Duration::from_secs(1));
    }
    (fixture, accounts)
}

fn searching(text: &str) -> AccountQuery {
    AccountQuery {
        search: Some(text.to_owned()),
        ..AccountQuery::default()
    }
}

#[tokio::test]
async fn a_part_of_a_name_is_found_in_any_spelling_and_stands_for_itself() {
    let (fixture, _) = with(&["Straße", "ada_lovelace", "adaXlovelace", "Bob"]).await;
    for (search, found) in [
        ("STRASS", vec!["Straße"]),
        (" ｓtraß", vec!["Straße"]),
        ("LOVE", vec!["ada_lovelace", "adaXlovelace"]),
        ("a_l", vec!["ada_lovelace"]),
        ("%", vec![]),
        ("' OR 1=1 --", vec![]),
        ("  ", vec!["ada_lovelace", "adaXlovelace", "Bob", "Straße"]),
    ] {
        let page = fixture.accounts.list(&searching(search)).await.unwrap();
        assert_eq!(names_of(&page), found, "{search}");
        assert_eq!(page.total, found.len() as u64, "{search}");
    }
    assert!(
        listed(&fixture, &searching(&"x".repeat(1 << 20)))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_part_of_an_address_is_found_in_any_spelling() {
    let fixture = Fixture::new().await;
    for (name, email) in [
        ("one", "Ada+list@Bücher.example"),
        ("two", "bob@example.org"),
    ] {
        let mut new = NewAccount::new(name, PASSWORD);
        new.email = Some(email);
        created(register(&fixture.accounts, new).await);
    }
    for (search, found) in [
        ("ADA+", vec!["one"]),
        ("ada+list@bücher.example", vec!["one"]),
        ("List@BÜCHER.example", vec!["one"]),
        ("@bücher.example", vec!["one"]),
        ("@example", vec!["two"]),
        ("example", vec!["one", "two"]),
        ("ada_list", vec![]),
    ] {
        assert_eq!(
            listed(&fixture, &searching(search)).await,
            found,
            "{search}"
        );
    }
}

#[tokio::test]
async fn filters_are_all_held_to() {
    let (fixture, accounts) = with(&["ada", "adam", "bob", "eve"]).await;
    let by = administrator();
    for account in &accounts[..3] {
        let all = fixture.accounts.grant_role(account.id, "editor", &by);
        assert!(all.await.unwrap());
    }
    for account in &accounts[1..3] {
        assert!(fixture.accounts.disable(account.id, &by).await.unwrap());
    }
    let query = |active, role: Option<&str>, search: Option<&str>| AccountQuery {
        active,
        role: role.map(str::to_owned),
        search: search.map(str::to_owned),
        ..AccountQuery::default()
    };
    for (query, found) in [
        (query(Some(true), None, None), vec!["ada", "eve"]),
        (query(Some(false), None, None), vec!["adam", "bob"]),
        (
            query(None, Some("editor"), None),
            vec!["ada", "adam", "bob"],
        ),
        (query(Some(false), Some("editor"), Some("AD")), vec!["adam"]),
        (query(None, Some("edito"), None), vec![]),
    ] {
        let page = fixture.accounts.list(&query).await.unwrap();
        assert_eq!(names_of(&page), found, "{query:?}");
        assert_eq!(page.total, found.len() as u64, "{query:?}");
    }
}

#[tokio::test]
async fn many_names_are_found_at_once_and_those_of_deleted_accounts_are_not() {
    let (fixture, accounts) = with(&["ada", "bob"]).await;
    let accounts_themselves = &fixture.accounts;
    let (ada, bob) = (accounts[0].id, accounts[1].id);
    assert!(accounts_themselves.names([]).await.unwrap().is_empty());
    // More than one statement of SQLite's takes.
    let nobody = |number| {
        format!("0190163d-8694-739b-aea5-{number:012x}")
            .parse()
            .unwrap()
    };
    let many = (0..40_000).map(nobody);
    let names = accounts_themselves.names(many.chain([ada, bob, ada]));
    let names = names.await.unwrap();
    assert_eq!(names.len(), 2);
    assert_eq!((&*names[&ada], &*names[&bob]), ("ada", "bob"));
    accounts_themselves
        .delete(bob, &administrator())
        .await
        .unwrap();
    assert!(
        !accounts_themselves
            .names([bob])
            .await
            .unwrap()
            .contains_key(&bob)
    );
}

#[tokio::test]
async fn a_line_has_roles_the_last_login_and_the_live_sessions() {
    let (fixture, accounts) = with(&["ada", "bob"]).await;
    let (first, second) = (fixture.browser(), fixture.browser());
    log_in(&first, "ada").await;
    fixture.clock.advance(Duration::from_secs(60));
    log_in(&second, "ada").await;
    let last_login = fixture.clock_now();
    fixture.clock.advance(Duration::from_secs(60));
    fixture
        .accounts
        .grant_role(accounts[0].id, "editor", &administrator())
        .await
        .unwrap();
    let page = fixture
        .accounts
        .list(&AccountQuery::default())
        .await
        .unwrap();
    let [ada, bob] = &page.accounts[..] else {
        panic!("{page:?}");
    };
    assert_eq!(ada.account.roles(), ["editor"]);
    assert_eq!(ada.account.last_login_at, Some(last_login));
    assert_eq!((ada.sessions, bob.sessions), (2, 0));
    assert_eq!(bob.account.last_login_at, None);
    first.post("/logout", &[]).await;
    let page = fixture
        .accounts
        .list(&AccountQuery::default())
        .await
        .unwrap();
    assert_eq!(page.accounts[0].sessions, 1);
    // What a command verifies counts too.
    let by = super::visitor();
    let found = fixture.accounts.authenticate("bob", PASSWORD, &by).await;
    assert!(found.unwrap().is_some());
    let bob = fixture
        .accounts
        .find(accounts[1].id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(bob.last_login_at, Some(fixture.clock_now()));
}

#[tokio::test]
async fn pages_of_every_order_lead_through_all_accounts_and_back() {
    let names: Vec<String> = (0..23)
        .map(|number| format!("name {:02}", number * 7 % 23))
        .collect();
    let all_names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (fixture, accounts) = with(&all_names[..20]).await;
    // Several of one moment: their ids decide.
    for name in &all_names[20..] {
        fixture.register(name).await;
    }
    for account in accounts.iter().step_by(3) {
        let by = super::visitor();
        let found = fixture.accounts.authenticate(&account.name, PASSWORD, &by);
        assert!(found.await.unwrap().is_some());
        if account.name.as_str() < "name 12" {
            fixture.clock.advance(Duration::from_secs(1));
        }
    }
    for sort in AccountSort::ALL {
        for descending in [false, true] {
            let mut query = AccountQuery {
                sort: *sort,
                descending,
                limit: 1_000,
                ..AccountQuery::default()
            };
            let all = listed(&fixture, &query).await;
            assert_eq!(all.len(), 23);
            query.limit = 5;
            let mut forward = Vec::new();
            let mut last = loop {
                let page = fixture.accounts.list(&query).await.unwrap();
                assert_eq!(page.total, 23);
                assert_eq!(page.previous.is_some(), !forward.is_empty());
                forward.extend(names_of(&page));
                match &page.next {
                    // As it comes back in an address.
                    Some(next) => query.page = Some(next.to_string().parse().unwrap()),
                    None => break page,
                }
            };
            assert_eq!(forward, all, "{sort:?} {descending}");
            let mut backward = names_of(&last);
            while let Some(previous) = last.previous {
                query.page = Some(previous);
                last = fixture.accounts.list(&query).await.unwrap();
                backward.splice(0..0, names_of(&last));
            }
            assert_eq!(backward, all, "{sort:?} {descending}");
            let opposite = AccountQuery {
                sort: *sort,
                descending: !descending,
                limit: 1_000,
                ..AccountQuery::default()
            };
            let mut reversed = listed(&fixture, &opposite).await;
            reversed.reverse();
            assert_eq!(reversed, all);
        }
    }
    let by_creation = AccountQuery {
        sort: AccountSort::Created,
        limit: 20,
        ..AccountQuery::default()
    };
    assert_eq!(listed(&fixture, &by_creation).await, all_names[..20]);
}

#[tokio::test]
async fn no_account_is_shown_twice_or_left_out_while_others_come_and_go() {
    let (fixture, accounts) = with(&["b", "d", "f", "h", "j"]).await;
    let mut query = AccountQuery {
        limit: 2,
        ..AccountQuery::default()
    };
    let first = fixture.accounts.list(&query).await.unwrap();
    assert_eq!(names_of(&first), ["b", "d"]);
    // The account at which the first page ended goes, and others come on both sides.
    fixture
        .accounts
        .delete(accounts[1].id, &administrator())
        .await
        .unwrap();
    for name in ["a", "c", "e"] {
        fixture.register(name).await;
    }
    query.page = first.next;
    let second = fixture.accounts.list(&query).await.unwrap();
    assert_eq!(names_of(&second), ["e", "f"]);
    query.page = second.previous;
    let before = fixture.accounts.list(&query).await.unwrap();
    assert_eq!(names_of(&before), ["b", "c"]);
    assert_eq!(before.total, 7);
    query.page = second.next;
    let third = fixture.accounts.list(&query).await.unwrap();
    assert_eq!(names_of(&third), ["h", "j"]);
    assert!(third.next.is_none());
}

#[tokio::test]
async fn a_limit_of_none_or_of_millions_is_a_limit() {
    let (fixture, _) = with(&["a", "b"]).await;
    for (limit, lines) in [(0, 1), (u32::MAX, 2)] {
        let query = AccountQuery {
            limit,
            ..AccountQuery::default()
        };
        assert_eq!(listed(&fixture, &query).await.len(), lines);
    }
    let new = NewAccount::new("c", PASSWORD);
    let made = fixture.accounts.register(new, &administrator()).await;
    assert!(matches!(made.unwrap(), Registered::Created(_)));
}

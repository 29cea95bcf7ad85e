use std::time::Duration;

use countersign::testing::Page;
use serde_json::{Value, json};

use super::{Office, get_json, system};

fn kinds(list: &Value) -> Vec<&str> {
    let events = list["events"].as_array().unwrap().iter();
    events
        .map(|event| event["kind"].as_str().unwrap())
        .collect()
}

fn lines(page: &Page) -> usize {
    assert_eq!(page.status, 200, "{}", page.text);
    page.text.matches("<li class=\"panel\">").count()
}

#[tokio::test]
async fn the_audit_is_filtered_by_everything_that_stands_in_it() {
    let office = Office::open().await;
    office.app.clock.advance(Duration::from_secs(24 * 3_600));
    office.app.registered("ada").await;
    let id = office.id("ada").await;
    crate::pages::log_in(&office.grace, "Grace", crate::pages::PASSWORD).await;
    office.act("ada", "grant-role", &[("role", "editor")]).await;
    let grace = office.id("grace").await;

    for (query, expected) in [
        (
            format!("account={id}"),
            &["role_granted", "logged_in", "registered"][..],
        ),
        ("account=ADA&kind=logged_in".to_owned(), &["logged_in"]),
        (
            "kind=role_granted".to_owned(),
            &["role_granted", "role_granted"],
        ),
        (
            format!("actor_kind=administrator&actor={grace}"),
            &["role_granted"],
        ),
        (
            "actor_kind=administrator&actor=grace".to_owned(),
            &["role_granted"],
        ),
        ("actor_kind=account&actor=ada".to_owned(), &["logged_in"]),
        (
            "actor_kind=system&actor=a+test".to_owned(),
            &["role_granted"],
        ),
        (
            "actor_kind=anonymous&account=ada".to_owned(),
            &["registered"],
        ),
        (
            "from=127.0.0.0/8&account=ada".to_owned(),
            &["role_granted", "logged_in", "registered"],
        ),
        (
            "from=127.0.0.1&kind=registered".to_owned(),
            &["registered", "registered"],
        ),
        ("from=192.0.2.0/24".to_owned(), &[]),
        (
            "since=2023-11-15&kind=registered".to_owned(),
            &["registered"],
        ),
        (
            "until=2023-11-14&kind=registered".to_owned(),
            &["registered"],
        ),
        (
            "until=2023-11-15&kind=registered".to_owned(),
            &["registered", "registered"],
        ),
        ("since=2023-11-16".to_owned(), &[]),
        (
            "account=&kind=&actor_kind=&actor=&from=&since=&until=&before=".to_owned(),
            &[
                "role_granted",
                "logged_in",
                "logged_in",
                "registered",
                "role_granted",
                "logged_in",
                "registered",
            ],
        ),
    ] {
        let path = format!("/admin/audit?{query}");
        let (status, list) = get_json(&office.grace, &path).await;
        assert_eq!(status, 200, "{query}: {list}");
        let found = kinds(&list)
            .into_iter()
            .filter(|kind| *kind != "logged_out");
        assert_eq!(found.collect::<Vec<_>>(), expected, "{query}");
    }
    let page = office
        .grace
        .get(&format!("/admin/audit?account={id}"))
        .await;
    assert_eq!(lines(&page), 3);
    assert!(
        page.text
            .contains("Role given <code class=\"detail\">editor</code>"),
        "{}",
        page.text
    );
    let empty = office.grace.get("/admin/audit?from=192.0.2.0/24").await;
    assert!(empty.text.contains("Nothing like this was done."));
}

#[tokio::test]
async fn an_event_names_who_did_it_by_id() {
    let office = Office::open().await;
    office.app.registered("ada").await;
    office.act("ada", "disable", &[]).await;
    let (grace, ada) = (office.id("grace").await, office.id("ada").await);
    let (_, list) = get_json(&office.grace, "/admin/audit?kind=disabled").await;
    let event = &list["events"][0];
    assert_eq!(
        (&event["actor_kind"], &event["actor"]),
        (&json!("administrator"), &json!(grace.to_string()))
    );
    assert_eq!(
        (&event["user"], &event["address"]),
        (&json!(ada.to_string()), &json!("127.0.0.1"))
    );
    // A name that changes changes nothing about who it was.
    let renamed = office
        .app
        .accounts
        .rename(grace, "Hopper", &system())
        .await
        .unwrap();
    assert!(matches!(
        renamed,
        countersign::accounts::Renamed::Renamed(_)
    ));
    let page = office
        .grace
        .get("/admin/audit?actor_kind=administrator&actor=hopper")
        .await;
    assert!(
        page.text.contains("Account disabled") && page.text.contains("<bdi>Hopper</bdi></a>"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_long_audit_is_turned_page_by_page() {
    let office = Office::open().await;
    for number in 0..70 {
        let role = format!("role{number}");
        office
            .app
            .accounts
            .define_role(&role, ["read"], &system())
            .await
            .unwrap();
    }
    let first = office.grace.get("/admin/audit?kind=role_defined").await;
    assert_eq!(lines(&first), 50);
    assert!(!first.text.contains("Back to the latest"));
    let (_, rest) = first.text.split_once("rel=\"next\" href=\"").unwrap();
    let next = rest
        .split_once('"')
        .unwrap()
        .0
        .replace("&amp;", "&")
        .replace("&#x2f;", "/");
    let second = office.grace.get(&next).await;
    assert_eq!(lines(&second), 20);
    assert!(second.text.contains("Back to the latest") && !second.text.contains("rel=\"next\""));
    assert!(second.text.contains("role0</code>") && !second.text.contains("role69</code>"));
}

#[tokio::test]
async fn what_the_audit_can_not_be_asked_for_is_refused_in_words() {
    let office = Office::open().await;
    for (query, field, words) in [
        (
            "account=nobody",
            "account",
            "There is no account of this name.",
        ),
        ("kind=party", "kind", "There is no such choice."),
        ("actor_kind=boss", "actor_kind", "There is no such choice."),
        ("actor_kind=account", "actor", "Say who that is."),
        (
            "actor_kind=account&actor=nobody",
            "actor",
            "There is no account of this name.",
        ),
        (
            "actor=grace",
            "actor_kind",
            "Choose first what he did it as.",
        ),
        (
            "from=here",
            "from",
            "An address or a network is written like",
        ),
        (
            "since=yesterday",
            "since",
            "A day is written like 2026-01-31.",
        ),
        (
            "until=2023-02-30",
            "until",
            "A day is written like 2026-01-31.",
        ),
    ] {
        for path in ["/admin/audit", "/admin/audit.csv", "/admin/audit.jsonl"] {
            let page = office.grace.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status, 422, "{query}");
            let error = format!("id=\"{field}-error\">{words}");
            assert!(page.text.contains(&error), "{error} in {}", page.text);
            let (status, problem) = get_json(&office.grace, &format!("{path}?{query}")).await;
            let pointer = json!(format!("#/{field}"));
            assert_eq!(
                (status, &problem["errors"][0]["pointer"]),
                (422, &pointer),
                "{query}"
            );
        }
    }
}

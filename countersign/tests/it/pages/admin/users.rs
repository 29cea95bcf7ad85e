use std::time::Duration;

use countersign::testing::Page;
use serde_json::json;

use super::{Office, get_json, system};

/// The names that a page lists, in its order.
fn names(page: &Page) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.text);
    let list = page.text.split("<li class=\"panel\">").skip(1);
    list.map(|line| {
        let (_, rest) = line.split_once("<bdi>").unwrap();
        rest.split_once("</bdi>").unwrap().0.to_owned()
    })
    .collect()
}

#[tokio::test]
async fn users_are_searched_filtered_and_sorted() {
    let office = Office::open().await;
    office.app.clock.advance(Duration::from_secs(60));
    office.app.registered("ada").await;
    office.app.clock.advance(Duration::from_secs(60));
    office.app.registered("Adam").await;
    let accounts = &office.app.accounts;
    accounts
        .disable(office.id("adam").await, &system())
        .await
        .unwrap();
    accounts
        .grant_role(office.id("ada").await, "editor", &system())
        .await
        .unwrap();

    for (query, expected) in [
        ("", &["ada", "Adam", "Grace"][..]),
        ("?search=AD", &["ada", "Adam"]),
        ("?search=%25", &[]),
        ("?state=disabled", &["Adam"]),
        ("?state=active&search=ad", &["ada"]),
        ("?role=editor", &["ada"]),
        ("?role=nobody-has-it", &[]),
        ("?sort=-name", &["Grace", "Adam", "ada"]),
        ("?sort=created", &["Grace", "ada", "Adam"]),
        ("?sort=-last-login", &["Adam", "ada", "Grace"]),
        (
            "?search=&state=&role=&sort=&page=",
            &["ada", "Adam", "Grace"],
        ),
    ] {
        let page = office.grace.get(&format!("/admin/users{query}")).await;
        assert_eq!(names(&page), expected, "{query}");
    }
    let page = office
        .grace
        .get("/admin/users?search=ad&state=disabled&sort=-name")
        .await;
    assert!(
        page.text
            .contains("name=\"search\" type=\"text\" value=\"ad\"")
    );
    assert!(page.text.contains("<option value=\"disabled\" selected>"));
    assert!(page.text.contains("<option value=\"-name\" selected>"));
    assert!(page.text.contains("One user was found."));

    let (status, list) = get_json(&office.grace, "/admin/users?search=ada").await;
    assert_eq!((status, &list["total"]), (200, &json!(2)));
    let ada = &list["users"][0];
    assert_eq!(
        (&ada["name"], &ada["roles"], &ada["is_active"]),
        (&json!("ada"), &json!(["editor"]), &json!(true))
    );
    assert_eq!(
        (&ada["sessions"], &ada["last_login_at"]),
        (&json!(1), &json!("2023-11-14T22:14:20Z"))
    );
    assert_eq!(list["users"][1]["is_active"], false);
    assert_eq!(
        (&list["previous"], &list["next"]),
        (&json!(null), &json!(null))
    );
}

#[tokio::test]
async fn many_users_are_turned_page_by_page_and_back() {
    let office = Office::open().await;
    for number in 0..60 {
        office
            .app
            .registered_by(&system(), &format!("user{number:02}"))
            .await;
    }
    let first = office.grace.get("/admin/users?search=user").await;
    let (previous, next) = ways(&first);
    assert_eq!(
        (names(&first).len(), &*names(&first)[0], previous),
        (50, "user00", None)
    );
    let second = office.grace.get(&next.unwrap()).await;
    let (previous, next) = ways(&second);
    assert_eq!(
        (names(&second).len(), &*names(&second)[0], next),
        (10, "user50", None)
    );
    assert!(second.text.contains("60 users were found."));
    let back = office.grace.get(&previous.unwrap()).await;
    assert_eq!(names(&back), names(&first));

    let (_, list) = get_json(&office.grace, "/admin/users?search=user").await;
    let next = list["next"].as_str().unwrap();
    let (_, list) = get_json(
        &office.grace,
        &format!("/admin/users?search=user&page={next}"),
    )
    .await;
    assert_eq!(list["users"].as_array().unwrap().len(), 10);
}

/// The addresses of the pages before and behind.
fn ways(page: &Page) -> (Option<String>, Option<String>) {
    let unescaped = |text: &str| text.replace("&#x2f;", "/").replace("&amp;", "&");
    let way = |relation: &str| {
        let (_, rest) = page
            .text
            .split_once(&format!("rel=\"{relation}\" href=\""))?;
        Some(unescaped(rest.split_once('"')?.0))
    };
    (way("prev"), way("next"))
}

#[tokio::test]
async fn what_can_not_be_asked_for_is_refused_in_words() {
    let office = Office::open().await;
    for (query, words, pointer, code) in [
        (
            "state=asleep",
            "id=\"state-error\">There is no such choice.",
            "#/state",
            "unknown",
        ),
        (
            "sort=size",
            "id=\"sort-error\">There is no such choice.",
            "#/sort",
            "unknown",
        ),
    ] {
        let page = office.grace.get(&format!("/admin/users?{query}")).await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains(words), "{}", page.text);
        let (status, problem) = get_json(&office.grace, &format!("/admin/users?{query}")).await;
        let error = &problem["errors"][0];
        assert_eq!(
            (status, &error["pointer"], &error["code"]),
            (422, &json!(pointer), &json!(code))
        );
    }
    for path in [
        "/admin/users?page=2",
        "/admin/sessions?page=e30",
        "/admin/audit?before=now",
    ] {
        let page = office.grace.get(path).await;
        assert_eq!(page.status, 422, "{path}");
        assert!(
            page.text.contains("role=\"alert\">There is no such page."),
            "{}",
            page.text
        );
        let (status, problem) = get_json(&office.grace, path).await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("bad_cursor")),
            "{path}"
        );
    }
    let page = office.grace.get("/admin/users?search=a&search=b").await;
    assert_eq!(page.status, 400);
    assert!(
        page.text.contains("What was sent could not be read."),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn what_is_looked_for_is_escaped() {
    let office = Office::open().await;
    let evil = "%3Cscript%3Ealert(1)%3C/script%3E%22%20autofocus%20x=%22";
    for path in [
        format!("/admin/users?search={evil}&role={evil}"),
        format!("/admin/users?state={evil}"),
        format!("/admin/audit?account={evil}&actor={evil}&from={evil}&since={evil}&kind={evil}"),
        format!("/admin?period={evil}"),
        format!("/admin/sessions?page={evil}"),
    ] {
        let page = office.grace.get(&path).await;
        assert!(!page.text.contains("<script>alert"), "{}", page.text);
        assert!(!page.text.contains("\" autofocus x="), "{}", page.text);
    }
}

use std::time::Duration;

use axum::body::Body;
use countersign::accounts::ADMINISTRATOR;
use countersign::testing::{Browser, Page};
use http::Method;
use serde_json::{Value, json};

use super::{Office, get_json, system};
use crate::pages::PASSWORD;

/// Every route below `/admin`: those that are described for programs, and the one that is a form and nothing else.
async fn routes(office: &Office) -> Vec<(Method, String)> {
    let page = office.app.browser().get("/openapi.json").await;
    let document: Value = serde_json::from_str(&page.text).unwrap();
    let ada = office.id("ada").await.to_string();
    let mut routes = vec![(Method::GET, "/admin/invite".to_owned())];
    for (path, item) in document["paths"].as_object().unwrap() {
        if path == "/admin" || path.starts_with("/admin/") {
            for method in item.as_object().unwrap().keys() {
                let method = method.to_uppercase().parse().unwrap();
                routes.push((method, path.replace("{id}", &ada)));
            }
        }
    }
    assert_eq!(routes.len(), 21, "{routes:?}");
    routes
}

async fn ask(browser: &Browser, method: &Method, path: &str, accept: &str) -> Page {
    let kind = match accept {
        "text/html" => "application/x-www-form-urlencoded",
        _ => "application/json",
    };
    let request = browser
        .request(method.clone(), path)
        .header("accept", accept)
        .header("content-type", kind);
    browser.send(request, Body::empty()).await
}

fn code(page: &Page) -> Value {
    let problem: Value = serde_json::from_str(&page.text).unwrap();
    problem["code"].clone()
}

fn encoded(path: &str) -> String {
    path.replace('/', "%2F")
}

#[tokio::test]
async fn nothing_is_for_strangers() {
    let office = Office::open().await;
    office.app.registered("ada").await;
    let before = office.events().await;
    for (method, path) in routes(&office).await {
        let what = format!("{method} {path}");
        let stranger = office.app.browser();
        let page = ask(&stranger, &method, &path, "text/html").await;
        match method {
            Method::GET => {
                let login = format!("/login?next={}", encoded(&path));
                assert_eq!(
                    (page.status.as_u16(), page.location()),
                    (303, &*login),
                    "{what}"
                );
            }
            _ => assert_eq!(page.status, 401, "{what}"),
        }
        let page = ask(&stranger, &method, &path, "application/json").await;
        assert_eq!(
            (page.status.as_u16(), code(&page)),
            (401, json!("not_logged_in")),
            "{what}"
        );
    }
    assert_eq!(office.events().await, before);
}

#[tokio::test]
async fn nothing_is_for_members_or_for_another_role() {
    let office = Office::open().await;
    let ada = office.app.registered("ada").await;
    let id = office.id("ada").await;
    for role in ["editor", "Administrator", "administrators"] {
        let granted = office.app.accounts.grant_role(id, role, &system()).await;
        assert!(granted.unwrap());
    }
    let before = office.events().await;
    for (method, path) in routes(&office).await {
        let what = format!("{method} {path}");
        let page = ask(&ada, &method, &path, "text/html").await;
        assert_eq!(page.status, 403, "{what}");
        assert!(
            page.text.contains("You are not allowed to do this."),
            "{}",
            page.text
        );
        let page = ask(&ada, &method, &path, "application/json").await;
        assert_eq!(
            (page.status.as_u16(), code(&page)),
            (403, json!("missing_role")),
            "{what}"
        );
    }
    assert_eq!(office.events().await, before);
    assert!(!ada.get("/account").await.text.contains("href=\"/admin\""));
    assert!(
        office
            .grace
            .get("/account")
            .await
            .text
            .contains("href=\"/admin\"")
    );
}

#[tokio::test]
async fn all_of_it_needs_a_fresh_login() {
    let office = Office::open().await;
    office.app.registered("ada").await;
    office.app.clock.advance(Duration::from_secs(16 * 60));
    let before = office.events().await;
    for (method, path) in routes(&office).await {
        let what = format!("{method} {path}");
        let page = ask(&office.grace, &method, &path, "application/json").await;
        assert_eq!(
            (page.status.as_u16(), code(&page)),
            (401, json!("not_fresh")),
            "{what}"
        );
        let page = ask(&office.grace, &method, &path, "text/html").await;
        // Who sent a form comes back to the page with the form.
        let back = match (&method, path.rsplit_once('/')) {
            (&Method::POST, Some((form, _))) if path != "/admin/invite" => form,
            _ => &path,
        };
        let confirm = format!("/confirm?next={}", encoded(back));
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, &*confirm),
            "{what}"
        );
    }
    assert_eq!(office.events().await, before);

    let confirm = "/confirm?next=%2Fadmin%2Fusers%3Fsearch%3Dad";
    let page = office.grace.get("/admin/users?search=ad").await;
    assert_eq!(page.location(), confirm);
    let back = office.grace.post(confirm, &[("password", PASSWORD)]).await;
    assert_eq!(back.location(), "/admin/users?search=ad");
    assert_eq!(office.grace.get(back.location()).await.status, 200);
}

#[tokio::test]
async fn a_fresh_administrator_sees_all_of_it() {
    let office = Office::open().await;
    office.app.registered("ada").await;
    for (method, path) in routes(&office).await {
        if method == Method::GET {
            for accept in ["text/html", "application/json"] {
                let page = ask(&office.grace, &method, &path, accept).await;
                assert_eq!(page.status, 200, "{path}");
                assert_eq!(page.header("cache-control"), "no-store", "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_of_another_site_can_do_nothing() {
    let office = Office::open().await;
    office.app.registered("ada").await;
    let before = office.events().await;
    for (method, path) in routes(&office).await {
        if method == Method::POST {
            let foreign = office
                .grace
                .clone()
                .with_header("sec-fetch-site", "cross-site");
            let page = ask(&foreign, &method, &path, "text/html").await;
            assert_eq!(page.status, 403, "{path}");
            assert!(
                page.text.contains("a page of another site"),
                "{}",
                page.text
            );
        }
    }
    assert_eq!(office.events().await, before);
}

#[tokio::test]
async fn a_role_that_is_taken_away_and_a_session_that_is_ended_count_at_once() {
    let office = Office::open().await;
    let (grace, accounts) = (office.id("Grace").await, &office.app.accounts);
    assert_eq!(office.grace.get("/admin").await.status, 200);
    accounts
        .revoke_role(grace, ADMINISTRATOR, &system())
        .await
        .unwrap();
    assert_eq!(office.grace.get("/admin").await.status, 403);
    accounts
        .grant_role(grace, ADMINISTRATOR, &system())
        .await
        .unwrap();
    assert_eq!(office.grace.get("/admin").await.status, 200);
    accounts.end_all_sessions(grace, &system()).await.unwrap();
    let page = office.grace.get("/admin").await;
    assert_eq!(page.location(), "/login?next=%2Fadmin");
}

#[tokio::test]
async fn what_is_no_account_is_nowhere() {
    let office = Office::open().await;
    let unknown = "0190163d-8694-739b-aea5-966c26f8ad91";
    for id in [unknown, "7", "grace", "%ff", "%00", "..%2F..%2Flogin"] {
        let page = office.grace.get(&format!("/admin/users/{id}")).await;
        assert_eq!(page.status, 404, "{id}");
        assert!(
            page.text.contains("There is nothing at this address."),
            "{}",
            page.text
        );
        let (status, problem) = get_json(&office.grace, &format!("/admin/users/{id}")).await;
        assert_eq!(
            (status, &problem["code"]),
            (404, &json!("no_such_account")),
            "{id}"
        );
        for (action, fields) in [
            ("grant-role", &[("role", "editor")][..]),
            ("revoke-role", &[("role", "editor")]),
            ("end-session", &[("session", unknown)]),
            ("end-sessions", &[]),
            ("disable", &[]),
            ("enable", &[]),
            ("unlock", &[]),
            ("password-link", &[]),
            ("delete", &[("name", "grace")]),
        ] {
            let page = office
                .grace
                .post(&format!("/admin/users/{id}/{action}"), fields)
                .await;
            assert_eq!(page.status, 404, "{id} {action}");
        }
    }
    assert_eq!(office.grace.get("/admin/nothing").await.status, 404);
    assert_eq!(office.grace.get("/admin/sessions/end").await.status, 405);
}

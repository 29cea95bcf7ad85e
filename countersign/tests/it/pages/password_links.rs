use std::time::Duration;

use axum::Router;
use axum::routing::get;
use countersign::PublicUrl;
use countersign::accounts::{AuditFilter, AuditKind, PasswordLinkToken};
use countersign::pages::{OneTimeLink, Templates};
use countersign::testing::{Browser, Page};
use serde_json::json;

use super::json::{get as get_json, post as post_json};
use super::{PASSWORD, PagesApp, log_in, once_there_is_room, system, who};

const COOKIE: &str = "countersign-password-link";
const NEW: &str = "wrong cow power supply pin";

async fn make_link(app: &PagesApp, name: &str) -> String {
    let account = app.account(name).await.unwrap();
    let token = app.accounts.make_password_link(account.id, &system()).await;
    token.unwrap().reveal()
}

async fn open(browser: &Browser, token: &str) -> Page {
    let sent = browser.get(&format!("/set-password?token={token}")).await;
    assert_eq!(
        (sent.status.as_u16(), sent.location()),
        (303, "/set-password")
    );
    browser.get("/set-password").await
}

async fn set(browser: &Browser, token: &str, password: &str) -> Page {
    let fields = [("token", token), ("new_password", password)];
    browser.post("/set-password", &fields).await
}

async fn counts(app: &PagesApp, token: &str) -> bool {
    app.accounts.password_link(token).await.unwrap().is_some()
}

#[tokio::test]
async fn whoever_has_the_link_sets_the_password_and_logs_in_with_it() {
    let app = PagesApp::new().await;
    let old = app.registered("Ada").await;
    let token = make_link(&app, "ada").await;
    let browser = app.browser();
    for _ in 0..2 {
        let page = open(&browser, &token).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("<bdi>Ada</bdi>"), "{}", page.text);
        assert!(page.text.contains("2023-11-15T22:13:20Z"), "{}", page.text);
        assert_eq!(page.text.matches(&token).count(), 1, "in the form alone");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(counts(&app, &token).await);
    }
    assert_eq!(
        browser.cookie("countersign"),
        None,
        "looking begins no session"
    );

    let done = set(&browser, &token, NEW).await;
    assert_eq!(
        (done.status.as_u16(), done.location()),
        (303, "/login?password=set")
    );
    assert_eq!(browser.cookie(COOKIE), None);
    assert_eq!(who(&browser).await, None, "nobody is logged in by a link");
    let login = browser.get(done.location()).await;
    assert!(login.text.contains("Your password is set. Log in with it."));
    assert_eq!(who(&old).await, None, "all sessions are ended");
    assert_eq!(log_in(&browser, "ada", PASSWORD).await.status, 401);
    assert_eq!(log_in(&browser, "ada", NEW).await.status, 303);

    let ada = app.account("ada").await.unwrap();
    let filter = AuditFilter {
        account: Some(ada.id),
        kinds: vec![AuditKind::PasswordSetByLink],
        ..AuditFilter::default()
    };
    assert_eq!(app.accounts.audit(filter).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_password_that_is_refused_does_not_use_the_link_up() {
    let app = PagesApp::new().await;
    app.registered("Ada").await;
    let token = make_link(&app, "ada").await;
    let browser = app.browser();
    for (password, sentence) in [
        ("short", "has 5 characters and needs at least 15"),
        ("passwordpassword", "attackers try first"),
        ("", "needs at least 15"),
    ] {
        let page = set(&browser, &token, password).await;
        assert_eq!(page.status, 422);
        let (_, error) = page.text.split_once("id=\"new_password-error\">").unwrap();
        assert!(error.split_once("</p>").unwrap().0.contains(sentence));
        assert!(page.text.contains("<bdi>Ada</bdi>") && page.text.contains(&token));
        assert!(counts(&app, &token).await);
    }
    assert_eq!(set(&browser, &token, NEW).await.status, 303);
}

#[tokio::test]
async fn who_is_logged_in_does_not_matter() {
    let app = PagesApp::new().await;
    let ada = app.registered("Ada").await;
    let bob = app.registered("Bob").await;
    let token = make_link(&app, "ada").await;
    let page = open(&bob, &token).await;
    assert!(page.text.contains("<strong><bdi>Ada</bdi></strong>"));
    assert_eq!(set(&bob, &token, NEW).await.location(), "/account");
    let account = bob.get("/account").await;
    assert!(account.text.contains("<h1><bdi>Bob</bdi></h1>"));
    assert!(
        account
            .text
            .contains("The password is set, and all sessions of that account")
    );
    assert_eq!(who(&ada).await, None);

    log_in(&ada, "ada", NEW).await;
    let token = make_link(&app, "ada").await;
    open(&ada, &token).await;
    let done = set(&ada, &token, PASSWORD).await;
    assert_eq!(done.location(), "/login?password=set");
    assert_eq!(ada.cookie("countersign"), None);
    assert!(
        ada.get(done.location())
            .await
            .text
            .contains("Your password is set.")
    );
    assert_eq!(log_in(&ada, "ada", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn links_that_do_not_count_look_the_same_and_cost_no_hash() {
    let app = PagesApp::new().await;
    for name in ["ada", "bob", "cleo", "dora", "emil", "fritz"] {
        app.registered(name).await;
    }
    let id = async |name| app.account(name).await.unwrap().id;
    let used = make_link(&app, "ada").await;
    set(&app.browser(), &used, NEW).await;
    let disabled = make_link(&app, "bob").await;
    app.accounts
        .disable(id("bob").await, &system())
        .await
        .unwrap();
    let deleted = make_link(&app, "cleo").await;
    app.accounts
        .delete(id("cleo").await, &system())
        .await
        .unwrap();
    let replaced = make_link(&app, "dora").await;
    let newer = make_link(&app, "dora").await;
    let changed = make_link(&app, "emil").await;
    let by = system();
    let change = app.accounts.set_password(id("emil").await, NEW, &by);
    drop(change.await.unwrap());
    let invitation = app
        .accounts
        .invite_administrator(&system())
        .await
        .unwrap()
        .reveal();
    let made_up = format!("{}x", &used[..45]);

    let first = app.browser().get("/set-password").await;
    assert_eq!(first.status, 404);
    assert!(first.text.contains("This link does not work"));
    let before = app.passwords.statistics().hashes;
    for token in [
        &used,
        &disabled,
        &deleted,
        &replaced,
        &changed,
        &invitation,
        &made_up,
        "",
        "x%22",
    ] {
        let browser = app.browser();
        let page = open(&browser, token).await;
        assert_eq!(
            (page.status, &page.text),
            (first.status, &first.text),
            "{token}"
        );
        assert_eq!(browser.cookie(COOKIE), None);
        for password in [NEW, "short"] {
            let page = set(&browser, token, password).await;
            assert_eq!((page.status, &page.text), (first.status, &first.text));
        }
    }
    assert_eq!(app.passwords.statistics().hashes, before);
    assert!(
        app.accounts
            .invitation(&invitation)
            .await
            .unwrap()
            .is_some()
    );

    assert!(counts(&app, &newer).await);
    let late = make_link(&app, "fritz").await;
    app.clock
        .advance(PasswordLinkToken::LASTS - Duration::from_millis(1));
    assert_eq!(open(&app.browser(), &late).await.status, 200);
    app.clock.advance(Duration::from_millis(1));
    assert_eq!(open(&app.browser(), &late).await.text, first.text);
    assert_eq!(set(&app.browser(), &late, NEW).await.status, 404);
}

#[tokio::test]
async fn of_two_who_race_one_sets_the_password() {
    let app = PagesApp::new().await;
    app.registered("ada").await;
    let token = make_link(&app, "ada").await;
    let attempts = (0..4).map(|number| {
        let (browser, token) = (app.browser(), token.clone());
        tokio::spawn(async move {
            let password = format!("{NEW} {number}");
            let page = once_there_is_room(|| set(&browser, &token, &password)).await;
            (page, password)
        })
    });
    let mut taken = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        let (page, password) = attempt.await.unwrap();
        match page.status.as_u16() {
            303 => taken.push(password),
            404 => assert!(page.text.contains("This link does not work")),
            status => panic!("{status}: {}", page.text),
        }
    }
    let [password] = &taken[..] else {
        panic!("{taken:?}")
    };
    assert_eq!(log_in(&app.browser(), "ada", password).await.status, 303);
}

#[tokio::test]
async fn programs_set_passwords_too() {
    let app = PagesApp::new().await;
    app.registered("Ada").await;
    let token = make_link(&app, "ada").await;
    let program = app.browser();
    let address = format!("/set-password?token={token}");
    let details = json!({ "name": "Ada", "ends_at": "2023-11-15T22:13:20Z" });
    assert_eq!(get_json(&program, &address).await, (200, details));
    let body = |password| json!({ "token": token, "new_password": password });
    let (status, problem) = post_json(&program, "/set-password", body("short")).await;
    assert_eq!(status, 422);
    assert_eq!(problem["errors"][0]["pointer"], "#/new_password");
    assert_eq!(problem["errors"][0]["code"], "too_short");
    assert_eq!(post_json(&program, "/set-password", body(NEW)).await.0, 204);
    for (status, problem) in [
        post_json(&program, "/set-password", body(NEW)).await,
        get_json(&program, &address).await,
    ] {
        assert_eq!((status, &problem["code"]), (404, &json!("no_such_link")));
    }
}

#[tokio::test]
async fn links_lead_to_where_the_site_is() {
    let app = PagesApp::new().await;
    app.registered("ada").await;
    let accounts = app.accounts.clone();
    let link = async move |templates: Templates| {
        let user = templates.auth().current_user().await.unwrap().unwrap();
        let token = accounts.make_password_link(user.id, &system()).await;
        templates.password_link(&token.unwrap()).reveal().to_owned()
    };
    let router = |pages: &countersign::pages::Pages| -> Router {
        Router::new()
            .route("/link", get(link.clone()))
            .merge(pages.routes())
            .layer(pages.layer())
    };
    let browser = Browser::new(router(&app.pages)).with_header("host", "127.0.0.1:3000");
    log_in(&browser, "ada", PASSWORD).await;
    let local = browser.get("/link").await.text;
    let start = "http://127.0.0.1:3000/set-password?token=";
    assert!(local.starts_with(start), "{local}");
    let path = local.strip_prefix("http://127.0.0.1:3000").unwrap();
    assert_eq!(browser.get(path).await.location(), "/set-password");
    assert_eq!(browser.get("/set-password").await.status, 200);

    let manager = app.accounts.login_manager();
    let manager = manager.public_url("https://example.com:8443").unwrap();
    let public = app.accounts.pages().manager(manager).unwrap();
    let browser = Browser::new(router(&public)).with_header("host", "evil.example");
    let browser = browser.with_header("sec-fetch-site", "same-origin");
    log_in(&browser, "ada", PASSWORD).await;
    let link = browser.get("/link").await.text;
    assert!(
        link.starts_with("https://example.com:8443/set-password?token="),
        "{link}"
    );

    // Without a request.
    let site = PublicUrl::parse("http://127.0.0.1:3000").unwrap();
    let token = app.accounts.invite_administrator(&system()).await.unwrap();
    let link = OneTimeLink::invitation(&site, &token);
    let text = format!("http://127.0.0.1:3000/invitation?token={}", token.reveal());
    assert_eq!(link.reveal(), text);
    assert!(!format!("{link:?}").contains(&token.reveal()));
}

use std::time::Duration;

use axum::body::Body;
use countersign::AuthUser as _;
use countersign::accounts::{ADMINISTRATOR, Accounts, By, Invitation, Invited, Registration};
use countersign::testing::{Browser, Page};
use http::Method;
use serde_json::json;

use super::json::{get as get_json, post as post_json};
use super::{PASSWORD, PagesApp, log_in, once_there_is_room, system, who};

const COOKIE: &str = "countersign-invitation";

async fn site(registration: Registration) -> PagesApp {
    PagesApp::with(|accounts| accounts.registration(registration), |it| it).await
}

async fn invite(app: &PagesApp, roles: &[&str], by: &By) -> String {
    let invitation = Invitation {
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        ..Invitation::default()
    };
    match app.accounts.invite(invitation, by).await.unwrap() {
        Invited::Token(token) => token.reveal(),
        other => panic!("{other:?}"),
    }
}

async fn invite_administrator(app: &PagesApp) -> String {
    let invited = app.accounts.invite_administrator(&system()).await;
    invited.unwrap().reveal()
}

/// Opens a link, and follows it to its page.
async fn open(browser: &Browser, token: &str) -> Page {
    let sent = browser.get(&format!("/invitation?token={token}")).await;
    assert_eq!(
        (sent.status.as_u16(), sent.location()),
        (303, "/invitation")
    );
    browser.get("/invitation").await
}

async fn register(browser: &Browser, name: &str, password: &str, token: &str) -> Page {
    let fields = [
        ("username", name),
        ("password", password),
        ("invitation", token),
    ];
    browser.post("/register", &fields).await
}

async fn accept(browser: &Browser, token: &str) -> Page {
    browser.post("/invitation", &[("token", token)]).await
}

async fn still_counts(accounts: &Accounts, token: &str) -> bool {
    accounts.invitation(token).await.unwrap().is_some()
}

#[tokio::test]
async fn the_first_administrator_registers_where_nobody_else_may() {
    let app = site(Registration::Closed).await;
    let token = invite_administrator(&app).await;
    let browser = app.browser();
    let page = open(&browser, &token).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<h1>Become an administrator</h1>"));
    assert!(page.text.contains("2023-11-14T23:13:20Z"), "{}", page.text);
    assert!(page.text.contains("<input id=\"username\""));

    let refused = register(&browser, "Ada", "short", &token).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("<h1>Become an administrator</h1>"));
    assert!(refused.text.contains("needs at least 15"));
    assert!(refused.text.contains("value=\"Ada\""));
    assert!(still_counts(&app.accounts, &token).await);

    let page = register(&browser, "Ada", PASSWORD, &token).await;
    assert_eq!((page.status.as_u16(), page.location()), (303, "/admin"));
    assert_eq!(browser.cookie(COOKIE), None);
    assert_eq!(who(&browser).await.as_deref(), Some("Ada"));
    assert!(app.account("Ada").await.unwrap().has_role(ADMINISTRATOR));
    assert!(!still_counts(&app.accounts, &token).await);
}

#[tokio::test]
async fn looking_at_a_link_uses_nothing_up_and_writes_nothing() {
    let app = site(Registration::ByInvitation).await;
    let token = invite(&app, &["editor"], &system()).await;
    for _ in 0..3 {
        let browser = app.browser();
        let page = open(&browser, &token).await;
        assert!(
            page.status == 200 && page.text.contains("editor"),
            "{}",
            page.text
        );
        assert_eq!(browser.cookie("countersign"), None, "no session is begun");
        let request = browser.request(Method::HEAD, "/invitation");
        let head = browser.send(request.header("accept", "text/html"), Body::empty());
        assert_eq!(head.await.status, 200);
    }
    assert!(still_counts(&app.accounts, &token).await);
}

#[tokio::test]
async fn no_address_and_no_link_of_a_page_has_the_token() {
    let app = site(Registration::ByInvitation).await;
    let token = invite_administrator(&app).await;
    let browser = app.registered_by(&system(), "ada").await;
    let stranger = app.browser();
    for browser in [&stranger, &browser] {
        let opened = browser.get(&format!("/invitation?token={token}")).await;
        assert_eq!(opened.location(), "/invitation");
        assert_eq!(opened.header("cache-control"), "no-store");
        assert_eq!(opened.header("referrer-policy"), "no-referrer");
        let cookies: Vec<_> = opened.set_cookies().collect();
        let [cookie] = cookies[..] else {
            panic!("{cookies:?}")
        };
        for attribute in ["Max-Age=3600", "HttpOnly", "SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let page = browser.get("/invitation").await;
        assert_eq!(page.header("cache-control"), "no-store");
        // It stands in the hidden field alone.
        assert_eq!(page.text.matches(&token).count(), 1, "{}", page.text);
        assert!(page.text.contains(&format!(
            "type=\"hidden\" name=\"{}\" value=\"{token}\"",
            if page.text.contains("Become administrator as") {
                "token"
            } else {
                "invitation"
            }
        )));
    }
    let chinese = stranger
        .post("/language?next=%2Finvitation", &[("language", "zh-Hans")])
        .await;
    assert_eq!(chinese.location(), "/invitation");
    let page = stranger.get("/invitation").await;
    assert!(page.text.contains("成为管理员") && page.text.contains(&token));
}

#[tokio::test]
async fn somebody_with_an_account_logs_in_and_comes_back() {
    let app = site(Registration::Closed).await;
    app.registered_by(&system(), "Ada").await;
    let token = invite_administrator(&app).await;
    let browser = app.browser();
    let page = open(&browser, &token).await;
    let login = "/login?next=%2Finvitation";
    assert!(
        page.text.contains("href=\"/login?next=&#x2f;invitation\""),
        "{}",
        page.text
    );
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let back = browser.post(login, &fields).await;
    assert_eq!(back.location(), "/invitation");
    let page = browser.get("/invitation").await;
    assert!(
        page.text.contains("Become administrator as Ada"),
        "{}",
        page.text
    );
    let done = accept(&browser, &token).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, "/admin"));
    assert_eq!(browser.cookie(COOKIE), None);
    assert!(app.account("ada").await.unwrap().has_role(ADMINISTRATOR));
    assert!(
        browser
            .get("/account")
            .await
            .text
            .contains("You took the invitation.")
    );
    assert_eq!(accept(&browser, &token).await.status, 404);
}

#[tokio::test]
async fn a_login_that_is_not_fresh_is_confirmed_on_the_way() {
    let app = site(Registration::Open).await;
    let browser = app.registered("Ada").await;
    app.clock.advance(Duration::from_secs(16 * 60));
    let token = invite_administrator(&app).await;
    let page = open(&browser, &token).await;
    assert!(
        page.text
            .contains("You will be asked for your password first.")
    );
    let sent = accept(&browser, &token).await;
    let confirm = "/confirm?next=%2Finvitation";
    assert_eq!((sent.status.as_u16(), sent.location()), (303, confirm));
    assert!(still_counts(&app.accounts, &token).await);
    let back = browser.post(confirm, &[("password", PASSWORD)]).await;
    assert_eq!(back.location(), "/invitation");
    assert!(
        browser
            .get("/invitation")
            .await
            .text
            .contains("Become administrator as Ada")
    );
    assert_eq!(accept(&browser, &token).await.location(), "/admin");
}

#[tokio::test]
async fn a_session_that_ends_before_the_button_is_pressed_loses_nothing() {
    let app = site(Registration::Open).await;
    let browser = app.registered("Ada").await;
    let token = invite(&app, &["editor"], &system()).await;
    open(&browser, &token).await;
    let ada = app.account("ada").await.unwrap();
    app.accounts
        .end_all_sessions(ada.id, &system())
        .await
        .unwrap();
    let sent = accept(&browser, &token).await;
    assert_eq!(sent.location(), "/login?next=%2Finvitation");
    log_in(&browser, "ada", PASSWORD).await;
    assert_eq!(accept(&browser, &token).await.location(), "/account");
    assert!(app.account("ada").await.unwrap().has_role("editor"));
}

#[tokio::test]
async fn whoever_would_gain_nothing_leaves_it_to_others() {
    let app = site(Registration::Open).await;
    let browser = app.registered("Ada").await;
    let plain = invite(&app, &[], &system()).await;
    let first = invite(&app, &["editor"], &system()).await;
    let second = invite(&app, &["editor"], &system()).await;
    assert_eq!(accept(&browser, &first).await.status, 303);
    for token in [&plain, &second] {
        let page = open(&browser, token).await;
        assert!(page.text.contains("It still counts"), "{}", page.text);
        assert!(!page.text.contains("action=\"/invitation\""));
        let page = accept(&browser, token).await;
        assert_eq!(page.status, 409);
        assert_eq!(page.text.matches("It still counts").count(), 1);
        assert!(still_counts(&app.accounts, token).await);
    }
}

#[tokio::test]
async fn used_late_and_made_up_links_look_the_same() {
    let app = site(Registration::ByInvitation).await;
    let used = invite(&app, &[], &system()).await;
    register(&app.browser(), "ada", PASSWORD, &used).await;
    let late = invite_administrator(&app).await;
    app.clock.advance(Invitation::ADMINISTRATOR_LASTS);
    let ada = app.account("ada").await.unwrap();
    let by = system();
    let other_purpose = app.accounts.make_password_link(ada.id, &by);
    let other_purpose = other_purpose.await.unwrap().reveal();
    let made_up = format!("{}x", &used[..45]);

    let first = open(&app.browser(), &used).await;
    assert_eq!(first.status, 404);
    assert!(first.text.contains("This link does not work"));
    assert!(!first.text.contains("<input"), "{}", first.text);
    let hashes = app.passwords.statistics().hashes;
    for token in [
        &late,
        &other_purpose,
        &made_up,
        "",
        "x%22y",
        &"a".repeat(5_000),
    ] {
        let browser = app.browser();
        let page = open(&browser, token).await;
        assert_eq!(
            (page.status, &page.text),
            (first.status, &first.text),
            "{token}"
        );
        assert_eq!(browser.cookie(COOKIE), None);
    }
    assert_eq!(app.browser().get("/invitation").await.text, first.text);
    for token in [&used, &late, &other_purpose, &made_up, "x\"y"] {
        let page = register(&app.browser(), "eve", PASSWORD, token).await;
        assert_eq!((page.status.as_u16(), page.set_cookies().count()), (403, 1));
        assert!(page.text.contains("each works once"));
        let member = app.logged_in("ada").await;
        assert_eq!(accept(&member, token).await.status, 404);
    }
    assert!(app.account("eve").await.is_none());
    assert_eq!(
        app.passwords.statistics().hashes,
        hashes,
        "nothing is hashed for them"
    );
    assert!(
        app.accounts
            .password_link(&other_purpose)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn of_many_browsers_that_race_one_gets_it() {
    let app = site(Registration::Open).await;
    let token = invite_administrator(&app).await;
    let mut members = Vec::new();
    for number in 0..4 {
        members.push(app.registered(&format!("member {number}")).await);
    }
    let strangers = (0..4).map(|number| (number, app.browser()));
    let mut attempts = Vec::new();
    for (number, browser) in strangers {
        let token = token.clone();
        attempts.push(tokio::spawn(async move {
            let name = format!("stranger {number}");
            once_there_is_room(|| register(&browser, &name, PASSWORD, &token)).await
        }));
    }
    for browser in members {
        let token = token.clone();
        attempts.push(tokio::spawn(async move { accept(&browser, &token).await }));
    }
    let mut taken = 0;
    for attempt in attempts {
        let page = attempt.await.unwrap();
        match page.status.as_u16() {
            303 => {
                assert_eq!(page.location(), "/admin");
                taken += 1;
            }
            403 | 404 => assert!(page.text.contains("This link does not work")),
            status => panic!("{status}: {}", page.text),
        }
    }
    assert_eq!(taken, 1);
    let mut administrators = 0;
    for number in 0..4 {
        for kind in ["member", "stranger"] {
            let account = app.account(&format!("{kind} {number}")).await;
            administrators += usize::from(account.is_some_and(|it| it.has_role(ADMINISTRATOR)));
        }
    }
    assert_eq!(administrators, 1);
}

#[tokio::test]
async fn where_nobody_may_register_an_ordinary_invitation_is_for_members() {
    let app = site(Registration::Closed).await;
    app.registered_by(&system(), "ada").await;
    let token = invite(&app, &["editor"], &system()).await;
    let page = open(&app.browser(), &token).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text
            .contains("this invitation is for those who have an account")
    );
    assert!(!page.text.contains("<input id=\"username\""));
    let refused = register(&app.browser(), "eve", PASSWORD, &token).await;
    assert_eq!(refused.status, 403);
    assert!(app.account("eve").await.is_none());
    let member = app.logged_in("ada").await;
    assert_eq!(accept(&member, &token).await.location(), "/account");
    assert!(app.account("ada").await.unwrap().has_role("editor"));
}

#[tokio::test]
async fn an_administrators_invitation_of_a_member_opens_no_closed_site() {
    let app = site(Registration::Closed).await;
    app.registered_by(&system(), "ada").await;
    let ada = app.account("ada").await.unwrap();
    let by = By::account(ada.id, Default::default());
    let token = invite(&app, &[ADMINISTRATOR], &by).await;
    let page = open(&app.browser(), &token).await;
    assert!(
        !page.text.contains("<input id=\"username\""),
        "{}",
        page.text
    );
    assert_eq!(
        register(&app.browser(), "eve", PASSWORD, &token)
            .await
            .status,
        403
    );
}

#[tokio::test]
async fn a_disabled_or_deleted_account_takes_nothing() {
    let app = site(Registration::Open).await;
    let (ada, bob) = (app.registered("ada").await, app.registered("bob").await);
    let token = invite_administrator(&app).await;
    let id = app.account("ada").await.unwrap().id;
    app.accounts.disable(id, &system()).await.unwrap();
    let id = app.account("bob").await.unwrap().id;
    app.accounts.delete(id, &system()).await.unwrap();
    for browser in [ada, bob] {
        let page = open(&browser, &token).await;
        assert!(
            page.text.contains("<input id=\"username\""),
            "a stranger's page"
        );
        let sent = accept(&browser, &token).await;
        assert_eq!(sent.location(), "/login?next=%2Finvitation");
    }
    assert!(still_counts(&app.accounts, &token).await);
}

#[tokio::test]
async fn links_to_the_registration_still_lead_to_the_invitation() {
    let app = site(Registration::ByInvitation).await;
    let member = app.registered_by(&system(), "ada").await;
    let token = invite(&app, &["editor"], &system()).await;
    let stranger = app.browser();
    for browser in [&stranger, &member] {
        let sent = browser.get(&format!("/register?invitation={token}")).await;
        assert_eq!(
            (sent.status.as_u16(), sent.location()),
            (303, "/invitation")
        );
        assert_eq!(browser.get("/invitation").await.status, 200);
    }
    // Whoever comes by the way to register, or changes the language of a form that was refused, finds the invitation again.
    assert_eq!(stranger.get("/register").await.location(), "/invitation");
    assert_eq!(app.browser().get("/register").await.status, 403);
}

#[tokio::test]
async fn over_https_the_token_is_in_a_cookie_of_this_host() {
    let app = PagesApp::with(
        |accounts| accounts.registration(Registration::Closed),
        |pages| {
            let manager = pages.accounts().login_manager();
            let manager = manager.public_url("https://example.com").unwrap();
            pages.manager(manager).unwrap()
        },
    )
    .await;
    let token = invite_administrator(&app).await;
    let browser = app.browser().with_header("host", "example.com");
    let browser = browser.with_header("sec-fetch-site", "cross-site");
    let page = open(&browser, &token).await;
    assert_eq!(page.status, 200);
    assert_eq!(browser.cookie("__Host-countersign-invitation"), Some(token));
}

#[tokio::test]
async fn programs_take_invitations_too() {
    let app = site(Registration::Closed).await;
    app.registered_by(&system(), "ada").await;
    let token = invite_administrator(&app).await;
    let program = app.browser();
    let address = format!("/invitation?token={token}");
    let (status, details) = get_json(&program, &address).await;
    let expected = json!({
        "roles": [ADMINISTRATOR], "email": null, "may_register": true, "ends_at": "2023-11-14T23:13:20Z",
    });
    assert_eq!((status, details), (200, expected));
    let body = json!({ "token": token });
    let (status, problem) = post_json(&program, "/invitation", body.clone()).await;
    assert_eq!((status, &problem["code"]), (401, &json!("not_logged_in")));

    let sign_in = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(post_json(&program, "/login", sign_in).await.0, 200);
    app.clock.advance(Duration::from_secs(16 * 60));
    let (status, problem) = post_json(&program, "/invitation", body.clone()).await;
    assert_eq!((status, &problem["code"]), (401, &json!("not_fresh")));
    let password = json!({ "password": PASSWORD });
    assert_eq!(post_json(&program, "/confirm", password).await.0, 204);
    let (status, account) = post_json(&program, "/invitation", body.clone()).await;
    assert_eq!((status, &account["roles"]), (200, &json!([ADMINISTRATOR])));
    for (status, problem) in [
        post_json(&program, "/invitation", body).await,
        get_json(&program, &address).await,
        get_json(&program, "/invitation").await,
    ] {
        assert_eq!((status, &problem["code"]), (404, &json!("no_such_link")));
    }
    let again = json!({ "token": invite_administrator(&app).await });
    let (status, problem) = post_json(&program, "/invitation", again).await;
    assert_eq!((status, &problem["code"]), (409, &json!("nothing_new")));
}

#[tokio::test]
async fn whoever_takes_an_invitation_sees_whose_address_his_account_will_have() {
    let app = site(Registration::ByInvitation).await;
    let invitation = Invitation {
        email: Some("mallory@example.com".to_owned()),
        ..Invitation::default()
    };
    let invited = app.accounts.invite(invitation, &system()).await.unwrap();
    let Invited::Token(token) = invited else {
        panic!("{invited:?}");
    };
    let browser = app.browser();
    let page = open(&browser, &token.reveal()).await;
    assert!(page.text.contains("mallory@example.com"), "{}", page.text);
    // Also when the form comes back.
    let page = register(&browser, "Ada", "short", &token.reveal()).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("mallory@example.com"), "{}", page.text);

    let token = invite(&app, &[], &system()).await;
    let page = open(&app.browser(), &token).await;
    assert!(!page.text.contains("e-mail address"), "{}", page.text);
}

#[tokio::test]
async fn no_cache_keeps_what_a_link_is_good_for() {
    let app = site(Registration::ByInvitation).await;
    app.registered_by(&system(), "ada").await;
    let ada = app.account("ada").await.unwrap().id;
    let invitation = invite(&app, &[], &system()).await;
    let link = app.accounts.make_password_link(ada, &system()).await;
    let link = link.unwrap().reveal();
    let program = app.browser();
    for address in [
        format!("/invitation?token={invitation}"),
        format!("/set-password?token={link}"),
        "/invitation?token=none".to_owned(),
        "/set-password?token=none".to_owned(),
    ] {
        let request = program
            .request(Method::GET, &address)
            .header("accept", "application/json");
        let answer = program.send(request, Body::empty()).await;
        assert_eq!(
            answer.header("content-type").split('/').next(),
            Some("application")
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{address}");
    }
}

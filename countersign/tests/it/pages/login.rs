use std::sync::Arc;

use countersign::accounts::Registration;
use countersign::testing::{Browser, Page};
use tokio::sync::{Barrier, Mutex};

use super::{PASSWORD, PagesApp, log_in, register, system, who};

#[tokio::test]
async fn somebody_registers_logs_out_and_logs_in() {
    let app = PagesApp::new().await;
    let browser = app.registered(" Ada ").await;
    assert_eq!(who(&browser).await.as_deref(), Some("Ada"));
    let account = browser.get("/account").await;
    assert_eq!(account.status, 200);
    assert!(
        account.text.contains("<h1><bdi>Ada</bdi></h1>"),
        "{}",
        account.text
    );

    let stolen = browser.cookie("countersign").unwrap();
    let out = browser.post("/logout", &[]).await;
    assert_eq!((out.status.as_u16(), out.location()), (303, "/logged-out"));
    assert_eq!(browser.get("/logged-out").await.status, 200);
    assert_eq!(who(&browser).await, None);
    browser.set_cookie("countersign", &stolen);
    assert_eq!(who(&browser).await, None);

    let page = log_in(&browser, "ADA", PASSWORD).await;
    assert_eq!((page.status.as_u16(), page.location()), (303, "/account"));
    assert!(page.set_cookies().any(|cookie| {
        cookie.starts_with("countersign=")
            && !cookie.contains("Max-Age")
            && cookie.contains("HttpOnly")
    }));
    assert_eq!(who(&browser).await.as_deref(), Some("Ada"));
}

#[tokio::test]
async fn whoever_wants_to_be_remembered_is() {
    let app = PagesApp::new().await;
    app.registered("ada").await;
    let browser = app.browser();
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("remember", "on"),
    ];
    let page = browser.post("/login", &fields).await;
    assert!(page.set_cookies().any(|cookie| {
        cookie.starts_with("countersign=") && cookie.contains("Max-Age=2592000")
    }));
    let sessions = browser.get("/account/sessions").await;
    assert!(sessions.text.contains("remembered"));
}

#[tokio::test]
async fn strangers_are_sent_to_log_in_and_back() {
    let app = PagesApp::new().await;
    app.registered("ada").await;
    for path in [
        "/account",
        "/account/profile",
        "/account/password",
        "/account/sessions",
        "/account/history",
        "/account/delete",
        "/confirm",
    ] {
        let browser = app.browser();
        let sent = browser.get(path).await;
        let login = format!("/login?next={}", path.replace('/', "%2F"));
        assert_eq!(
            (sent.status.as_u16(), sent.location()),
            (303, login.as_str())
        );
        assert_eq!(sent.set_cookies().count(), 0);
        let form = browser.get(&login).await;
        assert!(form.text.contains("Please log in to go on."));
        let fields = [("username", "ada"), ("password", PASSWORD)];
        let back = browser.post(&login, &fields).await;
        assert_eq!((back.status.as_u16(), back.location()), (303, path));
    }
    let browser = app.browser();
    assert!(
        !browser
            .get("/login")
            .await
            .text
            .contains("Please log in to go on.")
    );
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let elsewhere = browser
        .post("/login?next=https://evil.example/", &fields)
        .await;
    assert_eq!(elsewhere.location(), "/account");
}

#[tokio::test]
async fn who_is_logged_in_is_not_asked_again() {
    let app = PagesApp::new().await;
    let browser = app.registered("ada").await;
    for path in ["/login", "/register"] {
        let page = browser.get(path).await;
        assert_eq!((page.status.as_u16(), page.location()), (303, "/account"));
    }
    assert_eq!(browser.get("/logged-out").await.location(), "/account");
}

#[tokio::test]
async fn unknown_wrong_and_disabled_look_the_same() {
    let app = PagesApp::new().await;
    app.registered("ada").await;
    app.registered("bob").await;
    let bob = app.account("bob").await.unwrap();
    app.accounts.disable(bob.id, &system()).await.unwrap();

    let browser = |port| {
        app.browser()
            .at(std::net::SocketAddr::from(([127, 0, 0, 1], port)))
    };
    let before = app.passwords.statistics().verifications;
    let wrong = log_in(&browser(1), "ada", "a wrong password").await;
    let unknown = log_in(&browser(2), "zoe", "a wrong password").await;
    let disabled = log_in(&browser(3), "bob", PASSWORD).await;
    assert_eq!(app.passwords.statistics().verifications - before, 3);
    for (page, name) in [(&unknown, "zoe"), (&disabled, "bob")] {
        assert_eq!(page.status, wrong.status);
        assert_eq!(page.headers, wrong.headers);
        assert_eq!(page.text.replace(name, "ada"), wrong.text);
    }
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.header("www-authenticate"), "Cookie");
    assert_eq!(wrong.set_cookies().count(), 0);
    assert!(wrong.text.contains("role=\"alert\""));
    assert!(
        wrong.text.contains("value=\"ada\""),
        "what was typed is kept"
    );
    assert!(
        !wrong.text.contains("a wrong password"),
        "but for the password"
    );
}

#[tokio::test]
async fn too_many_failures_are_answered_with_the_time_to_wait() {
    let app = PagesApp::new().await;
    app.registered("ada").await;
    let mut page = log_in(&app.browser(), "ada", "wrong").await;
    for _ in 0..10 {
        page = log_in(&app.browser(), "ada", "wrong").await;
    }
    assert_eq!(page.status, 429);
    assert!(page.header("retry-after").parse::<u64>().unwrap() > 0);
    assert!(page.text.contains("There were too many failed attempts."));
    assert!(page.text.contains("value=\"ada\""));
    let right = log_in(&app.browser(), "ada", PASSWORD).await;
    assert_eq!(right.status, 429);
    let unknown = async || log_in(&app.browser(), "zoe", "wrong").await;
    let mut other = unknown().await;
    for _ in 0..10 {
        other = unknown().await;
    }
    assert_eq!(other.text.replace("zoe", "ada"), right.text);
}

#[tokio::test]
async fn a_name_that_is_taken_signs_nobody_in_and_changes_nothing() {
    let app = PagesApp::new().await;
    app.registered("ada").await;
    let before = app.account("ada").await.unwrap();
    for name in ["ada", "ADA", " ada ", "аda"] {
        let browser = app.browser();
        let page = register(&browser, name, "another password of mine").await;
        assert_eq!(page.status, 422);
        assert_eq!(page.set_cookies().count(), 0);
        assert!(page.text.contains("This name is taken. Choose another."));
        assert_eq!(who(&browser).await, None);
        // Not even with the right password.
        let page = register(&browser, name, PASSWORD).await;
        assert_eq!((page.status.as_u16(), page.set_cookies().count()), (422, 0));
    }
    let after = app.account("ada").await.unwrap();
    assert_eq!(after.created_at, before.created_at);
    assert_eq!(log_in(&app.browser(), "ada", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field() {
    let app = PagesApp::new().await;
    let cases = [
        (
            "ada",
            "short",
            "password",
            "has 5 characters and needs at least 15",
        ),
        ("ada", "passwordpassword", "password", "attackers try first"),
        (
            "ada lovelace 1815",
            "ada lovelace 1815",
            "password",
            "made of your name",
        ),
        ("", PASSWORD, "username", "Choose a name."),
        ("admin", PASSWORD, "username", "This name is reserved."),
        ("...", PASSWORD, "username", "at least one letter or digit"),
        ("a\u{7}b", PASSWORD, "username", "Names are made of"),
        (
            &"x".repeat(65),
            PASSWORD,
            "username",
            "Use at most 64 characters.",
        ),
    ];
    for (name, password, field, sentence) in cases {
        let page = register(&app.browser(), name, password).await;
        assert_eq!(page.status, 422, "{name} {password}");
        let error = between(&page, &format!("id=\"{field}-error\">"), "</p>");
        assert!(error.contains(sentence), "{error}");
        let input = between(&page, &format!("<input id=\"{field}\""), ">");
        assert!(input.contains("aria-invalid=\"true\""), "{input}");
        assert!(
            input.contains(&format!("aria-describedby=\"{field}-error")),
            "{input}"
        );
        assert_eq!(page.text.matches("aria-invalid").count(), 1);
        assert!(!page.text.contains(&format!("value=\"{password}\"")) || name == password);
        let typed = between(&page, "<input id=\"username\"", ">");
        assert!(typed.contains(&format!("value=\"{name}\"")), "{typed}");
    }
}

#[tokio::test]
async fn what_strangers_type_is_text_and_never_markup() {
    let app = PagesApp::new().await;
    let evil = "\"><script>alert(1)</script>{{ 7 * 7 }}";
    let next = "/login?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for page in [
        register(&app.browser(), evil, PASSWORD).await,
        log_in(&app.browser(), evil, PASSWORD).await,
        app.browser().get(next).await,
        app.browser().post("/language", &[("language", evil)]).await,
        app.browser()
            .get("/%3Cscript%3Ealert(1)%3C/script%3E")
            .await,
    ] {
        assert!(!page.text.contains("<script>alert"), "{}", page.text);
        assert!(!page.text.contains("49"), "{}", page.text);
    }
}

#[tokio::test]
async fn only_who_may_register_sees_the_form() {
    let closed = PagesApp::with(
        |accounts| accounts.registration(Registration::Closed),
        |it| it,
    )
    .await;
    let page = closed.browser().get("/register").await;
    assert_eq!(page.status, 403);
    assert!(!page.text.contains("<input id=\"username\""));
    let page = register(&closed.browser(), "ada", PASSWORD).await;
    assert_eq!((page.status.as_u16(), page.set_cookies().count()), (403, 0));
    assert!(closed.account("ada").await.is_none());
    assert!(
        !closed
            .browser()
            .get("/login")
            .await
            .text
            .contains("href=\"/register")
    );

    let invited = PagesApp::with(
        |accounts| accounts.registration(Registration::ByInvitation),
        |it| it,
    )
    .await;
    assert_eq!(invited.browser().get("/register").await.status, 403);
}

#[tokio::test]
async fn a_public_site_says_who_may_register() {
    let app = PagesApp::with(|accounts| accounts, |pages| pages).await;
    let manager = app
        .accounts
        .login_manager()
        .public_url("https://example.com")
        .unwrap();
    let error = app.accounts.pages().manager(manager.clone()).unwrap_err();
    assert!(error.to_string().starts_with("say who may register"));
    let open = app.accounts.clone().registration(Registration::Open);
    assert!(open.pages().manager(manager.clone()).is_ok());
    // Whoever goes round that check is stopped here.
    let router = axum::Router::new()
        .merge(app.accounts.routes())
        .layer(manager);
    let browser = Browser::new(router).with_header("host", "example.com");
    assert_eq!(browser.get("/register").await.status, 500);
    assert_eq!(register(&browser, "ada", PASSWORD).await.status, 500);
    // On this machine, it is open to all.
    assert_eq!(register(&app.browser(), "ada", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn requests_from_other_sites_are_refused() {
    let app = PagesApp::new().await;
    let ada = app.registered("ada").await;
    let evil = ada.clone().with_header("sec-fetch-site", "cross-site");
    for path in [
        "/login",
        "/logout",
        "/register",
        "/confirm",
        "/language",
        "/invitation",
        "/set-password",
        "/account/profile",
        "/account/password",
        "/account/sessions/end",
        "/account/sessions/end-others",
        "/account/delete",
    ] {
        let page = evil
            .post(path, &[("username", "ada"), ("password", PASSWORD)])
            .await;
        assert_eq!(page.status, 403, "{path}");
        assert!(
            page.text.contains("a page of another site"),
            "{}",
            page.text
        );
        assert_eq!(page.set_cookies().count(), 0);
    }
    assert_eq!(who(&ada).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn many_first_visitors_at_once_find_a_fresh_database_ready() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("accounts.db");
    let all_are_open = Arc::new(Barrier::new(50));
    // Processes have no queue of writers in common, and on a slow disk the unlucky of fifty would be told to come again.
    let turn = Arc::new(Mutex::new(()));
    let visits = (0..50).map(|number| {
        let file = file.clone();
        let all_are_open = Arc::clone(&all_are_open);
        let turn = Arc::clone(&turn);
        tokio::spawn(async move {
            // Each is a process of its own, as far as the database is concerned.
            let cost = countersign::password::Argon2Cost::danger_weak(8, 1, 1).unwrap();
            let passwords = countersign::password::Passwords::builder()
                .argon2id(cost)
                .build()
                .unwrap();
            let accounts = countersign::accounts::Accounts::open(file)
                .await
                .unwrap()
                .passwords(passwords);
            let browser = Browser::new(accounts.pages().site());
            assert_eq!(browser.get("/register").await.status, 200);
            all_are_open.wait().await;
            let _turn = turn.lock().await;
            let page = register(&browser, &format!("visitor {number}"), PASSWORD).await;
            assert_eq!(page.status, 303, "{}", page.text);
            who(&browser).await
        })
    });
    for (number, visit) in visits.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(visit.await.unwrap(), Some(format!("visitor {number}")));
    }
}

fn between<'a>(page: &'a Page, start: &str, end: &str) -> &'a str {
    let (_, rest) = page
        .text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start} in {}", page.text));
    rest.split_once(end).expect("an end").0
}

//! What Flask-Login's users rely on, by its own names where it has one.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use countersign::session::MemoryStore;
use countersign::{Denial, DenialReason, Event, Message, RequestHead, SessionProtection};

use crate::app::{PASSWORD, TestApp, User, Users, elsewhere, session_cookie, with_cookie};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const NEWER_FIREFOX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

#[tokio::test]
async fn a_remembered_login_outlives_the_browser_and_its_deadline_is_in_the_cookie() {
    let app = TestApp::new().await;
    let browser = app.browser();
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("remember", "on"),
    ];
    let page = browser.post("/login", &fields).await;
    let cookie = page
        .set_cookies()
        .find(|cookie| cookie.starts_with("countersign="))
        .unwrap();
    assert!(cookie.contains("Max-Age=2592000"), "30 days: {cookie}");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=true remembered=true"
    );
    app.clock.advance(Duration::from_secs(13 * 24 * 3_600));
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=false remembered=true"
    );
    app.clock.advance(Duration::from_secs(13 * 24 * 3_600));
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=false remembered=true",
        "it was used"
    );
    app.clock.advance(Duration::from_secs(4 * 24 * 3_600));
    assert_eq!(
        browser.get("/maybe").await.text,
        "nobody",
        "use does not move the last deadline"
    );
}

#[tokio::test]
async fn a_login_that_is_not_remembered_ends_with_the_browser() {
    let app = TestApp::new().await;
    let browser = app.browser();
    let page = browser
        .post("/login", &[("username", "ada"), ("password", PASSWORD)])
        .await;
    let cookie = page
        .set_cookies()
        .find(|cookie| cookie.starts_with("countersign="))
        .unwrap();
    assert!(
        !cookie.contains("Max-Age") && !cookie.contains("Expires"),
        "{cookie}"
    );
    app.clock.advance(Duration::from_secs(12 * 3_600));
    assert_eq!(browser.get("/maybe").await.text, "nobody");
}

#[tokio::test]
async fn remember_takes_a_duration_of_its_own() {
    let app = TestApp::new().await;
    let browser = app.browser();
    app.log_in(
        &browser,
        "ada",
        &[("remember", "on"), ("duration", "25200")],
    )
    .await;
    app.clock.advance(Duration::from_secs(25_199));
    assert_eq!(browser.get("/maybe").await.text, "ada");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.get("/maybe").await.text, "nobody");
}

#[tokio::test]
async fn a_login_can_begin_without_being_fresh() {
    let app = TestApp::new().await;
    let browser = app.browser();
    app.log_in(&browser, "ada", &[("fresh", "no")]).await;
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=false remembered=false"
    );
}

#[tokio::test]
async fn an_inactive_user_is_refused_and_can_be_forced() {
    let app = TestApp::new().await;
    let browser = app.browser();
    let page = browser
        .post("/login", &[("username", "sleepy"), ("password", PASSWORD)])
        .await;
    assert_eq!(page.status, 401);
    let page = browser
        .post(
            "/login",
            &[("username", "sleepy"), ("password", ""), ("force", "1")],
        )
        .await;
    assert_eq!(page.status, 303);
    assert_eq!(browser.get("/maybe").await.text, "sleepy");
}

#[tokio::test]
async fn login_user_refuses_an_inactive_user() {
    let app = TestApp::new().await;
    let sleepy = app.users.get(3).unwrap();
    let error = app
        .browser()
        .log_in(&app.manager, &sleepy)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "this account is disabled");
}

#[tokio::test]
async fn disabling_deleting_or_restamping_a_user_ends_his_logins_at_the_next_request() {
    let app = TestApp::new().await;
    let changes: [fn(&Users); 3] = [
        |users| users.change(1, |user| user.is_active = false),
        |users| users.change(1, |user| user.security_stamp = Some("another".into())),
        |users| users.remove(1),
    ];
    for change in changes {
        let ada = User {
            is_active: true,
            security_stamp: None,
            ..app.users.named("ada").unwrap()
        };
        app.users.put(ada);
        let browser = app.logged_in("ada").await;
        assert_eq!(browser.get("/maybe").await.text, "ada");
        change(&app.users);
        assert_eq!(browser.get("/maybe").await.text, "nobody");
        assert_eq!(browser.get("/protected").await.status, 303);
    }
}

#[tokio::test]
async fn an_id_that_does_not_parse_is_no_user() {
    #[derive(countersign::AuthUser)]
    struct Named {
        id: String,
    }
    let store = MemoryStore::new();
    let app = TestApp::on(store.clone()).await;
    let manager = countersign::LoginManager::new(store)
        .user_loader(async |id: String| Some(Named { id }))
        .clock(app.clock.clone());
    let named = Named {
        id: "not a number".into(),
    };
    let (name, value) = countersign::testing::cookie_for(&manager, &named)
        .await
        .unwrap();
    let browser = app.browser();
    browser.set_cookie(&name, &value);
    assert_eq!(browser.get("/maybe").await.text, "nobody");
}

#[tokio::test]
async fn logging_out_works_for_strangers_too() {
    let app = TestApp::new().await;
    let page = app.browser().post("/logout", &[]).await;
    assert_eq!(page.status, 303);
    assert!(matches!(
        &app.events.take()[..],
        [Event::LoggedOut { user: None, .. }]
    ));
}

#[tokio::test]
async fn programs_get_a_401_and_htmx_is_told_where_to_go() {
    let app = TestApp::new().await;
    let browser = app.browser();
    let page = browser
        .send(browser.request(Method::GET, "/protected"), Body::empty())
        .await;
    assert_eq!(page.status, 401);
    assert_eq!(page.header("content-type"), "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!(problem["code"], "not_logged_in");
    assert_eq!(problem["detail"], "Please log in to access this page.");

    let htmx = browser
        .request(Method::GET, "/protected")
        .header("hx-request", "true")
        .header("hx-current-url", "http://localhost/board?x=1");
    let page = browser.send(htmx, Body::empty()).await;
    assert_eq!(page.status, 401);
    assert_eq!(page.header("hx-redirect"), "/login?next=%2Fboard%3Fx%3D1");

    let page = browser.post("/extracted", &[]).await;
    assert_eq!(
        page.status, 401,
        "a POST can't be fetched again after the login"
    );
}

#[tokio::test]
async fn a_guard_around_the_login_view_sends_nobody_in_a_circle() {
    let app = TestApp::new().await;
    let router = axum::Router::new()
        .route("/login", axum::routing::get(async || "the form"))
        .layer(countersign::login_required::<User>())
        .layer(app.manager.clone());
    let page = countersign::testing::Browser::new(router)
        .get("/login?next=%2Fx")
        .await;
    assert_eq!(page.status, 401);
}

#[tokio::test]
async fn a_missing_role_is_a_403() {
    let app = TestApp::new().await;
    assert_eq!(app.logged_in("ada").await.get("/admin").await.text, "admin");
    assert_eq!(app.logged_in("bob").await.get("/admin").await.status, 403);
    assert_eq!(
        app.browser().get("/admin").await.location(),
        "/login?next=%2Fadmin"
    );
}

#[tokio::test]
async fn handlers_of_the_applications_own_answer_instead() {
    let app = TestApp::with(MemoryStore::new(), |manager| {
        manager
            .unauthorized_handler(|denial: Denial| {
                assert_eq!(denial.reason(), DenialReason::NotLoggedIn);
                let view = denial.view_url().unwrap();
                (StatusCode::IM_A_TEAPOT, format!("{}: {view}", denial.uri()))
            })
            .needs_refresh_handler(|denial: Denial| denial.message())
            .localize(|message, language| match message {
                Message::PleaseConfirm => format!("bitte noch einmal, {}", language.unwrap_or("?")),
                other => other.to_string(),
            })
    })
    .await;
    let page = app.browser().get("/protected").await;
    assert_eq!(page.status, 418);
    assert_eq!(page.text, "/protected: /login?next=%2Fprotected");
    let browser = app
        .logged_in("ada")
        .await
        .with_header("accept-language", "de");
    app.clock.advance(Duration::from_secs(3_600));
    assert_eq!(browser.get("/fresh").await.text, "bitte noch einmal, de");
}

#[tokio::test]
async fn next_can_be_kept_in_the_session() {
    let app = TestApp::with(
        MemoryStore::new(),
        countersign::LoginManager::next_in_session,
    )
    .await;
    let browser = app.browser();
    assert_eq!(browser.get("/protected?x=1").await.location(), "/login");
    assert_eq!(
        browser.get("/login").await.text,
        "log in: Please log in to access this page."
    );
    let fields = [("username", "ada"), ("password", PASSWORD)];
    assert_eq!(
        browser.post("/login", &fields).await.location(),
        "/protected?x=1"
    );
    browser.post("/logout", &[]).await;
    assert_eq!(
        browser.post("/login", &fields).await.location(),
        "/",
        "it is used once"
    );
}

#[tokio::test]
async fn nothing_is_kept_for_a_program_that_is_refused() {
    let app = TestApp::with(
        MemoryStore::new(),
        countersign::LoginManager::next_in_session,
    )
    .await;
    let browser = app.browser();
    let request = browser.request(Method::GET, "/protected");
    let refused = browser.send(request, Body::empty()).await;
    assert_eq!(refused.status, 401);
    assert_eq!(browser.cookie("countersign"), None);
}

#[tokio::test]
async fn basic_protection_makes_another_browser_unfresh_and_an_update_does_not() {
    let app = TestApp::new().await;
    let browser = app.browser().with_header("user-agent", FIREFOX);
    app.log_in(&browser, "ada", &[]).await;
    let whoami = async |agent| {
        browser
            .clone()
            .with_header("user-agent", agent)
            .get("/whoami")
            .await
            .text
    };
    assert_eq!(
        whoami(NEWER_FIREFOX).await,
        "ada fresh=true remembered=false"
    );
    app.events.take();
    assert_eq!(whoami(SAFARI).await, "ada fresh=false remembered=false");
    assert!(matches!(
        &app.events.take()[..],
        [Event::SessionProtected { ended: false, .. }]
    ));
    assert_eq!(whoami(FIREFOX).await, "ada fresh=true remembered=false");
    let moved = browser.clone().at(elsewhere()).get("/whoami").await;
    assert_eq!(
        moved.text, "ada fresh=true remembered=false",
        "phones change their addresses"
    );
}

#[tokio::test]
async fn strong_protection_ends_the_session() {
    let strong = |manager: countersign::LoginManager<User>| {
        manager.session_protection(SessionProtection::Strong)
    };
    let app = TestApp::with(MemoryStore::new(), strong).await;
    let browser = app.browser().with_header("user-agent", FIREFOX);
    app.log_in(&browser, "ada", &[]).await;
    let cookie = session_cookie(&browser);
    app.events.take();
    let page = browser
        .clone()
        .with_header("user-agent", SAFARI)
        .get("/maybe")
        .await;
    assert_eq!(page.text, "nobody");
    assert!(matches!(
        &app.events.take()[..],
        [Event::SessionProtected { ended: true, .. }]
    ));
    assert_eq!(browser.cookie("countersign"), None);
    assert_eq!(
        with_cookie(&app, &cookie).get("/maybe").await.text,
        "nobody"
    );

    let browser = app.browser();
    app.log_in(&browser, "ada", &[]).await;
    assert_eq!(
        browser.clone().at(elsewhere()).get("/maybe").await.text,
        "nobody"
    );
}

#[tokio::test]
async fn protection_can_be_off() {
    let off = |manager: countersign::LoginManager<User>| {
        manager.session_protection(SessionProtection::Off)
    };
    let app = TestApp::with(MemoryStore::new(), off).await;
    let browser = app.browser().with_header("user-agent", FIREFOX);
    app.log_in(&browser, "ada", &[]).await;
    let whoami = browser
        .with_header("user-agent", SAFARI)
        .get("/whoami")
        .await;
    assert_eq!(whoami.text, "ada fresh=true remembered=false");
}

#[tokio::test]
async fn an_odd_user_agent_is_its_own_family() {
    let app = TestApp::with(MemoryStore::new(), |manager| {
        manager.session_protection(SessionProtection::Strong)
    })
    .await;
    let long = "Firefox/143.0 ".repeat(100);
    for agent in ["Fire\tfox", "\tcurl/8", long.as_str()] {
        let browser = app.browser().with_header("user-agent", agent);
        app.log_in(&browser, "ada", &[]).await;
        let whoami = browser.get("/whoami").await;
        assert_eq!(whoami.text, "ada fresh=true remembered=false", "{agent:?}");
    }
}

#[tokio::test]
async fn a_request_loader_and_a_session_do_not_disturb_each_other() {
    let users = Users::default();
    let rows = users.clone();
    let with_keys =
        |manager: countersign::LoginManager<User>| manager.request_loader_with(rows, load_by_key);
    let app = TestApp::with(MemoryStore::new(), with_keys).await;
    for id in [1, 2, 3] {
        users.put(app.users.get(id).unwrap());
    }
    let key = async |browser: &countersign::testing::Browser, key: &str| {
        let request = browser
            .request(Method::GET, "/maybe")
            .header("authorization", key);
        browser.send(request, Body::empty()).await
    };
    let nobody = app.browser();
    let page = key(&nobody, "Bearer bob").await;
    assert_eq!(page.text, "bob");
    assert_eq!(page.set_cookies().count(), 0, "nothing is stored");
    assert_eq!(key(&nobody, "Bearer 9000").await.text, "nobody");
    assert_eq!(
        key(&nobody, "Bearer sleepy").await.text,
        "nobody",
        "an inactive user"
    );

    let basic = "Basic YWRhOmNvcnJlY3QgaG9yc2UgYmF0dGVyeSBzdGFwbGU=";
    assert_eq!(key(&nobody, basic).await.text, "ada");
    assert_eq!(key(&nobody, "Basic YWRhOmd1ZXNz").await.text, "nobody");

    let garbage = with_cookie(&app, "garbage");
    assert_eq!(
        key(&garbage, "Bearer bob").await.text,
        "bob",
        "a broken cookie is in nobody's way"
    );
    let ended = app.logged_in("ada").await;
    let cookie = session_cookie(&ended);
    assert_eq!(
        key(&ended, "Bearer bob").await.text,
        "ada",
        "the session goes first"
    );
    ended.post("/logout", &[]).await;
    assert_eq!(
        key(&with_cookie(&app, &cookie), "Bearer bob").await.text,
        "bob"
    );
}

#[tokio::test]
async fn who_guesses_at_a_request_loader_is_throttled_and_told_so() {
    let users = Users::default();
    let rows = users.clone();
    let with_keys =
        |manager: countersign::LoginManager<User>| manager.request_loader_with(rows, load_by_key);
    let app = TestApp::with(MemoryStore::new(), with_keys).await;
    users.put(app.users.get(1).unwrap());
    let browser = app
        .browser()
        .with_header("authorization", "Basic YWRhOmd1ZXNz");
    for _ in 0..5 {
        assert_eq!(browser.get("/maybe").await.text, "nobody");
    }
    let page = browser.get("/maybe").await;
    assert_eq!(
        (page.status.as_u16(), page.header("retry-after")),
        (429, "30")
    );
}

async fn load_by_key(
    users: Users,
    request: RequestHead,
) -> Result<Option<User>, countersign::LoginError> {
    if let Some(key) = request.bearer_key() {
        return Ok(users.named(key));
    }
    let Some((name, password)) = request.basic_credentials() else {
        return Ok(None);
    };
    let found = users.named(&name);
    request.check::<User, _>(&name, found, &password).await
}

#[tokio::test]
async fn flashes_are_shown_once_and_only_the_newest_are_kept() {
    let app = TestApp::new().await;
    let browser = app.browser();
    for _ in 0..25 {
        browser.get("/flash").await;
    }
    assert_eq!(browser.get("/flashes").await.text, ["hello"; 20].join(","));
    assert_eq!(browser.get("/flashes").await.text, "");
}

#[tokio::test]
async fn clearing_the_data_logs_nobody_out() {
    let app = TestApp::new().await;
    let browser = app.logged_in("ada").await;
    browser.get("/set/cart/apples").await;
    browser.post("/clear", &[]).await;
    assert_eq!(browser.get("/get/cart").await.text, "nothing");
    assert_eq!(browser.get("/maybe").await.text, "ada");
}

#[tokio::test]
async fn events_tell_what_happened() {
    let app = TestApp::with(MemoryStore::new(), countersign::LoginManager::report_access).await;
    let browser = app.browser();
    browser.get("/").await;
    assert_eq!(app.events.take(), [], "nobody asked");
    browser.get("/protected").await;
    let events = app.events.take();
    assert!(
        matches!(&events[..], [Event::Accessed { user: None }, Event::Unauthorized { user: None, path, .. }]
            if path == "/protected"),
        "{events:?}"
    );
    browser
        .post("/login", &[("username", "ada"), ("password", "wrong")])
        .await;
    assert!(matches!(&app.events.take()[..], [Event::LoginFailed { name, .. }] if name == "ada"));
    app.log_in(&browser, "ada", &[("remember", "on")]).await;
    let events = app.events.take();
    assert!(
        matches!(&events[..], [Event::Accessed { .. }, Event::LoggedIn { user, remembered: true, .. }]
            if user.as_str() == "1"),
        "{events:?}"
    );
    app.clock.advance(Duration::from_secs(3_600));
    browser.get("/fresh").await;
    assert!(matches!(
        &app.events.take()[..],
        [Event::Accessed { .. }, Event::NeedsRefresh { .. }]
    ));
    browser.post("/end-others", &[]).await;
    assert!(matches!(
        &app.events.take()[..],
        [
            Event::Accessed { .. },
            Event::SessionEnded { session: None, .. }
        ]
    ));
    browser.post("/logout", &[]).await;
    assert!(matches!(
        &app.events.take()[..],
        [
            Event::Accessed { .. },
            Event::LoggedOut { user: Some(_), .. }
        ]
    ));
}

#[tokio::test]
async fn an_outage_of_the_users_table_does_not_look_like_a_logout() {
    let app = TestApp::new().await;
    let browser = app.logged_in("ada").await;
    app.users
        .down
        .store(true, std::sync::atomic::Ordering::SeqCst);
    for path in ["/maybe", "/protected", "/extracted", "/get/cart", "/whoami"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 503, "{path}");
        assert_eq!(page.header("retry-after"), "5");
        assert!(!page.text.contains("table is gone"), "{}", page.text);
    }
    let cookie = session_cookie(&browser);
    assert_eq!(
        browser.post("/logout", &[]).await.status,
        303,
        "logging out needs no user"
    );
    app.users
        .down
        .store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        with_cookie(&app, &cookie).get("/maybe").await.text,
        "nobody"
    );
}

#[tokio::test]
async fn answers_that_depend_on_who_asks_stay_out_of_caches_and_others_do_not_care() {
    let app = TestApp::new().await;
    let browser = app.logged_in("ada").await;
    let page = browser.get("/maybe").await;
    assert_eq!(
        (page.header("vary"), page.header("cache-control")),
        ("Cookie", "no-store")
    );
    assert_eq!(page.header("referrer-policy"), "same-origin");
    let page = app.browser().get("/maybe").await;
    assert_eq!(
        (page.header("vary"), page.header("cache-control")),
        ("Cookie", "no-store")
    );
    let page = browser.get("/").await;
    assert_eq!(
        (page.header("vary"), page.header("cache-control")),
        ("", "")
    );
}

/// A shared cache may keep what says `no-cache`, and give it to others once this server says that it has not changed.
#[tokio::test]
async fn a_cookie_is_in_no_answer_that_a_shared_cache_may_keep() {
    let app = TestApp::new().await;
    for (handlers, sent) in [
        ("no-cache", "no-store"),
        ("public, max-age=60", "no-store"),
        ("public, max-age=60, private=\"x-name\"", "no-store"),
        ("max-age=60, Private", "max-age=60, Private"),
        ("no-cache, no-store", "no-cache, no-store"),
    ] {
        let page = async move |session: countersign::session::Session| {
            session.insert("cart", "apples").await.unwrap();
            [("cache-control", handlers), ("etag", "\"1\"")]
        };
        let router = axum::Router::new()
            .route("/", axum::routing::get(page))
            .layer(app.manager.clone());
        let page = countersign::testing::Browser::new(router).get("/").await;
        assert_eq!(page.set_cookies().count(), 1);
        assert_eq!(page.header("cache-control"), sent, "{handlers}");
    }
}

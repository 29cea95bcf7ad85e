//! What Flask-Login's own tests ask for, where no other file does. The guide has a table of all of them.

use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::routing::{get, post};
use countersign::{
    Auth, AuthUser, CurrentUser, Denial, Event, LoginError, RequestHead, SessionProtection,
    fresh_login_required, login_required, login_view,
};
use serde::Deserialize;

use super::*;
use crate::app::{Users, load_user};

#[tokio::test]
async fn what_asks_for_nobody_loads_nobody() {
    let app = app_with(sessions(), LoginManager::report_access).await;
    let browser = app.logged_in("ada").await;
    app.events.take();
    let before = app.users.loads.load(Ordering::SeqCst);
    for browser in [&browser, &app.browser()] {
        let page = browser.get("/").await;
        assert_eq!(
            (page.text.as_str(), page.set_cookies().count()),
            ("home", 0)
        );
    }
    assert_eq!(app.users.loads.load(Ordering::SeqCst), before);
    assert!(app.events.take().is_empty());
}

#[tokio::test]
async fn whoever_comes_with_nothing_is_nobody() {
    let app = app(sessions()).await;
    let page = app.browser().get("/whoami").await;
    assert_eq!(page.text, "nobody fresh=false remembered=false");
    assert_eq!(page.set_cookies().count(), 0);
}

#[tokio::test]
async fn in_the_request_of_a_login_its_user_is_there_and_fresh_as_was_said() {
    let (_app, browser) = small_app().await;
    for (path, whoami) in [
        ("/log-in/ada", "ada fresh=true remembered=false"),
        (
            "/log-in/bob?fresh=false",
            "bob fresh=false remembered=false",
        ),
        (
            "/log-in/sleepy?force=true",
            "sleepy fresh=true remembered=false",
        ),
    ] {
        assert_eq!(browser.get(path).await.text, whoami);
    }
    let page = browser.get("/log-in/sleepy").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn in_the_request_of_a_logout_nobody_is_there_any_more() {
    let (app, browser) = small_app().await;
    browser.get("/log-in/ada").await;
    app.events.take();
    let page = browser.get("/log-out").await;
    assert_eq!(page.text, "nobody fresh=false remembered=false");
    assert!(
        matches!(&app.events.take()[..], [Event::LoggedOut { user: Some(user), .. }] if user.as_str() == "1")
    );
}

#[tokio::test]
async fn a_logout_is_told_though_the_users_id_is_gone_from_the_session() {
    let app = app(sessions()).await;
    let browser = with_session(&app, [("_fresh", true.into()), ("_id", "x".into())]);
    browser.post("/logout", &[]).await;
    assert!(matches!(
        &app.events.take()[..],
        [Event::LoggedOut { user: None, .. }]
    ));
    assert_eq!(browser.cookie("session"), None);
}

#[tokio::test]
async fn without_a_view_whom_a_guard_refuses_gets_a_401_and_no_message() {
    for sessions in [sessions(), as_in_flask()] {
        let app = TestApp::new().await;
        let manager = LoginManager::new(sessions)
            .user_loader_with(app.users.clone(), load_user)
            .danger_without_known_devices();
        let browser = Browser::new(router(&manager, &app.users));
        for path in ["/protected", "/very-protected"] {
            let page = browser.get(path).await;
            assert_eq!((page.status.as_u16(), page.set_cookies().count()), (401, 0));
        }
        browser.get("/log-in/ada?fresh=false").await;
        assert_eq!(browser.get("/protected").await.text, "Access Granted");
        let page = browser.get("/very-protected").await;
        assert_eq!((page.status.as_u16(), page.set_cookies().count()), (401, 0));
    }
}

#[tokio::test]
async fn guards_let_in_who_is_logged_in_and_strict_ones_who_is_fresh() {
    let (app, browser) = small_app().await;
    assert_eq!(browser.get("/protected").await.status, 303);
    assert_eq!(browser.get("/very-protected").await.status, 303);
    browser.get("/log-in/ada?remember=true").await;
    assert_eq!(browser.get("/protected").await.text, "Access Granted");
    assert_eq!(browser.get("/very-protected").await.text, "Access Granted");

    let restored = Browser::new(router(&app.manager, &app.users));
    restored.set_cookie("remember_token", &token_of("1"));
    assert_eq!(restored.get("/protected").await.text, "Access Granted");
    assert_eq!(restored.get("/very-protected").await.status, 303);
    restored.post("/prove", &[]).await;
    assert_eq!(restored.get("/very-protected").await.text, "Access Granted");
}

#[tokio::test]
async fn handlers_of_the_applications_own_answer_and_nothing_is_flashed() {
    let handlers = |manager: LoginManager<User>| {
        manager
            .unauthorized_handler(|_: Denial| (StatusCode::UNAUTHORIZED, "This is secret!"))
            .needs_refresh_handler(|_: Denial| "Needs Refresh!")
    };
    let app = app_with(as_in_flask(), handlers).await;
    let browser = app.browser();
    let page = browser.get("/protected").await;
    assert_eq!(
        (page.status.as_u16(), page.text.as_str()),
        (401, "This is secret!")
    );
    assert_eq!(page.set_cookies().count(), 0);
    app.log_in(&browser, "ada", &[("fresh", "no")]).await;
    let page = browser.get("/fresh").await;
    assert_eq!(
        (page.status.as_u16(), page.text.as_str()),
        (200, "Needs Refresh!")
    );
    assert_eq!(session_of(&browser).get("_flashes"), None);
}

#[tokio::test]
async fn a_group_of_routes_has_a_login_view_of_its_own() {
    let app = app(as_in_flask()).await;
    let protected = || {
        Router::new()
            .route("/protected", get(async || "Access Granted"))
            .layer(login_required::<User>())
    };
    let second = protected().nest("/third", protected());
    let router = protected()
        .nest("/first", protected().layer(login_view("/first_login")))
        .nest("/second", second.layer(login_view("/second_login")))
        .layer(app.manager.clone());
    let browser = Browser::new(router);
    for (path, location) in [
        ("/protected", "/login?next=%2Fprotected"),
        ("/first/protected", "/first_login?next=%2Ffirst%2Fprotected"),
        (
            "/second/protected",
            "/second_login?next=%2Fsecond%2Fprotected",
        ),
        (
            "/second/third/protected",
            "/second_login?next=%2Fsecond%2Fthird%2Fprotected",
        ),
    ] {
        let page = browser.get(path).await;
        assert_eq!((page.status.as_u16(), page.location()), (302, location));
    }
}

#[tokio::test]
async fn a_login_remembered_for_a_duration_of_its_own_is_restored_alike() {
    let app = app(sessions()).await;
    let browser = app.browser();
    let more = [("remember", "on"), ("duration", "25200")];
    app.log_in(&browser, "ada", &more).await;
    let restored = drop_session(&app, &browser);
    assert_eq!(
        restored.get("/whoami").await.text,
        "ada fresh=false remembered=true"
    );
    restored.post("/logout", &[]).await;
    assert_eq!(
        restored.get("/whoami").await.text,
        "nobody fresh=false remembered=false"
    );
}

#[tokio::test]
async fn who_must_prove_himself_again_is_told_of_and_finds_his_way_back() {
    let app = app_with(sessions(), LoginManager::next_in_session).await;
    let browser = drop_session(&app, &remembered(&app, "ada").await);
    app.events.take();
    assert_eq!(browser.get("/fresh").await.location(), "/confirm");
    assert!(matches!(
        &app.events.take()[..],
        [Event::LoadedFromCookie { .. }, Event::NeedsRefresh { user, path }]
            if user.as_str() == "1" && path == "/fresh"
    ));
    assert_eq!(session_of(&browser).get("next"), Some(&"/fresh".into()));
    let page = browser.post("/confirm", &[("password", PASSWORD)]).await;
    assert_eq!(page.location(), "/fresh");
    assert_eq!(session_of(&browser).get("next"), None);
}

#[tokio::test]
async fn a_confirmed_login_is_fresh_and_still_remembered() {
    let app = app(sessions()).await;
    let browser = drop_session(&app, &remembered(&app, "ada").await);
    let page = browser.get("/whoami").await;
    assert_eq!(page.text, "ada fresh=false remembered=true");
    browser.post("/confirm", &[("password", PASSWORD)]).await;
    let page = browser.get("/whoami").await;
    assert_eq!(page.text, "ada fresh=true remembered=true");
}

#[tokio::test]
async fn a_login_is_restored_under_any_protection_and_nobody_is_alarmed() {
    for protection in [SessionProtection::Basic, SessionProtection::Strong] {
        let app = app_with(sessions(), |manager| manager.session_protection(protection)).await;
        let browser = drop_session(&app, &remembered(&app, "ada").await);
        app.events.take();
        assert_eq!(browser.get("/maybe").await.text, "ada");
        let events = app.events.take();
        assert!(
            matches!(&events[..], [Event::LoadedFromCookie { .. }]),
            "{events:?}"
        );
    }
}

#[tokio::test]
async fn protection_has_nothing_to_say_of_visitors_without_a_session() {
    for protection in [SessionProtection::Off, SessionProtection::Basic] {
        for sessions in [sessions(), as_in_flask()] {
            let settings = |manager: LoginManager<User>| manager.session_protection(protection);
            let app = app_with(sessions, settings).await;
            let browser = app.browser();
            for path in ["/", "/maybe"] {
                assert_eq!(browser.get(path).await.set_cookies().count(), 0);
            }
            assert!(app.events.take().is_empty());
        }
    }
}

#[tokio::test]
async fn a_permanent_session_from_another_client_is_told_of() {
    let strong =
        |manager: LoginManager<User>| manager.session_protection(SessionProtection::Strong);
    let app = app_with(sessions(), strong).await;
    let browser = app.logged_in("ada").await;
    browser.get("/set/_permanent/yes").await;
    app.events.take();
    let other = browser.with_header("user-agent", "different");
    assert_eq!(other.get("/maybe").await.text, "ada");
    assert!(matches!(
        &app.events.take()[..],
        [Event::SessionProtected { ended: false, .. }]
    ));
}

/// The session that Flask-Login's test client writes.
#[tokio::test]
async fn a_session_without_an_identifier_is_taken_for_another_clients() {
    for (protection, was_fresh, whoami) in [
        (
            SessionProtection::Off,
            true,
            "ada fresh=true remembered=false",
        ),
        (
            SessionProtection::Off,
            false,
            "ada fresh=false remembered=false",
        ),
        (
            SessionProtection::Basic,
            true,
            "ada fresh=false remembered=false",
        ),
        (
            SessionProtection::Basic,
            false,
            "ada fresh=false remembered=false",
        ),
        (
            SessionProtection::Strong,
            true,
            "nobody fresh=false remembered=false",
        ),
        (
            SessionProtection::Strong,
            false,
            "nobody fresh=false remembered=false",
        ),
    ] {
        let app = app_with(sessions(), |manager| manager.session_protection(protection)).await;
        let values = [("_user_id", "1".into()), ("_fresh", was_fresh.into())];
        let page = with_session(&app, values).get("/whoami").await;
        assert_eq!(page.text, whoami, "{protection:?}, {was_fresh}");
    }
}

#[tokio::test]
async fn a_login_for_a_test_is_a_whole_one_under_every_protection() {
    for protection in [SessionProtection::Basic, SessionProtection::Strong] {
        let app = app_with(sessions(), |manager| manager.session_protection(protection)).await;
        let browser = app.browser();
        let ada = app.users.get(1).unwrap();
        browser.log_in(&app.manager, &ada).await.unwrap();
        let page = browser.get("/whoami").await;
        assert_eq!(page.text, "ada fresh=true remembered=false");
    }
}

#[tokio::test]
async fn a_request_loader_recognises_whom_a_request_names_and_keeps_nothing() {
    let (app, browser) = app_with_request_loader().await;
    app.events.take();
    let page = browser.get("/maybe?user_id=2").await;
    assert_eq!((page.text.as_str(), page.set_cookies().count()), ("bob", 0));
    assert!(
        matches!(&app.events.take()[..], [Event::LoadedFromRequest { user }] if user.as_str() == "2")
    );
    assert_eq!(browser.get("/protected?user_id=2").await.text, "bob");
    for path in ["/maybe", "/maybe?user_id=9000"] {
        assert_eq!(browser.get(path).await.text, "nobody");
    }
    for path in ["/protected", "/protected?user_id=9000"] {
        assert_eq!(browser.get(path).await.status, 303);
    }
}

#[tokio::test]
async fn who_is_logged_in_stays_whoever_the_request_names() {
    let (app, browser) = app_with_request_loader().await;
    app.log_in(&browser, "ada", &[]).await;
    for path in ["/maybe", "/maybe?user_id=2", "/maybe?user_id=9000"] {
        assert_eq!(browser.get(path).await.text, "ada");
    }
}

/// In Flask-Login, any remember token keeps it from asking, and so does strong protection.
#[tokio::test]
async fn a_request_loader_is_asked_whatever_cookies_came_along() {
    let (app, browser) = app_with_request_loader().await;
    browser.set_cookie("remember_token", "garbage");
    browser.set_cookie("session", "garbage");
    assert_eq!(browser.get("/maybe?user_id=2").await.text, "bob");
    let values = [("_user_id", "1".into()), ("_id", "another".into())];
    browser.set_cookie("session", &written(values, app.clock.now()));
    assert_eq!(browser.get("/maybe?user_id=2").await.text, "bob");
}

#[tokio::test]
async fn the_host_of_a_request_is_in_no_location() {
    let anywhere =
        |manager: LoginManager<User>| manager.danger_plain_http_url("http://good.com").unwrap();
    let app = app_with(as_in_flask(), anywhere).await;
    for host in ["foo.com", "bad.com"] {
        let browser = app.browser().with_header("host", host);
        let browser = browser.with_header("x-forwarded-host", "proxy.com");
        let page = browser.get("/protected").await;
        assert_eq!(page.location(), "/login?next=%2Fprotected");
    }
}

#[tokio::test]
async fn an_id_beyond_ascii_survives_both_cookies() {
    #[derive(AuthUser)]
    struct Named {
        id: String,
    }
    async fn load(id: String) -> Option<Named> {
        Some(Named { id })
    }
    async fn log_in(auth: Auth<Named>) -> Result<(), LoginError> {
        let id = "佐藤".to_owned();
        auth.login_user(&Named { id }).remember(true).await
    }
    let manager = LoginManager::new(sessions())
        .user_loader(load)
        .danger_without_known_devices();
    let router = Router::new()
        .route("/log-in", post(log_in))
        .route("/id", get(async |user: CurrentUser<Named>| user.id.clone()))
        .layer(manager);
    let browser = Browser::new(router.clone());
    browser.post("/log-in", &[]).await;
    assert_eq!(browser.get("/id").await.text, "佐藤");
    let token = browser.cookie("remember_token").unwrap();
    assert!(
        token.starts_with(r#""\344\275\220\350\227\244|"#),
        "{token}"
    );
    let restored = Browser::new(router);
    restored.set_cookie("remember_token", &token);
    assert_eq!(restored.get("/id").await.text, "佐藤");
}

/// Flask-Login lets everybody ask for `OPTIONS`, and the view answers.
#[tokio::test]
async fn options_is_guarded_like_every_other_method() {
    let (_app, browser) = small_app().await;
    let options = async || {
        let request = browser.request(Method::OPTIONS, "/protected");
        browser.send(request, Body::empty()).await.status.as_u16()
    };
    assert_eq!(options().await, 401);
    browser.get("/log-in/ada").await;
    assert_eq!(options().await, 200);
}

/// An application of few routes, whose manager is that of the other tests.
async fn small_app() -> (TestApp, Browser) {
    let app = app(sessions()).await;
    let browser = Browser::new(router(&app.manager, &app.users));
    (app, browser)
}

fn router(manager: &LoginManager<User>, users: &Users) -> Router {
    let granted = async || "Access Granted";
    let protected = Router::new()
        .route("/protected", get(granted).options(granted))
        .layer(login_required::<User>());
    let very_protected = Router::new()
        .route("/very-protected", get(granted))
        .layer(fresh_login_required::<User>());
    Router::new()
        .route("/log-in/{name}", get(log_in))
        .route("/log-out", get(log_out))
        .route("/prove", post(prove))
        .merge(protected)
        .merge(very_protected)
        .layer(manager.clone())
        .with_state(users.clone())
}

#[derive(Deserialize)]
struct Options {
    #[serde(default = "yes")]
    fresh: bool,
    #[serde(default)]
    remember: bool,
    #[serde(default)]
    force: bool,
}

fn yes() -> bool {
    true
}

async fn log_in(
    State(users): State<Users>,
    auth: Auth<User>,
    Path(name): Path<String>,
    Query(options): Query<Options>,
) -> Result<String, LoginError> {
    let user = users.named(&name).unwrap();
    let login = auth
        .login_user(&user)
        .fresh(options.fresh)
        .remember(options.remember);
    match options.force {
        true => login.danger_force().await?,
        false => login.await?,
    }
    whoami(&auth).await
}

async fn log_out(auth: Auth<User>) -> Result<String, LoginError> {
    auth.logout_user().await?;
    whoami(&auth).await
}

async fn prove(auth: Auth<User>, user: CurrentUser<User>) -> Result<(), LoginError> {
    let checked = auth.check(&user.name, Some(user.clone()), PASSWORD).await?;
    checked.ok_or(LoginError::NotProved)?;
    auth.confirm_login().await
}

async fn whoami(auth: &Auth<User>) -> Result<String, LoginError> {
    let user = auth.current_user().await?;
    let name = user.map_or_else(|| "nobody".to_owned(), |user| user.name.clone());
    let (fresh, remembered) = (auth.login_fresh().await?, auth.login_remembered().await?);
    Ok(format!("{name} fresh={fresh} remembered={remembered}"))
}

async fn app_with_request_loader() -> (TestApp, Browser) {
    let rows = Users::default();
    let by_query = |users: Users, request: RequestHead| async move {
        let id = request.uri().query()?.strip_prefix("user_id=")?.parse();
        users.get(id.ok()?)
    };
    let known = rows.clone();
    let app = app_with(sessions(), |manager| {
        manager
            .session_protection(SessionProtection::Strong)
            .request_loader_with(known, by_query)
    })
    .await;
    for id in [1, 2, 3] {
        rows.put(app.users.get(id).unwrap());
    }
    let browser = app.browser();
    (app, browser)
}

//! Logging in, staying logged in, logging out.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use countersign::session::{Session, SessionData, SessionError};
use countersign::testing::Browser;
use countersign::{Auth, Event, LoginError};
use tokio::sync::Barrier;

use crate::app::{PASSWORD, TestApp, User, session_cookie, with_cookie};

#[tokio::test]
async fn the_main_job() {
    let app = TestApp::new().await;
    let browser = app.browser();

    let page = browser.get("/protected?report=7").await;
    assert_eq!(page.status, 303);
    assert_eq!(page.location(), "/login?next=%2Fprotected%3Freport%3D7");
    assert_eq!(
        page.set_cookies().count(),
        0,
        "a denied visitor stores nothing"
    );
    let page = browser.get(page.location()).await;
    assert_eq!(page.text, "log in: Please log in to access this page.");

    let fields = [("username", "ada"), ("password", PASSWORD)];
    let page = browser
        .post("/login?next=%2Fprotected%3Freport%3D7", &fields)
        .await;
    assert_eq!(
        (page.status.as_u16(), page.location()),
        (303, "/protected?report=7")
    );
    assert_eq!(browser.get("/protected").await.text, "ada");

    let stolen = session_cookie(&browser);
    let page = browser.post("/logout", &[]).await;
    assert_eq!((page.status.as_u16(), page.location()), (303, "/"));
    assert_eq!(browser.cookie("countersign"), None);
    assert_eq!(browser.get("/protected").await.status, 303);
    assert_eq!(
        with_cookie(&app, &stolen).get("/protected").await.status,
        303,
        "replayed"
    );
}

#[tokio::test]
async fn logging_in_changes_the_token_and_keeps_a_visitors_data() {
    let app = TestApp::new().await;
    let browser = app.browser();
    browser.get("/set/cart/apples").await;
    let before = session_cookie(&browser);
    app.log_in(&browser, "ada", &[]).await;
    assert_ne!(session_cookie(&browser), before);
    assert_eq!(browser.get("/get/cart").await.text, "apples");
    assert_eq!(
        with_cookie(&app, &before).get("/get/cart").await.text,
        "nothing"
    );
}

#[tokio::test]
async fn logging_in_as_somebody_else_drops_the_data() {
    let app = TestApp::new().await;
    let browser = app.logged_in("ada").await;
    browser.get("/set/cart/apples").await;
    let before = session_cookie(&browser);
    app.log_in(&browser, "bob", &[]).await;
    assert_eq!(browser.get("/get/cart").await.text, "nothing");
    assert_eq!(browser.get("/protected").await.text, "bob");
    assert_eq!(
        with_cookie(&app, &before).get("/protected").await.status,
        303
    );
}

#[tokio::test]
async fn a_login_is_fresh_for_a_quarter_of_an_hour_and_again_after_a_proof() {
    let app = TestApp::new().await;
    let browser = app.logged_in("ada").await;
    assert_eq!(browser.get("/fresh").await.text, "ada");
    app.clock.advance(Duration::from_secs(15 * 60));
    let page = browser.get("/fresh").await;
    assert_eq!(
        (page.status.as_u16(), page.location()),
        (303, "/confirm?next=%2Ffresh")
    );
    assert_eq!(
        browser.get("/fresh-guard").await.location(),
        "/confirm?next=%2Ffresh-guard"
    );
    assert_eq!(browser.get("/protected").await.text, "ada");

    assert_eq!(
        browser
            .post("/confirm", &[("password", "guess")])
            .await
            .status,
        401
    );
    assert_eq!(browser.get("/fresh").await.status, 303);
    let before = session_cookie(&browser);
    app.events.take();
    let page = browser
        .post("/confirm?next=/fresh", &[("password", PASSWORD)])
        .await;
    assert_eq!(page.location(), "/fresh");
    assert_ne!(session_cookie(&browser), before, "the token is rotated");
    assert_eq!(browser.get("/fresh").await.text, "ada");
    assert!(matches!(
        &app.events.take()[..],
        [Event::LoginConfirmed { .. }]
    ));

    let old = with_cookie(&app, &before);
    assert_eq!(
        old.get("/protected").await.text,
        "ada",
        "works on for seconds"
    );
    assert_eq!(old.get("/fresh").await.status, 303, "at its old assurance");
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(old.get("/protected").await.status, 303);
}

#[tokio::test]
async fn a_failed_handler_undoes_a_login_and_never_a_logout() {
    let app = TestApp::new().await;
    let browser = app.browser();
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let page = browser.post("/login?then=500", &fields).await;
    assert_eq!(page.status, 500);
    assert_eq!(page.set_cookies().count(), 0);
    assert_eq!(browser.get("/maybe").await.text, "nobody");

    let browser = app.logged_in("ada").await;
    let cookie = session_cookie(&browser);
    let page = browser.post("/logout?then=500", &[]).await;
    assert_eq!(page.status, 500);
    assert_eq!(
        browser.cookie("countersign"),
        None,
        "the removal goes out on every status"
    );
    assert_eq!(
        with_cookie(&app, &cookie).get("/protected").await.status,
        303
    );
}

#[tokio::test]
async fn what_comes_after_the_answer_is_refused_and_not_forgotten_in_silence() {
    let app = TestApp::new().await;
    let kept = std::sync::Arc::new(std::sync::Mutex::new(None));
    let keep = kept.clone();
    let handler = async move |auth: Auth<User>, session: Session| {
        *keep.lock().unwrap() = Some((auth, session));
    };
    let router = axum::Router::new()
        .route("/", axum::routing::get(handler))
        .layer(app.manager.clone());
    Browser::new(router).get("/").await;
    let (auth, session) = kept.lock().unwrap().take().unwrap();
    let ada = app.users.get(1).unwrap();
    assert!(matches!(
        auth.login_user(&ada).await,
        Err(LoginError::Answered)
    ));
    assert!(matches!(
        session.insert("key", 1).await,
        Err(SessionError::Answered)
    ));
    assert!(matches!(session.clear().await, Err(SessionError::Answered)));
    assert!(matches!(
        auth.current_user().await,
        Err(LoginError::Answered)
    ));
}

#[tokio::test]
async fn what_was_kept_for_one_user_goes_when_the_same_request_logs_in_another() {
    let app = TestApp::new().await;
    let users = app.users.clone();
    let switch = async move |auth: Auth<User>, session: Session| {
        auth.login_user(&users.get(1).unwrap()).await?;
        session.insert("iban", "of ada").await?;
        auth.login_user(&users.get(2).unwrap()).await
    };
    let router = axum::Router::new()
        .route("/switch", axum::routing::get(switch))
        .layer(app.manager.clone());
    let browser = Browser::new(router);
    assert_eq!(browser.get("/switch").await.status, 200);
    let bob = with_cookie(&app, &session_cookie(&browser));
    assert_eq!(bob.get("/maybe").await.text, "bob");
    assert_eq!(bob.get("/get/iban").await.text, "nothing");
}

#[tokio::test]
async fn data_that_grew_too_large_side_by_side_can_be_taken_away_again() {
    let app = TestApp::new().await;
    let browser = app.browser();
    browser.get("/set/first/small").await;
    let meet = Arc::new(Barrier::new(3));
    let grow = async move |Path(key): Path<String>, session: Session| {
        let text = "x".repeat(SessionData::LIMIT * 3 / 4);
        session.insert(&key, text).await?;
        meet.wait().await;
        Ok::<_, SessionError>("kept")
    };
    let shrink = async |session: Session| {
        for key in ["a", "b"] {
            session.remove::<String>(key).await?;
        }
        session.insert("c", "small").await
    };
    let router = axum::Router::new()
        .route("/grow/{key}", axum::routing::get(grow))
        .route("/shrink", axum::routing::get(shrink))
        .layer(app.manager.clone());
    let here = Browser::new(router);
    here.set_cookie("countersign", &session_cookie(&browser));
    let pages = tokio::join!(
        here.get("/grow/a"),
        here.get("/grow/b"),
        here.get("/grow/d")
    );
    for page in [pages.0, pages.1, pages.2] {
        assert_eq!(page.text, "kept");
    }
    assert_eq!(here.get("/shrink").await.status, 200);
    assert_eq!(browser.get("/get/c").await.text, "small");
}

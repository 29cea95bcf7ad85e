//! What somebody could try, and what must not happen by accident.

use std::sync::Arc;

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Extension, Router};
use countersign::clock::ManualClock;
use countersign::flask::Value;
use countersign::{
    Auth, AuthUser, CurrentUser, Event, LoginError, SessionProtection, login_required,
};

use super::*;
use crate::app::Users;

/// A site whose handlers do several things in one request.
async fn site(sessions: FlaskSessions, routes: Router) -> (TestApp, Router) {
    let app = app(sessions).await;
    let router = routes
        .layer(Extension(app.users.clone()))
        .layer(app.manager.clone());
    (app, router)
}

/// A browser of that site with the cookies of another one.
fn moved(browser: &Browser, router: &Router) -> Browser {
    let moved = Browser::new(router.clone());
    for name in ["session", "remember_token"] {
        if let Some(value) = browser.cookie(name) {
            moved.set_cookie(name, &value);
        }
    }
    moved
}

#[tokio::test]
async fn a_logout_stays_one_whatever_else_the_handler_wrote() {
    async fn leave(auth: Auth<User>, Path(numbers): Path<u64>) -> Result<&'static str, LoginError> {
        auth.logout_user().await?;
        // No compression makes this short.
        let noise: String = (0..numbers)
            .map(|number| format!("{:x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        auth.session().insert("noise", noise).await?;
        Ok("left")
    }
    for (numbers, status) in [(1, 200), (1_000, 200), (50_000, 413)] {
        let (app, router) = site(
            sessions(),
            Router::new().route("/leave/{numbers}", post(leave)),
        )
        .await;
        let browser = moved(&remembered(&app, "ada").await, &router);
        let page = browser.post(&format!("/leave/{numbers}"), &[]).await;
        assert_eq!(page.status, status, "{}", page.text);
        let cookie = line(&page, "session").expect("the login is taken out");
        assert!(cookie.len() < 4096, "a browser takes it");
        assert_eq!(browser.cookie("remember_token"), None, "{numbers}");
        let left = browser.cookie("session");
        assert!(left.is_none_or(|cookie| decoded(&cookie).get("_user_id").is_none()));
    }
}

#[tokio::test]
async fn only_who_asks_to_be_remembered_is() {
    async fn switch(
        auth: Auth<User>,
        Extension(users): Extension<Users>,
    ) -> Result<(), LoginError> {
        auth.login_user(&users.get(1).unwrap())
            .remember(true)
            .await?;
        auth.logout_user().await?;
        auth.login_user(&users.get(2).unwrap()).await
    }
    let (_, router) = site(sessions(), Router::new().route("/switch", post(switch))).await;
    let browser = Browser::new(router);
    let page = browser.post("/switch", &[]).await;
    assert_eq!(session_of(&browser).get("_user_id"), Some(&"2".into()));
    assert_eq!(line(&page, "remember_token"), None);
}

#[tokio::test]
async fn a_login_that_is_taken_back_makes_no_device_known() {
    async fn half(auth: Auth<User>, Extension(users): Extension<Users>) -> Result<(), LoginError> {
        let ada = users.get(1);
        let ada = auth.check("ada", ada, PASSWORD).await?.unwrap();
        auth.login_user(&ada).await?;
        auth.logout_user().await?;
        assert!(matches!(
            auth.confirm_login().await,
            Err(LoginError::NotLoggedIn)
        ));
        Ok(())
    }
    let app = TestApp::on(sessions()).await;
    let router = Router::new()
        .route("/half", post(half))
        .layer(Extension(app.users.clone()))
        .layer(app.manager.clone());
    let page = Browser::new(router).post("/half", &[]).await;
    assert_eq!((page.status.as_u16(), page.set_cookies().count()), (200, 0));
}

#[tokio::test]
async fn a_login_has_the_stamp_of_the_password_that_was_verified() {
    async fn slow(auth: Auth<User>, Extension(users): Extension<Users>) -> Result<(), LoginError> {
        let ada = auth.check("ada", users.get(1), PASSWORD).await?.unwrap();
        users.change(ada.id, |ada| ada.security_stamp = Some("new".into()));
        auth.login_user(&users.get(1).unwrap()).await
    }
    let (app, router) = site(
        sessions().stamped_user_ids(),
        Router::new().route("/slow", post(slow)),
    )
    .await;
    app.users
        .change(1, |ada| ada.security_stamp = Some("old".into()));
    let browser = Browser::new(router);
    browser.post("/slow", &[]).await;
    assert_eq!(session_of(&browser).get("_user_id"), Some(&"1:old".into()));
}

#[tokio::test]
async fn a_stamp_that_would_be_read_as_a_part_of_the_id_is_refused() {
    let app = app(sessions().stamped_user_ids()).await;
    app.users
        .change(1, |ada| ada.security_stamp = Some("2:x".into()));
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let page = app.browser().post("/login", &fields).await;
    assert_eq!((page.status.as_u16(), page.set_cookies().count()), (500, 0));
}

#[tokio::test]
async fn a_new_password_gives_no_token_for_another_users() {
    let app = app(sessions().stamped_user_ids()).await;
    let browser = app.logged_in("bob").await;
    browser.set_cookie("remember_token", &token_of("1:"));
    let page = browser.post("/change-password/new", &[]).await;
    assert_eq!(page.text, "changed");
    assert_eq!(line(&page, "remember_token"), None);
}

#[tokio::test]
async fn events_name_users_without_their_stamps() {
    let app = app_with(sessions().stamped_user_ids(), |manager| {
        manager.session_protection(SessionProtection::Strong)
    })
    .await;
    app.users
        .change(1, |ada| ada.security_stamp = Some("stamp".into()));
    let browser = app.logged_in("ada").await;
    app.events.take();
    browser.at(crate::app::elsewhere()).get("/maybe").await;
    let events = app.events.take();
    assert!(
        matches!(&events[..], [Event::SessionProtected { user, .. }] if user.as_str() == "1"),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_name_that_wants_secure_is_deleted_with_it() {
    for (name, deletion) in [
        (
            "__Host-remember",
            "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; Path=/; SameSite=Lax",
        ),
        (
            "remember",
            "Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/",
        ),
    ] {
        let sessions = sessions().remember_cookie_name(name).unwrap();
        let app = app_with(sessions, |manager| {
            manager.public_url("https://example.com").unwrap()
        })
        .await;
        let browser = app.browser().with_header("host", "example.com");
        browser.set_cookie(name, &token_of("1"));
        let page = browser.post("/logout", &[]).await;
        assert_eq!(attributes(&page, name), deletion);
    }
}

struct Staff {
    id: i64,
}

impl AuthUser for Staff {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }
}

async fn load_staff(id: i64) -> Option<Staff> {
    Some(Staff { id })
}

fn staff(sessions: FlaskSessions, clock: Arc<ManualClock>) -> LoginManager<Staff> {
    LoginManager::new(sessions)
        .user_loader(load_staff)
        .clock(clock)
}

#[tokio::test]
async fn two_managers_of_different_users_need_keys_and_cookies_of_their_own() {
    let other_key = || SecretKey::new("e0d4f3c6a1b84d2f9e7a6c5b4a39281706f5").unwrap();
    let named = |key, session, token| {
        let sessions = FlaskSessions::new(key).unwrap();
        let sessions = sessions.session_cookie_name(session).unwrap();
        sessions.remember_cookie_name(token).unwrap()
    };
    let rotated = other_key()
        .fallback("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")
        .unwrap();
    for (staff_sessions, status) in [
        (named(other_key(), "staff", "staff_token"), 401),
        (named(key(), "staff", "staff_token"), 500),
        (named(rotated, "staff", "staff_token"), 500),
        (named(other_key(), "staff", "remember_token"), 500),
        (named(other_key(), "session", "staff_token"), 500),
        (named(other_key(), "remember_token", "session"), 500),
    ] {
        let app = app(sessions()).await;
        let router = Router::new()
            .route("/", get(async || "in"))
            .layer(login_required::<Staff>())
            .layer(staff(staff_sessions, app.clock.clone()))
            .layer(app.manager.clone());
        let customer = moved(&remembered(&app, "ada").await, &router);
        // As the customer would try it: the values by other names.
        for (from, to) in [("session", "staff"), ("remember_token", "staff_token")] {
            customer.set_cookie(to, &customer.cookie(from).unwrap());
        }
        assert_eq!(customer.get("/").await.status, status);
    }
}

#[tokio::test]
async fn a_stored_manager_and_one_of_flask_know_nothing_of_each_other() {
    let app = app(sessions()).await;
    let stored = LoginManager::new(countersign::session::MemoryStore::new())
        .user_loader(load_staff)
        .clock(app.clock.clone());
    async fn both(user: Option<CurrentUser<User>>, staff: Option<CurrentUser<Staff>>) -> String {
        format!("{} {}", user.is_some(), staff.is_some())
    }
    let router = Router::new().route("/", get(both));
    let both = router
        .clone()
        .layer(stored.clone())
        .layer(app.manager.clone());
    let customer = moved(&app.logged_in("ada").await, &both);
    customer.set_cookie("countersign", &customer.cookie("session").unwrap());
    assert_eq!(customer.get("/").await.text, "true false");
    let member = Browser::new(both);
    member.log_in(&stored, &Staff { id: 1 }).await.unwrap();
    member.set_cookie("session", &member.cookie("countersign").unwrap());
    assert_eq!(member.get("/").await.text, "false true");
    let clashing = stored.cookie_name("remember_token").unwrap();
    let clash = router.layer(clashing).layer(app.manager.clone());
    assert_eq!(Browser::new(clash).get("/").await.status, 500);
}

#[tokio::test]
async fn no_key_of_the_application_can_pass_for_flasks_tags_or_for_a_login() {
    let app = app(sessions()).await;
    for key in [
        "%20t",
        "%20di",
        "%20b",
        "%20d",
        "%20t__",
        "_user_id%00",
        "\u{ff3f}user_id",
    ] {
        let browser = app.browser();
        let page = browser.get(&format!("/set/{key}/1")).await;
        assert_eq!(page.status, 200, "{key}");
        assert_eq!(keys(&session_of(&browser)).len(), 1);
        assert_eq!(browser.get(&format!("/get/{key}")).await.text, "1", "{key}");
        assert_eq!(browser.get("/maybe").await.text, "nobody");
    }
    let tagged = [(" di", Value::from(1)), ("_user_id", "1".into())];
    let browser = with_session(&app, tagged);
    assert_eq!(browser.get("/maybe").await.text, "ada");
}

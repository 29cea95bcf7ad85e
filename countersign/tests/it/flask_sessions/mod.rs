//! Logins in Flask's cookies. What both sides do alike is also held against the real Flask, by `interop`.

mod attacks;
mod cookies;
mod departures;
mod from_flask_login;
mod limits;
mod log;
mod logins;
mod protection;
mod remember;
mod values;

use countersign::LoginManager;
use countersign::clock::{Clock as _, Timestamp};
use countersign::flask::{Dict, RememberTokens, UrlSafeTimedSerializer, Value};
use countersign::secret::SecretKey;
use countersign::session::FlaskSessions;
use countersign::testing::{Browser, Page};

use crate::app::{PASSWORD, TestApp, User};

pub(crate) fn key() -> SecretKey {
    SecretKey::new("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1").unwrap()
}

fn sessions() -> FlaskSessions {
    FlaskSessions::new(key()).unwrap()
}

/// As the twin of a Flask application has them: no client sees a difference.
fn as_in_flask() -> FlaskSessions {
    sessions()
        .visitor_cookies()
        .danger_restore_before_lookup()
        .answers_of_flask_login()
        .danger_session_cookie_samesite(None)
        .danger_remember_cookie_samesite(None)
}

async fn app(sessions: FlaskSessions) -> TestApp {
    app_with(sessions, |manager| manager).await
}

async fn app_with(
    sessions: FlaskSessions,
    settings: impl FnOnce(LoginManager<User>) -> LoginManager<User>,
) -> TestApp {
    TestApp::with(sessions, |manager| {
        settings(manager.danger_without_known_devices())
    })
    .await
}

/// Logs in by the form, and remembers.
async fn remembered(app: &TestApp, name: &str) -> Browser {
    let browser = app.browser();
    app.log_in(&browser, name, &[("remember", "on")]).await;
    browser
}

/// A browser that kept nothing but the remember token.
fn drop_session(app: &TestApp, browser: &Browser) -> Browser {
    let other = app.browser();
    let token = browser.cookie("remember_token").unwrap();
    other.set_cookie("remember_token", &token);
    other
}

/// What is in a browser's session cookie.
fn session_of(browser: &Browser) -> Dict {
    let cookie = browser.cookie("session").expect("a session cookie");
    decoded(&cookie)
}

fn decoded(cookie: &str) -> Dict {
    let signed = UrlSafeTimedSerializer::flask_session(&key())
        .danger_loads_of_any_age(cookie)
        .unwrap();
    match signed.value {
        Value::Dict(values) => values,
        other => panic!("{other:?}"),
    }
}

/// A session cookie as Flask writes it.
fn written(values: impl IntoIterator<Item = (&'static str, Value)>, now: Timestamp) -> String {
    let values: Dict = values.into_iter().collect();
    UrlSafeTimedSerializer::flask_session(&key())
        .dumps(&values.into(), now)
        .unwrap()
}

fn token_of(user_id: &str) -> String {
    RememberTokens::of_text(&key()).unwrap().encode(user_id)
}

/// A browser with that session.
fn with_session(app: &TestApp, values: impl IntoIterator<Item = (&'static str, Value)>) -> Browser {
    let browser = app.browser();
    browser.set_cookie("session", &written(values, app.clock.now()));
    browser
}

/// The one `Set-Cookie` line of that name.
fn line<'a>(page: &'a Page, name: &str) -> Option<&'a str> {
    let mut lines = page.set_cookies().filter(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('='))
    });
    let line = lines.next();
    assert_eq!(lines.next(), None, "one change of {name}");
    line
}

/// The attributes of the `Set-Cookie` line of that name.
fn attributes<'a>(page: &'a Page, name: &str) -> &'a str {
    line(page, name).unwrap().split_once("; ").unwrap().1
}

fn keys(values: &Dict) -> Vec<String> {
    values.iter().map(|(key, _)| key.to_string()).collect()
}

//! What is safer here than in Flask-Login, and what the settings switch back.

use countersign::SessionProtection;
use countersign::flask::Value;

use super::*;

#[tokio::test]
async fn visitors_get_no_cookie() {
    let app = app(sessions()).await;
    let browser = app.browser();
    for path in ["/", "/maybe", "/whoami", "/protected", "/fresh"] {
        let page = browser.get(path).await;
        assert_eq!(page.set_cookies().count(), 0, "{path}");
    }
    assert_eq!(browser.get("/").await.header("vary"), "");
}

#[tokio::test]
async fn visitors_get_the_cookies_that_flask_login_sets() {
    let app = app(as_in_flask()).await;
    let browser = app.browser();
    let page = browser.get("/").await;
    assert_eq!(page.header("vary"), "Cookie");
    assert_eq!(page.header("cache-control"), "", "the page is everybody's");
    assert_eq!(page.set_cookies().count(), 0);
    let page = browser.get("/protected?x=1&y=a%20b").await;
    assert_eq!(page.status, 302);
    assert_eq!(
        page.location(),
        "/login?next=%2Fprotected%3Fx%3D1%26y%3Da%2520b"
    );
    let message = |text: &str| Value::Tuple(vec!["message".into(), text.into()]);
    assert_eq!(
        session_of(&browser).get("_flashes"),
        Some(&Value::List(vec![message(
            "Please log in to access this page."
        )]))
    );
    assert_eq!(
        browser.get("/flashes").await.text,
        "Please log in to access this page."
    );
}

#[tokio::test]
async fn messages_have_the_categories_and_the_words_of_the_application() {
    let sessions = as_in_flask()
        .login_message_category("info")
        .needs_refresh_message_category("warning");
    let words = |manager: LoginManager<User>| {
        manager.localize(|message, language| match language {
            Some("none") => String::new(),
            _ => format!("{message:?}"),
        })
    };
    let app = app_with(sessions, words).await;
    let browser = app.browser();
    browser.get("/protected").await;
    app.log_in(&browser, "ada", &[("fresh", "no")]).await;
    browser.get("/fresh").await;
    let silent = browser.clone().with_header("accept-language", "none");
    silent.get("/fresh").await;
    let pair = |category: &str, message: &str| Value::Tuple(vec![category.into(), message.into()]);
    assert_eq!(
        session_of(&browser).get("_flashes"),
        Some(&Value::List(vec![
            pair("info", "PleaseLogIn"),
            pair("warning", "PleaseConfirm")
        ]))
    );
}

#[tokio::test]
async fn a_post_is_sent_to_log_in_as_flask_login_sends_it() {
    let app = app(as_in_flask()).await;
    for browser in [
        app.browser(),
        app.browser().with_header("sec-fetch-mode", "cors"),
    ] {
        let page = browser.post("/extracted", &[]).await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (302, "/login?next=%2Fextracted")
        );
    }
    let app = super::app(sessions()).await;
    assert_eq!(app.browser().post("/extracted", &[]).await.status, 401);
}

#[tokio::test]
async fn messages_to_visitors_who_knock_again_and_again_pile_up_as_in_flask() {
    let app = app(as_in_flask()).await;
    let browser = app.browser();
    for _ in 0..30 {
        browser.get("/protected").await;
    }
    match session_of(&browser).get("_flashes") {
        Some(Value::List(flashes)) => assert_eq!(flashes.len(), 30),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_visitors_session_is_protected_only_where_flask_login_does_it() {
    for (sessions, marked) in [(sessions(), false), (as_in_flask(), true)] {
        let app = app(sessions).await;
        let browser = with_session(&app, [("colour", "red".into())]);
        let page = browser.get("/whoami").await;
        assert_eq!(page.text, "nobody fresh=false remembered=false");
        assert_eq!(line(&page, "session").is_some(), marked);
        assert_eq!(session_of(&browser).get("_fresh").is_some(), marked);
    }
}

#[tokio::test]
async fn strong_protection_takes_no_visitors_token_away_but_where_flask_login_does_it() {
    for (sessions, name) in [(sessions(), "ada"), (as_in_flask(), "nobody")] {
        let strong =
            |manager: LoginManager<User>| manager.session_protection(SessionProtection::Strong);
        let app = app_with(sessions, strong).await;
        let browser = with_session(&app, [("colour", "red".into())]);
        browser.set_cookie("remember_token", &token_of("1"));
        assert_eq!(browser.get("/maybe").await.text, name);
    }
}

#[tokio::test]
async fn a_user_is_looked_up_before_a_remembered_login_is_written() {
    let app = app(sessions()).await;
    let browser = app.browser();
    browser.set_cookie("remember_token", &token_of("9000"));
    let page = browser.get("/whoami").await;
    assert_eq!(page.text, "nobody fresh=false remembered=false");
    assert_eq!(line(&page, "session"), None);
    assert_eq!(browser.cookie("remember_token"), None, "it is taken away");
}

#[tokio::test]
async fn a_remembered_login_is_written_first_where_flask_login_does_it() {
    let app = app(as_in_flask()).await;
    let browser = app.browser();
    browser.set_cookie("remember_token", &token_of("9000"));
    let page = browser.get("/whoami").await;
    assert_eq!(page.text, "nobody fresh=false remembered=true");
    assert_eq!(
        session_of(&browser).get("_user_id"),
        Some(&Value::from("9000"))
    );
    assert!(browser.cookie("remember_token").is_some());
}

#[tokio::test]
async fn a_loader_that_fails_changes_nothing() {
    let app = app(sessions()).await;
    let browser = app.browser();
    browser.set_cookie("remember_token", &token_of("1"));
    app.users
        .down
        .store(true, std::sync::atomic::Ordering::SeqCst);
    let page = browser.get("/whoami").await;
    assert_eq!((page.status.as_u16(), page.set_cookies().count()), (503, 0));
    app.users
        .down
        .store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=false remembered=true"
    );
}

#[tokio::test]
async fn next_is_kept_in_the_session_with_the_identifier() {
    for sessions in [sessions(), as_in_flask()] {
        let app = app_with(sessions, |manager| {
            manager
                .next_in_session()
                .session_protection(SessionProtection::Strong)
        })
        .await;
        let browser = app.browser();
        assert_eq!(browser.get("/protected").await.location(), "/login");
        let session = session_of(&browser);
        assert_eq!(session.get("next"), Some(&Value::from("/protected")));
        assert!(session.get("_id").is_some());
        browser.get("/maybe").await;
        let fields = [("username", "ada"), ("password", PASSWORD)];
        let page = browser.post("/login", &fields).await;
        assert_eq!(page.location(), "/protected", "strong protection left it");
    }
}

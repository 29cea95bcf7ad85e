use std::time::Duration;

use super::*;

const DAY: u64 = 24 * 3_600;

#[tokio::test]
async fn a_remembered_login_outlives_the_session_and_is_not_fresh() {
    let app = app(sessions()).await;
    let browser = remembered(&app, "ada").await;
    assert_eq!(browser.cookie("remember_token"), Some(token_of("1")));
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=true remembered=true"
    );
    let other = drop_session(&app, &browser);
    assert_eq!(
        other.get("/whoami").await.text,
        "ada fresh=false remembered=true"
    );
    let session = session_of(&other);
    assert_eq!(session.get("_user_id"), Some(&"1".into()));
    assert_eq!(session.get("_fresh"), Some(&false.into()));
    assert_eq!(session.get("_id"), None, "as Flask-Login restores it");
}

#[tokio::test]
async fn the_token_is_set_for_a_year_as_flask_login_sets_it() {
    let app = app(sessions().danger_remember_cookie_samesite(None)).await;
    let browser = app.browser();
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("remember", "on"),
    ];
    let page = browser.post("/login", &fields).await;
    // 1,700,000,000 s and 365 days.
    assert_eq!(
        attributes(&page, "remember_token"),
        "Expires=Wed, 13 Nov 2024 22:13:20 GMT; HttpOnly; Path=/"
    );
    let lines: Vec<_> = page.set_cookies().collect();
    assert!(
        lines[0].starts_with("remember_token=") && lines[1].starts_with("session="),
        "in Flask's order: {lines:?}"
    );
}

#[tokio::test]
async fn a_duration_of_its_own_beats_the_setting_and_stays_in_the_session() {
    let app = app(sessions().remember_cookie_duration(Duration::from_secs(2 * DAY))).await;
    let browser = app.browser();
    let mut fields = vec![
        ("username", "ada"),
        ("password", PASSWORD),
        ("remember", "on"),
    ];
    let page = browser.post("/login", &fields).await;
    assert!(attributes(&page, "remember_token").contains("Expires=Thu, 16 Nov 2023 22:13:20 GMT"));
    fields.push(("duration", "25200"));
    let page = browser.post("/login", &fields).await;
    assert!(attributes(&page, "remember_token").contains("Expires=Wed, 15 Nov 2023 05:13:20 GMT"));
    assert_eq!(
        session_of(&browser).get("_remember_seconds"),
        Some(&25_200.0.into())
    );
    let page = browser.post("/logout", &[]).await;
    assert!(line(&page, "remember_token").is_some());
    assert_eq!(browser.cookie("session"), None, "with the cookie it goes");
}

#[tokio::test]
async fn a_duration_without_remember_does_nothing() {
    let app = app(sessions()).await;
    let browser = app.browser();
    app.log_in(&browser, "ada", &[("duration", "60")]).await;
    assert_eq!(browser.cookie("remember_token"), None);
    assert_eq!(session_of(&browser).get("_remember_seconds"), None);
}

#[tokio::test]
async fn a_duration_beyond_all_time_is_no_error() {
    let app = app(sessions()).await;
    let browser = app.browser();
    let duration = u64::MAX.to_string();
    let more = [("remember", "on"), ("duration", duration.as_str())];
    app.log_in(&browser, "ada", &more).await;
    assert_eq!(browser.cookie("remember_token"), Some(token_of("1")));
}

#[tokio::test]
async fn a_logout_takes_the_token_away_as_flask_login_does() {
    let app = app(sessions()).await;
    let browser = remembered(&app, "ada").await;
    let page = browser.post("/logout", &[]).await;
    assert_eq!(
        line(&page, "remember_token"),
        Some("remember_token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/")
    );
    assert_eq!(browser.get("/maybe").await.text, "nobody");
    let fresh = app.browser();
    fresh.post("/logout", &[]).await;
    let page = fresh.post("/logout", &[]).await;
    assert_eq!(line(&page, "remember_token"), None, "there is none");
}

#[tokio::test]
async fn in_the_request_that_logs_out_nobody_is_remembered() {
    let app = app(sessions()).await;
    let browser = drop_session(&app, &remembered(&app, "ada").await);
    let page = browser.post("/logout", &[]).await;
    assert!(attributes(&page, "remember_token").contains("Max-Age=0"));
    assert_eq!(
        browser.get("/whoami").await.text,
        "nobody fresh=false remembered=false"
    );
}

#[tokio::test]
async fn tokens_that_are_none_let_nobody_in() {
    let app = app(sessions()).await;
    let good = token_of("1");
    let unsigned = good.replacen('1', "2", 1);
    for token in [
        "foo",
        "1",
        "1|",
        "|",
        "",
        &good[..good.len() - 1],
        &good.to_uppercase(),
        &unsigned,
        "\"",
    ] {
        let browser = app.browser();
        browser.set_cookie("remember_token", token);
        let page = browser.get("/whoami").await;
        assert_eq!(page.text, "nobody fresh=false remembered=false", "{token}");
        assert_eq!(page.set_cookies().count(), 0, "{token}");
    }
}

#[tokio::test]
async fn a_token_is_refreshed_only_for_who_came_with_his_own() {
    let refreshing = sessions().remember_cookie_refresh_each_request(true);
    let app = app(refreshing).await;
    let browser = remembered(&app, "ada").await;
    app.clock.advance(Duration::from_secs(DAY));
    let page = browser.get("/").await;
    assert!(attributes(&page, "remember_token").starts_with("Expires=Thu, 14 Nov 2024 22:13:20"));
    assert!(line(&page, "session").is_some(), "as in Flask-Login");
    assert_eq!(page.header("vary"), "Cookie");

    let only_session = app.logged_in("bob").await;
    assert_eq!(only_session.get("/maybe").await.set_cookies().count(), 0);
    only_session.set_cookie("remember_token", &token_of("1"));
    let page = only_session.get("/maybe").await;
    assert_eq!(page.text, "bob");
    assert_eq!(line(&page, "remember_token"), None, "it is another user's");
}

#[tokio::test]
async fn a_token_is_not_refreshed_without_that_setting() {
    let app = app(sessions()).await;
    let browser = remembered(&app, "ada").await;
    app.clock.advance(Duration::from_secs(DAY));
    assert_eq!(line(&browser.get("/maybe").await, "remember_token"), None);
}

#[tokio::test]
async fn a_token_of_another_user_restores_him_once_the_session_is_gone() {
    let app = app(sessions()).await;
    let browser = remembered(&app, "ada").await;
    app.log_in(&browser, "bob", &[]).await;
    assert_eq!(browser.get("/maybe").await.text, "bob");
    let other = drop_session(&app, &browser);
    assert_eq!(other.get("/maybe").await.text, "ada", "as in Flask-Login");
}

#[tokio::test]
async fn names_and_places_of_the_cookies_are_settings() {
    let custom = sessions()
        .session_cookie_name("s")
        .unwrap()
        .session_cookie_domain("example.com")
        .unwrap()
        .session_cookie_path("/app")
        .danger_session_cookie_httponly(false)
        .danger_session_cookie_secure(true)
        .remember_cookie_name("r")
        .unwrap()
        .remember_cookie_domain(".example.com")
        .unwrap()
        .remember_cookie_path("/mypath")
        .danger_remember_cookie_httponly(false)
        .danger_remember_cookie_secure(true)
        .danger_remember_cookie_samesite(countersign::flask::SameSite::Strict);
    let app = app(custom).await;
    let browser = app.browser();
    let fields = [
        ("username", "ada"),
        ("password", PASSWORD),
        ("remember", "on"),
    ];
    let page = browser.post("/login", &fields).await;
    assert_eq!(
        attributes(&page, "s"),
        "Domain=example.com; Secure; Path=/app; SameSite=Lax"
    );
    assert_eq!(
        attributes(&page, "r"),
        "Domain=example.com; Expires=Wed, 13 Nov 2024 22:13:20 GMT; Secure; Path=/mypath; SameSite=Strict"
    );
    assert_eq!(app.manager.session_cookie_name(), "s");
    assert!(sessions().session_cookie_name("a b").is_err());
    assert!(sessions().remember_cookie_name("").is_err());
}

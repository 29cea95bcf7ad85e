use std::time::Duration;

use countersign::flask::Value;

use super::*;

#[tokio::test]
async fn a_session_ends_with_the_browser_unless_it_is_permanent() {
    let app = app(as_in_flask()).await;
    let browser = app.browser();
    let page = browser.get("/set/colour/red").await;
    assert_eq!(attributes(&page, "session"), "HttpOnly; Path=/");
    let page = browser.get("/set/_permanent/yes").await;
    // 1,700,000,000 s and 31 days.
    assert_eq!(
        attributes(&page, "session"),
        "Expires=Fri, 15 Dec 2023 22:13:20 GMT; HttpOnly; Path=/"
    );
}

#[tokio::test]
async fn a_permanent_session_slides_with_each_request_unless_a_setting_says_no() {
    for (refresh, moves) in [(true, true), (false, false)] {
        let app = app(sessions().session_refresh_each_request(refresh)).await;
        let browser = app.browser();
        browser.get("/set/_permanent/yes").await;
        app.clock.advance(Duration::from_secs(3_600));
        let page = browser.get("/").await;
        assert_eq!(line(&page, "session").is_some(), moves);
        let varies = if moves { "Cookie" } else { "" };
        assert_eq!(page.header("vary"), varies);
    }
}

#[tokio::test]
async fn a_session_counts_for_its_lifetime_and_not_a_second_longer() {
    let day = Duration::from_secs(24 * 3_600);
    let app = app(sessions().permanent_session_lifetime(day)).await;
    let browser = app.logged_in("ada").await;
    let cookie = browser.cookie("session").unwrap();
    app.clock.advance(day);
    assert_eq!(browser.get("/maybe").await.text, "ada");
    app.clock.advance(Duration::from_secs(1));
    let page = browser.get("/maybe").await;
    assert_eq!(page.text, "nobody");
    assert_eq!(
        line(&page, "session"),
        None,
        "as in Flask, a cookie that is worth nothing stays"
    );
    assert_eq!(browser.cookie("session"), Some(cookie));
}

#[tokio::test]
async fn a_cookie_from_the_future_does_not_count() {
    let app = app(sessions()).await;
    let browser = app.browser();
    let later = app.clock.now() + Duration::from_secs(1);
    browser.set_cookie("session", &written([("_user_id", "1".into())], later));
    assert_eq!(browser.get("/maybe").await.text, "nobody");
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.get("/maybe").await.text, "ada");
}

#[tokio::test]
async fn cookies_that_are_none_are_no_session_and_no_error() {
    let app = app(sessions()).await;
    let good = app.logged_in("ada").await.cookie("session").unwrap();
    let changed = format!("f{}", &good[1..]);
    let long = "a".repeat(100_000);
    for cookie in [
        "",
        "x",
        ".",
        "..",
        "...",
        &changed,
        &good[..good.len() - 2],
        &long,
        "\"\\",
    ] {
        let browser = app.browser();
        browser.set_cookie("session", cookie);
        let page = browser.get("/maybe").await;
        assert_eq!((page.status.as_u16(), page.text.as_str()), (200, "nobody"));
        assert_eq!(page.set_cookies().count(), 0);
        // And a login is possible all the same.
        app.log_in(&browser, "ada", &[]).await;
        assert_eq!(browser.get("/maybe").await.text, "ada");
    }
}

#[tokio::test]
async fn a_session_that_is_no_dict_is_none() {
    let app = app(sessions()).await;
    let browser = app.browser();
    let list = UrlSafeTimedSerializer::flask_session(&key())
        .dumps(&Value::List(vec!["_user_id".into()]), app.clock.now())
        .unwrap();
    browser.set_cookie("session", &list);
    assert_eq!(browser.get("/maybe").await.text, "nobody");
}

#[tokio::test]
async fn of_two_cookies_the_first_counts_as_in_werkzeug() {
    let app = app(sessions()).await;
    let ada = app.logged_in("ada").await.cookie("session").unwrap();
    let bob = app.logged_in("bob").await.cookie("session").unwrap();
    for (cookies, name) in [
        (format!("session={ada}; session={bob}"), "ada"),
        (format!("a=1; session={bob}; session={ada}"), "bob"),
        (format!("session=\"{bob}\""), "bob"),
        (format!("session=; session={ada}"), "nobody"),
    ] {
        let browser = app.browser().with_header("cookie", &cookies);
        assert_eq!(browser.get("/maybe").await.text, name, "{cookies}");
    }
}

#[tokio::test]
async fn an_older_key_verifies_and_the_newer_one_signs() {
    let older = app(sessions()).await;
    let old = older.logged_in("ada").await;
    let rotated = SecretKey::new("e0d4f3c6a1b84d2f9e7a6c5b4a39281706f5")
        .unwrap()
        .fallback("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")
        .unwrap();
    let newer = app(FlaskSessions::new(rotated).unwrap()).await;
    let browser = newer.browser();
    browser.set_cookie("session", &old.cookie("session").unwrap());
    let page = browser.get("/maybe").await;
    assert_eq!(page.text, "ada");
    assert_eq!(line(&page, "session"), None, "written when it changes");
    browser.get("/set/colour/red").await;
    let back = older.browser();
    back.set_cookie("session", &browser.cookie("session").unwrap());
    assert_eq!(back.get("/maybe").await.text, "nobody", "signed anew");

    let remembered = remembered(&older, "ada").await;
    let only_token = newer.browser();
    only_token.set_cookie(
        "remember_token",
        &remembered.cookie("remember_token").unwrap(),
    );
    assert_eq!(
        only_token.get("/maybe").await.text,
        "nobody",
        "Flask-Login's tokens know no fallbacks"
    );
}

#[tokio::test]
async fn a_signer_of_the_applications_own_is_a_setting() {
    use countersign::flask::{Digest, SignerSettings};

    let settings = || SignerSettings::flask_session().digest(Digest::Sha256);
    let theirs = app(sessions().signer(settings())).await;
    let cookie = theirs.logged_in("ada").await.cookie("session").unwrap();
    for (sessions, name) in [
        (sessions().signer(settings()), "ada"),
        (sessions(), "nobody"),
    ] {
        let app = app(sessions).await;
        let browser = app.browser();
        browser.set_cookie("session", &cookie);
        assert_eq!(browser.get("/maybe").await.text, name);
    }
}

#[tokio::test]
async fn cookies_of_a_site_with_https_are_secure() {
    let app = app_with(sessions(), |manager| {
        manager.public_url("https://example.com").unwrap()
    })
    .await;
    let browser = app.browser().with_header("host", "example.com");
    let page = browser.get("/set/colour/red").await;
    assert_eq!(
        attributes(&page, "session"),
        "Secure; HttpOnly; Path=/; SameSite=Lax"
    );
}

#[tokio::test]
async fn answers_that_depend_on_the_cookies_say_so() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    let page = browser.get("/maybe").await;
    assert_eq!(page.header("vary"), "Cookie");
    assert_eq!(page.header("cache-control"), "no-store");
    let page = browser.get("/").await;
    assert_eq!(page.header("vary"), "");
    assert_eq!(page.header("cache-control"), "");
}

#[tokio::test]
async fn known_devices_are_recognised_beside_flasks_cookies() {
    let app = TestApp::on(sessions()).await;
    let browser = app.logged_in("ada").await;
    assert!(browser.cookie("countersign-device").is_some());
    for _ in 0..6 {
        let fields = [("username", "ada"), ("password", "guess")];
        app.browser().post("/login", &fields).await;
    }
    let stranger = app.browser();
    let fields = [("username", "ada"), ("password", PASSWORD)];
    assert_eq!(stranger.post("/login", &fields).await.status, 429);
    app.log_in(&browser, "ada", &[]).await;
}

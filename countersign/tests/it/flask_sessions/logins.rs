use countersign::Event;
use countersign::flask::Value;

use super::*;

#[tokio::test]
async fn a_login_writes_what_flask_login_writes() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    let session = session_of(&browser);
    assert_eq!(keys(&session), ["_fresh", "_id", "_user_id"]);
    assert_eq!(session.get("_user_id"), Some(&Value::from("1")));
    assert_eq!(session.get("_fresh"), Some(&Value::from(true)));
    // sha512(b"b'127.0.0.1'|None"): Flask-Login 0.6.3's words for a client without a `User-Agent`.
    let identifier = session.get("_id").and_then(Value::as_str).unwrap();
    assert!(identifier.starts_with("656d8f86"), "{identifier}");
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=true remembered=false"
    );
    assert_eq!(browser.get("/protected").await.text, "ada");
}

#[tokio::test]
async fn a_login_of_flask_is_a_login_here() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    let identifier = session_of(&browser).get("_id").unwrap().clone();
    for user_id in [Value::from("2"), Value::from(2)] {
        let browser = with_session(
            &app,
            [
                ("_user_id", user_id),
                ("_fresh", true.into()),
                ("_id", identifier.clone()),
            ],
        );
        let page = browser.get("/whoami").await;
        assert_eq!(page.text, "bob fresh=true remembered=false");
        assert_eq!(line(&page, "session"), None, "nothing changed");
    }
}

#[tokio::test]
async fn ids_that_are_none_are_nobody() {
    let app = app(sessions()).await;
    for user_id in [
        Value::Null,
        "".into(),
        "x".into(),
        "9000".into(),
        true.into(),
        1.0.into(),
        Value::List(vec!["1".into()]),
        Value::Bytes(b"1".to_vec()),
    ] {
        let browser = with_session(&app, [("_user_id", user_id.clone())]);
        assert_eq!(browser.get("/maybe").await.text, "nobody", "{user_id:?}");
        assert_eq!(browser.get("/protected").await.status, 303);
    }
}

#[tokio::test]
async fn a_user_who_is_gone_or_disabled_is_nobody_from_the_next_request_on() {
    let app = app(sessions()).await;
    let (ada, bob) = (app.logged_in("ada").await, app.logged_in("bob").await);
    app.users.remove(1);
    app.users.change(2, |bob| bob.is_active = false);
    for browser in [&ada, &bob] {
        assert_eq!(browser.get("/maybe").await.text, "nobody");
    }
    app.users.change(2, |bob| bob.is_active = true);
    assert_eq!(
        bob.get("/maybe").await.text,
        "bob",
        "his session was left as it was"
    );
}

#[tokio::test]
async fn an_inactive_user_is_refused_and_nothing_is_written() {
    let app = app(sessions()).await;
    let browser = app.browser();
    let fields = [("username", "sleepy"), ("password", PASSWORD)];
    let page = browser.post("/login", &fields).await;
    assert_eq!((page.status.as_u16(), page.text.as_str()), (401, "wrong"));
    assert_eq!(page.set_cookies().count(), 0);
    let forced = [
        ("username", "sleepy"),
        ("password", PASSWORD),
        ("force", "on"),
    ];
    browser.post("/login", &forced).await;
    assert_eq!(
        session_of(&browser).get("_user_id"),
        Some(&Value::from("3"))
    );
    assert_eq!(
        browser.get("/maybe").await.text,
        "nobody",
        "as in Flask-Login, where an inactive user is not authenticated"
    );
}

#[tokio::test]
async fn a_login_that_is_not_fresh_is_sent_to_the_refresh_view_until_it_is_confirmed() {
    let app = app(sessions()).await;
    let browser = app.browser();
    app.log_in(&browser, "ada", &[("fresh", "no")]).await;
    assert_eq!(session_of(&browser).get("_fresh"), Some(&false.into()));
    for path in ["/fresh", "/fresh-guard"] {
        let page = browser.get(path).await;
        let next = path.replace('/', "%2F");
        assert_eq!(page.location(), format!("/confirm?next={next}"));
    }
    let page = browser.post("/confirm", &[("password", "guess")]).await;
    assert_eq!(page.status, 401);
    assert_eq!(browser.get("/fresh").await.status, 303);
    app.events.take();
    let page = browser
        .post("/confirm?next=%2Ffresh", &[("password", PASSWORD)])
        .await;
    assert_eq!(page.location(), "/fresh");
    assert_eq!(browser.get("/fresh").await.text, "ada");
    assert!(
        matches!(
            &app.events.take()[..],
            [Event::LoginConfirmed { session: None, .. }]
        ),
        "told once"
    );
}

#[tokio::test]
async fn fresh_does_not_end_by_itself() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    app.clock.advance(std::time::Duration::from_secs(86_400));
    assert_eq!(browser.get("/fresh").await.text, "ada");
}

#[tokio::test]
async fn a_logout_takes_the_login_out_and_leaves_the_rest() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    browser.get("/set/colour/red").await;
    app.events.take();
    browser.post("/logout", &[]).await;
    assert_eq!(keys(&session_of(&browser)), ["colour"]);
    assert_eq!(browser.get("/maybe").await.text, "nobody");
    assert_eq!(browser.get("/get/colour").await.text, "red");
    assert!(
        matches!(&app.events.take()[..], [Event::LoggedOut { user: Some(user), .. }] if user.as_str() == "1")
    );
}

#[tokio::test]
async fn a_logout_of_all_that_is_there_removes_the_cookie() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    let page = browser.post("/logout", &[]).await;
    assert_eq!(
        line(&page, "session"),
        Some(
            "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/; SameSite=Lax"
        )
    );
    assert_eq!(browser.cookie("session"), None);
}

#[tokio::test]
async fn a_logout_of_nobody_is_told_and_changes_nothing() {
    let app = app(sessions()).await;
    let page = app.browser().post("/logout", &[]).await;
    assert_eq!(page.set_cookies().count(), 0);
    assert!(matches!(
        &app.events.take()[..],
        [Event::LoggedOut { user: None, .. }]
    ));
}

#[tokio::test]
async fn a_logout_does_not_need_the_users() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    app.users
        .down
        .store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(browser.get("/maybe").await.status, 503, "not a logout");
    assert_eq!(browser.post("/logout", &[]).await.status, 303);
    assert_eq!(browser.cookie("session"), None);
}

#[tokio::test]
async fn a_login_that_is_answered_with_a_5xx_did_not_happen_and_a_logout_did() {
    let app = app(sessions()).await;
    let browser = app.browser();
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let page = browser.post("/login?then=500", &fields).await;
    assert_eq!((page.status.as_u16(), page.set_cookies().count()), (500, 0));
    assert!(app.events.take().is_empty());

    let browser = remembered(&app, "ada").await;
    browser.get("/set/colour/red").await;
    let page = browser.post("/logout?then=500", &[]).await;
    assert_eq!(page.status, 500);
    assert_eq!(keys(&session_of(&browser)), ["colour"]);
    assert_eq!(browser.cookie("remember_token"), None);
}

#[tokio::test]
async fn another_user_takes_over_and_finds_what_is_in_the_session() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    browser.get("/set/colour/red").await;
    app.log_in(&browser, "bob", &[]).await;
    assert_eq!(browser.get("/maybe").await.text, "bob");
    assert_eq!(browser.get("/get/colour").await.text, "red", "as in Flask");
}

#[tokio::test]
async fn events_are_told_as_flask_login_sends_signals() {
    let app = app_with(sessions(), |manager| manager.report_access()).await;
    let browser = remembered(&app, "ada").await;
    let events = app.events.take();
    assert!(
        matches!(
            &events[..],
            [Event::LoggedIn {
                session: None,
                remembered: true,
                ..
            }]
        ),
        "{events:?}"
    );
    browser.get("/").await;
    assert!(app.events.take().is_empty(), "nobody asked");
    browser.get("/whoami").await;
    assert!(
        matches!(&app.events.take()[..], [Event::Accessed { user: Some(user) }] if user.as_str() == "1")
    );
    drop_session(&app, &browser).get("/maybe").await;
    let events = app.events.take();
    assert!(
        matches!(
            &events[..],
            [
                Event::LoadedFromCookie { .. },
                Event::Accessed { user: Some(_) }
            ]
        ),
        "{events:?}"
    );
    app.browser().get("/protected").await;
    assert!(matches!(
        &app.events.take()[..],
        [
            Event::Accessed { user: None },
            Event::Unauthorized { user: None, .. }
        ]
    ));
}

#[tokio::test]
async fn a_test_logs_in_without_a_password() {
    let app = app(sessions()).await;
    let browser = app.browser();
    let ada = app.users.get(1).unwrap();
    browser.log_in(&app.manager, &ada).await.unwrap();
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=true remembered=false"
    );
}

use countersign::flask::{Integer, Text, Value};

use super::*;

#[tokio::test]
async fn values_of_flask_are_read_and_those_that_nobody_touches_stay_as_they_were() {
    let app = app(sessions()).await;
    let large: Integer = "123456789012345678901234567890".parse().unwrap();
    let values = [
        ("bytes", Value::Bytes(vec![0, 255])),
        ("half", Value::Text(Text::from_utf16(&[0xd83d]))),
        ("large", Value::Integer(large)),
        ("name", Value::from("用户")),
        ("tuple", Value::Tuple(vec![1.into(), Value::Null])),
        (
            "when",
            Value::DateTime(Timestamp::from_millis(1_700_000_000_000)),
        ),
    ];
    let browser = with_session(&app, values.clone());
    assert_eq!(browser.get("/get/name").await.text, "用户");
    browser.get("/set/colour/red").await;
    let session = session_of(&browser);
    for (key, value) in values {
        assert_eq!(session.get(key), Some(&value));
    }
    assert_eq!(session.get("colour"), Some(&"red".into()));
}

#[tokio::test]
async fn values_from_here_are_what_flask_reads() {
    let app = app(sessions()).await;
    let browser = app.browser();
    assert_eq!(browser.post("/count", &[]).await.text, "1");
    assert_eq!(browser.post("/count", &[]).await.text, "2");
    assert_eq!(session_of(&browser).get("count"), Some(&2.into()));
}

#[tokio::test]
async fn messages_are_pairs_as_flask_keeps_them() {
    let app = app(sessions()).await;
    let browser = app.browser();
    browser.get("/flash").await;
    let pair = |category: &str, message: &str| Value::Tuple(vec![category.into(), message.into()]);
    assert_eq!(
        session_of(&browser).get("_flashes"),
        Some(&Value::List(vec![pair("message", "hello")]))
    );
    let theirs = [(
        "_flashes",
        Value::List(vec![pair("error", "a"), pair("message", "b")]),
    )];
    let browser = with_session(&app, theirs);
    assert_eq!(browser.get("/flashes").await.text, "a,b");
    assert_eq!(browser.cookie("session"), None, "they are shown once");
}

#[tokio::test]
async fn flashes_that_are_none_are_none() {
    let app = app(sessions()).await;
    for flashes in [
        Value::Null,
        "text".into(),
        Value::List(vec![1.into(), Value::Tuple(vec!["one".into()])]),
    ] {
        let browser = with_session(&app, [("_flashes", flashes)]);
        let page = browser.get("/flashes").await;
        assert_eq!((page.status.as_u16(), page.text.as_str()), (200, ""));
    }
}

#[tokio::test]
async fn clearing_takes_the_applications_values_and_leaves_the_login() {
    let app = app(sessions()).await;
    let browser = app.logged_in("ada").await;
    browser.get("/set/colour/red").await;
    browser.post("/clear", &[]).await;
    assert_eq!(keys(&session_of(&browser)), ["_fresh", "_id", "_user_id"]);
}

#[tokio::test]
async fn who_is_logged_in_is_not_for_the_application_to_write() {
    let app = app(sessions()).await;
    let browser = app.browser();
    for key in [
        "_user_id",
        "_fresh",
        "_id",
        "_remember",
        "_remember_seconds",
    ] {
        let page = browser.get(&format!("/set/{key}/1")).await;
        assert_eq!((page.status.as_u16(), page.set_cookies().count()), (500, 0));
    }
    assert_eq!(browser.get("/maybe").await.text, "nobody");
    let ada = app.logged_in("ada").await;
    assert_eq!(ada.get("/get/_user_id").await.text, "1", "it can be read");
}

#[tokio::test]
async fn more_than_could_be_read_again_is_refused() {
    let app = app(sessions()).await;
    // It inflates to nearly as much as may be read.
    let limit = countersign::flask::Limits::default().inflated;
    let browser = with_session(&app, [("large", "x".repeat(limit - 100).as_str().into())]);
    assert_eq!(browser.get("/set/colour/red").await.status, 200);
    let page = browser.get(&format!("/set/more/{}", "x".repeat(200))).await;
    assert_eq!((page.status.as_u16(), page.set_cookies().count()), (413, 0));
}

//! What a session in a cookie can't do, and what stamps make of it.

use countersign::session::{FlaskSessions, StoreError};

use super::*;

#[tokio::test]
async fn what_only_a_store_can_do_is_an_error_that_says_so() {
    let app = app(sessions()).await;
    let manager = &app.manager;
    let errors = [
        manager.end_sessions_of(&1).await.unwrap_err(),
        manager.end_all_sessions().await.unwrap_err(),
        manager.sessions_of(&1).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, StoreError::ClientSide { .. }), "{error}");
        assert!(error.to_string().contains("only the browser has it"));
    }
    let browser = app.logged_in("ada").await;
    for path in ["/end-others", "/end-all/1", "/change-password/new"] {
        let page = browser.post(path, &[]).await;
        assert_eq!(page.status, 501, "{path}: {}", page.text);
        assert!(page.text.contains("Flask cookie"), "{}", page.text);
    }
    assert_eq!(manager.remove_expired_sessions(10).await.unwrap(), 0);
    assert!(manager.clone().realm("staff").is_err());
    assert!(manager.clone().cookie_name("other").is_err());
}

#[tokio::test]
async fn a_stamp_ends_the_logins_of_an_old_password() {
    let app = app(sessions().stamped_user_ids()).await;
    app.users
        .change(1, |ada| ada.security_stamp = Some("old".into()));
    let here = remembered(&app, "ada").await;
    let there = remembered(&app, "ada").await;
    let session = session_of(&here);
    assert_eq!(session.get("_user_id"), Some(&"1:old".into()));
    assert_eq!(here.cookie("remember_token"), Some(token_of("1:old")));

    assert_eq!(here.post("/change-password/new", &[]).await.text, "changed");
    assert_eq!(
        here.get("/whoami").await.text,
        "ada fresh=true remembered=true"
    );
    assert_eq!(here.cookie("remember_token"), Some(token_of("1:new")));
    let other = drop_session(&app, &there);
    for browser in [there, other] {
        assert_eq!(browser.get("/maybe").await.text, "nobody");
    }
}

#[tokio::test]
async fn where_ids_are_stamped_those_without_a_stamp_do_not_count() {
    let app = app(sessions().stamped_user_ids()).await;
    app.users
        .change(1, |ada| ada.security_stamp = Some("stamp".into()));
    for (user_id, name) in [
        ("1:stamp", "ada"),
        ("1", "nobody"),
        ("1:", "nobody"),
        ("1:Stamp", "nobody"),
        (":stamp", "nobody"),
        ("2:", "bob"),
        ("2:stamp", "nobody"),
    ] {
        let browser = with_session(&app, [("_user_id", user_id.into())]);
        assert_eq!(browser.get("/maybe").await.text, name, "{user_id}");
    }
}

#[tokio::test]
async fn keys_under_32_bytes_need_a_dangerous_name() {
    let short = "sixteen bytes ok";
    assert!(SecretKey::new(short).is_err());
    let key = SecretKey::danger_short(short).unwrap();
    assert!(SecretKey::danger_short("fifteen bytes..").is_err());
    let app = app(FlaskSessions::new(key).unwrap()).await;
    assert_eq!(app.logged_in("ada").await.get("/maybe").await.text, "ada");
}

#[tokio::test]
async fn a_key_that_flask_login_can_not_sign_with_is_refused() {
    let key = || SecretKey::new("密".repeat(20)).unwrap();
    assert!(FlaskSessions::new(key()).is_err());
    let app = app(FlaskSessions::with_bytes_key(key())).await;
    assert_eq!(app.logged_in("ada").await.get("/maybe").await.text, "ada");
}

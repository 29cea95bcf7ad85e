use countersign::{Event, SessionProtection};

use super::*;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const OTHER: &str = "curl/8.14";

async fn protected(protection: SessionProtection) -> TestApp {
    app_with(sessions(), |manager| manager.session_protection(protection)).await
}

async fn firefox(app: &TestApp) -> Browser {
    let browser = app.browser().with_header("user-agent", FIREFOX);
    app.log_in(&browser, "ada", &[]).await;
    app.events.take();
    browser
}

#[tokio::test]
async fn the_same_client_stays_fresh() {
    for protection in [
        SessionProtection::Off,
        SessionProtection::Basic,
        SessionProtection::Strong,
    ] {
        let app = protected(protection).await;
        let browser = firefox(&app).await;
        for _ in 0..2 {
            let page = browser.get("/whoami").await;
            assert_eq!(page.text, "ada fresh=true remembered=false");
            assert_eq!(page.set_cookies().count(), 0);
        }
        assert!(app.events.take().is_empty());
    }
}

#[tokio::test]
async fn another_client_is_not_fresh_under_basic_protection() {
    let app = protected(SessionProtection::Basic).await;
    let browser = firefox(&app).await.with_header("user-agent", OTHER);
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=false remembered=false"
    );
    assert_eq!(session_of(&browser).get("_fresh"), Some(&false.into()));
    assert!(matches!(
        &app.events.take()[..],
        [Event::SessionProtected {
            session: None,
            ended: false,
            ..
        }]
    ));
    let page = browser.get("/maybe").await;
    assert_eq!(page.set_cookies().count(), 0, "it is marked already");
    assert_eq!(app.events.take().len(), 1, "and told each time");
}

#[tokio::test]
async fn another_client_is_out_under_strong_protection_and_the_applications_values_stay() {
    let app = protected(SessionProtection::Strong).await;
    let browser = firefox(&app).await;
    browser.get("/set/colour/red").await;
    browser.get("/set/next/somewhere").await;
    let thief = browser.clone().with_header("user-agent", OTHER);
    let page = thief.get("/maybe").await;
    assert_eq!(page.text, "nobody");
    assert_eq!(keys(&session_of(&thief)), ["colour"]);
    assert!(
        attributes(&page, "remember_token").contains("Max-Age=0"),
        "as in Flask-Login, whether there is one or not"
    );
    assert!(matches!(
        &app.events.take()[..],
        [Event::SessionProtected { ended: true, .. }]
    ));
    let owner = thief.with_header("user-agent", FIREFOX);
    assert_eq!(owner.get("/maybe").await.text, "nobody");
}

#[tokio::test]
async fn a_logout_that_strong_protection_came_before_takes_the_token_away_too() {
    let app = protected(SessionProtection::Strong).await;
    let thief = firefox(&app).await.with_header("user-agent", OTHER);
    let page = thief.post("/logout", &[]).await;
    assert!(attributes(&page, "remember_token").contains("Max-Age=0"));
}

#[tokio::test]
async fn a_permanent_session_is_protected_as_under_basic() {
    let app = protected(SessionProtection::Strong).await;
    let browser = firefox(&app).await;
    browser.get("/set/_permanent/yes").await;
    let other = browser.with_header("user-agent", OTHER);
    assert_eq!(
        other.get("/whoami").await.text,
        "ada fresh=false remembered=false"
    );
}

#[tokio::test]
async fn a_restored_login_is_wiped_by_strong_protection_with_the_next_request() {
    let app = protected(SessionProtection::Strong).await;
    let browser = drop_session(&app, &remembered(&app, "ada").await);
    assert_eq!(browser.get("/maybe").await.text, "ada");
    let page = browser.get("/maybe").await;
    assert_eq!(page.text, "nobody", "as in Flask-Login (its issue 685)");
    assert_eq!(browser.cookie("session"), None);
    assert_eq!(browser.cookie("remember_token"), None);
}

#[tokio::test]
async fn a_restored_login_stays_under_basic_protection() {
    let app = protected(SessionProtection::Basic).await;
    let browser = drop_session(&app, &remembered(&app, "ada").await);
    for _ in 0..3 {
        assert_eq!(
            browser.get("/whoami").await.text,
            "ada fresh=false remembered=true"
        );
    }
}

#[tokio::test]
async fn a_client_is_another_one_at_another_address() {
    let app = protected(SessionProtection::Basic).await;
    let browser = firefox(&app).await.at(crate::app::elsewhere());
    assert_eq!(
        browser.get("/whoami").await.text,
        "ada fresh=false remembered=false"
    );
}

#[tokio::test]
async fn the_first_forwarded_address_identifies_a_client_only_where_that_is_asked_for() {
    let public = |manager: LoginManager<User>| {
        manager
            .danger_plain_http_url("http://localhost")
            .unwrap()
            .session_protection(SessionProtection::Basic)
    };
    for (sessions, expected) in [
        (sessions(), "ada fresh=true remembered=false"),
        (
            sessions().danger_identifier_from_x_forwarded_for(),
            "ada fresh=false remembered=false",
        ),
    ] {
        let app = app_with(sessions, public).await;
        let browser = firefox(&app).await;
        let browser = browser.with_header("x-forwarded-for", "203.0.113.9, 10.0.0.1");
        assert_eq!(browser.get("/whoami").await.text, expected);
    }
}

#[tokio::test]
async fn failed_logins_are_never_counted_by_the_forwarded_address() {
    let app = app_with(
        sessions().danger_identifier_from_x_forwarded_for(),
        |manager| manager.danger_plain_http_url("http://localhost").unwrap(),
    )
    .await;
    let mut statuses = Vec::new();
    for number in 0..6 {
        let address = format!("203.0.113.{number}");
        let browser = app.browser().with_header("x-forwarded-for", &address);
        let fields = [("username", "ada"), ("password", "guess")];
        statuses.push(browser.post("/login", &fields).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
}

#[tokio::test]
async fn flask_login_0_7_identifies_a_client_in_other_words() {
    use countersign::flask::IdentifierVersion;

    let older = app(sessions()).await;
    let newer = app(sessions().identifier(IdentifierVersion::V0_7)).await;
    let older = session_of(&firefox(&older).await);
    let newer = session_of(&firefox(&newer).await);
    assert_ne!(older.get("_id"), newer.get("_id"));
}

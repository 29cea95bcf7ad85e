use std::time::Duration;

use countersign::testing::Page;

use super::{PASSWORD, PagesApp, log_in, who};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const EVIL: &str = "<script>alert(1)</script>\" onmouseover=\"x";

#[tokio::test]
async fn every_browser_is_listed_and_can_be_ended() {
    let app = PagesApp::new().await;
    let here = app
        .registered("ada")
        .await
        .with_header("user-agent", FIREFOX);
    log_in(&here, "ada", PASSWORD).await;
    let phone = app.browser().with_header("user-agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1");
    log_in(&phone, "ada", PASSWORD).await;
    let program = app.browser().with_header("user-agent", EVIL);
    log_in(&program, "ada", PASSWORD).await;

    let page = here.get("/account/sessions").await;
    assert!(page.text.contains("Firefox on Linux") && page.text.contains("Safari on iOS"));
    assert_eq!(page.text.matches("<li class=\"panel\">").count(), 3);
    assert_eq!(page.text.matches("this one").count(), 1);
    assert!(page.text.contains("127.0.0.1"));
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    assert!(page.text.contains("&lt;script&gt;alert(1)"));

    let [_, first, second] = names(&page).try_into().unwrap();
    for session in [&first, &second] {
        let ended = here
            .post("/account/sessions/end", &[("session", session)])
            .await;
        assert_eq!(
            (ended.status.as_u16(), ended.location()),
            (303, "/account/sessions")
        );
    }
    assert_eq!((who(&phone).await, who(&program).await), (None, None));
    assert_eq!(who(&here).await.as_deref(), Some("ada"));
    let again = here
        .post("/account/sessions/end", &[("session", &first)])
        .await;
    assert_eq!(again.status, 303);
    let page = here.get("/account/sessions").await;
    assert!(
        page.text.contains("That session had ended already."),
        "{}",
        page.text
    );
    assert_eq!(names(&page).len(), 1);

    let own = names(&page).remove(0);
    let out = here
        .post("/account/sessions/end", &[("session", &own)])
        .await;
    assert_eq!(out.location(), "/logged-out");
    assert_eq!(who(&here).await, None);
}

#[tokio::test]
async fn nobody_ends_the_sessions_of_others() {
    let app = PagesApp::new().await;
    let ada = app.registered("ada").await;
    let eve = app.registered("eve").await;
    let session = names(&ada.get("/account/sessions").await).remove(0);
    let page = eve
        .post("/account/sessions/end", &[("session", &session)])
        .await;
    assert_eq!(page.location(), "/account/sessions");
    assert!(
        eve.get("/account/sessions")
            .await
            .text
            .contains("had ended already")
    );
    eve.post("/account/sessions/end-others", &[]).await;
    assert_eq!(who(&ada).await.as_deref(), Some("ada"));
}

#[tokio::test]
async fn all_others_are_ended_at_once() {
    let app = PagesApp::new().await;
    let here = app.registered("ada").await;
    let others = [app.logged_in("ada").await, app.logged_in("ada").await];
    let page = here.post("/account/sessions/end-others", &[]).await;
    assert_eq!(page.location(), "/account/sessions");
    for other in &others {
        assert_eq!(who(other).await, None);
    }
    let page = here.get("/account/sessions").await;
    assert_eq!(names(&page).len(), 1);
    assert!(!page.text.contains("end-others"));
}

#[tokio::test]
async fn ending_a_session_needs_a_fresh_proof() {
    let app = PagesApp::new().await;
    let here = app.registered("ada").await;
    let other = app.logged_in("ada").await;
    app.clock.advance(Duration::from_secs(16 * 60));
    let page = here.get("/account/sessions").await;
    assert!(page.status == 200 && page.text.contains("you are asked for your password"));
    let [_, session] = names(&page).try_into().unwrap();
    for (path, fields) in [
        (
            "/account/sessions/end",
            &[("session", session.as_str())][..],
        ),
        ("/account/sessions/end-others", &[]),
    ] {
        let sent = here.post(path, fields).await;
        assert_eq!(
            (sent.status.as_u16(), sent.location()),
            (303, "/confirm?next=%2Faccount%2Fsessions")
        );
    }
    assert_eq!(who(&other).await.as_deref(), Some("ada"));
    let back = here
        .post(
            "/confirm?next=%2Faccount%2Fsessions",
            &[("password", PASSWORD)],
        )
        .await;
    assert_eq!(back.location(), "/account/sessions");
    here.post("/account/sessions/end-others", &[]).await;
    assert_eq!(who(&other).await, None);
}

#[tokio::test]
async fn the_history_shows_who_came_in() {
    let app = PagesApp::new().await;
    let ada = app.registered("ada").await;
    let other = app.browser().with_header("user-agent", EVIL);
    log_in(&other, "ada", PASSWORD).await;
    let page = ada.get("/account/history").await;
    assert_eq!(
        page.text.matches("<p class=\"name\">Logged in</p>").count(),
        2,
        "{}",
        page.text
    );
    assert!(
        page.text
            .contains("<time datetime=\"2023-11-14T22:13:20Z\">14 November 2023, 22:13 UTC</time>")
    );
    assert!(!page.text.contains("<script>alert"));
}

/// The names of the sessions that a page lists.
fn names(page: &Page) -> Vec<String> {
    let mark = "name=\"session\" value=\"";
    page.text
        .split(mark)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

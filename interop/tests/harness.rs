//! The harness itself: a program of this workspace, clicked through in Chromium and asked by curl.

use countersign_interop::{Browser, Curl, Server};

#[tokio::test]
async fn a_form_is_filled_and_sent_in_chromium() -> anyhow::Result<()> {
    let server = Server::program("login-page").start().await?;
    let browser = Browser::launch().await?;
    let page = browser.open(&server.at("/")).await?;
    assert_eq!(page.status().await?, 401);
    assert!(page.cookie("name").await?.is_none());

    page.fill("Your name", "Ada").await?;
    page.tick("Remember me").await?;
    page.screenshot("harness-form").await?;
    page.follow("Log in").await?;
    assert_eq!(page.url().await?, server.at("/"));
    assert_eq!(page.status().await?, 200);
    page.wait_for_text("Hello Ada").await?;
    let cookie = page
        .cookie("name")
        .await?
        .expect("a cookie after the login");
    assert_eq!(cookie.value, "Ada");
    assert!(cookie.http_only && !cookie.session);

    page.follow("Log out").await?;
    assert!(page.cookies().await?.is_empty());
    assert!(page.text().await?.contains("Your name"));
    browser.close().await
}

#[tokio::test]
async fn a_form_is_sent_by_curl_with_a_cookie_jar() -> anyhow::Result<()> {
    let server = Server::program("login-page").start().await?;
    let curl = Curl::new()?;
    assert_eq!(curl.get(&server.at("/")).await?.status, 401);

    let answer = curl.post(&server.at("/login"), &[("name", "Ada")]).await?;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/"));
    assert!(curl.get(&server.at("/")).await?.body.contains("Hello Ada"));

    let kept = curl.copy()?;
    curl.post(&server.at("/logout"), &[]).await?;
    assert_eq!(curl.get(&server.at("/")).await?.status, 401);
    assert_eq!(kept.get(&server.at("/")).await?.status, 200);
    assert!(server.output().contains("listening at"));
    Ok(())
}

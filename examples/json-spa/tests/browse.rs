//! The page as its visitors see it, and the API as programs do: the program is started and asked over HTTP.

use countersign_interop::{Answer, Browser, Curl, Server};

#[tokio::test]
async fn a_program_logs_in_and_out_by_json() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    assert_problem(
        &curl.get(&server.at("/api/me")).await?,
        401,
        "not_logged_in",
    );

    let wrong = log_in(
        &curl,
        &server,
        r#"{"username": "alice", "password": "hare"}"#,
    )
    .await?;
    assert_problem(&wrong, 401, "wrong_credentials");
    let right = r#"{"username": "alice", "password": "rabbit", "remember": true}"#;
    let welcome = log_in(&curl, &server, right).await?;
    assert_eq!(
        (welcome.status, &*welcome.body),
        (200, r#"{"name":"alice"}"#)
    );
    let me = curl.get(&server.at("/api/me")).await?;
    assert_eq!((me.status, &*me.body), (200, r#"{"name":"alice"}"#));

    let bye = curl.post(&server.at("/api/logout"), &[]).await?;
    assert_eq!(bye.status, 204);
    assert_eq!(curl.get(&server.at("/api/me")).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn what_is_no_login_is_refused() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    assert_eq!(log_in(&curl, &server, "{").await?.status, 400);
    assert_eq!(log_in(&curl, &server, "{}").await?.status, 422);
    let form = [("username", "alice"), ("password", "rabbit")];
    let form = curl.post(&server.at("/api/login"), &form).await?;
    assert_eq!(form.status, 415, "a form is no JSON");
    Ok(())
}

#[tokio::test]
async fn the_page_shows_what_the_server_says() -> anyhow::Result<()> {
    let server = start().await?;
    let browser = Browser::launch().await?;
    let page = browser.open(&server.at("/")).await?;
    page.wait_for_text("Remember me").await?;
    page.fill("Name", "alice").await?;
    page.fill("Password", "hare").await?;
    page.click("Log in").await?;
    page.wait_for_text("wrong name or password").await?;

    page.fill("Password", "rabbit").await?;
    page.click("Log in").await?;
    page.wait_for_text("Hello, alice!").await?;
    page.goto(&server.at("/")).await?;
    page.wait_for_text("Hello, alice!").await?;
    page.click("Log out").await?;
    page.wait_for_text("Remember me").await?;
    browser.close().await
}

async fn start() -> anyhow::Result<Server> {
    Server::file(env!("CARGO_BIN_EXE_json-spa"))
        .variable("LISTEN", "127.0.0.1:0")
        .start()
        .await
}

async fn log_in(curl: &Curl, server: &Server, json: &str) -> anyhow::Result<Answer> {
    let url = server.at("/api/login");
    curl.run(&["--json", json, &url]).await
}

fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status);
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/problem+json"));
    let code = format!(r#""code":"{code}""#);
    assert!(answer.body.contains(&code), "{}", answer.body);
}

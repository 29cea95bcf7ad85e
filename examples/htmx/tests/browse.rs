//! The page as its visitors see it: the program is started, asked over HTTP, and clicked through in a browser.

use countersign_interop::{Answer, Browser, Curl, Server};

#[tokio::test]
async fn parts_of_a_page_tell_htmx_to_open_the_login_view() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;

    let whole = curl.browse(&server.at("/")).await?;
    assert_eq!(
        (whole.status, whole.header("location")),
        (303, Some("/login?next=%2F"))
    );
    let part = fetch(&curl, &server, "/notes").await?;
    assert_eq!((part.status, part.header("location")), (401, None));
    // Back to the page that the part belongs to, not to the part.
    assert_eq!(part.header("hx-redirect"), Some("/login?next=%2F"));

    log_in(&curl, &server).await?;
    let part = fetch(&curl, &server, "/notes").await?;
    assert_eq!((part.status, &*part.body), (200, "<li>nothing yet</li>"));
    assert_eq!(part.header("hx-redirect"), None);

    curl.post(&server.at("/logout"), &[]).await?;
    let part = fetch(&curl, &server, "/notes").await?;
    assert_eq!(
        (part.status, part.header("hx-redirect")),
        (401, Some("/login?next=%2F"))
    );
    Ok(())
}

#[tokio::test]
async fn notes_are_kept_in_the_session_and_escaped() -> anyhow::Result<()> {
    let server = start().await?;
    let curl = Curl::new()?;
    log_in(&curl, &server).await?;
    curl.post(&server.at("/notes"), &[("text", "milk")]).await?;
    curl.post(&server.at("/notes"), &[("text", "<b>bread")])
        .await?;
    let part = fetch(&curl, &server, "/notes").await?;
    assert_eq!(part.body, "<li>milk</li><li>&lt;b&gt;bread</li>");
    Ok(())
}

#[tokio::test]
async fn a_session_that_ended_leads_to_the_login_view_and_back() -> anyhow::Result<()> {
    let server = start().await?;
    let browser = Browser::launch().await?;
    let page = browser.open(&server.at("/")).await?;
    page.fill("Name", "alice").await?;
    page.fill("Password", "rabbit").await?;
    page.follow("Log in").await?;
    page.wait_for_text("nothing yet").await?;
    page.fill("Note", "milk").await?;
    page.click("Add").await?;
    page.wait_for_text("milk").await?;

    let other_tab = browser.open(&server.at("/")).await?;
    other_tab.follow("Log out").await?;
    page.fill("Note", "bread").await?;
    page.click("Add").await?;
    page.wait_for_text("Remember me").await?;
    assert_eq!(page.url().await?, server.at("/login?next=%2F"));
    page.fill("Name", "alice").await?;
    page.fill("Password", "rabbit").await?;
    page.follow("Log in").await?;
    assert_eq!(page.url().await?, server.at("/"));
    browser.close().await
}

async fn start() -> anyhow::Result<Server> {
    Server::file(env!("CARGO_BIN_EXE_htmx"))
        .variable("LISTEN", "127.0.0.1:0")
        .start()
        .await
}

async fn log_in(curl: &Curl, server: &Server) -> anyhow::Result<Answer> {
    let fields = [("username", "alice"), ("password", "rabbit")];
    curl.post(&server.at("/login"), &fields).await
}

/// Asks for a part as htmx does.
async fn fetch(curl: &Curl, server: &Server, path: &str) -> anyhow::Result<Answer> {
    let page = format!("HX-Current-URL: {}", server.at("/"));
    let headers = ["--header", "HX-Request: true", "--header", &page];
    curl.run(
        &[
            &headers[..],
            &["--header", "Accept: text/html", &server.at(path)],
        ]
        .concat(),
    )
    .await
}

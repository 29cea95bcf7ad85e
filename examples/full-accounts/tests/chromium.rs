//! The pages in Chromium, as people use them: on a desk and on a phone, light and dark, in both languages.

use countersign_interop::{Browser, Page, Server};

#[tokio::test]
async fn somebody_comes_stays_and_leaves() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(&folder).await?;
    let (mine, other) = (Browser::launch().await?, Browser::launch().await?);

    let page = mine.open(&server.at("/reports")).await?;
    page.wait_for_text("Please log in to go on.").await?;
    page.follow("Create account").await?;
    page.fill("Name", "Ada").await?;
    page.fill("Password", "too short").await?;
    page.wait_for_text("6 more to go").await?;
    page.send("Create account").await?;
    assert_eq!(page.status().await?, 422);
    page.wait_for_text("This password has 9 characters").await?;
    page.fill("Password", PASSWORD).await?;
    page.wait_for_text("Long enough").await?;
    page.send("Create account").await?;
    page.wait_for_text("Nobody but you sees this, Ada!").await?;

    page.goto(&server.at("/account")).await?;
    page.send("Log out").await?;
    page.wait_for_text("You are logged out").await?;
    log_in(&page, &server).await?;
    let cookie = page.cookie("countersign").await?.expect("a cookie");
    assert!(cookie.http_only && !cookie.session, "{cookie:?}");

    let elsewhere = other.open(&server.at("/login")).await?;
    log_in(&elsewhere, &server).await?;
    page.follow("Sessions").await?;
    page.wait_for_text("this one").await?;
    page.send("End Headless Chrome on Linux").await?;
    page.wait_for_text("The session is ended.").await?;
    elsewhere.goto(&server.at("/account")).await?;
    elsewhere.wait_for_text("Please log in to go on.").await?;

    log_in(&elsewhere, &server).await?;
    page.follow("Password").await?;
    page.fill("Current password", PASSWORD).await?;
    page.fill("New password", NEW_PASSWORD).await?;
    page.send("Change password").await?;
    page.wait_for_text("Your password is changed").await?;
    elsewhere.goto(&server.at("/account")).await?;
    elsewhere.wait_for_text("Please log in to go on.").await?;

    page.follow("Delete account").await?;
    page.send("Go on to the last question").await?;
    page.fill("Type your name, Ada, to delete your account", "Ada")
        .await?;
    page.send("Delete my account for ever").await?;
    page.wait_for_text("You are logged out").await?;
    assert!(page.cookie("countersign").await?.is_none());
    mine.close().await?;
    other.close().await
}

#[tokio::test]
async fn every_page_fits_every_screen_in_both_languages() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(&folder).await?;
    let browser = Browser::launch().await?;
    let page = browser.open(&server.at("/register")).await?;
    page.fill("Name", "Ada").await?;
    page.fill("Password", PASSWORD).await?;
    page.send("Create account").await?;
    for language in ["English", "简体中文"] {
        page.send(language).await?;
        for name in MINE {
            page.goto(&server.at(&format!("/account{name}"))).await?;
            fits(&page, &format!("account{name}"), language).await?;
        }
        page.goto(&server.at("/confirm")).await?;
        fits(&page, "confirm", language).await?;
        page.goto(&server.at("/account")).await?;
    }
    page.send("退出登录").await?;
    for language in ["简体中文", "English"] {
        page.goto(&server.at("/login")).await?;
        page.send(language).await?;
        for name in ["login", "register", "logged-out", "logout"] {
            page.goto(&server.at(&format!("/{name}"))).await?;
            fits(&page, name, language).await?;
        }
    }
    browser.close().await
}

#[tokio::test]
async fn a_password_is_shown_and_hidden() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(&folder).await?;
    let browser = Browser::launch().await?;
    let page = browser.open(&server.at("/login")).await?;
    let kind = async || -> anyhow::Result<String> {
        let kind = "document.querySelector('#password').type";
        Ok(page.tab().evaluate(kind).await?.into_value()?)
    };
    assert_eq!(kind().await?, "password");
    let eye = page.tab().find_element(".eye").await?;
    assert_eq!(
        eye.attribute("aria-label").await?.as_deref(),
        Some("Show password")
    );
    eye.click().await?;
    assert_eq!(kind().await?, "text");
    eye.click().await?;
    assert_eq!(kind().await?, "password");
    browser.close().await
}

/// Looks at a page at each width and in each scheme, and keeps a picture of it.
async fn fits(page: &Page, name: &str, language: &str) -> anyhow::Result<()> {
    for (width, dark) in [(320, false), (375, true), (1280, false)] {
        page.look(width, dark).await?;
        assert_eq!(page.overhang().await?, 0, "{name} at {width}");
        let scheme = if dark { "dark" } else { "light" };
        let name = name.replace('/', "-");
        page.screenshot(&format!("full-accounts-{name}-{language}-{width}-{scheme}"))
            .await?;
    }
    Ok(())
}

async fn log_in(page: &Page, server: &Server) -> anyhow::Result<()> {
    page.goto(&server.at("/login")).await?;
    page.fill("Name", "Ada").await?;
    page.fill("Password", PASSWORD).await?;
    page.tick("Remember me on this device").await?;
    page.send("Log in").await?;
    assert_eq!(page.url().await?, server.at("/account"));
    Ok(())
}

async fn start(folder: &tempfile::TempDir) -> anyhow::Result<Server> {
    Server::file(env!("CARGO_BIN_EXE_full-accounts"))
        .variable("LISTEN", "127.0.0.1:0")
        .folder(folder.path())
        .start()
        .await
}

/// The pages of one's own account.
const MINE: [&str; 6] = [
    "",
    "/profile",
    "/password",
    "/sessions",
    "/history",
    "/delete",
];

const PASSWORD: &str = "correct horse battery staple";
const NEW_PASSWORD: &str = "wrong cow power supply pin";

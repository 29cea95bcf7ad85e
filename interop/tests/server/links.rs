//! In Chromium: what people do with links that count once.

use countersign_interop::{Browser, Page};

use crate::site::{LOGIN_FOR_ACCOUNT, PASSWORD, Site};
use crate::words::{CHINESE, ENGLISH, Words};

#[tokio::test]
async fn the_first_administrator_registers_by_a_link() -> anyhow::Result<()> {
    become_the_first_administrator(&ENGLISH).await
}

#[tokio::test]
async fn the_first_administrator_registers_by_a_link_in_chinese() -> anyhow::Result<()> {
    become_the_first_administrator(&CHINESE).await
}

#[tokio::test]
async fn somebody_with_an_account_becomes_an_administrator() -> anyhow::Result<()> {
    become_another_administrator(&ENGLISH).await
}

#[tokio::test]
async fn somebody_with_an_account_becomes_an_administrator_in_chinese() -> anyhow::Result<()> {
    become_another_administrator(&CHINESE).await
}

#[tokio::test]
async fn a_password_is_set_by_a_link() -> anyhow::Result<()> {
    set_a_password(&ENGLISH, &CHINESE).await
}

#[tokio::test]
async fn a_password_is_set_by_a_link_in_chinese() -> anyhow::Result<()> {
    set_a_password(&CHINESE, &ENGLISH).await
}

async fn become_the_first_administrator(words: &Words) -> anyhow::Result<()> {
    let site = Site::start_with(&["--registration", "closed"]).await?;
    let browser = Browser::launch().await?;
    let link = site.administrators_link().await?;
    let page = browser.open_in(&link, words.accept_language).await?;
    assert_eq!(page.url().await?, site.at("/invitation"));
    page.wait_for_text(words.administrator_invited).await?;
    page.fill(words.name, "Ada").await?;
    page.fill(words.password, "short").await?;
    page.send(words.register).await?;
    assert_eq!(page.status().await?, 422);
    page.wait_for_text(words.administrator_invited).await?;
    page.wait_for_focus(words.password).await?;
    page.fill(words.password, PASSWORD).await?;
    page.send(words.register).await?;
    assert_eq!(page.url().await?, site.at("/admin"));
    assert!(page.cookie("countersign-invitation").await?.is_none());
    assert!(site.accounts().await?.has_administrator().await?);

    // It counted once, for this browser too.
    page.goto(&link).await?;
    assert_eq!(page.status().await?, 404);
    page.wait_for_text(words.link_gone).await?;
    browser.close().await
}

async fn become_another_administrator(words: &Words) -> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register_in("Ada", words.accept_language).await?;
    let browser = Browser::launch().await?;
    let link = site.administrators_link().await?;
    let page = browser.open_in(&link, words.accept_language).await?;
    page.follow(words.log_in).await?;
    log_in(&page, words, PASSWORD).await?;
    assert_eq!(page.url().await?, site.at("/invitation"));
    page.send(&words.become_administrator("Ada")).await?;
    assert_eq!(page.url().await?, site.at("/admin"));
    assert!(site.accounts().await?.has_administrator().await?);
    browser.close().await
}

async fn set_a_password(words: &Words, others: &Words) -> anyhow::Result<()> {
    let site = Site::start().await?;
    let old = site.register_in("Ada", words.accept_language).await?;
    let browser = Browser::launch().await?;
    let link = site.password_link("ada").await?;
    let page = browser.open_in(&link, words.accept_language).await?;
    assert_eq!(page.url().await?, site.at("/set-password"));
    page.wait_for_text("Ada").await?;
    page.send(others.own_name).await?;
    assert_eq!(page.url().await?, site.at("/set-password"));
    page.send(words.own_name).await?;
    page.fill(words.new_password, "short").await?;
    page.send(words.set_password).await?;
    assert_eq!(page.status().await?, 422);
    page.wait_for_text(words.password_too_short).await?;
    page.wait_for_focus(words.new_password).await?;
    page.fill(words.new_password, NEW_PASSWORD).await?;
    page.send(words.set_password).await?;
    page.wait_for_text(words.password_set).await?;
    assert!(!site.is_logged_in(&old).await?, "all sessions are ended");

    log_in(&page, words, PASSWORD).await?;
    assert_eq!(page.status().await?, 401, "the old password");
    log_in(&page, words, NEW_PASSWORD).await?;
    assert_eq!(page.url().await?, site.at("/account"));
    page.goto(&link).await?;
    assert_eq!(page.status().await?, 404);
    page.wait_for_text(words.link_gone).await?;
    browser.close().await
}

/// Nobody is logged in by opening a link.
#[tokio::test]
async fn a_link_that_is_opened_from_another_site_shows_its_page() -> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    let link = site.password_link("ada").await?;
    let browser = Browser::launch().await?;
    let elsewhere = format!("data:text/html,<a href='{link}'>Your link</a>");
    let page = browser.open(&elsewhere).await?;
    page.follow("Your link").await?;
    assert_eq!(page.url().await?, site.at("/set-password"));
    page.wait_for_text("Ada").await?;
    page.goto(&site.at("/account")).await?;
    assert_eq!(page.url().await?, site.at(LOGIN_FOR_ACCOUNT));
    browser.close().await
}

async fn log_in(page: &Page, words: &Words, password: &str) -> anyhow::Result<()> {
    page.fill(words.name, "Ada").await?;
    page.fill(words.password, password).await?;
    page.send(words.log_in).await
}

const NEW_PASSWORD: &str = "five other words in a row";

//! In Chromium: what an administrator does, from the first link on.

use anyhow::Context as _;
use countersign_interop::{Browser, Page};

use crate::site::{PASSWORD, Site};
use crate::words::{CHINESE, ENGLISH, Words};

#[tokio::test]
async fn from_the_first_link_to_ending_a_users_sessions() -> anyhow::Result<()> {
    administer(&ENGLISH).await
}

#[tokio::test]
async fn from_the_first_link_to_ending_a_users_sessions_in_chinese() -> anyhow::Result<()> {
    administer(&CHINESE).await
}

async fn administer(words: &Words) -> anyhow::Result<()> {
    let site = Site::start().await?;
    let ada = site.register("Ada").await?;
    let browser = Browser::launch().await?;
    let link = site.administrators_link().await?;
    let page = browser.open_in(&link, words.accept_language).await?;
    page.fill(words.name, "Grace").await?;
    page.fill(words.password, PASSWORD).await?;
    page.send(words.register).await?;
    assert_eq!(page.url().await?, site.at("/admin"));

    find(&page, words, "Ada").await?;
    assert!(site.is_logged_in(&ada).await?);
    page.send(words.end_all_of_user).await?;
    page.wait_for_text(words.all_of_user_ended).await?;
    assert!(!site.is_logged_in(&ada).await?);
    page.follow(words.audit).await?;
    let first = page.tab().find_element(".list > li").await?;
    let first = first.inner_text().await?.unwrap_or_default();
    for part in [
        words.sessions_were_ended,
        "Ada",
        words.by_administrator,
        "Grace",
    ] {
        assert!(first.contains(part), "{part} in {first}");
    }

    give_a_new_password(&site, &page, words).await?;
    invite(&page, words).await?;
    browser.close().await
}

/// Looks for a user, and opens his page.
async fn find(page: &Page, words: &Words, name: &str) -> anyhow::Result<()> {
    page.follow(words.users).await?;
    page.fill(words.users_search, name).await?;
    page.send(words.show).await?;
    page.follow(name).await
}

/// By a link that is shown once, and works for whoever has it.
async fn give_a_new_password(site: &Site, page: &Page, words: &Words) -> anyhow::Result<()> {
    find(page, words, "Ada").await?;
    let users_page = page.url().await?;
    page.send(words.make_link).await?;
    assert_eq!(page.status().await?, 201);
    let link = shown_link(page).await?;
    assert!(link.starts_with(&site.at("/set-password?token=")), "{link}");
    page.follow(words.link_back).await?;
    assert_eq!(page.url().await?, users_page);
    assert!(!page.text().await?.contains(&link));

    let other = Browser::launch().await?;
    let other_page = other.open_in(&link, words.accept_language).await?;
    other_page.fill(words.new_password, NEW_PASSWORD).await?;
    other_page.send(words.set_password).await?;
    other_page.fill(words.name, "Ada").await?;
    other_page.fill(words.password, NEW_PASSWORD).await?;
    other_page.send(words.log_in).await?;
    assert_eq!(other_page.url().await?, site.at("/account"));
    // What is for administrators she does not even see.
    other_page.goto(&site.at("/admin")).await?;
    assert_eq!(other_page.status().await?, 403);
    other.close().await
}

async fn invite(page: &Page, words: &Words) -> anyhow::Result<()> {
    page.follow(words.invite).await?;
    page.fill(words.roles, "editor").await?;
    page.send(words.make_invitation).await?;
    let link = shown_link(page).await?;
    let other = Browser::launch().await?;
    let other_page = other.open_in(&link, words.accept_language).await?;
    other_page.fill(words.name, "Bob").await?;
    other_page.fill(words.password, PASSWORD).await?;
    other_page.send(words.register).await?;
    other.close().await?;

    find(page, words, "Bob").await?;
    page.wait_for_text("editor").await
}

async fn shown_link(page: &Page) -> anyhow::Result<String> {
    let field = page.tab().find_element("#link").await?;
    let link = field.attribute("value").await?;
    link.context("a page that shows a link")
}

const NEW_PASSWORD: &str = "five other words in a row";

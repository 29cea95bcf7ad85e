//! In Chromium: what people do with their accounts.

use countersign_interop::{Browser, Page};

use crate::site::{LOGIN_FOR_ACCOUNT, PASSWORD, Site};
use crate::words::{CHINESE, ENGLISH, Words};

#[tokio::test]
async fn an_account_from_its_beginning_to_its_end() -> anyhow::Result<()> {
    live_with_an_account(&ENGLISH, &CHINESE).await
}

#[tokio::test]
async fn an_account_from_its_beginning_to_its_end_in_chinese() -> anyhow::Result<()> {
    live_with_an_account(&CHINESE, &ENGLISH).await
}

async fn live_with_an_account(words: &Words, others: &Words) -> anyhow::Result<()> {
    let site = Site::start().await?;
    let mine = Browser::launch().await?;
    let page = mine.open_in(&site.at("/"), words.accept_language).await?;
    assert_eq!(page.language().await?, words.tag);

    register(&site, &page, words).await?;
    log_out(&page, words).await?;
    switch_language(&page, words, others).await?;
    log_in_remembered(&site, &page, words).await?;

    let other = Browser::launch().await?;
    let other_page = logged_in(&site, &other, words).await?;
    end_the_other_session(&site, &page, &other_page, words).await?;
    log_in(&other_page, words, PASSWORD).await?;
    assert_eq!(other_page.url().await?, site.at("/account"));
    change_password(&site, &page, words).await?;
    assert_out(&site, &other_page).await?;
    log_in(&other_page, words, PASSWORD).await?;
    assert_eq!(other_page.status().await?, 401, "the old password");
    log_in(&other_page, words, NEW_PASSWORD).await?;
    assert_eq!(other_page.url().await?, site.at("/account"));

    delete_account(&site, &page, words).await?;
    assert_out(&site, &other_page).await?;
    log_in(&other_page, words, NEW_PASSWORD).await?;
    assert_eq!(other_page.status().await?, 401, "nobody is there any more");
    mine.close().await?;
    other.close().await
}

async fn register(site: &Site, page: &Page, words: &Words) -> anyhow::Result<()> {
    page.follow(words.register).await?;
    assert_eq!(page.url().await?, site.at("/register"));
    fill_in(page, words, "Ada", "short").await?;
    page.send(words.register).await?;
    assert_eq!(page.status().await?, 422);
    page.wait_for_text(words.password_too_short).await?;
    // The name is still there, and the keyboard is where it is needed.
    page.wait_for_focus(words.password).await?;
    page.fill(words.password, PASSWORD).await?;
    page.send(words.register).await?;
    assert_eq!(page.url().await?, site.at("/account"));
    page.wait_for_text("Ada").await
}

async fn log_out(page: &Page, words: &Words) -> anyhow::Result<()> {
    page.send(words.log_out).await?;
    page.wait_for_text(words.logged_out).await?;
    assert!(page.cookie("countersign").await?.is_none());
    Ok(())
}

/// Whatever the browser asks for, its reader decides; and finds the way back.
async fn switch_language(page: &Page, words: &Words, others: &Words) -> anyhow::Result<()> {
    page.send(others.own_name).await?;
    assert_eq!(page.language().await?, others.tag);
    page.wait_for_text(others.logged_out).await?;
    page.send(words.own_name).await?;
    assert_eq!(page.language().await?, words.tag);
    Ok(())
}

async fn log_in_remembered(site: &Site, page: &Page, words: &Words) -> anyhow::Result<()> {
    page.goto(&site.at("/account")).await?;
    assert_eq!(page.url().await?, site.at(LOGIN_FOR_ACCOUNT));
    page.wait_for_text(words.please_log_in).await?;
    fill_in(page, words, "ada", "this is not her password").await?;
    page.tick(words.remember).await?;
    page.send(words.log_in).await?;
    assert_eq!(page.status().await?, 401);
    page.wait_for_text(words.wrong_login).await?;
    // Name and tick are still there.
    page.wait_for_focus(words.password).await?;
    page.fill(words.password, PASSWORD).await?;
    page.send(words.log_in).await?;
    assert_eq!(page.url().await?, site.at("/account"));
    let cookie = page.cookie("countersign").await?.expect("a cookie");
    assert!(cookie.http_only && !cookie.session, "{cookie:?}");
    Ok(())
}

async fn end_the_other_session(
    site: &Site,
    page: &Page,
    other: &Page,
    words: &Words,
) -> anyhow::Result<()> {
    page.follow(words.sessions).await?;
    assert_eq!(page.url().await?, site.at("/account/sessions"));
    page.wait_for_text(words.remembered).await?;
    let sessions = page.tab().find_elements(".list > li").await?;
    assert_eq!(sessions.len(), 2);
    let first = sessions[0].inner_text().await?.unwrap_or_default();
    assert!(first.contains(words.this_session), "{first}");
    let second = sessions[1].inner_text().await?.unwrap_or_default();
    assert!(!second.contains(words.this_session), "{second}");

    let end = sessions[1].find_element("button").await?;
    page.leave_by(page.click_on(&end)).await?;
    page.wait_for_text(words.session_ended).await?;
    assert_eq!(page.tab().find_elements(".list > li").await?.len(), 1);
    assert_out(site, other).await
}

async fn change_password(site: &Site, page: &Page, words: &Words) -> anyhow::Result<()> {
    page.goto(&site.at("/account/password")).await?;
    page.fill(words.current_password, PASSWORD).await?;
    page.fill(words.new_password, "short").await?;
    page.send(words.change_password).await?;
    assert_eq!(page.status().await?, 422);
    page.wait_for_text(words.password_too_short).await?;
    page.wait_for_focus(words.new_password).await?;

    page.fill(words.current_password, PASSWORD).await?;
    page.fill(words.new_password, NEW_PASSWORD).await?;
    page.send(words.change_password).await?;
    page.wait_for_text(words.password_changed).await?;
    page.goto(&site.at("/account")).await?;
    assert_eq!(page.url().await?, site.at("/account"));
    assert!(!page.text().await?.contains(words.password_changed));
    Ok(())
}

async fn delete_account(site: &Site, page: &Page, words: &Words) -> anyhow::Result<()> {
    page.follow(words.delete_account).await?;
    page.send(words.delete_continue).await?;
    let field = words.type_name("Ada");
    page.fill(&field, "Bob").await?;
    page.send(words.delete_now).await?;
    assert_eq!(page.status().await?, 422);
    page.wait_for_text(words.not_your_name).await?;
    page.fill(&field, "Ada").await?;
    page.send(words.delete_now).await?;
    page.wait_for_text(words.logged_out).await?;
    assert!(page.cookie("countersign").await?.is_none());
    assert_out(site, page).await
}

#[tokio::test]
async fn the_back_button_does_not_bring_a_page_back_after_a_logout() -> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    let browser = Browser::launch().await?;
    let page = logged_in(&site, &browser, &ENGLISH).await?;
    page.wait_for_text("Member since").await?;
    page.send("Log out").await?;
    page.wait_for_text("You are logged out").await?;
    page.back().await?;
    assert_eq!(page.url().await?, site.at(LOGIN_FOR_ACCOUNT));
    assert!(!page.text().await?.contains("Member since"));
    browser.close().await
}

#[tokio::test]
async fn the_keyboard_is_enough() -> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    let browser = Browser::launch().await?;
    let page = browser.open(&site.at("/login")).await?;
    page.wait_for_focus("Name").await?;
    page.type_text("Ada").await?;
    page.press("Tab").await?;
    page.wait_for_focus("Password").await?;
    page.type_text(PASSWORD).await?;
    page.press("Tab").await?;
    page.wait_for_focus("Show password").await?;
    page.press("Tab").await?;
    page.wait_for_focus("Remember me on this device").await?;
    page.press("Tab").await?;
    page.wait_for_focus("Log in").await?;
    page.leave_by(page.press("Enter")).await?;
    assert_eq!(page.url().await?, site.at("/account"));
    browser.close().await
}

async fn logged_in(site: &Site, browser: &Browser, words: &Words) -> anyhow::Result<Page> {
    let account = site.at("/account");
    let page = browser.open_in(&account, words.accept_language).await?;
    log_in(&page, words, PASSWORD).await?;
    assert_eq!(page.url().await?, account);
    Ok(page)
}

async fn log_in(page: &Page, words: &Words, password: &str) -> anyhow::Result<()> {
    fill_in(page, words, "Ada", password).await?;
    page.send(words.log_in).await
}

async fn fill_in(page: &Page, words: &Words, name: &str, password: &str) -> anyhow::Result<()> {
    page.fill(words.name, name).await?;
    page.fill(words.password, password).await
}

/// Leaves the page where a stranger is sent.
async fn assert_out(site: &Site, page: &Page) -> anyhow::Result<()> {
    page.goto(&site.at("/account")).await?;
    assert_eq!(page.url().await?, site.at(LOGIN_FOR_ACCOUNT));
    Ok(())
}

const NEW_PASSWORD: &str = "five other words in a row";

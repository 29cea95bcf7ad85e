//! In Chromium.

use countersign_interop::{Browser, Page};

use crate::site::{LOGIN_FOR_ACCOUNT, PASSWORD, Site};

#[tokio::test]
async fn somebody_registers_and_goes_through_the_whole_site() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let browser = Browser::launch().await?;
    let page = browser.open(&site.at("/")).await?;
    page.follow("Register").await?;
    fill_in(&page, "Ada", PASSWORD).await?;
    page.send("Register").await?;
    assert_eq!(page.url().await?, site.at("/account"));
    page.wait_for_text("Ada").await?;

    page.send("Log out").await?;
    page.wait_for_text("You are logged out").await?;
    assert!(page.cookie("countersign").await?.is_none());

    page.goto(&site.at("/account")).await?;
    assert_eq!(page.url().await?, site.at(LOGIN_FOR_ACCOUNT));
    page.wait_for_text("Please log in to access this page.")
        .await?;
    fill_in(&page, "ada", "this is not her password").await?;
    page.tick("Remember me on this device").await?;
    page.send("Log in").await?;
    assert_eq!(page.status().await?, 401);
    page.wait_for_text("do not belong together").await?;
    // Name and tick are still there, and the keyboard is where it is needed.
    page.wait_for_focus("Password").await?;
    page.fill("Password", PASSWORD).await?;
    page.send("Log in").await?;
    assert_eq!(page.url().await?, site.at("/account"));
    let cookie = page.cookie("countersign").await?.expect("a cookie");
    assert!(cookie.http_only && !cookie.session, "{cookie:?}");
    assert!(page.text().await?.contains("remembered"));
    page.follow("Countersign").await?;
    page.wait_for_text("Hello, Ada!").await?;
    browser.close().await
}

#[tokio::test]
async fn a_change_of_the_password_logs_the_other_browser_out() -> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    let (mine, other) = (Browser::launch().await?, Browser::launch().await?);
    let my_page = logged_in(&site, &mine).await?;
    let other_page = logged_in(&site, &other).await?;

    my_page.follow("Change password").await?;
    my_page.fill("Current password", PASSWORD).await?;
    my_page.fill("New password", "short").await?;
    my_page.send("Change password").await?;
    assert_eq!(my_page.status().await?, 422);
    my_page
        .wait_for_text("This password has 5 characters")
        .await?;
    my_page.wait_for_focus("New password").await?;

    my_page.fill("Current password", PASSWORD).await?;
    my_page.fill("New password", NEW_PASSWORD).await?;
    my_page.send("Change password").await?;
    assert_eq!(my_page.url().await?, site.at("/account"));
    my_page.wait_for_text("Your password is changed").await?;
    my_page.goto(&site.at("/account")).await?;
    assert_eq!(my_page.url().await?, site.at("/account"));
    assert!(!my_page.text().await?.contains("Your password is changed"));

    other_page.goto(&site.at("/account")).await?;
    assert_eq!(other_page.url().await?, site.at(LOGIN_FOR_ACCOUNT));
    fill_in(&other_page, "Ada", PASSWORD).await?;
    other_page.send("Log in").await?;
    assert_eq!(other_page.status().await?, 401, "the old password");
    fill_in(&other_page, "Ada", NEW_PASSWORD).await?;
    other_page.send("Log in").await?;
    assert_eq!(other_page.url().await?, site.at("/account"));
    mine.close().await?;
    other.close().await
}

#[tokio::test]
async fn the_back_button_does_not_bring_a_page_back_after_a_logout() -> anyhow::Result<()> {
    let site = Site::start().await?;
    site.register("Ada").await?;
    let browser = Browser::launch().await?;
    let page = logged_in(&site, &browser).await?;
    page.wait_for_text("Where you are logged in").await?;
    page.send("Log out").await?;
    page.wait_for_text("You are logged out").await?;
    page.back().await?;
    assert_eq!(page.url().await?, site.at(LOGIN_FOR_ACCOUNT));
    assert!(!page.text().await?.contains("Where you are logged in"));
    browser.close().await
}

#[tokio::test]
async fn a_session_is_ended_from_another_browser() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let other = site.register("Ada").await?;
    let browser = Browser::launch().await?;
    let page = logged_in(&site, &browser).await?;
    page.wait_for_text("Another browser").await?;
    // The first in the list is this browser, because it came last.
    let ends = page.tab().find_elements(".sessions button").await?;
    assert_eq!(ends.len(), 2);
    ends[1].click().await?;
    page.wait_until_text_is_gone("Another browser").await?;
    assert!(!site.is_logged_in(&other).await?);
    page.goto(&site.at("/account")).await?;
    page.send("End").await?;
    page.wait_for_text("You are logged out").await?;
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
    page.wait_for_focus("Remember me on this device").await?;
    page.press("Tab").await?;
    page.wait_for_focus("Log in").await?;
    page.leave_by(page.press("Enter")).await?;
    assert_eq!(page.url().await?, site.at("/account"));
    browser.close().await
}

/// The pictures are for people; what a program can see of them is asserted.
#[tokio::test]
async fn every_page_fits_a_phone_and_a_desk_in_light_and_dark() -> anyhow::Result<()> {
    let site = Site::start().await?;
    let browser = Browser::launch().await?;
    let page = browser.open(&site.at("/")).await?;
    photograph(&page, "home").await?;
    page.goto(&site.at("/register")).await?;
    photograph(&page, "register").await?;
    page.fill("Name", "Ada").await?;
    page.fill("Password", "short").await?;
    page.send("Register").await?;
    photograph(&page, "register-refused").await?;
    page.goto(&site.at("/account")).await?;
    photograph(&page, "login").await?;
    fill_in(&page, "Ada", "this is not her password").await?;
    page.send("Log in").await?;
    photograph(&page, "login-refused").await?;
    page.goto(&site.at("/nothing")).await?;
    photograph(&page, "not-found").await?;

    let longest_name = "W".repeat(64);
    site.register(&longest_name).await?;
    page.goto(&site.at("/login")).await?;
    fill_in(&page, &longest_name, PASSWORD).await?;
    page.send("Log in").await?;
    photograph(&page, "account").await?;
    page.follow("Change password").await?;
    photograph(&page, "password").await?;
    page.follow("Countersign").await?;
    photograph(&page, "home-logged-in").await?;
    page.send("Log out").await?;
    photograph(&page, "logged-out").await?;
    browser.close().await
}

async fn logged_in(site: &Site, browser: &Browser) -> anyhow::Result<Page> {
    let page = browser.open(&site.at("/account")).await?;
    fill_in(&page, "Ada", PASSWORD).await?;
    page.send("Log in").await?;
    assert_eq!(page.url().await?, site.at("/account"));
    Ok(page)
}

async fn fill_in(page: &Page, name: &str, password: &str) -> anyhow::Result<()> {
    page.fill("Name", name).await?;
    page.fill("Password", password).await
}

async fn photograph(page: &Page, name: &str) -> anyhow::Result<()> {
    for (width, size) in [(375, "phone"), (1280, "desk")] {
        for (dark, scheme) in [(false, "light"), (true, "dark")] {
            page.look(width, dark).await?;
            let name = format!("server-{name}-{size}-{scheme}");
            page.screenshot(&name).await?;
            assert_eq!(page.overhang().await?, 0, "{name}");
        }
    }
    page.look(1280, false).await
}

const NEW_PASSWORD: &str = "five other words in a row";

//! The administrators' pages on every screen: see `looks`.

use std::sync::Arc;
use std::time::Duration;

use countersign::accounts::{Accounts, By, NewAccount};
use countersign::clock::{Clock as _, ManualClock, SystemClock};
use countersign::password::{Argon2Cost, Passwords};
use countersign::session::ClientRecord;
use countersign_interop::Browser;

use crate::looks::{LONGEST_NAME, Looks};
use crate::site::{PASSWORD, Site};
use crate::words::{CHINESE, ENGLISH, Words};

#[tokio::test]
async fn every_page_of_administrators_is_for_all_of_them_on_every_screen() -> anyhow::Result<()> {
    look_at_every_page(&ENGLISH).await
}

#[tokio::test]
async fn every_page_of_administrators_is_for_all_of_them_on_every_screen_in_chinese()
-> anyhow::Result<()> {
    look_at_every_page(&CHINESE).await
}

async fn look_at_every_page(words: &Words) -> anyhow::Result<()> {
    let browser = Browser::launch().await?;
    let site = Site::start().await?;
    live_for_ten_days(&site).await?;
    let link = site.administrators_link().await?;
    let looks = Looks {
        page: browser.open_in(&link, words.accept_language).await?,
        words,
    };
    let page = &looks.page;
    page.fill(words.name, "Grace").await?;
    page.fill(words.password, PASSWORD).await?;
    page.send(words.register).await?;
    looks.inspect("admin").await?;
    looks.at(&site, "/admin?period=90d", "admin-90d").await?;
    page.goto(&site.at("/admin?period=24h")).await?;
    page.click(words.as_table).await?;
    looks.inspect("admin-24h-table").await?;
    looks.at(&site, "/admin?period=x", "admin-refused").await?;
    looks.at(&site, "/admin/users", "admin-users").await?;
    looks
        .at(&site, "/admin/users?state=x&page=", "admin-users-refused")
        .await?;
    looks
        .at(
            &site,
            "/admin/users?search=nobody+at+all",
            "admin-users-none",
        )
        .await?;
    looks_at_a_user(&looks, &site).await?;
    looks.at(&site, "/admin/sessions", "admin-sessions").await?;
    page.fill("name", "Bob").await?;
    page.send(words.log_everybody_out).await?;
    looks.inspect("admin-sessions-refused").await?;
    looks.at(&site, "/admin/audit", "admin-audit").await?;
    let wrong = "/admin/audit?account=nobody+at+all&kind=x&actor=Ada&from=x&since=x&until=x";
    looks.at(&site, wrong, "admin-audit-refused").await?;
    looks.at(&site, "/admin/invite", "admin-invite").await?;
    page.fill(words.roles, "administrator").await?;
    page.send(words.make_invitation).await?;
    looks.inspect("admin-invite-refused").await?;
    page.goto(&site.at("/admin/invite")).await?;
    page.send(words.make_invitation).await?;
    looks.inspect("admin-link").await?;
    browser.close().await
}

async fn looks_at_a_user(looks: &Looks<'_>, site: &Site) -> anyhow::Result<()> {
    let (page, words) = (&looks.page, looks.words);
    let accounts = site.accounts().await?;
    let user = accounts.find_by_name(LONGEST_NAME).await?;
    let address = format!("/admin/users/{}", user.expect("somebody of that name").id);
    looks.at(site, &address, "admin-user").await?;
    page.fill(words.another_role, "two words").await?;
    page.send(words.give_role).await?;
    looks.inspect("admin-user-refused").await?;
    page.goto(&site.at(&address)).await?;
    page.send(words.disable).await?;
    looks.inspect("admin-user-disabled").await?;
    let grace = accounts.find_by_name("Grace").await?;
    let own = format!("/admin/users/{}", grace.expect("herself").id);
    page.goto(&site.at(&own)).await?;
    page.send(words.disable).await?;
    assert_eq!(page.status().await?, 409);
    looks.inspect("admin-last").await
}

/// Logins and failures of several days, of users with names, roles and browsers of every length.
async fn live_for_ten_days(site: &Site) -> anyhow::Result<()> {
    let clock = Arc::new(ManualClock::at(SystemClock::new().now()));
    clock.set(SystemClock::new().now() - TEN_DAYS);
    // They are verified by the hundred, and guard nothing.
    let cost = Argon2Cost::danger_weak(8, 1, 1)?;
    let passwords = Passwords::builder().argon2id(cost).build()?;
    let accounts = site
        .accounts()
        .await?
        .passwords(passwords)
        .clock(clock.clone());
    let by = By::system("a test");
    for name in ["Ada", "王小明", LONGEST_NAME] {
        let _ = accounts
            .register(NewAccount::new(name, PASSWORD), &by)
            .await?;
        let account = accounts.find_by_name(name).await?.expect("just registered");
        for role in ["editor", &"R".repeat(64)] {
            accounts.grant_role(account.id, role, &by).await?;
        }
        let _ = accounts
            .change_email(
                account.id,
                Some(&format!("{}@example.com", "e".repeat(60))),
                &by,
            )
            .await?;
    }
    for hour in 0..240_u64 {
        clock.advance(Duration::from_secs(3_600));
        live_for_an_hour(&accounts, hour).await?;
    }
    site.log_in(LONGEST_NAME).await?;
    Ok(())
}

async fn live_for_an_hour(accounts: &Accounts, hour: u64) -> anyhow::Result<()> {
    let agent = "A-program-with-a-very-long-name-and-no-blank-in-it/".repeat(4);
    let client = ClientRecord::new("2001:db8:1234:5678::".parse().ok(), Some(agent.as_bytes()));
    let visitor = By::anonymous(client);
    for _ in 0..hour % 5 {
        accounts
            .authenticate(LONGEST_NAME, PASSWORD, &visitor)
            .await?;
    }
    for _ in 0..(hour % 24) / 2 {
        // Some of them are not even verified.
        let _ = accounts.authenticate("Ada", "a guess", &visitor).await;
    }
    Ok(())
}

const TEN_DAYS: Duration = Duration::from_secs(10 * 24 * 3_600);

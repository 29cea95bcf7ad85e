//! Every page in Chromium: on a phone and on a desk, in light and dark, in both languages. The pictures are for people
//! (`target/artefacts/server-*.png`); what a program can see of them is asserted.

use countersign::accounts::{By, Invitation, Invited};
use countersign_interop::{Browser, Curl, Page};

use crate::site::{PASSWORD, Site};
use crate::words::{CHINESE, ENGLISH, Words};

#[tokio::test]
async fn every_page_is_for_everybody_on_every_screen() -> anyhow::Result<()> {
    look_at_every_page(&ENGLISH).await
}

#[tokio::test]
async fn every_page_is_for_everybody_on_every_screen_in_chinese() -> anyhow::Result<()> {
    look_at_every_page(&CHINESE).await
}

/// Else nothing found on a page would mean nothing.
#[tokio::test]
async fn what_keeps_people_out_is_found() -> anyhow::Result<()> {
    let browser = Browser::launch().await?;
    let page = browser.open(BARRIERS).await?;
    let found = page.barriers().await?.join("\n");
    for rule in ["color-contrast", "html-has-lang", "image-alt", "label"] {
        assert!(found.contains(rule), "{rule}:\n{found}");
    }
    browser.close().await
}

async fn look_at_every_page(words: &Words) -> anyhow::Result<()> {
    let browser = Browser::launch().await?;
    let site = Site::start().await?;
    let looks = Looks {
        page: browser
            .open_in(&site.at("/"), words.accept_language)
            .await?,
        words,
    };
    looks.of_a_stranger(&site).await?;
    looks.of_a_member(&site).await?;
    looks.of_links(&site).await?;
    let closed = Site::start_with(&["--registration", "closed"]).await?;
    looks
        .at(&closed, "/register", "registration-closed")
        .await?;
    looks.at(&closed, "/", "home-closed").await?;
    looks.of_invitations(&closed).await?;
    browser.close().await
}

/// What inspects pages.
pub(crate) struct Looks<'a> {
    pub(crate) page: Page,
    pub(crate) words: &'a Words,
}

impl Looks<'_> {
    async fn of_a_stranger(&self, site: &Site) -> anyhow::Result<()> {
        let (page, words) = (&self.page, self.words);
        self.at(site, "/", "home").await?;
        self.at(site, "/register", "register").await?;
        page.fill(words.name, "admin").await?;
        page.fill(words.password, "short").await?;
        page.send(words.register).await?;
        self.inspect("register-refused").await?;
        self.at(site, "/account", "login").await?;
        page.fill(words.name, "Ada").await?;
        page.fill(words.password, "this is not her password")
            .await?;
        page.send(words.log_in).await?;
        self.inspect("login-refused").await?;
        self.at(site, "/nothing", "not-found").await
    }

    async fn of_a_member(&self, site: &Site) -> anyhow::Result<()> {
        let (page, words) = (&self.page, self.words);
        page.goto(&site.at("/register")).await?;
        page.fill(words.name, LONGEST_NAME).await?;
        page.fill(words.password, PASSWORD).await?;
        page.send(words.register).await?;
        page.send(words.log_out).await?;
        page.goto(&site.at("/login")).await?;
        page.fill(words.name, LONGEST_NAME).await?;
        page.fill(words.password, PASSWORD).await?;
        page.tick(words.remember).await?;
        page.send(words.log_in).await?;
        site.log_in(LONGEST_NAME).await?;
        self.inspect("account").await?;
        self.at(site, "/account/sessions", "sessions").await?;
        site.try_to_log_in(&Curl::new()?, LONGEST_NAME, "a guess")
            .await?;
        self.at(site, "/account/history", "history").await?;
        self.at(site, "/account/profile", "profile").await?;
        page.send(words.save).await?;
        self.inspect("profile-saved").await?;
        self.at(site, "/account/password", "password").await?;
        page.fill(words.current_password, "not the password")
            .await?;
        page.fill(words.new_password, "short").await?;
        page.send(words.change_password).await?;
        self.inspect("password-refused").await?;
        self.at(site, "/confirm", "confirm").await?;
        self.at(site, "/account/delete", "delete").await?;
        page.send(words.delete_continue).await?;
        self.inspect("delete-again").await?;
        page.fill(&words.type_name(LONGEST_NAME), "Bob").await?;
        page.send(words.delete_now).await?;
        self.inspect("delete-refused").await?;
        self.at(site, "/nothing", "not-found-member").await?;
        self.at(site, "/", "home-member").await?;
        page.send(words.log_out).await?;
        self.inspect("logged-out").await
    }

    /// What links of the site lead to, for somebody who has an account with the longest of names.
    async fn of_links(&self, site: &Site) -> anyhow::Result<()> {
        let (page, words) = (&self.page, self.words);
        let link = site.password_link(LONGEST_NAME).await?;
        page.goto(&link).await?;
        self.inspect("set-password").await?;
        page.fill(words.new_password, "short").await?;
        page.send(words.set_password).await?;
        self.inspect("set-password-refused").await?;
        page.fill(words.new_password, PASSWORD).await?;
        page.send(words.set_password).await?;
        self.inspect("login-new-password").await?;
        page.goto(&link).await?;
        self.inspect("link-gone").await?;

        page.goto(&site.administrators_link().await?).await?;
        self.inspect("invitation").await?;
        page.follow(words.log_in).await?;
        page.fill(words.name, LONGEST_NAME).await?;
        page.fill(words.password, PASSWORD).await?;
        page.send(words.log_in).await?;
        self.inspect("invitation-member").await?;
        page.send(&words.become_administrator(LONGEST_NAME)).await?;
        page.goto(&site.administrators_link().await?).await?;
        self.inspect("invitation-nothing-new").await?;
        page.send(words.log_out).await
    }

    async fn of_invitations(&self, closed: &Site) -> anyhow::Result<()> {
        let (page, words) = (&self.page, self.words);
        page.goto(&closed.administrators_link().await?).await?;
        page.fill(words.name, "admin").await?;
        page.fill(words.password, "short").await?;
        page.send(words.register).await?;
        self.inspect("invitation-refused").await?;
        let invitation = Invitation::default();
        let accounts = closed.accounts().await?;
        let Invited::Token(token) = accounts.invite(invitation, &By::system("a test")).await?
        else {
            anyhow::bail!("the invitation was refused");
        };
        let path = format!("/invitation?token={}", token.reveal());
        self.at(closed, &path, "invitation-for-members").await
    }

    pub(crate) async fn at(&self, site: &Site, path: &str, name: &str) -> anyhow::Result<()> {
        self.page.goto(&site.at(path)).await?;
        self.inspect(name).await
    }

    pub(crate) async fn inspect(&self, name: &str) -> anyhow::Result<()> {
        assert_eq!(self.page.language().await?, self.words.tag, "{name}");
        for (width, size) in [(375, "phone"), (1280, "desk")] {
            for (dark, scheme) in [(false, "light"), (true, "dark")] {
                self.page.look(width, dark).await?;
                let name = format!("server-{name}-{}-{size}-{scheme}", self.words.tag);
                self.page.screenshot(&name).await?;
                assert_eq!(self.page.overhang().await?, 0, "{name}");
                let barriers = self.page.barriers().await?;
                assert!(barriers.is_empty(), "{name}:\n{}", barriers.join("\n"));
            }
        }
        self.page.look(1280, false).await
    }
}

/// A page with a picture that nobody describes, a field that nobody names, and words in grey on white.
const BARRIERS: &str =
    "data:text/html,<img src='x'><input><p style='color:silver;background:white'>words";

/// As many letters as a name may have, and of the widest.
pub(crate) const LONGEST_NAME: &str =
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW";

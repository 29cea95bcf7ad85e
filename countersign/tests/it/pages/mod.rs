//! The accounts' pages, asked as a browser asks.

mod account;
mod admin;
mod headers;
mod invitations;
mod json;
mod languages;
mod login;
mod overrides;
mod password_links;
mod sessions;

use std::sync::Arc;

use axum::Router;
use countersign::accounts::{Account, Accounts, By, NewAccount, Registered, Registration};
use countersign::clock::{ManualClock, Timestamp};
use countersign::pages::Pages;
use countersign::password::{Argon2Cost, Passwords};
use countersign::testing::{Browser, Page};
use tempfile::TempDir;

/// A site of nothing but the pages, at a public address.
pub(crate) struct PagesApp {
    pub(crate) accounts: Accounts,
    pub(crate) pages: Pages,
    pub(crate) router: Router,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) passwords: Passwords,
    _folder: TempDir,
}

pub(crate) const PASSWORD: &str = "correct horse battery staple";

impl PagesApp {
    pub(crate) async fn new() -> Self {
        Self::with(
            |accounts| accounts.registration(Registration::Open),
            |pages| pages,
        )
        .await
    }

    pub(crate) async fn with(
        settings: impl FnOnce(Accounts) -> Accounts,
        pages_settings: impl FnOnce(Pages) -> Pages,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cost = Argon2Cost::danger_weak(8, 1, 1).unwrap();
        let passwords = Passwords::builder().argon2id(cost).build().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_700_000_000_000)));
        let accounts = Accounts::open(folder.path().join("accounts.db"))
            .await
            .unwrap()
            .passwords(passwords.clone())
            .clock(clock.clone());
        let accounts = settings(accounts);
        let pages = pages_settings(accounts.pages());
        let router = pages.site();
        Self {
            accounts,
            pages,
            router,
            clock,
            passwords,
            _folder: folder,
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which somebody has registered, and is logged in.
    pub(crate) async fn registered(&self, name: &str) -> Browser {
        let browser = self.browser();
        let page = register(&browser, name, PASSWORD).await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, "/account"),
            "{}",
            page.text
        );
        browser
    }

    /// A browser of somebody whose account was made by somebody who may, whoever else may.
    pub(crate) async fn registered_by(&self, by: &By, name: &str) -> Browser {
        let new = NewAccount::new(name, PASSWORD);
        let registered = self.accounts.register(new, by).await.unwrap();
        assert!(
            matches!(registered, Registered::Created(_)),
            "{registered:?}"
        );
        self.logged_in(name).await
    }

    /// Another browser of somebody who has an account.
    pub(crate) async fn logged_in(&self, name: &str) -> Browser {
        let browser = self.browser();
        let page = log_in(&browser, name, PASSWORD).await;
        assert_eq!(page.status, 303, "{}", page.text);
        browser
    }

    pub(crate) async fn account(&self, name: &str) -> Option<Account> {
        self.accounts.find_by_name(name).await.unwrap()
    }
}

pub(crate) async fn register(browser: &Browser, name: &str, password: &str) -> Page {
    let fields = [("username", name), ("password", password)];
    browser.post("/register", &fields).await
}

pub(crate) async fn log_in(browser: &Browser, name: &str, password: &str) -> Page {
    let fields = [("username", name), ("password", password)];
    browser.post("/login", &fields).await
}

pub(crate) fn system() -> By {
    By::system("a test")
}

/// The name of whoever the pages take a browser for.
pub(crate) async fn who(browser: &Browser) -> Option<String> {
    let page = browser.get("/").await;
    assert_eq!(page.status, 200, "{}", page.text);
    let (_, rest) = page.text.split_once("<bdi>")?;
    Some(rest.split_once("</bdi>")?.0.to_owned())
}

/// Asks again for as long as too many passwords of this client wait to be hashed: how many are waiting, when several browsers ask at
/// once, depends on how busy the machine is.
async fn once_there_is_room<F: Future<Output = Page>>(ask: impl Fn() -> F) -> Page {
    loop {
        let page = ask().await;
        if page.status != 503 {
            return page;
        }
    }
}

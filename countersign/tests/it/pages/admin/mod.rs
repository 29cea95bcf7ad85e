//! The administrators' pages.

mod audit;
mod export;
mod guards;
mod invite;
mod overview;
mod sessions;
mod user;
mod users;

use axum::body::Body;
use countersign::accounts::{
    ADMINISTRATOR, Account, AccountId, Actor, AuditEvent, AuditFilter, AuditKind,
};
use countersign::testing::{Browser, Page};
use http::Method;
use serde_json::Value;

use super::{PagesApp, system};

/// A site whose administrator, Grace, has just logged in.
struct Office {
    app: PagesApp,
    grace: Browser,
}

impl Office {
    async fn open() -> Self {
        Self::of(PagesApp::new().await).await
    }

    async fn of(app: PagesApp) -> Self {
        let grace = app.registered("Grace").await;
        let account = app.account("Grace").await.unwrap();
        app.accounts
            .grant_role(account.id, ADMINISTRATOR, &system())
            .await
            .unwrap();
        Self { app, grace }
    }

    async fn account(&self, name: &str) -> Account {
        self.app.account(name).await.unwrap()
    }

    async fn id(&self, name: &str) -> AccountId {
        self.account(name).await.id
    }

    /// The address of a user's page.
    async fn page_of(&self, name: &str) -> String {
        format!("/admin/users/{}", self.id(name).await)
    }

    /// Does something to a user by a form on his page.
    async fn act(&self, name: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.page_of(name).await;
        self.grace.post(&format!("{page}/{action}"), fields).await
    }

    /// What was done last.
    async fn last_event(&self) -> AuditEvent {
        self.events().await.remove(0)
    }

    async fn events(&self) -> Vec<AuditEvent> {
        let filter = AuditFilter::default();
        self.app.accounts.audit(filter).await.unwrap()
    }

    /// Asserts that Grace did something to an account, in the audit as on its page.
    async fn assert_grace_did(&self, kind: AuditKind, account: Option<AccountId>) {
        let event = self.last_event().await;
        let grace = self.id("Grace").await;
        assert_eq!((event.kind, event.account), (kind, account));
        assert_eq!(event.actor, Actor::Administrator(grace.to_string().into()));
        assert_eq!(event.client.address, "127.0.0.1".parse().ok());
        let page = self.grace.get("/admin/audit").await;
        let by =
            format!("by the administrator <a href=\"/admin/users/{grace}\"><bdi>Grace</bdi></a>");
        let line = page.text.split("<li class=\"panel\">").nth(1).unwrap();
        assert!(line.contains(&by), "{line}");
    }
}

/// Asserts that a form was taken, and what is said on the page that comes next.
async fn assert_said(browser: &Browser, taken: &Page, page: &str, words: &str) {
    assert_eq!(
        (taken.status.as_u16(), taken.location()),
        (303, page),
        "{}",
        taken.text
    );
    let next = browser.get(page).await;
    assert_eq!(next.status, 200);
    assert!(next.text.contains(words), "{words} in {}", next.text);
}

async fn get_json(browser: &Browser, path: &str) -> (u16, Value) {
    json(browser, Method::GET, path, Body::empty()).await
}

async fn post_json(browser: &Browser, path: &str, value: Value) -> (u16, Value) {
    json(browser, Method::POST, path, value.to_string().into()).await
}

async fn json(browser: &Browser, method: Method, path: &str, body: Body) -> (u16, Value) {
    let request = browser
        .request(method, path)
        .header("accept", "application/json")
        .header("content-type", "application/json");
    let page = browser.send(request, body).await;
    let value = match page.text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&page.text).unwrap(),
    };
    (page.status.as_u16(), value)
}

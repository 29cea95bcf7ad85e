//! What each request costs the store, counted exactly. Whoever needs no session costs nothing, however often he comes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::Method;
use countersign::clock::Timestamp;
use countersign::secret::{OperatingSystemRandom, Token, TokenHash};
use countersign::session::{
    Commit, Committed, Epoch, Lookup, MemoryStore, SessionId, SessionRecord, SessionStore,
    StoreError, UserId, Want,
};
use countersign::testing::{Browser, Page};

use crate::app::{PASSWORD, TestApp, session_cookie, with_cookie};

#[tokio::test]
async fn a_visitor_without_a_cookie_costs_nothing() {
    let (app, recorder) = recorded().await;
    for path in ["/", "/login", "/maybe", "/whoami", "/get/cart", "/flashes"] {
        let page = app.browser().get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_nothing_is_set(&page, path);
        assert_eq!(recorder.take(), NOTHING, "{path}");
    }
}

#[tokio::test]
async fn a_visitor_who_is_denied_costs_nothing() {
    let (app, recorder) = recorded().await;
    for path in PROTECTED {
        let page = app.browser().get(path).await;
        assert_eq!(page.status, 303, "{path}");
        assert_nothing_is_set(&page, path);
        assert_eq!(recorder.take(), NOTHING, "{path}");
    }
}

#[tokio::test]
async fn a_broken_cookie_costs_nothing() {
    let (app, recorder) = recorded().await;
    let stranger = app.browser();
    for cookie in [garbage(0), garbage(1), garbage(2), garbage(3), two_tokens()] {
        for path in ["/maybe", "/get/cart", "/protected", "/extracted"] {
            let page = ask(&stranger, path, &cookie).await;
            assert_nothing_is_set(&page, path);
            assert_eq!(recorder.take(), NOTHING, "{path} with {cookie}");
        }
    }
}

#[tokio::test]
async fn a_token_that_nobody_gave_out_costs_one_look() {
    let (app, recorder) = recorded().await;
    let stranger = app.browser();
    let cookie = format!("countersign={}", unknown_token());
    ask(&stranger, "/", &cookie).await;
    assert_eq!(recorder.take(), NOTHING, "nobody asked");
    for path in ["/maybe", "/get/cart", "/protected", "/extracted", "/admin"] {
        let page = ask(&stranger, path, &cookie).await;
        assert_nothing_is_set(&page, path);
        assert_eq!(recorder.take(), ["load"], "{path}");
    }
}

#[tokio::test]
async fn a_login_costs_an_epoch_and_a_commit() {
    let (app, recorder) = recorded().await;
    let browser = app.browser();
    app.log_in(&browser, "ada", &[]).await;
    assert_eq!(
        recorder.take(),
        ["shared_secret", "epoch_of", "commit"],
        "the first one also asks for the key of known devices, which is kept"
    );
    app.log_in(&app.browser(), "bob", &[]).await;
    assert_eq!(recorder.take(), ["epoch_of", "commit"]);
    app.log_in(&browser, "ada", &[]).await;
    assert_eq!(
        recorder.take(),
        ["epoch_of", "load", "commit"],
        "over a session that is there"
    );
}

#[tokio::test]
async fn a_login_over_a_session_that_was_not_used_for_long_costs_no_more() {
    let (app, recorder) = recorded().await;
    let browser = app.logged_in("ada").await;
    app.clock.advance(Duration::from_secs(11 * 3_600));
    recorder.take();
    app.log_in(&browser, "ada", &[]).await;
    assert_eq!(recorder.take(), ["epoch_of", "load", "commit"]);
}

#[tokio::test]
async fn a_login_that_the_store_or_the_users_table_fails_is_no_failure_of_the_users() {
    let (app, recorder) = recorded().await;
    let browser = app.browser();
    let fields = [("username", "ada"), ("password", PASSWORD)];
    for down in [&recorder.down, &app.users.down] {
        down.store(true, Ordering::SeqCst);
        for _ in 0..20 {
            assert_eq!(browser.post("/login", &fields).await.status, 503);
        }
        down.store(false, Ordering::SeqCst);
        assert_eq!(browser.post("/login", &fields).await.status, 303);
    }
}

#[tokio::test]
async fn ending_costs_one_call() {
    let (app, recorder) = recorded().await;
    let browser = app.logged_in("ada").await;
    recorder.take();
    browser.post("/end-others", &[]).await;
    assert_eq!(recorder.take(), ["load", "end_all_of"]);
    browser.post("/logout", &[]).await;
    assert_eq!(recorder.take(), ["load", "end"]);
}

#[tokio::test]
async fn a_login_that_fails_costs_an_epoch() {
    let (app, recorder) = recorded().await;
    app.logged_in("ada").await;
    recorder.take();
    for name in ["ada", "nobody", "sleepy"] {
        let fields = [("username", name), ("password", "wrong")];
        let page = app.browser().post("/login", &fields).await;
        assert_eq!(page.status, 401);
        assert_eq!(recorder.take(), ["epoch_of"], "{name}");
    }
}

#[tokio::test]
async fn a_page_for_somebody_logged_in_costs_one_look_however_often_it_asks() {
    let (app, recorder) = recorded().await;
    let browser = app.logged_in("ada").await;
    recorder.take();
    browser.get("/").await;
    assert_eq!(recorder.take(), NOTHING, "nobody asked");
    for path in ["/maybe", "/whoami"].into_iter().chain(PROTECTED) {
        assert_eq!(browser.get(path).await.status, 200, "{path}");
        assert_eq!(recorder.take(), ["load"], "{path}");
    }
}

#[tokio::test]
async fn use_is_written_down_once_in_a_twentieth_of_the_idle_time() {
    let (app, recorder) = recorded().await;
    let browser = app.logged_in("ada").await;
    app.clock.advance(Duration::from_secs(12 * 3_600 / 20 - 1));
    recorder.take();
    browser.get("/protected").await;
    assert_eq!(recorder.take(), ["load"]);
    app.clock.advance(Duration::from_secs(1));
    browser.get("/protected").await;
    assert_eq!(recorder.take(), ["load", "touch"]);
    browser.get("/protected").await;
    assert_eq!(recorder.take(), ["load"]);
}

#[tokio::test]
async fn a_sessions_data_cost_one_look_and_one_commit() {
    let (app, recorder) = recorded().await;
    let visitor = app.browser();
    visitor.get("/set/cart/apples").await;
    assert_eq!(recorder.take(), ["commit"], "there was nothing to look at");
    for browser in [visitor, app.logged_in("ada").await] {
        recorder.take();
        for (path, calls) in [
            ("/set/cart/apples", &["load", "commit"][..]),
            ("/get/cart", &["load"]),
            ("/count", &["load", "commit"]),
            ("/flash", &["load", "commit"]),
            ("/flashes", &["load", "commit"]),
            ("/flashes", &["load"]),
        ] {
            assert_eq!(browser.get(path).await.status, 200, "{path}");
            assert_eq!(recorder.take(), calls, "{path}");
        }
    }
}

#[tokio::test]
async fn a_logout_costs_a_look_and_an_ending() {
    let (app, recorder) = recorded().await;
    let browser = app.logged_in("ada").await;
    let cookie = session_cookie(&browser);
    recorder.take();
    browser.post("/logout", &[]).await;
    assert_eq!(recorder.take(), ["load", "end"]);
    browser.post("/logout", &[]).await;
    assert_eq!(recorder.take(), NOTHING, "there is nothing left to end");
    with_cookie(&app, &cookie).get("/protected").await;
    assert_eq!(recorder.take(), ["load"], "the old cookie, replayed");
}

#[tokio::test]
async fn ten_thousand_broken_cookies_write_nothing() {
    let (app, recorder) = recorded().await;
    app.logged_in("ada").await;
    let before = recorder.store.count().await.unwrap();
    recorder.take();
    let stranger = app.browser();
    for number in 0..10_000 {
        let path = PROTECTED[number % PROTECTED.len()];
        let page = ask(&stranger, path, &garbage(number)).await;
        assert_eq!(page.status, 303);
        assert_nothing_is_set(&page, path);
    }
    assert_eq!(recorder.take(), NOTHING);

    for number in 0..10_000 {
        let path = PROTECTED[number % PROTECTED.len()];
        let cookie = format!("countersign={}", unknown_token());
        let page = ask(&stranger, path, &cookie).await;
        assert_eq!(page.status, 303);
        assert_nothing_is_set(&page, path);
    }
    let calls = recorder.take();
    assert_eq!(calls.len(), 10_000);
    assert!(calls.iter().all(|call| *call == "load"));
    assert_eq!(recorder.store.count().await.unwrap(), before);
}

#[tokio::test]
async fn ten_thousand_strangers_on_a_protected_page_write_nothing() {
    let (app, recorder) = recorded().await;
    app.logged_in("ada").await;
    let before = recorder.store.count().await.unwrap();
    recorder.take();
    for number in 0..10_000 {
        let path = PROTECTED[number % PROTECTED.len()];
        let page = app.browser().get(path).await;
        assert_eq!(page.status, 303);
        assert_nothing_is_set(&page, path);
    }
    assert_eq!(recorder.take(), NOTHING);
    assert_eq!(recorder.store.count().await.unwrap(), before);
}

/// Pages that strangers are sent away from: by a guard, by an extractor, and by both.
const PROTECTED: [&str; 5] = [
    "/protected",
    "/extracted",
    "/fresh",
    "/fresh-guard",
    "/admin",
];

const NOTHING: [&str; 0] = [];

async fn recorded() -> (TestApp, Recorder) {
    let recorder = Recorder::default();
    (TestApp::on(recorder.clone()).await, recorder)
}

async fn ask(browser: &Browser, path: &str, cookie: &str) -> Page {
    let request = browser
        .request(Method::GET, path)
        .header("accept", "text/html")
        .header("cookie", cookie);
    browser.send(request, axum::body::Body::empty()).await
}

#[track_caller]
fn assert_nothing_is_set(page: &Page, path: &str) {
    assert_eq!(page.set_cookies().count(), 0, "{path}");
}

/// A cookie of the session's name that is no token.
fn garbage(number: usize) -> String {
    let token = unknown_token();
    let value = match number % 4 {
        0 => format!("{number}"),
        1 => String::new(),
        2 => format!("{}{number}", &token[..40]),
        _ => token.replace(|character: char| character.is_ascii_digit(), "%"),
    };
    match value == token {
        true => garbage(number),
        false => format!("countersign={value}"),
    }
}

/// Either may have been planted, so neither is believed.
fn two_tokens() -> String {
    let (one, other) = (unknown_token(), unknown_token());
    format!("countersign={one}; countersign={other}")
}

fn unknown_token() -> String {
    Token::generate_anywhere(&OperatingSystemRandom).reveal()
}

/// Sessions in memory, and the names of the methods that were called since somebody looked.
#[derive(Clone, Debug, Default)]
struct Recorder {
    store: MemoryStore,
    calls: Arc<Mutex<Vec<&'static str>>>,
    /// Whether it tells no epoch.
    down: Arc<AtomicBool>,
}

impl Recorder {
    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn called(&self, name: &'static str) -> &MemoryStore {
        self.calls.lock().unwrap().push(name);
        &self.store
    }
}

impl SessionStore for Recorder {
    async fn load(
        &self,
        token: &TokenHash,
        want: Want,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        self.called("load").load(token, want, now).await
    }

    async fn commit(&self, commit: Commit, now: Timestamp) -> Result<Committed, StoreError> {
        self.called("commit").commit(commit, now).await
    }

    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        self.called("touch").touch(token, now).await
    }

    async fn end(&self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        self.called("end").end(token, now).await
    }

    async fn end_named(
        &self,
        user: &UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.called("end_named").end_named(user, session, now).await
    }

    async fn end_all_of(
        &self,
        user: &UserId,
        except: Option<&TokenHash>,
        now: Timestamp,
    ) -> Result<Epoch, StoreError> {
        self.called("end_all_of")
            .end_all_of(user, except, now)
            .await
    }

    async fn end_all(&self, now: Timestamp) -> Result<(), StoreError> {
        self.called("end_all").end_all(now).await
    }

    async fn sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.called("sessions_of").sessions_of(user, now).await
    }

    async fn epoch_of(&self, user: &UserId) -> Result<Epoch, StoreError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("it is down".into()));
        }
        self.called("epoch_of").epoch_of(user).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.called("count").count().await
    }

    async fn remove_expired(&self, at_most: u32, now: Timestamp) -> Result<u64, StoreError> {
        self.called("remove_expired")
            .remove_expired(at_most, now)
            .await
    }

    async fn shared_secret(&self, proposal: [u8; 32]) -> Result<[u8; 32], StoreError> {
        self.called("shared_secret").shared_secret(proposal).await
    }
}

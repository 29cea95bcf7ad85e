//! What the log says, at the level `debug`, of logins that don't count.

use std::fmt;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

use super::*;

#[tokio::test]
async fn the_log_says_why_a_session_logs_nobody_in() {
    let app = app(sessions()).await;
    for (user_id, reason) in [
        ("77", "the user loader knows nobody with that id"),
        ("ada@example.com", "does not parse"),
        ("1", "another address or `User-Agent`"),
    ] {
        let browser = with_session(&app, [("_user_id", user_id.into())]);
        assert_logs(&browser, reason).await;
    }
    let browser = app.browser();
    browser.set_cookie("session", "forged");
    assert_logs(&browser, "a session cookie does not count").await;
}

#[tokio::test]
async fn the_log_says_why_a_remember_token_logs_nobody_in() {
    let app = app(sessions()).await;
    let browser = app.browser();
    browser.set_cookie("remember_token", "1|00");
    assert_logs(&browser, "a remember token does not count").await;
}

#[tokio::test]
async fn the_log_says_that_a_stamp_is_an_old_one_or_missing() {
    let app = app(sessions().stamped_user_ids()).await;
    for (user_id, reason) in [
        ("1:old", "the user has another stamp by now"),
        ("1", "its user id has no stamp"),
    ] {
        let browser = with_session(&app, [("_user_id", user_id.into())]);
        assert_logs(&browser, reason).await;
    }
}

async fn assert_logs(browser: &Browser, reason: &str) {
    let log = Log::default();
    let listening = tracing::subscriber::set_default(Registry::default().with(log.clone()));
    browser.get("/maybe").await;
    drop(listening);
    let lines = log.lines.lock().unwrap();
    let is_told = lines.iter().any(|line| line.contains(reason));
    assert!(is_told, "{reason}: {lines:?}");
}

/// The messages of this thread.
#[derive(Clone, Default)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.lines.lock().unwrap().push(line.0);
    }
}

/// The message of an event.
#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

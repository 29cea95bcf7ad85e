//! Counts the statements that reach SQLite, by the events that sqlx reports.

use std::collections::HashMap;
use std::sync::{Mutex, Once};

use tracing::{Event, Instrument as _, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// Runs a future, and counts the statements that it sends.
pub(crate) async fn statements_of<T>(future: impl Future<Output = T>) -> (T, u64) {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        tracing::subscriber::set_global_default(Registry::default().with(StatementCounter))
            .expect("no other test of this binary listens on all threads");
    });
    let span = tracing::info_span!(target: TARGET, "counted");
    let id = span.id().expect("the counter listens to its own spans");
    let answer = future.instrument(span.clone()).await;
    let counted = counts(|counts| counts.remove(&id.into_u64()));
    (answer, counted.unwrap_or(0))
}

/// sqlx carries the caller's span to the thread on which the statement runs, and reports it there: so the counter has
/// to listen on every thread of this program, and counts for the span in which it is.
struct StatementCounter;

impl<S> Layer<S> for StatementCounter
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let spans = context.event_scope(event).into_iter().flatten();
        for span in spans.filter(|span| span.metadata().target() == TARGET) {
            counts(|counts| *counts.entry(span.id().into_u64()).or_default() += 1);
        }
    }
}

/// By the numbers of their spans.
fn counts<T>(access: impl FnOnce(&mut HashMap<u64, u64>) -> T) -> T {
    static COUNTS: Mutex<Option<HashMap<u64, u64>>> = Mutex::new(None);
    access(COUNTS.lock().unwrap().get_or_insert_default())
}

const TARGET: &str = "countersign_counting";

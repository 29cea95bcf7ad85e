use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::limits::Limits;

/// What happens on one connection, as far as its deadlines depend on it. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Activity {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Told whenever a deadline may have come nearer.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    requests: usize,
    /// How many of the requests change something.
    changes: usize,
    has_served: bool,
    /// Since when there is no request.
    quiet_since: Instant,
    /// When the first byte of the next request came.
    head_since: Option<Instant>,
    written_at: Instant,
    /// The answers of which a piece was handed on and the next was not asked for yet, and since when.
    unread: HashMap<u64, Instant>,
    next_answer: u64,
    /// Who waits to be told that nobody asks for anything any more.
    waits_for_quiet: Option<Waker>,
}

impl Activity {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let state = State {
            requests: 0,
            changes: 0,
            has_served: false,
            quiet_since: now,
            head_since: None,
            written_at: now,
            unread: HashMap::new(),
            next_answer: 0,
            waits_for_quiet: None,
        };
        let shared = Shared {
            state: Mutex::new(state),
            changed: Notify::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// A request has come. It is over when the returned value goes.
    pub(super) fn begin(&self, is_safe: bool) -> UnderWay {
        let mut state = self.state();
        state.requests += 1;
        state.changes += usize::from(!is_safe);
        state.has_served = true;
        state.head_since = None;
        state.next_answer += 1;
        UnderWay {
            activity: self.clone(),
            is_safe,
            answer: state.next_answer,
        }
    }

    /// Bytes have come.
    pub(super) fn read(&self) {
        let mut state = self.state();
        if state.requests == 0 && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
            self.shared.changed.notify_one();
        }
    }

    /// Bytes have gone.
    pub(super) fn wrote(&self) {
        self.state().written_at = Instant::now();
    }

    /// Whether the end of what the peer sends is kept from those who read: it has sent its whole request, which
    /// changes nothing, and may well be waiting for the answer. The waker is called when there is no reason any more.
    pub(super) fn hides_the_end(&self, waker: &Waker) -> bool {
        let mut state = self.state();
        let is_hidden = state.requests > 0 && state.changes == 0;
        if is_hidden {
            state.waits_for_quiet = Some(waker.clone());
        }
        is_hidden
    }

    /// Whether a request's head has begun and not ended.
    pub(super) fn is_in_a_head(&self) -> bool {
        self.state().head_since.is_some()
    }

    /// When a connection of HTTP/1 has taken too long, as things are.
    pub(super) fn http1_deadline(&self, limits: &Limits) -> Option<Instant> {
        let state = self.state();
        if state.requests > 0 {
            return state.reading_deadline(limits);
        }
        Some(match state.head_since {
            Some(since) => since + limits.head,
            None if !state.has_served => state.quiet_since + limits.head,
            None => state.quiet_since.max(state.written_at) + limits.idle,
        })
    }

    /// When a connection of HTTP/2 has taken too long, as things are. What its peer sends beside requests counts for
    /// nothing.
    pub(super) fn http2_deadline(&self, limits: &Limits) -> Option<Instant> {
        let state = self.state();
        if state.requests > 0 {
            return state.reading_deadline(limits);
        }
        let patience = match state.has_served {
            true => limits.idle,
            false => limits.head,
        };
        Some(state.quiet_since + patience)
    }

    /// Ready when a deadline may have come nearer.
    pub(super) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics while it holds the lock.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn reading_deadline(&self, limits: &Limits) -> Option<Instant> {
        self.unread.values().min().map(|since| *since + limits.idle)
    }
}

/// A request that is under way, until its answer was handed on to the last byte.
#[derive(Debug)]
pub(super) struct UnderWay {
    activity: Activity,
    is_safe: bool,
    answer: u64,
}

impl UnderWay {
    /// A piece of the answer was handed on, and it is the client's turn.
    pub(super) fn waits_for_the_reader(&self) {
        let mut state = self.activity.state();
        state.unread.insert(self.answer, Instant::now());
        self.activity.shared.changed.notify_one();
    }

    /// The next piece was asked for.
    pub(super) fn was_read(&self) {
        self.activity.state().unread.remove(&self.answer);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.unread.remove(&self.answer);
        state.requests -= 1;
        state.changes -= usize::from(!self.is_safe);
        if state.requests == 0 {
            state.quiet_since = Instant::now();
            self.activity.shared.changed.notify_one();
            if let Some(waker) = state.waits_for_quiet.take() {
                waker.wake();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_new_connection_has_the_time_of_a_head() {
        let limits = Limits::default();
        let activity = Activity::new();
        let deadline = Some(Instant::now() + limits.head);
        assert_eq!(activity.http1_deadline(&limits), deadline);
        assert_eq!(activity.http2_deadline(&limits), deadline);
    }

    #[tokio::test(start_paused = true)]
    async fn further_bytes_of_a_head_bring_it_no_more_time() {
        let limits = Limits::default();
        let activity = Activity::new();
        activity.read();
        let deadline = activity.http1_deadline(&limits);
        tokio::time::advance(Duration::from_secs(1)).await;
        activity.read();
        assert!(activity.is_in_a_head());
        assert_eq!(activity.http1_deadline(&limits), deadline);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_has_no_deadline_here_and_then_the_connection_may_idle() {
        let limits = Limits::default();
        let activity = Activity::new();
        activity.read();
        let request = activity.begin(true);
        assert_eq!(activity.http1_deadline(&limits), None);
        assert_eq!(activity.http2_deadline(&limits), None);
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(request);
        let idle = Some(Instant::now() + limits.idle);
        assert_eq!(activity.http1_deadline(&limits), idle);
        assert_eq!(activity.http2_deadline(&limits), idle);
        activity.read();
        let head = Some(Instant::now() + limits.head);
        assert_eq!(activity.http1_deadline(&limits), head);
        assert_eq!(activity.http2_deadline(&limits), idle, "it may be a ping");
    }

    #[tokio::test(start_paused = true)]
    async fn the_answer_that_waits_longest_for_its_reader_decides() {
        let limits = Limits::default();
        let activity = Activity::new();
        let (first, second) = (activity.begin(true), activity.begin(true));
        first.waits_for_the_reader();
        let deadline = Some(Instant::now() + limits.idle);
        tokio::time::advance(Duration::from_secs(5)).await;
        second.waits_for_the_reader();
        assert_eq!(activity.http2_deadline(&limits), deadline);
        second.was_read();
        assert_eq!(activity.http2_deadline(&limits), deadline);
        drop(first);
        assert_eq!(activity.http2_deadline(&limits), None);
    }

    #[tokio::test]
    async fn the_end_is_hidden_only_while_nothing_is_changed() {
        let activity = Activity::new();
        let waker = Waker::noop();
        assert!(!activity.hides_the_end(waker), "nothing was asked for");
        let reading = activity.begin(true);
        assert!(activity.hides_the_end(waker));
        let changing = activity.begin(false);
        assert!(!activity.hides_the_end(waker));
        drop(changing);
        assert!(activity.hides_the_end(waker));
        drop(reading);
        assert!(!activity.hides_the_end(waker));
    }
}

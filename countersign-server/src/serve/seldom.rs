use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Keeps strangers from filling the log: says no more than once a minute that it is time for a line.
#[derive(Debug, Default)]
pub(super) struct Seldom(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    passed_over: u64,
}

impl Seldom {
    /// Whether it is time for a line: how many were passed over since the last one.
    pub(super) fn is_time(&self) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if matches!(state.last, Some(last) if now - last < PAUSE) {
            state.passed_over += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.passed_over))
    }
}

const PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn lines_come_once_a_minute_and_count_the_others() {
        let seldom = Seldom::default();
        assert_eq!(seldom.is_time(), Some(0));
        assert_eq!(seldom.is_time(), None);
        assert_eq!(seldom.is_time(), None);
        tokio::time::advance(PAUSE).await;
        assert_eq!(seldom.is_time(), Some(2));
        tokio::time::advance(PAUSE).await;
        assert_eq!(seldom.is_time(), Some(0));
    }
}

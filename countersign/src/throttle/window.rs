use std::time::Duration;

use super::limits::{SLICES_IN_A_WINDOW, WindowLimit};
use crate::clock::Timestamp;

/// The failures of a sliding window, by slices of a sixth of it.
///
/// The slices are the same for all counters of a kind, so two counters can be added up or shared without a window's edge
/// between them through which failures could slip.
#[derive(Clone, Debug)]
pub(super) struct SlidingWindow {
    /// The newest slice in which anything was counted.
    newest: i64,
    /// The count of slice `s` is at `s` modulo their number.
    counts: [u16; SLICES],
}

impl SlidingWindow {
    pub(super) fn new(slice: i64) -> Self {
        Self {
            newest: slice,
            counts: [0; SLICES],
        }
    }

    /// Counts one failure in the newest slice.
    pub(super) fn add(&mut self, slice: i64) {
        self.advance(slice);
        let count = &mut self.counts[position(self.newest)];
        *count = count.saturating_add(1);
    }

    /// Takes back failures that were counted in a slice. Nothing when they count no more.
    pub(super) fn subtract(&mut self, slice: i64, failures: u16) {
        if self.holds(slice) {
            let count = &mut self.counts[position(slice)];
            *count = count.saturating_sub(failures);
        }
    }

    /// The failures counted in one slice.
    pub(super) fn count_in(&self, slice: i64) -> u16 {
        if self.holds(slice) {
            self.counts[position(slice)]
        } else {
            0
        }
    }

    /// The failures that count at a moment that lies in `slice`.
    pub(super) fn total(&self, slice: i64) -> u32 {
        slices_until(slice.max(self.newest))
            .map(|counted| u32::from(self.count_in(counted)))
            .sum()
    }

    /// How long until one more failure is within the limit. `None` when it is now.
    pub(super) fn wait(&self, limit: &WindowLimit, now: Timestamp) -> Option<Duration> {
        let allowed = u32::from(limit.failures());
        if self
            .counts
            .iter()
            .map(|count| u32::from(*count))
            .sum::<u32>()
            < allowed
        {
            return None;
        }
        let slice = limit.slice(now);
        let mut total = self.total(slice);
        if total < allowed {
            return None;
        }
        let last_to_leave = slices_until(slice.max(self.newest)).find(|counted| {
            total -= u32::from(self.count_in(*counted));
            total < allowed
        });
        Some(wait_for_end(last_to_leave.unwrap_or(slice), limit, now))
    }

    fn advance(&mut self, slice: i64) {
        if slice <= self.newest {
            return;
        }
        for entered in slices_until(slice).filter(|entered| *entered > self.newest) {
            self.counts[position(entered)] = 0;
        }
        self.newest = slice;
    }

    fn holds(&self, slice: i64) -> bool {
        slice <= self.newest && self.newest.saturating_sub(slice) < SLICES as i64
    }
}

/// The slices that count at a moment in the last of them, oldest first.
pub(super) fn slices_until(last: i64) -> impl Iterator<Item = i64> {
    last.saturating_sub(SLICES as i64 - 1)..=last
}

/// How long until what was counted in a slice counts no more.
pub(super) fn wait_for_end(slice: i64, limit: &WindowLimit, now: Timestamp) -> Duration {
    limit
        .start_of(slice.saturating_add(SLICES as i64))
        .since(now)
}

fn position(slice: i64) -> usize {
    slice.rem_euclid(SLICES as i64) as usize
}

/// One more than there are in a window, because the oldest has partly left it.
pub(super) const SLICES: usize = SLICES_IN_A_WINDOW as usize + 1;

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: WindowLimit = WindowLimit::new(3, Duration::from_secs(60));

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_failure_counts_for_the_window_and_at_most_a_sixth_longer() {
        let mut window = SlidingWindow::new(LIMIT.slice(at(1_009)));
        window.add(LIMIT.slice(at(1_009)));
        assert_eq!(window.total(LIMIT.slice(at(1_069))), 1);
        assert_eq!(window.total(LIMIT.slice(at(1_070))), 0);
        window.add(LIMIT.slice(at(1_200)));
        assert_eq!(window.total(LIMIT.slice(at(1_269))), 1);
        assert_eq!(window.total(LIMIT.slice(at(1_270))), 0);
    }

    #[test]
    fn after_the_wait_there_is_room_and_not_before() {
        let mut window = SlidingWindow::new(LIMIT.slice(at(1_000)));
        for second in [1_000, 1_025, 1_030] {
            assert_eq!(window.wait(&LIMIT, at(second)), None);
            window.add(LIMIT.slice(at(second)));
        }
        let wait = window.wait(&LIMIT, at(1_031)).unwrap();
        assert_eq!(wait, Duration::from_secs(39));
        assert!(window.wait(&LIMIT, at(1_069)).is_some());
        assert_eq!(window.wait(&LIMIT, at(1_070)), None);
    }

    #[test]
    fn no_time_as_long_as_the_window_holds_more_than_the_limit() {
        let mut window = SlidingWindow::new(0);
        let mut let_through: Vec<i64> = Vec::new();
        for second in 0..1_000 {
            if window.wait(&LIMIT, at(second)).is_none() {
                window.add(LIMIT.slice(at(second)));
                let_through.push(second);
            }
        }
        assert!(let_through.len() >= 40);
        assert!(let_through.windows(4).all(|four| four[3] - four[0] >= 60));
    }

    #[test]
    fn what_is_taken_back_counts_no_more_and_only_once() {
        let mut window = SlidingWindow::new(5);
        window.add(5);
        window.add(6);
        window.subtract(5, 1);
        window.subtract(5, 1);
        window.subtract(-90, 1);
        window.subtract(90, 1);
        assert_eq!(window.total(6), 1);
        assert_eq!(window.count_in(6), 1);
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        for limit in [
            LIMIT,
            WindowLimit::new(0, Duration::ZERO),
            WindowLimit::new(1, Duration::MAX),
        ] {
            let mut window = SlidingWindow::new(limit.slice(Timestamp::from_millis(i64::MIN)));
            for millis in [i64::MIN, -1, 0, i64::MAX, i64::MIN, 0] {
                let now = Timestamp::from_millis(millis);
                window.add(limit.slice(now));
                window.wait(&limit, now);
                window.subtract(limit.slice(now), 1);
            }
        }
    }
}

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long verifications typically take, by cost. While hashes of several costs exist, the time of a failed login tells
/// which cost its account has, and so that it exists; an answer no earlier than the slowest tells nothing.
#[derive(Debug, Default)]
pub(super) struct Durations {
    seen: Mutex<Vec<Typical>>,
}

#[derive(Debug)]
struct Typical {
    cost: String,
    duration: Duration,
    /// How far from it the durations typically are.
    deviation: Duration,
}

impl Typical {
    fn first(cost: &str, duration: Duration) -> Self {
        Self {
            cost: cost.to_owned(),
            duration,
            deviation: duration / 8,
        }
    }

    fn record(&mut self, duration: Duration) {
        self.deviation = (self.deviation * 3 + self.duration.abs_diff(duration)) / 4;
        self.duration = (self.duration * 7 + duration) / 8;
    }

    /// What hardly any of them takes longer than.
    fn longest(&self) -> Duration {
        self.duration + self.deviation * 4
    }
}

impl Durations {
    /// Takes note of a verification: an exponentially smoothed mean, each new duration counting an eighth, and the mean
    /// deviation from it, counting a quarter, as TCP smooths its round trips (RFC 6298, section 2).
    pub(super) fn record(&self, cost: &str, duration: Duration) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(position) = seen.iter().position(|typical| typical.cost == cost) {
            let mut typical = seen.remove(position);
            typical.record(duration);
            seen.push(typical);
            return;
        }
        if seen.len() == COSTS {
            // The one that was not seen for longest.
            seen.remove(0);
        }
        seen.push(Typical::first(cost, duration));
    }

    /// What hardly any verification takes longer than, when several costs were seen: the mean of the slowest and four mean
    /// deviations, as TCP waits for an answer. The mean alone would be passed by half of those that cost the most.
    pub(super) fn floor(&self) -> Option<Duration> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < 2 {
            return None;
        }
        seen.iter().map(Typical::longest).max()
    }

    /// The typical duration of the slowest cost.
    pub(super) fn slowest(&self) -> Option<Duration> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().map(|typical| typical.duration).max()
    }
}

/// How many costs are remembered. A user table holds a few; stored strings come from outside, so there is a bound.
const COSTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_floor_while_all_hashes_cost_the_same() {
        let durations = Durations::default();
        assert_eq!(durations.floor(), None);
        durations.record("a", Duration::from_millis(10));
        durations.record("a", Duration::from_millis(90));
        assert_eq!(durations.floor(), None);
        assert_eq!(durations.slowest(), Some(Duration::from_millis(20)));
    }

    #[test]
    fn the_floor_is_what_the_slowest_cost_hardly_ever_passes() {
        let durations = Durations::default();
        durations.record("slow", Duration::from_millis(80));
        durations.record("fast", Duration::from_millis(8));
        // 80 and four times an eighth of it.
        assert_eq!(durations.floor(), Some(Duration::from_millis(120)));
        durations.record("slow", Duration::from_millis(160));
        // The mean is (7 · 80 + 160) / 8 = 90, the deviation (3 · 10 + 80) / 4 = 27.5.
        assert_eq!(durations.floor(), Some(Duration::from_millis(200)));
        for _ in 0..100 {
            durations.record("slow", Duration::from_millis(80));
        }
        let settled = durations.floor().unwrap().as_millis();
        assert!((80..=81).contains(&settled), "{settled}");
    }

    #[test]
    fn strange_costs_do_not_pile_up() {
        let durations = Durations::default();
        for cost in 0..1_000 {
            durations.record(&cost.to_string(), Duration::from_millis(1));
            durations.record("often seen", Duration::from_millis(50));
        }
        assert_eq!(durations.seen.lock().unwrap().len(), COSTS);
        let floor = durations.floor().unwrap();
        assert!(floor >= Duration::from_millis(50) && floor < Duration::from_millis(52));
    }
}

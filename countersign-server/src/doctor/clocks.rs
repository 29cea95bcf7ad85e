//! Clocks: this machine's, the server's, and those by which the data was written.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::http::header::DATE;
use countersign::accounts::Accounts;
use countersign::clock::{Clock as _, SystemClock, Timestamp};
use jiff::fmt::rfc2822::DateTimeParser;

use super::Finding;
use super::probe::Told;

/// Two clocks side by side: one that can be set, and one that only goes on.
#[derive(Debug)]
pub(super) struct Watch {
    wall: SystemTime,
    steady: Instant,
}

impl Watch {
    pub(super) fn start() -> Self {
        Self {
            wall: SystemTime::now(),
            steady: Instant::now(),
        }
    }

    /// Whether both agree on how much time has passed.
    pub(super) fn stop(self) -> Finding {
        let steady = self.steady.elapsed();
        match self.wall.elapsed() {
            Ok(wall) if wall.abs_diff(steady) < JUMP => {
                Finding::ok("clock.steady", "This machine's clock goes steadily.")
            }
            _ => Finding::warning(
                "clock.steady",
                "This machine's clock was set while the doctor looked at it.",
                "Let one service keep the time, and by small steps (`timedatectl`, chrony).",
            ),
        }
    }
}

/// Looks for moments in the database that are yet to come.
pub(super) async fn examine_data(accounts: &Accounts) -> Option<Finding> {
    let newest = match accounts.newest_moment().await {
        Ok(newest) => newest?,
        Err(error) => return Some(super::database::unreadable("clock.data", &error)),
    };
    let now = SystemClock::new().now();
    Some(match newest.since(now) {
        ahead if ahead <= SKEW => Finding::ok(
            "clock.data",
            format!("The newest entry in the database is of {}.", moment(newest)),
        ),
        _ => Finding::mistake(
            "clock.data",
            format!(
                "The newest entry in the database is of {}, which is yet to come: this machine's clock says {}.",
                moment(newest),
                moment(now)
            ),
            "Set the clock right (`timedatectl`). If it is right now and was wrong when that was written, sessions of that time \
             last too long: end them all.",
        ),
    })
}

/// Compares this machine's clock with the server's, and with that of whoever answers first.
pub(super) fn examine_answer(told: &Told) -> Vec<Finding> {
    let reply = &told.reply;
    let window = (millis(reply.asked_at), millis(reply.answered_at));
    let mut findings = vec![compared(
        "clock.server",
        "The server",
        told.arrival.now,
        window,
    )];
    let date = reply.values(&DATE);
    let date = date
        .first()
        .and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
    // Its seconds are cut off (RFC 9110, section 5.6.7).
    findings.push(match date {
        Some(date) => compared(
            "clock.site",
            "Whoever answers at the public URL",
            date.as_millisecond(),
            (window.0 - 1_000, window.1),
        ),
        None => Finding::warning(
            "clock.site",
            "The answer has no readable `Date`.",
            "Have the proxy keep that header (RFC 9110, section 6.6.1).",
        ),
    });
    findings
}

/// A moment for people: its second, in UTC.
pub(super) fn moment(moment: Timestamp) -> String {
    let seconds = jiff::Timestamp::from_second(moment.as_millis().div_euclid(1_000));
    seconds.map_or_else(
        |_| "a moment that no calendar has".to_owned(),
        |moment| moment.to_string(),
    )
}

/// The day of a moment, in UTC.
pub(super) fn day(moment: Timestamp) -> String {
    let text = self::moment(moment);
    text.split('T').next().unwrap_or_default().to_owned()
}

/// Judges a moment that should lie between two others.
fn compared(
    check: &'static str,
    whose: &str,
    found: i64,
    (earliest, latest): (i64, i64),
) -> Finding {
    let off = match found {
        found if found < earliest => earliest - found,
        found => (found - latest).max(0),
    };
    let off = Duration::from_millis(off.unsigned_abs());
    if off <= SKEW / 10 {
        return Finding::ok(check, format!("{whose} has the same time as this machine."));
    }
    let direction = if found < earliest {
        "behind"
    } else {
        "ahead of"
    };
    let found = format!(
        "{whose} has a clock that is {} s {direction} this machine's.",
        off.as_secs()
    );
    let to_do = "Let both machines keep the time by the network (`timedatectl set-ntp true`).";
    match off > SKEW {
        true => Finding::mistake(check, found, to_do),
        false => Finding::warning(check, found, to_do),
    }
}

fn millis(moment: SystemTime) -> i64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// How far clocks may be apart; a tenth of it is not worth a word.
const SKEW: Duration = Duration::from_secs(60);

/// How far a clock may be set while it is looked at.
const JUMP: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn clocks_may_differ_a_little_and_not_by_minutes() {
        let window = (100_000, 100_500);
        for (found, verdict) in [
            (100_000, Verdict::Ok),
            (100_500, Verdict::Ok),
            (95_000, Verdict::Ok),
            (106_000, Verdict::Ok),
            (80_000, Verdict::Warning),
            (130_000, Verdict::Warning),
            (10_000, Verdict::Mistake),
            (200_000, Verdict::Mistake),
        ] {
            let finding = compared("clock.server", "The server", found, window);
            assert_eq!(finding.verdict, verdict, "{found}: {finding:?}");
        }
        let ahead = compared("clock.server", "The server", 200_000, window);
        assert!(ahead.found.contains("99 s ahead of"), "{ahead:?}");
    }

    #[test]
    fn moments_are_shown_in_utc() {
        let then = Timestamp::from_millis(1_800_000_000_999);
        assert_eq!(moment(then), "2027-01-15T08:00:00Z");
        assert_eq!(day(then), "2027-01-15");
    }
}

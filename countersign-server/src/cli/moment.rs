//! Moments, as commands print and read them: always in UTC.

use countersign::clock::Timestamp;

/// A moment for people, to the second.
pub(super) fn for_people(moment: Timestamp) -> String {
    written(moment, "%Y-%m-%d %H:%M:%S")
}

/// A moment that there may not be.
pub(super) fn for_people_or_never(moment: Option<Timestamp>) -> String {
    moment.map_or_else(|| "never".to_owned(), for_people)
}

/// A moment for programs: RFC 3339, to the millisecond.
pub(super) fn for_programs(moment: Timestamp) -> String {
    written(moment, "%Y-%m-%dT%H:%M:%S.%3fZ")
}

/// The present.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// Reads a moment: RFC 3339, a day (its beginning in UTC), or how long ago it was.
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    let moment = text.parse::<jiff::Timestamp>().ok().or_else(|| day(text));
    if let Some(moment) = moment {
        return Ok(Timestamp::from_millis(moment.as_millisecond()));
    }
    match humantime::parse_duration(text) {
        Ok(ago) => Ok(now() - ago),
        Err(_) => Err(
            "expected a moment such as `2026-11-23T08:00:00Z`, a day such as `2026-11-23`, or how long ago it was, such as \
             `24h`"
                .to_owned(),
        ),
    }
}

fn day(text: &str) -> Option<jiff::Timestamp> {
    let day: jiff::civil::Date = text.parse().ok()?;
    let midnight = day.at(0, 0, 0, 0);
    jiff::tz::TimeZone::UTC.to_timestamp(midnight).ok()
}

fn written(moment: Timestamp, format: &str) -> String {
    jiff::Timestamp::from_millisecond(moment.as_millis())
        .map(|moment| moment.strftime(format).to_string())
        .unwrap_or_else(|_| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        let moment = Timestamp::from_millis(1_700_000_000_007);
        assert_eq!(for_people(moment), "2023-11-14 22:13:20");
        assert_eq!(for_programs(moment), "2023-11-14T22:13:20.007Z");
        assert_eq!(for_people(Timestamp::from_millis(i64::MAX)), "unknown");
    }

    #[test]
    fn a_moment_is_read_in_three_ways() {
        let moment = Timestamp::from_millis(1_700_000_000_007);
        assert_eq!(parse(&for_programs(moment)), Ok(moment));
        assert_eq!(parse("2023-11-14T23:13:20.007+01:00"), Ok(moment));
        assert_eq!(parse("1970-01-02"), Ok(Timestamp::from_millis(86_400_000)));
        assert!(parse("1h").unwrap() < now());
        for wrong in [
            "",
            "yesterday",
            "2023-02-30",
            "-1h",
            "99999999999999999999h",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}

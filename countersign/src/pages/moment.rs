use fluent_bundle::FluentArgs;

use super::messages::{Locale, Messages};
use crate::clock::Timestamp;

/// A moment as programs read it (RFC 3339), in UTC.
pub(super) fn iso(moment: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(moment.as_millis())
        .map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

/// The hour of a moment, or else its day, where there is little room.
pub(super) fn short(moment: Timestamp, is_hour: bool) -> String {
    let pattern = if is_hour { "%H:%M" } else { "%m-%d" };
    jiff::Timestamp::from_millisecond(moment.as_millis())
        .map(|moment| moment.strftime(pattern).to_string())
        .unwrap_or_default()
}

/// A moment as people read it, to the minute, in UTC.
pub(super) fn in_words(messages: &Messages, locale: Locale, moment: Timestamp) -> String {
    let Ok(moment) = jiff::Timestamp::from_millisecond(moment.as_millis()) else {
        return String::new();
    };
    let moment = jiff::tz::TimeZone::UTC.to_datetime(moment);
    let mut arguments = FluentArgs::new();
    arguments.set("year", moment.year().to_string());
    arguments.set("month", i64::from(moment.month()));
    arguments.set("day", i64::from(moment.day()));
    arguments.set("time", moment.strftime("%H:%M").to_string());
    messages.text(locale, "moment", &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_each_language() {
        let messages = Messages::new(&[]).unwrap();
        let moment = Timestamp::from_millis(1_700_000_000_000);
        let words: Vec<_> = messages
            .locales()
            .map(|locale| in_words(&messages, locale, moment))
            .collect();
        assert_eq!(
            words,
            ["14 November 2023, 22:13 UTC", "2023年11月14日 22:13（UTC）"]
        );
        assert_eq!(iso(moment), "2023-11-14T22:13:20Z");
        assert_eq!(
            (short(moment, true), short(moment, false)),
            ("22:13".into(), "11-14".into())
        );
        assert_eq!(iso(Timestamp::from_millis(i64::MAX)), "");
    }
}

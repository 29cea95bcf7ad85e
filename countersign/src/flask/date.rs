//! Moments of the years 1 to 9999, which are all that Python's `datetime` has, as text.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;

/// Whether Python has this moment.
pub(super) fn is_in_python(moment: Timestamp) -> bool {
    (FIRST_SECOND..=LAST_SECOND).contains(&second(moment))
}

/// An HTTP date (RFC 9110, section 5.6.7), without the parts of the second: `Thu, 29 Feb 2024 12:34:56 GMT`. A moment that
/// Python does not have counts as the nearest that it has.
pub(super) fn http(moment: Timestamp) -> String {
    civil(moment).strftime(HTTP_DATE).to_string()
}

/// RFC 3339 in UTC, without the parts of the second: `2024-02-29T12:34:56Z`. A moment that Python does not have counts as
/// the nearest that it has.
pub(super) fn rfc3339(moment: Timestamp) -> String {
    civil(moment).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads an HTTP date, and what else Python's `email.utils.parsedate_to_datetime` reads, but for its oddities.
pub(super) fn read_http(text: &str) -> Option<Timestamp> {
    let civil = match DateTime::strptime(HTTP_DATE, text) {
        Ok(civil) => civil,
        Err(_) => TimeZone::UTC.to_datetime(DATES.parse_timestamp(text).ok()?),
    };
    let seconds = with_century(civil)?.duration_since(EPOCH).as_secs();
    (FIRST_SECOND..=LAST_SECOND)
        .contains(&seconds)
        .then(|| Timestamp::from_millis(seconds * 1_000))
}

/// Python takes years before 100 for ones that were written with two digits (RFC 850), whatever zeros stand before them: what
/// Flask writes for the year 50, it reads as 2050.
fn with_century(civil: DateTime) -> Option<DateTime> {
    let year = match civil.year() {
        year @ 0..69 => year + 2000,
        year @ 69..100 => year + 1900,
        year => year,
    };
    civil.with().year(year).build().ok()
}

fn civil(moment: Timestamp) -> DateTime {
    let second = second(moment).clamp(FIRST_SECOND, LAST_SECOND);
    EPOCH + SignedDuration::from_secs(second)
}

fn second(moment: Timestamp) -> i64 {
    moment.as_millis().div_euclid(1_000)
}

/// jiff's own parser and printer of these leave out the last day of the year 9999, for the sake of time zones.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Python does not compare the weekday with the date.
static DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// 0001-01-01T00:00:00Z, the first moment that Python's `datetime` has.
const FIRST_SECOND: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z, the last one.
const LAST_SECOND: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_every_year_that_python_has() {
        for (second, date, moment) in [
            (
                FIRST_SECOND,
                "Mon, 01 Jan 0001 00:00:00 GMT",
                "0001-01-01T00:00:00Z",
            ),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"),
            (
                LAST_SECOND,
                "Fri, 31 Dec 9999 23:59:59 GMT",
                "9999-12-31T23:59:59Z",
            ),
        ] {
            let written = Timestamp::from_millis(second * 1_000);
            assert_eq!((&*http(written), &*rfc3339(written)), (date, moment));
            assert!(is_in_python(written));
        }
    }

    #[test]
    fn a_moment_that_python_does_not_have_is_written_as_the_nearest() {
        for (millis, date) in [
            (i64::MIN, "Mon, 01 Jan 0001 00:00:00 GMT"),
            (FIRST_SECOND * 1_000 - 1, "Mon, 01 Jan 0001 00:00:00 GMT"),
            (LAST_SECOND * 1_000 + 1_000, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (i64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            let moment = Timestamp::from_millis(millis);
            assert_eq!(http(moment), date);
            assert!(!is_in_python(moment));
        }
    }

    #[test]
    fn parts_of_a_second_are_cut_off_before_1970_too() {
        let date = http(Timestamp::from_millis(-1));
        assert_eq!(date, "Wed, 31 Dec 1969 23:59:59 GMT");
    }

    #[test]
    fn a_date_is_read_as_python_reads_it() {
        for (text, second) in [
            ("Thu, 29 Feb 2024 12:34:56 GMT", Some(1_709_210_096)),
            // The weekday is wrong, and does not count.
            ("Mon, 29 Feb 2024 12:34:56 GMT", Some(1_709_210_096)),
            ("29 Feb 2024 12:34:56 -0100", Some(1_709_213_696)),
            ("Thu, 30 Feb 2024 12:34:56 GMT", None),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(LAST_SECOND)),
            ("Fri, 01 Jan 0100 00:00:00 GMT", Some(-59_011_459_200)),
            ("Thu, 31 Dec 0099 00:00:00 GMT", Some(946_598_400)),
            ("Tue, 01 Jan 0069 00:00:00 GMT", Some(-31_536_000)),
            ("Sun, 01 Jan 0068 00:00:00 GMT", Some(3_092_601_600)),
            ("Wed, 29 Feb 0004 00:00:00 GMT", Some(1_078_012_800)),
            ("Mon, 01 Jan 0001 00:00:00 GMT", Some(978_307_200)),
            ("Mon, 01 Jan 0001 00:00:00 +0000", Some(978_307_200)),
            ("Sat, 01 Jan 0000 00:00:00 GMT", Some(946_684_800)),
            ("Sun, 01 Jan -001 00:00:00 GMT", None),
            ("2024-02-29T12:34:56Z", None),
            ("nope", None),
            ("", None),
        ] {
            let millis = read_http(text).map(Timestamp::as_millis);
            assert_eq!(millis, second.map(|second: i64| second * 1_000), "{text:?}");
        }
    }
}

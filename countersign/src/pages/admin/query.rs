use axum::extract::{FromRequestParts, Query};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::super::answer::{FieldRefusal, Refusal, Words};
use crate::accounts::PageCursor;
use crate::clock::Timestamp;
use crate::web::Problem;

/// What stands in an address behind the question mark.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let detail = rejection.body_text();
                Err(Problem::new(StatusCode::BAD_REQUEST, "malformed", detail))
            }
        }
    }
}

/// A parameter that was given, and not left empty as a form's fields are.
pub(super) fn given(value: &Option<String>) -> Option<&str> {
    value
        .as_deref()
        .map(str::trim)
        .filter(|value| !value.is_empty())
}

/// The address of a page with parameters; those without value are left out.
pub(super) fn address(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters
        .iter()
        .filter_map(|(name, value)| Some((name, (*value)?)));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(given)
        .finish();
    match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{query}"),
    }
}

/// Which page of a list is asked for.
pub(super) fn cursor(page: &Option<String>) -> Result<Option<PageCursor>, Refusal> {
    let cursor = given(page).map(str::parse).transpose();
    cursor.map_err(|_| bad_cursor())
}

pub(super) fn bad_cursor() -> Refusal {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Refusal::new(status, "bad_cursor", "refused-cursor")
}

/// One of a few words.
pub(super) fn one_of<T>(
    field: &'static str,
    value: Option<&str>,
    known: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, FieldRefusal> {
    let Some(value) = value else {
        return Ok(None);
    };
    let words = || FieldRefusal::new(field, "unknown", Words::new("refused-choice"));
    known(value).map(Some).ok_or_else(words)
}

/// A moment: a day, or a moment within it (RFC 3339). What begins with a day begins with it, and what ends with a day ends
/// when that day does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Edge {
    Beginning,
    End,
}

impl Edge {
    pub(super) fn of(
        self,
        field: &'static str,
        text: Option<&str>,
    ) -> Result<Option<Timestamp>, FieldRefusal> {
        let Some(text) = text else {
            return Ok(None);
        };
        let words = || FieldRefusal::new(field, "not_a_date", Words::new("refused-date"));
        self.moment(text).map(Some).ok_or_else(words)
    }

    fn moment(self, text: &str) -> Option<Timestamp> {
        let moment = match text.parse::<jiff::Timestamp>() {
            Ok(moment) => moment,
            Err(_) => {
                let day: jiff::civil::Date = text.parse().ok()?;
                let day = match self {
                    Self::Beginning => day,
                    Self::End => day.tomorrow().ok()?,
                };
                jiff::tz::TimeZone::UTC
                    .to_timestamp(day.at(0, 0, 0, 0))
                    .ok()?
            }
        };
        Some(Timestamp::from_millis(moment.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_whole() {
        let millis = |edge: Edge, text| edge.moment(text).map(|moment| moment.as_millis());
        let day = 1_699_920_000_000;
        for (text, beginning, end) in [
            ("2023-11-14", day, day + 86_400_000),
            ("2023-11-14T22:13:20Z", 1_700_000_000_000, 1_700_000_000_000),
            (
                "2023-11-15T06:13:20+08:00",
                1_700_000_000_000,
                1_700_000_000_000,
            ),
        ] {
            assert_eq!(millis(Edge::Beginning, text), Some(beginning), "{text}");
            assert_eq!(millis(Edge::End, text), Some(end), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2023-02-30",
            "14.11.2023",
            "9999-12-31T",
            "-9999-01-01x",
        ] {
            assert_eq!(millis(Edge::Beginning, text), None, "{text}");
        }
        assert_eq!(millis(Edge::End, "9999-12-31"), None);
    }

    #[test]
    fn an_address_names_what_was_asked_for() {
        let parameters = [("search", Some("a & b=中")), ("role", None)];
        let expected = "/admin/users?search=a+%26+b%3D%E4%B8%AD";
        assert_eq!(address("/admin/users", &parameters), expected);
        assert_eq!(address("/admin/users", &[("role", None)]), "/admin/users");
    }
}

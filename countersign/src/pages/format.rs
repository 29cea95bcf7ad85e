use axum::extract::{Form, FromRequest, Json, Request};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::site;
use crate::web::{Problem, wants_html};

/// How a request is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Format {
    Html,
    Json,
}

impl Format {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if wants_html(headers) {
            Self::Html
        } else if accepts_json(headers) || !sends_form(headers) {
            Self::Json
        } else {
            Self::Html
        }
    }
}

/// What a form sent, or a program as JSON.
#[derive(Debug)]
pub(super) struct Input<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if announces_too_much(request.headers()) {
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, String::new()));
        }
        if sends_json(request.headers()) {
            match Json::from_request(request, state).await {
                Ok(Json(value)) => Ok(Self(value)),
                Err(rejection) => Err(refused(rejection.status(), rejection.body_text())),
            }
        } else {
            match Form::from_request(request, state).await {
                Ok(Form(value)) => Ok(Self(value)),
                Err(rejection) => Err(refused(rejection.status(), rejection.body_text())),
            }
        }
    }
}

/// `detail` says which field, and holds no value of any.
fn refused(status: StatusCode, detail: String) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            status,
            "too_large",
            "the body is longer than 64 kB, and nothing here needs that much",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
            status,
            "media_type",
            "send the fields as application/json or application/x-www-form-urlencoded",
        ),
        _ => Problem::new(StatusCode::BAD_REQUEST, "malformed", detail),
    }
}

/// Whether a body says beforehand that it is too long, so that nobody has to wait for it.
fn announces_too_much(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
        .is_some_and(|length| length > site::BODY_LIMIT as u64)
}

fn accepts_json(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(is_json)
}

fn sends_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(is_json)
}

fn sends_form(headers: &HeaderMap) -> bool {
    let form = b"application/x-www-form-urlencoded";
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.as_bytes().get(..form.len()))
        .is_some_and(|kind| kind.eq_ignore_ascii_case(form))
}

/// Whether a media type or range is JSON, or one of the types made of it (RFC 6839, section 3.1).
fn is_json(text: &str) -> bool {
    let kind = text.split(';').next().unwrap_or_default().trim();
    let Some((class, name)) = kind.split_once('/') else {
        return false;
    };
    let name = name.to_ascii_lowercase();
    class.eq_ignore_ascii_case("application") && (name == "json" || name.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(pairs: &[(&'static str, &str)]) -> Format {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Format::of(&headers.collect())
    }

    #[test]
    fn programs_get_json() {
        for pairs in [
            &[][..],
            &[("accept", "*/*")],
            &[("accept", "application/json")],
            &[("accept", "text/plain, Application/JSON;q=0.5")],
            &[("accept", "application/problem+json")],
            &[("content-type", "application/json; charset=utf-8")],
            &[("content-type", "application/json"), ("accept", "*/*")],
            &[("accept", "application/json"), ("sec-fetch-mode", "cors")],
            &[
                ("accept", "application/json"),
                ("content-type", "application/x-www-form-urlencoded"),
            ],
        ] {
            assert_eq!(format(pairs), Format::Json, "{pairs:?}");
        }
    }

    #[test]
    fn people_get_a_page_and_so_does_whoever_sends_a_form() {
        let form = (
            "content-type",
            "Application/x-www-form-urlencoded;charset=utf-8",
        );
        for pairs in [
            &[("accept", "text/html,application/json")][..],
            &[
                ("accept", "text/html"),
                ("content-type", "application/json"),
            ],
            &[
                ("accept", "application/json"),
                ("sec-fetch-mode", "navigate"),
            ],
            &[form],
            &[form, ("accept", "*/*")],
        ] {
            assert_eq!(format(pairs), Format::Html, "{pairs:?}");
        }
    }

    #[test]
    fn a_body_that_says_it_is_too_long_is_not_waited_for() {
        for (length, is_too_much) in [
            ("0", false),
            ("65536", false),
            ("65537", true),
            ("99999999999999", true),
            ("-1", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_LENGTH, length.parse().unwrap())]);
            assert_eq!(announces_too_much(&headers), is_too_much, "{length}");
        }
    }
}

use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// A refusal: a sentence for people, problem details for programs (RFC 9457).
///
/// The sentence tells strangers what they can do; what the operator can do stands in the log.
pub(super) fn refuse(
    asked: &HeaderMap,
    status: StatusCode,
    code: &'static str,
    sentence: &str,
) -> Response {
    let mut response = match is_a_persons(asked) {
        true => (status, format!("{sentence}\n")).into_response(),
        false => problem(status, code, sentence),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn problem(status: StatusCode, code: &str, sentence: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let number = status.as_u16();
    // None of these texts has a character that JSON would escape.
    let body = format!(
        r#"{{"type":"about:blank","title":"{title}","status":{number},"detail":"{sentence}","code":"{code}"}}"#
    );
    (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
}

fn is_a_persons(asked: &HeaderMap) -> bool {
    asked.get_all(ACCEPT).iter().any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.contains("text/html"))
    })
}

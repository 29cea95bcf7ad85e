use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::Response;
use countersign::{CurrentUser, Problem};
use minijinja::context;

use super::page;
use crate::users::User;

/// A page that says what went wrong, and what to do. It does not know who is there.
pub(crate) fn error_page(status: StatusCode, sentence: &str) -> Response {
    page(
        status,
        "error.html",
        context! { title => title(status), sentence, is_for_anybody => true },
    )
}

/// For a path that leads nowhere.
pub(crate) async fn not_found(user: Option<CurrentUser<User>>) -> Response {
    let name = user.as_ref().map(|user| &user.name);
    let sentence = "there is no page at this address: go to the start page";
    let status = StatusCode::NOT_FOUND;
    page(
        status,
        "error.html",
        context! { title => "Page not found", sentence, user => name },
    )
}

/// For a path that is asked in a way it has no answer to.
pub(crate) async fn method_not_allowed() -> Response {
    error_page(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address takes no such request: go to the start page",
    )
}

/// Gives what the login manager refused the looks of this site, where a person reads it, and what has no words a few.
pub(crate) async fn in_this_sites_looks(response: Response) -> Response {
    if response.status() == StatusCode::REQUEST_TIMEOUT {
        return error_page(
            StatusCode::REQUEST_TIMEOUT,
            "the request did not come to its end in time: try again",
        );
    }
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let Some(problem) = response.extensions().get::<Problem>().filter(|_| is_page) else {
        return response;
    };
    let sentence = match problem.code() {
        "misdirected" => MISDIRECTED,
        _ => problem.detail(),
    };
    let looks = error_page(problem.status(), sentence);
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, looks.into_body())
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Please log in",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::REQUEST_TIMEOUT => "That took too long",
        StatusCode::PAYLOAD_TOO_LARGE => "Too much at once",
        StatusCode::MISDIRECTED_REQUEST => "Only for this machine",
        StatusCode::TOO_MANY_REQUESTS => "Too many failed logins",
        StatusCode::SERVICE_UNAVAILABLE => "Unavailable at the moment",
        _ if status.is_server_error() => "Something is broken",
        _ => "This did not work",
    }
}

/// In this program's words: its users set an option, not a method of the library.
const MISDIRECTED: &str = "this server does not know the address that people type, so it serves only this machine, \
                           without a proxy in between: open the address that it printed when it started, or start \
                           it with `--public-url` and the address that people type";

use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

#[cfg(feature = "flask")]
use crate::flask::{FlaskError, Unwritable};
use crate::login::LoginError;
use crate::password::PasswordError;
use crate::session::{SessionError, StoreError};

/// An error as a client sees it: problem details for programs (RFC 9457), a small page for people.
///
/// Every answer that a login manager gives by itself carries one among its extensions, so that a layer around the
/// manager can show it in the application's own looks:
///
/// ```
/// use axum::response::{Html, IntoResponse, Response};
/// use countersign::Problem;
///
/// async fn in_our_looks(response: Response) -> Response {
///     let Some(problem) = response.extensions().get::<Problem>() else {
///         return response;
///     };
///     (problem.status(), Html(format!("<h1>Sorry!</h1> <p>{}</p>", problem.code()))).into_response()
/// }
/// # let app: axum::Router = axum::Router::new().layer(axum::middleware::map_response(in_our_looks));
/// ```
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    /// A word for programs that does not change, unlike the detail.
    code: &'static str,
    detail: String,
    retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl ToString) -> Self {
        Self {
            status,
            code,
            detail: detail.to_string(),
            retry_after: None,
        }
    }

    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// A word for programs, such as `throttled` or `misdirected`. It does not change, unlike the detail.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong and what to do about it, in English. Parts of the request stand in it: escape it.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn retry_after(mut self, duration: Duration) -> Self {
        self.retry_after = Some(duration);
        self
    }

    /// For a failure of the application itself, which the log explains and clients don't see.
    #[cfg(feature = "pages")]
    pub(crate) fn broken(error: &dyn Error) -> Self {
        broken(error)
    }

    /// For a store that does not answer, which the log explains and clients don't see.
    #[cfg(feature = "pages")]
    pub(crate) fn unavailable(error: &dyn Error) -> Self {
        unavailable(error)
    }

    fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Error")
    }

    fn json(&self) -> String {
        serde_json::json!({
            "type": "about:blank",
            "title": self.title(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
        })
        .to_string()
    }

    fn page(&self) -> String {
        let (title, detail) = (self.title(), escaped(&self.detail));
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
             <h1>{title}</h1>\n<p>{detail}</p>\n"
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.json()).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        if let Some(duration) = self.retry_after {
            // Rounded up: who comes when he was told to come must not be too early.
            let part_of_one = u64::from(duration.subsec_nanos() > 0);
            let seconds = duration.as_secs().saturating_add(part_of_one);
            response
                .headers_mut()
                .insert(RETRY_AFTER, seconds.max(1).into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns a problem in a response into a page, for somebody who looks at it in a browser.
pub(super) fn for_people(response: Response) -> Response {
    let Some(problem) = response.extensions().get::<Problem>() else {
        return response;
    };
    let page = problem.page();
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(page))
}

impl From<&LoginError> for Problem {
    /// The one place where errors of logins get their status.
    fn from(error: &LoginError) -> Self {
        use StatusCode as Status;
        match error {
            LoginError::Store(error @ StoreError::ClientSide { .. }) => client_side(error),
            LoginError::Store(_) | LoginError::UserLoader(_) | LoginError::Throttle(_) => {
                unavailable(error)
            }
            LoginError::Throttled { retry_after } => {
                Problem::new(Status::TOO_MANY_REQUESTS, "throttled", error)
                    .retry_after(*retry_after)
            }
            LoginError::Busy { retry_after } => {
                Problem::new(Status::SERVICE_UNAVAILABLE, "busy", error).retry_after(*retry_after)
            }
            LoginError::Password(error @ PasswordError::TooLong { .. }) => {
                Problem::new(Status::UNPROCESSABLE_ENTITY, "password_too_long", error)
            }
            LoginError::Password(_) | LoginError::Answered => broken(error),
            #[cfg(feature = "flask")]
            LoginError::StampWithColon => broken(error),
            LoginError::Session(error) => error.into(),
            LoginError::Inactive => Problem::new(Status::FORBIDDEN, "inactive", error),
            LoginError::NotLoggedIn => Problem::new(Status::UNAUTHORIZED, "not_logged_in", error),
            LoginError::NotProved => Problem::new(Status::FORBIDDEN, "not_proved", error),
            LoginError::Overtaken => Problem::new(Status::UNAUTHORIZED, "overtaken", error),
            LoginError::NoLayer { .. } => {
                log(error);
                Problem::new(Status::INTERNAL_SERVER_ERROR, "no_login_manager", error)
            }
        }
    }
}

impl IntoResponse for LoginError {
    fn into_response(self) -> Response {
        Problem::from(&self).into_response()
    }
}

impl From<&SessionError> for Problem {
    /// The one place where errors of sessions get their status.
    fn from(error: &SessionError) -> Self {
        match error {
            SessionError::Store(error @ StoreError::ClientSide { .. }) => client_side(error),
            SessionError::Store(_) | SessionError::UserLoader(_) => unavailable(error),
            SessionError::TooLarge { .. } => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "session_too_large", error)
            }
            #[cfg(feature = "flask")]
            SessionError::Flask(FlaskError::Unwritable(Unwritable::TooLong)) => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "session_too_large", error)
            }
            #[cfg(feature = "flask")]
            SessionError::Flask(_) => broken(error),
            SessionError::Reserved { .. }
            | SessionError::Decode { .. }
            | SessionError::Encode { .. }
            | SessionError::Unwritable { .. }
            | SessionError::Answered => broken(error),
        }
    }
}

impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        Problem::from(&self).into_response()
    }
}

impl IntoResponse for StoreError {
    fn into_response(self) -> Response {
        match &self {
            StoreError::ClientSide { .. } => client_side(&self),
            _ => unavailable(&self),
        }
        .into_response()
    }
}

/// For what can't be done about a session that only the browser has: no second try will do it.
fn client_side(error: &StoreError) -> Problem {
    log(error);
    Problem::new(StatusCode::NOT_IMPLEMENTED, "client_side", error)
}

fn unavailable(error: &dyn Error) -> Problem {
    log(error);
    let detail = "logins are unavailable at the moment: try again in a few seconds";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
        .retry_after(RETRY_UNAVAILABLE)
}

fn broken(error: &dyn Error) -> Problem {
    log(error);
    let detail = "something is wrong with this application: its log says what";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
}

/// Logs an error with its causes, which clients never see.
fn log(error: &dyn Error) {
    let mut causes = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!("{causes}");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// When a client may ask again after the store did not answer.
const RETRY_UNAVAILABLE: Duration = Duration::from_secs(5);

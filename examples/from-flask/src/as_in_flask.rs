//! What Flask and Werkzeug do by themselves, so that no client can tell the two applications apart: forms, JSON, redirects,
//! and pages for what is wrong. An application that moves for good needs none of it.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequest, RawForm, Request};
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response, Result};
use countersign::flask::{Limits, Value, tagged_json};
use countersign::session::Session;
use url::form_urlencoded;

/// Fields of a form, or of a query: `request.form` and `request.args`.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first one of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        let field = fields.find(|(found, _)| found == name);
        field.map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Infallible;

    /// A body of another kind is a form without fields.
    async fn from_request(mut request: Request, state: &S) -> Result<Self, Infallible> {
        if request.method() == Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        let form = RawForm::from_request(request, state).await;
        let form = form.map(|RawForm(bytes)| bytes).unwrap_or_default();
        Ok(Self(form_urlencoded::parse(&form).into_owned().collect()))
    }
}

/// JSON as Python writes it: keys sorted, nothing but ASCII, and a line break at the end.
pub(crate) fn jsonify(json: serde_json::Value) -> Response {
    match tagged_json::dumps(&Value::from_json(json), &Limits::default()) {
        Ok(json) => ([(CONTENT_TYPE, "application/json")], json + "\n").into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// A redirect with 302, whatever the method was.
pub(crate) fn redirect(location: &str) -> Response {
    match HeaderValue::try_from(location) {
        Ok(location) => (StatusCode::FOUND, [(LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What Flask answers where a field of a form is missing.
pub(crate) fn bad_request() -> Response {
    StatusCode::BAD_REQUEST.into_response()
}

/// A form, below the messages that were flashed for it.
pub(crate) async fn page(session: &Session, fields: &[&str]) -> Result<Html<String>> {
    let messages = session.flashes().await?;
    let messages = messages.iter();
    let messages = messages.map(|flash| format!("<p>{}</p>\n", escape(&flash.message)));
    let inputs = fields.iter().map(|field| format!("<input name={field}>\n"));
    Ok(Html(format!(
        "<!doctype html>\n{}<form method=post>\n{}<button>Log in</button>\n</form>\n",
        messages.collect::<String>(),
        inputs.collect::<String>()
    )))
}

/// Answers OPTIONS, and fills the answers that have no body with the pages of Werkzeug.
pub(crate) fn around(app: Router) -> Router {
    // Around the whole router, because a layer in it does not see which methods it allows.
    Router::new()
        .fallback_service(app)
        .layer(axum::middleware::from_fn(answers))
}

async fn answers(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(allow) = headers.get_mut(ALLOW) {
        *allow = with_options(allow);
    }
    let is_empty = headers.get(CONTENT_TYPE).is_none();
    match response.status() {
        StatusCode::METHOD_NOT_ALLOWED if method == Method::OPTIONS => {
            *response.status_mut() = StatusCode::OK;
            fill(response, String::new())
        }
        StatusCode::FOUND if is_empty => {
            let body = redirecting(response.headers());
            fill(response, body)
        }
        status if is_empty => match explanation(status) {
            Some(explanation) => fill(response, error_page(status, explanation)),
            None => response,
        },
        _ => response,
    }
}

fn with_options(allow: &HeaderValue) -> HeaderValue {
    let methods = allow.to_str().unwrap_or_default();
    match methods.contains("OPTIONS") {
        true => allow.clone(),
        false => HeaderValue::try_from(format!("{methods},OPTIONS")).unwrap_or(allow.clone()),
    }
}

fn fill(response: Response, body: String) -> Response {
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    (head, Html(body)).into_response()
}

fn redirecting(headers: &HeaderMap) -> String {
    let location = headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok());
    let location = escape(location.unwrap_or_default());
    format!(
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n<p>You should be redirected \
         automatically to the target URL: <a href=\"{location}\">{location}</a>. If not, click the link.\n"
    )
}

fn error_page(status: StatusCode, explanation: &str) -> String {
    let (code, reason) = (
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
    );
    format!(
        "<!doctype html>\n<html lang=en>\n<title>{code} {reason}</title>\n<h1>{reason}</h1>\n<p>{explanation}</p>\n"
    )
}

fn explanation(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::BAD_REQUEST => {
            Some("The browser (or proxy) sent a request that this server could not understand.")
        }
        StatusCode::NOT_FOUND => Some(
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try \
             again.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => Some("The method is not allowed for the requested URL."),
        _ => None,
    }
}

/// As MarkupSafe does.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

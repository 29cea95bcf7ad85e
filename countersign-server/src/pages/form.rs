use axum::body::HttpBody as _;
use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::error_page::error_page;
use crate::site::BODY_LIMIT;

/// What a form sent. What can't be read as that form is answered with a page that says so.
pub(crate) struct PageForm<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for PageForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        // Who announces too much need not send it first.
        if request.body().size_hint().lower() > BODY_LIMIT as u64 {
            return Err(refusal(StatusCode::PAYLOAD_TOO_LARGE));
        }
        match Form::from_request(request, state).await {
            Ok(Form(form)) => Ok(Self(form)),
            Err(rejection) => Err(refusal(rejection.status())),
        }
    }
}

fn refusal(status: StatusCode) -> Response {
    let sentence = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            "what was sent is longer than 64 kB, and no form here needs that much: send less"
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "only forms are taken here: send the fields as application/x-www-form-urlencoded"
        }
        _ => {
            "a field of the form is missing or can't be read: go back, reload the page and try again"
        }
    };
    error_page(status, sentence)
}

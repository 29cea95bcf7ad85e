use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign::LoginError;
use countersign::password::PasswordError;
use countersign::session::SessionError;

/// What a view can't mend: the visitor is told to come back, and the log says why.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("the users' table is out of reach")]
    Users(#[from] sqlx::Error),
    #[error("a page can't be made")]
    Page(#[from] minijinja::Error),
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        Self::Login(error.into())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            // These know their status, say what to do, and are logged.
            Error::Login(error) => error.into_response(),
            Error::Session(error) => error.into_response(),
            Error::Users(_) | Error::Page(_) => {
                tracing::error!(error = ?self);
                let sorry = "Something went wrong here. Please try again in a minute.";
                (StatusCode::SERVICE_UNAVAILABLE, sorry).into_response()
            }
        }
    }
}

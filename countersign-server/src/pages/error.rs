use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use countersign::LoginError;
use countersign::password::PasswordError;
use countersign::session::SessionError;

use super::error_page::error_page;

/// Why a page can't be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PageError {
    /// The login or the session failed.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The users' table failed.
    #[error("the users' table failed")]
    Users(#[from] sqlx::Error),
}

impl From<PasswordError> for PageError {
    fn from(error: PasswordError) -> Self {
        Self::Login(match error {
            PasswordError::Busy { retry_after } => LoginError::Busy { retry_after },
            error => LoginError::Password(error),
        })
    }
}

impl From<SessionError> for PageError {
    fn from(error: SessionError) -> Self {
        Self::Login(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::Login(error) => error.into_response(),
            Self::Users(error) => {
                tracing::error!(%error, "the users' table failed");
                error_page(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the database does not answer at the moment: try again in a few seconds",
                )
            }
        }
    }
}

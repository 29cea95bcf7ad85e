use std::io;
use std::path::PathBuf;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::accounts::AccountError;
use crate::login::LoginError;
use crate::session::SessionError;
use crate::web::Problem;

/// Why a page could not be shown. It is a response too: a handler can return it, and `?` does the rest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// The login, the session or their store failed: the status is that of the error within.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The accounts failed: the status stands at each [`AccountError`].
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// A template is missing or broken: 500.
    #[error("a template is missing or broken")]
    Template(#[from] minijinja::Error),
    /// No [`PagesLayer`](super::PagesLayer) lies around the handler: 500.
    #[error(
        "no layer of the pages lies around this handler: add `.layer(pages.layer())` after its route"
    )]
    NoLayer,
}

/// Why templates, messages and styles were refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A file or folder can't be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A template is not written as templates are.
    #[error("the template `{name}` can't be understood")]
    Template {
        /// Its name.
        name: String,
        /// Where, and what is wrong.
        #[source]
        source: minijinja::Error,
    },
    /// Messages are not written as messages are.
    #[error("the messages in `{file}` can't be understood: {problem}")]
    Messages {
        /// The file's name.
        file: String,
        /// What is wrong.
        problem: String,
    },
}

impl From<SessionError> for PageError {
    fn from(error: SessionError) -> Self {
        Self::Login(error.into())
    }
}

impl From<&PageError> for Problem {
    fn from(error: &PageError) -> Self {
        match error {
            PageError::Login(error) => error.into(),
            PageError::Accounts(error) => error.into(),
            PageError::Template(_) | PageError::NoLayer => Problem::broken(error),
        }
    }
}

impl From<&AccountError> for Problem {
    /// The one place where errors of accounts get their status.
    fn from(error: &AccountError) -> Self {
        use StatusCode as Status;
        match error {
            AccountError::Throttled { retry_after } => {
                Problem::new(Status::TOO_MANY_REQUESTS, "throttled", error)
                    .retry_after(*retry_after)
            }
            AccountError::Busy { retry_after } => {
                Problem::new(Status::SERVICE_UNAVAILABLE, "busy", error).retry_after(*retry_after)
            }
            AccountError::NoSuchAccount => {
                Problem::new(Status::NOT_FOUND, "no_such_account", error)
            }
            AccountError::Disabled => Problem::new(Status::CONFLICT, "disabled", error),
            AccountError::LastAdministrator => {
                Problem::new(Status::CONFLICT, "last_administrator", error)
            }
            AccountError::Overtaken => Problem::new(Status::CONFLICT, "overtaken", error),
            AccountError::Locale => Problem::new(Status::UNPROCESSABLE_ENTITY, "locale", error),
            AccountError::RoleName => {
                Problem::new(Status::UNPROCESSABLE_ENTITY, "role_name", error)
            }
            AccountError::Password(_) | AccountError::Setting(_) => Problem::broken(error),
            AccountError::Unavailable(_)
            | AccountError::Corrupt { .. }
            | AccountError::Throttle(_) => Problem::unavailable(error),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        Problem::from(&self).into_response()
    }
}

impl IntoResponse for AccountError {
    fn into_response(self) -> Response {
        Problem::from(&self).into_response()
    }
}

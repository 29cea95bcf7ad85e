use std::time::Duration;

use crate::password::PasswordError;
use crate::session::{BoxError, SessionError, StoreError};
use crate::throttle::ThrottleError;

/// Why a question about a login, or a change of it, could not be carried out.
///
/// It is a response too: with the feature `axum`, a handler can return it, and `?` does the rest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The session store failed: 503.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The application's user loader failed: 503.
    #[error("the user loader failed")]
    UserLoader(#[source] BoxError),
    /// The throttle's store failed: 503. Nothing was verified.
    #[error("the throttle is unavailable")]
    Throttle(#[source] ThrottleError),
    /// There were too many failures: 429. Nothing was verified.
    #[error("too many failed logins: try again later")]
    Throttled {
        /// After how long the next try is worth making.
        retry_after: Duration,
    },
    /// Too many passwords wait to be verified: 503.
    #[error("too many logins at once: try again in a moment")]
    Busy {
        /// After how long the next try is worth making.
        retry_after: Duration,
    },
    /// The password could not be verified or hashed: 500.
    #[error("the password could not be verified")]
    Password(#[source] PasswordError),
    /// The user is disabled and can't be logged in: 403.
    #[error("this account is disabled")]
    Inactive,
    /// Nobody is logged in whose login could be confirmed, or whose sessions could be changed: 401.
    #[error("nobody is logged in")]
    NotLoggedIn,
    /// `confirm_login` without a proof: `check` did not verify this user's password in this request: 403.
    #[error("the login can't be confirmed: nothing was proved in this request")]
    NotProved,
    /// All of the user's sessions were ended, or the password was changed, while this login was under way: 401.
    #[error("the login was overtaken by a change of the account: log in again")]
    Overtaken,
    /// The request was answered before: 500. A login needs an answer that carries its cookie, and who is there has to be
    /// asked for the first time while the answer can still say that it depends on that.
    #[error(
        "the request has been answered: log in, or ask for the first time who is there, before the handler returns"
    )]
    Answered,
    /// A value of the session could not be read or changed.
    #[error(transparent)]
    Session(SessionError),
    /// The user's security stamp can't stand behind his id, where `FlaskSessions` keep it: 500.
    #[cfg(feature = "flask")]
    #[error(
        "the user's security stamp has a colon, which parts it from his id in a Flask session: make stamps without one"
    )]
    StampWithColon,
    /// No layer of a `LoginManager` for this user type lies around the handler: 500.
    #[error(
        "no login manager for `{user}` lies around this handler: add `.layer(manager)` after its route"
    )]
    NoLayer {
        /// The user type.
        user: &'static str,
    },
}

impl From<PasswordError> for LoginError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy { retry_after } => LoginError::Busy { retry_after },
            error => LoginError::Password(error),
        }
    }
}

impl From<LoginError> for SessionError {
    /// What can go wrong while finding out whether the login of a session still counts.
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Store(error) => SessionError::Store(error),
            LoginError::UserLoader(error) => SessionError::UserLoader(error),
            LoginError::Answered => SessionError::Answered,
            other => SessionError::UserLoader(other.into()),
        }
    }
}

impl From<SessionError> for LoginError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Store(error) => LoginError::Store(error),
            SessionError::UserLoader(error) => LoginError::UserLoader(error),
            other => LoginError::Session(other),
        }
    }
}

use std::time::Duration;

use crate::login::LoginError;
use crate::password::PasswordError;
use crate::session::{BoxError, StoreError};
use crate::throttle::ThrottleError;

/// Why something could not be done to an account. What merely was wrong with somebody's input is no error but an
/// outcome of the verb.
///
/// No message has a password, a hash or a token in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The database does not answer, or answers with an error of its own: 503. Whether the change was made is unknown.
    #[error("the accounts' database is unavailable")]
    Unavailable(#[source] BoxError),
    /// What the database holds can't be read: 503.
    #[error("the accounts' database holds an unreadable {what}")]
    Corrupt {
        /// What it is.
        what: &'static str,
        /// Why it can't be read.
        #[source]
        source: BoxError,
    },
    /// There is no account with this id (any more): 404.
    #[error("there is no such account")]
    NoSuchAccount,
    /// There were too many failures: 429. Nothing was verified.
    #[error("too many failed attempts: try again later")]
    Throttled {
        /// After how long the next try is worth making.
        retry_after: Duration,
    },
    /// The throttle's store failed: 503. Nothing was verified.
    #[error("the throttle is unavailable")]
    Throttle(#[source] ThrottleError),
    /// Too many passwords wait to be hashed: 503.
    #[error("too many passwords are being hashed: try again in a moment")]
    Busy {
        /// After how long the next try is worth making.
        retry_after: Duration,
    },
    /// The password could not be verified or hashed: 500.
    #[error("the password could not be verified or hashed")]
    Password(#[source] PasswordError),
    /// The account was changed by somebody else meanwhile, so that nothing was done: 409. Look at it again.
    #[error("the account was changed by somebody else at the same time: try again")]
    Overtaken,
    /// The account is disabled, and the verb is for those that are not: 409.
    #[error("the account is disabled: enable it first")]
    Disabled,
    /// It would leave nobody who is an active administrator: 409. Commands on the machine ([`Actor::System`](super::Actor::System)) may do
    /// so.
    #[error("this is the last administrator: make somebody else one first")]
    LastAdministrator,
    /// Nobody said whether strangers may register: 500.
    #[error(transparent)]
    Setting(#[from] AccountSettingError),
    /// A language is no language tag (RFC 5646), of at most 35 letters, digits and hyphens: 422.
    #[error("a language is written like `en` or `zh-Hans`")]
    Locale,
    /// The name of a role or permission is empty, longer than 64 bytes, or has white space or a control character: 422.
    #[error(
        "a role or permission has a name of 1 to 64 bytes without white space, such as `editor` or `reports:write`"
    )]
    RoleName,
}

/// Why the settings of accounts were refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountSettingError {
    /// Nobody said who may register, and the site is not only for this machine.
    #[error(
        "say who may register: `.registration(Registration::Open)`, `Registration::ByInvitation` or \
         `Registration::Closed`"
    )]
    Registration,
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(source) => Self::Unavailable(source),
            StoreError::Corrupt { what, source } => Self::Corrupt { what, source },
            // Sessions of accounts are in a store.
            error @ StoreError::ClientSide { .. } => Self::Unavailable(error.into()),
        }
    }
}

impl From<LoginError> for AccountError {
    /// What can go wrong while a password is checked or hashed.
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Store(error) => error.into(),
            LoginError::Throttled { retry_after } => Self::Throttled { retry_after },
            LoginError::Throttle(error) => Self::Throttle(error),
            LoginError::Busy { retry_after } => Self::Busy { retry_after },
            LoginError::Password(error) => Self::Password(error),
            other => Self::Unavailable(other.into()),
        }
    }
}

impl From<ThrottleError> for AccountError {
    fn from(error: ThrottleError) -> Self {
        match error {
            ThrottleError::Refused { retry_after } => Self::Throttled { retry_after },
            error => Self::Throttle(error),
        }
    }
}

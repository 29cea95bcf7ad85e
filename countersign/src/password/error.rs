use std::io;
use std::time::Duration;

/// Why a password could not be hashed, or a stored hash could not be read.
///
/// No message shows a password or a stored hash.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// Too many passwords are waiting to be hashed, or two of this client already are. Answer 503 with `Retry-After`.
    #[error("too many passwords are waiting to be hashed: try again in {} s", .retry_after.as_secs())]
    Busy {
        /// When to try again: whole seconds, at least one.
        retry_after: Duration,
    },
    /// The password is longer than [`MAXIMUM_PASSWORD_LENGTH`](super::MAXIMUM_PASSWORD_LENGTH).
    #[error("the password has {found} bytes and may have {limit}")]
    TooLong {
        /// How many bytes it has.
        found: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The stored hash begins like one of a known format, and then is none.
    #[error("the stored hash is malformed: {0}")]
    MalformedHash(&'static str),
    /// The stored hash is of no known format.
    #[error("the stored hash is of no known format")]
    UnknownScheme,
    /// The stored hash says that its user has no password, as Django's `!…` does: nothing matches it.
    #[error("the stored hash says that the user has no password")]
    NoUsablePassword,
    /// The stored hash was made with a secret beside the password, and the settings have none: see
    /// [`ImportedHashes`](super::ImportedHashes).
    #[error("the stored hash can't be verified without {what}: set it")]
    MissingSecret {
        /// Which secret, and of what system.
        what: &'static str,
    },
    /// The password has more than the 72 bytes that bcrypt takes in, and the stored hash is one of bcrypt. Bcrypt would
    /// leave out the rest, or has done so when the hash was made: the user needs a new password.
    #[error("the password has {found} bytes and the stored hash is of bcrypt, which takes in 72")]
    TooLongForBcrypt {
        /// How many bytes it has.
        found: usize,
    },
    /// The stored hash asks for more memory or work than any hash may.
    #[error("the stored hash asks for {what} of {found} and {limit} is the limit")]
    TooCostly {
        /// Which parameter asks for it.
        what: &'static str,
        /// What it asks for.
        found: u64,
        /// What is allowed.
        limit: u64,
    },
    /// A setting is out of bounds.
    #[error("{what} is {found}: it must be {allowed}")]
    Configuration {
        /// Which setting.
        what: &'static str,
        /// What it was set to.
        found: u64,
        /// What it may be set to.
        allowed: &'static str,
    },
    /// The memory that the hash needs can't be had.
    #[error("there is not enough memory to hash a password")]
    OutOfMemory,
    /// No thread of the pool could be started.
    #[error("no thread to hash passwords could be started: {0}")]
    NoThreads(io::ErrorKind),
    /// The hashing panicked. The pool goes on without loss.
    #[error("hashing the password failed unexpectedly")]
    Crashed,
}

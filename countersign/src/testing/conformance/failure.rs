use std::fmt;

use crate::session::StoreError;

/// How a store failed a case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// It broke its promise.
    #[error("{promise}; found {found:?}")]
    Broken {
        /// What must be so.
        promise: &'static str,
        /// What was found.
        found: Box<dyn fmt::Debug + Send + Sync>,
    },
    /// It answered with an error where none was due.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// It panicked.
    #[error("the store panicked")]
    Panicked(#[from] tokio::task::JoinError),
}

/// Fails the case unless it is so.
pub(super) fn ensure(
    holds: bool,
    promise: &'static str,
    found: impl fmt::Debug + Send + Sync + 'static,
) -> Result<(), Failure> {
    if holds {
        return Ok(());
    }
    Err(Failure::Broken {
        promise,
        found: Box::new(found),
    })
}

/// Fails the case unless both are equal.
pub(super) fn ensure_equal<T: fmt::Debug + PartialEq + Send + Sync + 'static>(
    found: T,
    expected: T,
    promise: &'static str,
) -> Result<(), Failure> {
    ensure(found == expected, promise, found)
}

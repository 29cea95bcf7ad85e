use std::sync::Arc;

use super::{AuthUser, LoginSettings};

/// Something that keeps users and their sessions, so that a `LoginManager` can be made of it alone: accounts.
///
/// Only this library has such things.
pub trait LoginSource: sealed::Sealed {
    /// The users.
    type User: AuthUser;
}

/// The settings that a login manager and its source share.
#[derive(Debug)]
pub struct SharedSettings(pub(crate) Arc<LoginSettings>);

pub(crate) mod sealed {
    use super::SharedSettings;

    pub trait Sealed {
        fn login_settings(&self) -> SharedSettings;
    }
}

//! Logins and sessions for axum and tower.

pub mod clock;
mod login;
pub mod password;
pub mod secret;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttle;
#[cfg(feature = "axum")]
mod web;

pub use countersign_macros::AuthUser;
#[doc(inline)]
pub use login::{AuthUser, Event, LoaderAnswer, LoginError, SessionProtection, UserLoader};
#[cfg(feature = "axum")]
#[doc(inline)]
pub use web::{
    Auth, ClientAddresses, CurrentUser, Denial, DenialReason, FreshUser, Guard, GuardFuture,
    GuardService, LoginFuture, LoginManager, LoginService, LoginUser, LoginView, Message, NoLoader,
    PublicUrl, RequestHead, SameSite, SettingError, SignIn, fresh_login_required, login_required,
    login_view, role_required,
};

#[doc(hidden)]
pub use login::derive_support as __private;

/// The result of handlers that do nothing but log in and out.
pub type Result<T, E = LoginError> = std::result::Result<T, E>;

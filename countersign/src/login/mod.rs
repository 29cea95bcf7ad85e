//! Logins: who is there, since when, and by what proof. Plain values in, plain values out; the layer in
//! [`web`](crate::web) turns them into cookies and answers.

mod check;
mod commit;
mod data;
pub mod derive_support;
mod error;
mod event;
#[cfg(feature = "flask")]
mod flask;
mod request;
mod settings;
mod source;
mod staged;
mod stored;
mod user;
mod user_agent;

#[cfg(feature = "accounts")]
pub(crate) use check::Check;
pub(crate) use commit::{CookieChange, Finished};
pub(crate) use data::NEXT;
#[cfg(feature = "flask")]
pub(crate) use flask::{FlaskCookies, FlaskLogin};
pub(crate) use request::{Client, RequestLogin, SentTo, network};
pub(crate) use settings::LoginSettings;
#[cfg(feature = "accounts")]
pub(crate) use source::{SharedSettings, sealed};
pub(crate) use staged::LoginOptions;
pub(crate) use stored::StoredLogin;
pub(crate) use user::{DynUserLoader, ErasedUser, FunctionLoader, downcast};
#[cfg(feature = "pages")]
pub(crate) use user_agent::UserAgentFamily;

pub use error::LoginError;
pub use event::Event;
pub use settings::SessionProtection;
pub use source::LoginSource;
pub use user::{AuthUser, LoaderAnswer, UserLoader};

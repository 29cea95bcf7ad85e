//! The web: the tower layer, the extractors and the guards, and what decides about cookies, origins and redirects.

mod answer;
mod auth;
mod client_address;
mod context;
mod cookie;
mod denial;
mod extract;
#[cfg(feature = "flask")]
mod flask;
#[cfg(feature = "flask")]
mod flask_url;
mod guard;
mod layer;
mod local_mode;
mod manager;
mod neighbours;
mod next;
mod origin;
mod problem;
mod request_loader;
mod setting_error;
mod settings;
mod sign_in;
mod site;
mod to_its_end;

#[cfg(feature = "pages")]
pub(crate) use answer::wants_html;
pub use auth::{Auth, LoginUser};
pub use client_address::ClientAddresses;
pub use cookie::SameSite;
#[cfg(feature = "pages")]
pub(crate) use cookie::{SetCookie, line_with, value_in};
pub use denial::{Denial, DenialReason, LoginView, Message, login_view};
pub use extract::{CurrentUser, FreshUser};
pub use guard::{
    Guard, GuardFuture, GuardService, fresh_login_required, login_required, permission_required,
    role_required,
};
pub use layer::{LoginFuture, LoginService};
#[cfg(feature = "pages")]
pub(crate) use local_mode::host_of;
pub use manager::{LoginManager, NoLoader};
#[cfg(feature = "pages")]
pub(crate) use next::login_url;
pub use problem::Problem;
pub use request_loader::RequestHead;
pub use setting_error::SettingError;
pub use sign_in::SignIn;
pub use site::PublicUrl;
#[cfg(feature = "pages")]
pub(crate) use site::Site;
pub use to_its_end::endings_carried_out;

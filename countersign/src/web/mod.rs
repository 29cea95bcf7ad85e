//! What concerns HTTP: cookies, where a site is reached, redirects back, requests from other sites, client addresses.

mod cookie;
mod setting_error;

pub use cookie::SameSite;
pub use setting_error::SettingError;

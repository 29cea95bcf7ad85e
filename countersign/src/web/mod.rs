//! What concerns HTTP: cookies, where a site is reached, redirects back, requests from other sites, client addresses.

mod answer;
mod client_address;
mod cookie;
mod local_mode;
mod next;
mod origin;
mod setting_error;
mod site;

pub use client_address::ClientAddresses;
pub use cookie::SameSite;
pub use setting_error::SettingError;
pub use site::PublicUrl;

//! Logins and sessions for axum and tower.

pub mod clock;
pub mod password;
pub mod secret;
pub mod session;
pub mod throttle;
#[cfg(feature = "axum")]
pub mod web;

//! For the tests of applications: a cookie for a user, a browser without a window, and the suite that every session
//! store must pass.

mod browser;
pub mod conformance;
mod login;

pub use browser::{Browser, Page};
pub use login::cookie_for;

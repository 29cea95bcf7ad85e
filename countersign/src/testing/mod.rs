//! For the tests of applications: a cookie for a user, and a browser without a window.

mod browser;
mod login;

pub use browser::{Browser, Page};
pub use login::cookie_for;

//! The server, used as people use it: clicked through in a browser, asked by curl, and by those who mean no good.

mod browser;
mod curl;
#[cfg(target_os = "linux")]
mod health;
mod lifetime;
mod links;
mod log;
mod looks;
mod metrics;
mod site;
mod socket;
mod start;
mod traces;
mod words;

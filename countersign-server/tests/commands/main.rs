//! Every command as somebody types it, with good and bad input. What is typed and what is answered stands in `snapshots/`.
//!
//! A change of the answers is a change for those whose scripts read them: look at it, then run the tests once with
//! `INSTA_UPDATE=always`.
#![allow(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod accounts;
mod audit;
mod configuration;
mod database;
mod flask;
mod imports;
mod json_lines;
mod output;
mod passwords;
mod server;
mod sessions;
#[cfg(unix)]
mod terminal;
mod transcript;
mod without_data;

//! The integration tests, in one program: one file for each topic.
#![allow(clippy::unwrap_used, reason = "a test that can't go on should stop")]

mod accounts;
mod app;
mod attacks;
mod conformance;
mod counting;
mod faulty_stores;
mod flask;
mod flask_login;
mod flask_sessions;
mod layering;
mod login;
mod metrics;
mod mistakes;
mod module_edges;
mod pages;
mod realms;
mod revocation;
mod sqlite;
mod store_calls;

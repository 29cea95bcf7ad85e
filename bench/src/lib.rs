//! What the measurements share: servers in processes of their own, a client, users, the peer, and medians.
//!
//! Machines drift while they are measured, so every program here alternates its candidates round by round, compares
//! within a round, and prints ratios.

pub mod argon2id;
pub mod client;
pub mod cores;
pub mod nothing;
pub mod peer;
pub mod server;
mod statistics;
pub mod users;

pub use statistics::{Spread, median, percentile};

//! Real programs, driven by tests: a workspace program started as its users start it ([`Server`]), a browser
//! ([`Browser`]), a command line with a cookie jar ([`Curl`]), and a maker of requests from an OpenAPI document
//! ([`DescribedApplication`]).
//!
//! Nothing here skips: a program that is missing is an error that says how to get it.

mod axe;
mod browser;
mod certificates;
mod curl;
mod pebble;
mod postgres;
mod programs;
mod proxies;
mod python;
mod schemathesis;
mod server;

pub use browser::{Browser, Cookie, Page};
pub use certificates::{Authority, Certificate, TlsAnswer, tls};
pub use curl::{Answer, Curl};
pub use pebble::Pebble;
pub use postgres::Postgres;
pub use programs::path_of as program_file;
pub use proxies::{ProxyFolder, RunningProxy, example, free_port, replaced};
pub use python::python_environment;
pub use schemathesis::{Answers, DescribedApplication, Operation, Visitor};
pub use server::{Ended, Server, ServerBuilder};

use std::path::PathBuf;
use std::time::Duration;

/// Where Cargo puts what it builds, and this crate what it photographs.
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    )
}

/// How long to wait for what must happen. It is long, because it only decides when to give up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(20);

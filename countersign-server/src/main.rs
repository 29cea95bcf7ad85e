//! The countersign server: accounts, logins and sessions in one program, with a SQLite file beside it.

mod cli;
mod configuration;
mod data;
mod error;
mod server;
mod site;

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    log_to_standard_error();
    match cli::run(std::env::args_os()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

/// What happens, for whoever runs the server; never a password, a token or what somebody typed as a name.
fn log_to_standard_error() {
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .init();
}

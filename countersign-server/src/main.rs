//! The countersign server: accounts, logins and sessions in one program, with a SQLite file beside it.

mod data;
mod error;
mod options;
mod server;

use std::error::Error as _;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Parser as _;

use error::StartError;
use options::Options;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    log_to_standard_error();
    match server::run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(&error));
            ExitCode::from(error.exit_code())
        }
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

fn with_causes(error: &StartError) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        sentence.push_str(": ");
        sentence.push_str(&cause.to_string());
        source = cause.source();
    }
    sentence
}

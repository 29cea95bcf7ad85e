//! The countersign server: accounts, logins and sessions in one program, with a SQLite file beside it.

mod cli;
mod configuration;
mod data;
mod doctor;
mod error;
mod first_administrator;
mod observe;
mod rehearsal;
mod serve;
mod server;
mod site;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(std::env::args_os()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

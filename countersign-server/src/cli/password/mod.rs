mod calibrate;
mod verify;
mod verify_lines;

use clap::{Args, Subcommand};
use countersign::password::Passwords;
use serde::Serialize;

use super::prompt::PasswordInput;
use super::{CommandError, Context, output};
use crate::site;

/// `countersign password …`
#[derive(Debug, Subcommand)]
pub(crate) enum Password {
    /// Hash a password as this server would, and print the hash
    Hash(Hash),
    /// Say whether a password fits a hash; exit code 3 when it does not
    Verify(verify::Verify),
    /// Find the cost of hashes for which this machine takes a given time
    Calibrate(calibrate::Calibrate),
}

/// `countersign password hash`
#[derive(Debug, Args)]
pub(crate) struct Hash {
    #[command(flatten)]
    password: PasswordInput,
    /// Print JSON: `hash`
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct HashReport<'a> {
    hash: &'a str,
}

impl Password {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Hash(command) => command.run(context).await,
            Self::Verify(command) => command.run(context).await,
            Self::Calibrate(command) => command.run(context).await,
        }
    }
}

impl Hash {
    async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let passwords = passwords(context)?;
        let password = self.password.new_password()?;
        let hash = passwords.hash(&password).await?;
        match self.json {
            true => output::json(&HashReport {
                hash: hash.as_ref(),
            }),
            false => output::line(&hash),
        }
    }
}

fn passwords(context: &Context) -> Result<Passwords, CommandError> {
    Ok(site::passwords(&context.configuration()?)?)
}

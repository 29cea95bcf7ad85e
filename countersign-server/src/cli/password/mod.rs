mod calibrate;

use clap::{Args, Subcommand};
use countersign::password::{Passwords, Requester};
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
    Verify(Verify),
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

/// `countersign password verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The hash; in single quotes, because a shell takes its $ for variables
    hash: String,
    #[command(flatten)]
    password: PasswordInput,
    /// Print JSON: `matches`, `scheme`, `needs_rehash`
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct HashReport<'a> {
    hash: &'a str,
}

#[derive(Debug, Serialize)]
struct VerifyReport<'a> {
    matches: bool,
    /// `argon2id`, `argon2i`, `argon2d` or `bcrypt`.
    scheme: &'a str,
    /// Whether the server would replace it at the next login.
    needs_rehash: bool,
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

impl Verify {
    async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let passwords = passwords(context)?;
        let password = self.password.password()?;
        let hash = self.hash.trim();
        let verdict = passwords.verify(&password, Some(hash), Requester::anonymous());
        let verdict = verdict.await?;
        if let Some(problem) = verdict.problem {
            return Err(CommandError::Hash(problem));
        }
        let report = VerifyReport {
            matches: verdict.matches,
            scheme: scheme(hash),
            needs_rehash: passwords.needs_rehash(hash),
        };
        match self.json {
            true => output::json(&report)?,
            false => output::line(report.sentence())?,
        }
        match report.matches {
            true => Ok(()),
            false => Err(CommandError::No),
        }
    }
}

impl VerifyReport<'_> {
    fn sentence(&self) -> String {
        let scheme = self.scheme;
        match (self.matches, self.needs_rehash) {
            (false, _) => format!("The password does not fit this hash ({scheme})."),
            (true, false) => format!("The password fits this hash ({scheme})."),
            (true, true) => format!(
                "The password fits this hash ({scheme}), which the server would replace at the next login: its kind or \
                 cost is not the present one."
            ),
        }
    }
}

fn passwords(context: &Context) -> Result<Passwords, CommandError> {
    Ok(site::passwords(&context.configuration()?)?)
}

/// The kind of a hash that can be read: what stands between its first two `$`.
fn scheme(hash: &str) -> &str {
    match hash.split('$').nth(1).unwrap_or_default() {
        bcrypt if bcrypt.starts_with('2') => "bcrypt",
        argon2 => argon2,
    }
}

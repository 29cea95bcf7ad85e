use std::borrow::Cow;

use clap::{Args, ValueEnum};
use countersign::password::{HashOrigin, PasswordError, Requester};
use serde::Serialize;

use super::{passwords, verify_lines};
use crate::cli::prompt::PasswordInput;
use crate::cli::{CommandError, Context, output};

/// `countersign password verify`
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The hash; in single quotes, because a shell takes its $ for variables
    #[arg(required_unless_present = "jsonl")]
    hash: Option<String>,
    #[command(flatten)]
    password: PasswordInput,
    /// Where the hash comes from, if that does not say so itself
    #[arg(long, value_enum)]
    origin: Option<Origin>,
    /// Print JSON: `matches`, `scheme`, `needs_rehash`
    #[arg(long)]
    json: bool,
    /// Read objects, one a line, and print `verdict` (`match`, `mismatch` or `error`), `scheme` and `needs_rehash` of each,
    /// with its `id`. Their fields: `password` (`{"str": …}` or `{"hex": …}`), `hash` and `config`, an object which may have
    /// Flask-Bcrypt's `BCRYPT_HANDLE_LONG_PASSWORDS`, Flask-Security's `password_salt` or Devise's `pepper`. Exit code 0,
    /// whatever the verdicts are
    #[arg(long, conflicts_with_all = ["hash", "password_stdin", "origin", "json"])]
    jsonl: bool,
}

/// What a hash does not say itself.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Origin {
    /// Flask-Bcrypt with BCRYPT_HANDLE_LONG_PASSWORDS
    FlaskBcryptLongPasswords,
    /// Flask-Security, with its SECURITY_PASSWORD_SALT in the settings
    FlaskSecurity,
    /// Devise with a pepper, which is in the settings
    Devise,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    matches: bool,
    /// Such as `argon2id`, `bcrypt` or `werkzeug-scrypt`.
    scheme: &'a str,
    /// Whether the server would replace it at the next login.
    needs_rehash: bool,
}

impl Verify {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let Some(hash) = &self.hash else {
            return verify_lines::run(context).await;
        };
        let passwords = passwords(context)?;
        let hash = hash.trim();
        let hash = self.origin.map_or(hash.into(), |origin| origin.mark(hash));
        let description = passwords.describe(&hash);
        if let Some(problem) = description.problem {
            return Err(unusable(problem));
        }
        let password = self.password.password()?;
        let verdict = passwords.verify(&password, Some(&hash), Requester::anonymous());
        let verdict = verdict.await?;
        if let Some(problem) = verdict.problem.or(verdict.password_problem) {
            return Err(unusable(problem));
        }
        let report = Report {
            matches: verdict.matches,
            scheme: description.scheme.as_deref().unwrap_or_default(),
            needs_rehash: passwords.needs_rehash(&hash),
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

impl Origin {
    fn mark(self, hash: &str) -> Cow<'_, str> {
        match self {
            Self::FlaskBcryptLongPasswords => HashOrigin::FlaskBcryptLongPasswords,
            Self::FlaskSecurity => HashOrigin::FlaskSecurity,
            Self::Devise => HashOrigin::Devise,
        }
        .mark(hash)
    }
}

impl Report<'_> {
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

/// Only what can't be read may have lost its `$` to a shell.
fn unusable(problem: PasswordError) -> CommandError {
    match problem {
        PasswordError::MalformedHash(_) | PasswordError::UnknownScheme => {
            CommandError::Hash(problem)
        }
        problem => CommandError::Password(problem),
    }
}

//! What Flask and Flask-Login sign, for people who debug an application or move it.

mod decode;
mod encode;
mod identifier;
mod key;
mod python;
mod remember;
mod signer;
mod typed;

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use clap::Subcommand;
use countersign::flask::FlaskError;

use super::{CommandError, output};

/// `countersign flask …`
#[derive(Debug, Subcommand)]
pub(crate) enum Flask {
    /// Read a session cookie of Flask; exit code 3 when it would not count
    Decode(decode::Decode),
    /// Make a session cookie as Flask makes it, of JSON at the standard input
    Encode(encode::Encode),
    /// Read a remember_token of Flask-Login; exit code 3 when it would not count
    Remember(remember::Remember),
    /// Make the identifier of a client, which is `_id` in a session of Flask-Login
    Identifier(identifier::Identifier),
}

impl Flask {
    pub(super) async fn run(&self) -> Result<(), CommandError> {
        match self {
            Self::Decode(command) => command.run().await,
            Self::Encode(command) => command.run().await,
            Self::Remember(command) => command.run().await,
            Self::Identifier(command) => command.run().await,
        }
    }
}

/// What is thought of a signed value, in a word.
fn verdict(error: &FlaskError) -> &'static str {
    match error {
        FlaskError::BadSignature => "bad_signature",
        FlaskError::Expired { .. } | FlaskError::FromTheFuture { .. } => "expired",
        FlaskError::Malformed(_) => "malformed",
        _ => "error",
    }
}

/// What somebody named, or else the first line of the standard input: who has a cookie is logged in by it, and everybody on
/// the machine can read command lines.
fn named_or_typed(named: Option<&str>) -> Result<String, CommandError> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    if io::stdin().is_terminal() {
        output::note("Paste the cookie's value, and press Enter:");
    }
    let mut line = Vec::new();
    let mut input = io::stdin().lock().take(LONGEST);
    input
        .read_until(b'\n', &mut line)
        .map_err(CommandError::Input)?;
    let line = String::from_utf8_lossy(&line);
    match line.trim() {
        "" => Err(CommandError::Misused(
            "there is no cookie: name it, or pass it as a line at the standard input",
        )),
        line => Ok(line.to_owned()),
    }
}

/// In bytes. What is signed may have 65,536: what is longer is read far enough to be told so.
const LONGEST: u64 = 1 << 20;

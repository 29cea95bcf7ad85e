//! What commands ask: passwords, which nobody sees, and whether somebody means it.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use clap::Args;
use zeroize::Zeroizing;

use super::CommandError;

/// Where a password comes from. Never from an argument: everybody on the machine can read command lines.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct PasswordInput {
    /// Read the password from the first line of the standard input, in place of a prompt
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordInput {
    /// A new password: typed twice, because nobody sees it.
    pub(super) fn new_password(self) -> Result<Zeroizing<String>, CommandError> {
        if self.password_stdin {
            return first_line();
        }
        let password = prompt("New password: ")?;
        match prompt("The same again: ")? == password {
            true => Ok(password),
            false => Err(CommandError::PasswordsDiffer),
        }
    }

    /// A password that there is.
    pub(super) fn password(self) -> Result<Zeroizing<String>, CommandError> {
        match self.password_stdin {
            true => first_line(),
            false => prompt("Password: "),
        }
    }
}

/// Makes sure that somebody means what can't be undone: he types a word.
pub(super) fn confirm(question: &str, word: &str) -> Result<(), CommandError> {
    if !io::stdin().is_terminal() {
        return Err(CommandError::NotConfirmed);
    }
    let mut typed = String::new();
    write!(io::stderr(), "{question}\nType `{word}` to go on: ")
        .and_then(|()| io::stderr().flush())
        .and_then(|()| io::stdin().lock().take(LONGEST).read_line(&mut typed))
        .map_err(CommandError::Input)?;
    match typed.trim() == word {
        true => Ok(()),
        false => Err(CommandError::Declined),
    }
}

fn prompt(text: &str) -> Result<Zeroizing<String>, CommandError> {
    if !io::stdin().is_terminal() {
        return Err(CommandError::NoTerminal);
    }
    // Ctrl-C then ends the prompt, which leaves the terminal as it was, and not the program in its midst.
    #[cfg(unix)]
    let _interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    let typed = rpassword::prompt_password(text).map(Zeroizing::new);
    not_empty(typed.map_err(CommandError::Input)?)
}

fn first_line() -> Result<Zeroizing<String>, CommandError> {
    let mut line = Zeroizing::new(String::with_capacity(LONGEST as usize));
    io::stdin()
        .lock()
        .take(LONGEST)
        .read_line(&mut line)
        .map_err(CommandError::Input)?;
    let end = line.strip_suffix('\n').map_or(line.len(), |line| {
        line.strip_suffix('\r').unwrap_or(line).len()
    });
    line.truncate(end);
    not_empty(line)
}

fn not_empty(password: Zeroizing<String>) -> Result<Zeroizing<String>, CommandError> {
    match password.is_empty() {
        true => Err(CommandError::NoPassword),
        false => Ok(password),
    }
}

/// In bytes: four times the longest password, so that one that is too long is not taken for a shorter one.
const LONGEST: u64 = 4_096;

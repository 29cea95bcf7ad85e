use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use countersign::accounts::{AccountError, BackupError};
use countersign::password::PasswordError;

use super::import::ImportError;
use super::output;
use crate::configuration::ConfigurationError;
use crate::doctor::DoctorError;
use crate::error::{StartError, with_causes};

/// Why a command did not do what it was told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CommandError {
    /// The command line means nothing, or asks for help.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The command line means nothing, as only the command itself can tell.
    #[error("{0}")]
    Misused(&'static str),
    /// The configuration can't be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The server does not start, or stopped.
    #[error(transparent)]
    Server(#[from] StartError),
    /// The doctor can't examine.
    #[error(transparent)]
    Doctor(#[from] DoctorError),
    /// Something can't be printed.
    #[error("the output can't be written")]
    Output(#[source] io::Error),
    /// A file can't be written.
    #[error("{path:?} can't be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A file can't be read.
    #[error("{path:?} can't be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// Nobody said which key Flask signs with.
    #[error(
        "there is no secret key: put Flask's SECRET_KEY into a file and name it with `--secret-file`, or set \
         FLASK_SECRET_KEY"
    )]
    NoSecretKey,
    /// A key that should be hexadecimal digits is none.
    #[error("{0} has no hexadecimal digits, two for each byte; without `--hex`, the key is text")]
    KeyIsNotHex(String),
    /// Something can't be read from the standard input or the terminal.
    #[error("the input can't be read")]
    Input(#[source] io::Error),
    /// There is nobody who could type a password.
    #[error(
        "a password is typed in a terminal, and the standard input is none: pass it as a line with `--password-stdin`"
    )]
    NoTerminal,
    /// Nothing was typed.
    #[error("there is no password: it can't be empty")]
    NoPassword,
    /// The password was not typed twice in the same way.
    #[error("the two passwords are not the same: nothing was changed")]
    PasswordsDiffer,
    /// There is nobody who could be asked.
    #[error("this can't be undone, and there is no terminal to ask in: add `--yes`")]
    NotConfirmed,
    /// Somebody was asked, and did not mean it.
    #[error("nothing was changed")]
    Declined,
    /// Nobody has that name.
    #[error(
        "there is no account `{typed}`{}: accounts are named by login name, confirmed e-mail address or id",
        proposal(similar)
    )]
    NoSuchAccount {
        /// What was typed, without control characters.
        typed: String,
        /// Names that may have been meant.
        similar: Vec<String>,
    },
    /// No live session has that id.
    #[error("there is no live session {0}: `countersign sessions list` shows them")]
    NoSuchSession(String),
    /// An account can't be made or changed as it was told.
    #[error("{0}")]
    Refused(String),
    /// The answer is no. It was printed.
    #[error("no")]
    No,
    /// The accounts failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The database can't be copied.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// Not everything was brought in.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// What should be a hash is none.
    #[error(
        "the hash can't be read; put it in single quotes, because a shell takes its `$` for variables"
    )]
    Hash(#[source] PasswordError),
    /// A password can't be hashed or verified.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// What a program leaves to whoever started it. The help and the guide name them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// It did what it was told.
    Done = 0,
    /// It could not be done: the database, the network or the machine failed, or what was given was refused.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// What was asked for does not exist, or the answer is no.
    No = 3,
}

impl CommandError {
    /// Says what is wrong, and answers what the program leaves behind.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            // Help and versions are printed as errors that are none.
            Self::Usage(error) => print_usage(error),
            // Whoever reads the output has seen enough; and who asked has his answer.
            Self::No => {}
            error if error.exit() == Exit::Done => {}
            error => output::error(format!("error: {}", with_causes(error))),
        }
        ExitCode::from(self.exit() as u8)
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Usage(error) if !error.use_stderr() => Exit::Done,
            // Whoever reads the output has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Usage(_)
            | Self::Misused(_)
            | Self::Configuration(_)
            | Self::NoSecretKey
            | Self::NoTerminal
            | Self::NotConfirmed
            | Self::Server(StartError::NoDatabase { .. }) => Exit::Usage,
            Self::Import(error) if error.is_usage() => Exit::Usage,
            Self::NoSuchAccount { .. } | Self::NoSuchSession(_) | Self::No => Exit::No,
            _ => Exit::Failed,
        }
    }
}

/// Says what is wrong with the command line. It repeats what was typed, which may have been put together of what strangers chose.
fn print_usage(error: &clap::Error) {
    let plain = error.to_string();
    let harmless = output::harmless_lines(&plain);
    match plain == harmless {
        // With colours, where they are wanted. It is no error when nobody hears it.
        true => drop(error.print()),
        false => output::error(harmless.trim_end()),
    }
}

fn proposal(similar: &[String]) -> String {
    match similar {
        [] => String::new(),
        similar => format!(" (did you mean `{}`?)", similar.join("` or `")),
    }
}

use std::error::Error;
use std::io;
use std::path::PathBuf;

use countersign::SettingError;
use countersign::accounts::{AccountError, AccountSettingError};
use countersign::pages::TemplateError;
use countersign::password::PasswordError;
use countersign::session::SqliteOpenError;

use crate::observe::ObserveError;
use crate::serve::ServeError;

/// Why the server does not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StartError {
    /// A setting was refused that had been taken for good.
    #[error("a setting can't be used")]
    Setting(#[source] SettingError),
    /// The accounts can't be served as they were set up.
    #[error("the accounts can't be served")]
    Accounts(#[source] AccountSettingError),
    /// The settings of passwords can't be used.
    #[error("the settings of passwords can't be used")]
    Passwords(#[source] PasswordError),
    /// The folder of templates can't be used.
    #[error("the templates can't be used")]
    Templates(#[source] TemplateError),
    /// It can't listen as it should.
    #[error(transparent)]
    Listen(#[from] ServeError),
    /// The data folder can't be made.
    #[error(
        "the data folder {folder:?} can't be made; choose another with `--data` (or set COUNTERSIGN_DATA)"
    )]
    DataFolder {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// There is no database where one has to be.
    #[error(
        "there is no database in {folder:?}: name its folder with `--data` (or set COUNTERSIGN_DATA, or name the server's \
         configuration with `--config`); the server makes one when it starts"
    )]
    NoDatabase {
        /// The folder.
        folder: PathBuf,
    },
    /// The data folder can't be looked into.
    #[error(
        "the data folder {folder:?} can't be looked into: run this as the server's user, `sudo -u USER countersign …`"
    )]
    FolderClosed {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// An older version made the tables.
    #[error(
        "the database {file:?} was made by an older version: make a copy with `countersign backup`, then bring it up to date \
         with `countersign migrate`"
    )]
    OldDatabase {
        /// The file.
        file: PathBuf,
    },
    /// A newer version made the tables.
    #[error(
        "the database {file:?} was made by a newer version: run that one, or restore a backup from before it"
    )]
    NewerDatabase {
        /// The file.
        file: PathBuf,
    },
    /// The database does not say what is in it.
    #[error("the database {file:?} can't be used")]
    DatabaseAnswer {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: AccountError,
    },
    /// The database is somebody else's.
    #[error(
        "the database {file:?} belongs to another user: run this as `sudo -u '#{owner}' countersign …`"
    )]
    NotOurs {
        /// The file.
        file: PathBuf,
        /// The user's number.
        owner: u32,
        /// Why it can't be used.
        #[source]
        source: SqliteOpenError,
    },
    /// Root would make a database that the server's own user can't open.
    #[error(
        "the folder {folder:?} belongs to another user, who could not open a database that root makes there: run this as \
         `sudo -u '#{owner}' countersign …`"
    )]
    FolderNotOurs {
        /// The folder.
        folder: PathBuf,
        /// The user's number.
        owner: u32,
    },
    /// The database can't keep accounts and sessions.
    #[error("the database {file:?} can't be used")]
    Database {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: SqliteOpenError,
    },
    /// It can't be observed as it should be.
    #[error(transparent)]
    Observe(#[from] ObserveError),
    /// The first administrator can't be invited.
    #[error("the first administrator can't be invited")]
    FirstAdministrator(#[source] AccountError),
    /// The operating system does not tell this program when to stop.
    #[error("the server can't wait for the signal to stop")]
    Signal(#[source] io::Error),
}

/// An error with all that led to it, in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Some errors tell their cause themselves.
        if !sentence.ends_with(&text) {
            sentence.push_str(": ");
            sentence.push_str(&text);
        }
        source = cause.source();
    }
    sentence
}

use std::io;
use std::path::PathBuf;

use countersign::SettingError;
use countersign::accounts::AccountSettingError;
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
    /// The operating system does not tell this program when to stop.
    #[error("the server can't wait for the signal to stop")]
    Signal(#[source] io::Error),
}

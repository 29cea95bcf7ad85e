//! Accounts without a table of one's own: people who register, log in, change their password, and go.
//!
//! An [`Accounts`] keeps them in SQLite, with their sessions, roles and history, in tables of its own whose names begin with
//! `countersign_`. It knows nothing of HTTP: each verb is a method that is told [who asks](By), and answers what came of
//! it. What is wrong with somebody's input is such an answer; an [`AccountError`] is something that broke.
//!
//! ```
//! use countersign::accounts::{Accounts, By, NewAccount, Registered, Registration};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! let accounts = Accounts::open(folder.path().join("accounts.db")).await?.registration(Registration::Open);
//! let by = By::system("an example");
//! let new = NewAccount::new("Ada", "correct horse battery staple");
//! let Registered::Created(ada) = accounts.register(new, &by).await? else { panic!("it was refused") };
//!
//! let found = accounts.authenticate(" ADA", "correct horse battery staple", &by).await?;
//! assert_eq!(found.map(|account| account.id), Some(ada.id));
//! assert!(accounts.authenticate("ada", "a guess", &by).await?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In a web application, [`LoginManager::of`](crate::LoginManager::of) makes of it the layer that knows who is there.
//!
//! # What is the same name
//!
//! An account has the name that its owner writes. Names are one name when they differ by case, width, composition or white
//! space alone (Unicode's NFKC and case folding), and any of those spellings logs in. A name that merely *looks like* one
//! that exists (Unicode Technical Standard 39: `paypaI` with a capital i, `аda` with a Cyrillic а) is taken too, and logs nobody
//! in. Some names are reserved: see [`Accounts::reserve_names`].
//!
//! # What strangers can learn
//!
//! Whether a *name* is taken: whoever registers has to be told. Whether an *e-mail address* belongs to somebody they can't:
//! an address that somebody typed is kept beside his account and means nothing until it is confirmed
//! ([`Accounts::confirm_email`], or an [`Invitation`] to it). Several accounts may name one unconfirmed address. A confirmed one
//! belongs to one account, and logs in like its name; tries by name and tries by address are counted apart, so that nobody
//! learns by being refused that both belong together.

mod account;
mod audit;
mod audit_query;
mod authenticate;
mod backup;
mod by;
mod database_file;
mod email;
mod error;
mod failures;
mod foreign_account;
mod health;
mod id;
mod import;
mod invitation;
mod listing;
mod loader;
mod name;
mod paging;
mod password;
mod password_link;
mod profile;
mod promised;
mod proof;
mod register;
mod roles;
mod session_list;
mod session_store;
mod sessions;
mod settings;
mod sign_ins;
mod standing;
mod statistics;
mod store;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use sqlx::SqlitePool;

use self::name::LoginName;
use self::settings::Settings;
use self::store::Database;
use crate::clock::Timestamp;
use crate::login::LoginSettings;
use crate::secret::security_stamp;
use crate::session::SqliteOpenError;
use crate::session::sqlite::open;

pub use account::Account;
pub use audit::{AuditEvent, AuditKind};
pub use audit_query::{AuditExport, AuditFilter, AuditPosition, AuditPositionError};
pub use backup::BackupError;
pub use by::{Actor, By};
pub use database_file::{DatabaseFile, DatabaseReport, TableVersion};
pub use email::EmailProblem;
pub use error::{AccountError, AccountSettingError};
pub use foreign_account::ForeignAccount;
pub use id::{AccountId, AccountIdError};
pub use import::{Import, ImportDeparture, ImportOutcome, ImportRefusal};
pub use invitation::{Invitation, InvitationToken, Invited};
pub use listing::{AccountPage, AccountQuery, AccountSort, ListedAccount};
pub use name::NameProblem;
pub use paging::{PageCursor, PageCursorError};
pub use password::PasswordChanged;
pub use password_link::{PasswordLink, PasswordLinkToken, PasswordSetByLink};
pub use profile::{EmailChanged, EmailConfirmed, Renamed};
pub use promised::InvitationAccepted;
pub use proof::DatabaseProof;
pub use register::{NewAccount, Refusals, Registered};
pub use roles::ADMINISTRATOR;
pub use session_list::{ListedSession, SessionPage, SessionQuery};
pub use settings::Registration;
pub use sign_ins::{SignInOutcome, SignInRecord};
pub use statistics::{AccountCounters, Activity, ActivityStep};

/// Accounts in a SQLite database, and all that can be done to them. Cheap to clone; a setting that is changed on a clone
/// is changed there alone. See the [module](self).
#[derive(Clone)]
pub struct Accounts {
    settings: Arc<Settings>,
}

impl Accounts {
    /// Accounts in a database file. When there is none it is made, and only its owner can read it; its folder must
    /// exist. The tables are brought to this version, however many processes start at once.
    ///
    /// # Errors
    /// When the file can't be opened and written, or has tables of a newer version.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, SqliteOpenError> {
        Self::from_pool(open::open(path.as_ref()).await?).await
    }

    /// Accounts in an application's own database, beside its tables. The pool is used as it is: what
    /// [`SqliteStore::from_pool`](crate::session::SqliteStore::from_pool) says of it holds here too.
    ///
    /// # Errors
    /// When the database does not answer, can't be written, or has tables of a newer version.
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, SqliteOpenError> {
        let database = Database::from_pool(pool).await?;
        Ok(Self {
            settings: Arc::new(Settings::new(database)),
        })
    }

    /// The connections on which the accounts live.
    pub fn pool(&self) -> &SqlitePool {
        self.database().sessions.pool()
    }

    /// The account with this id.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn find(&self, id: AccountId) -> Result<Option<Account>, AccountError> {
        Ok(self.database().account(id).await?)
    }

    /// The account that somebody means who types this to log in: the name in any spelling, or the confirmed e-mail
    /// address.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn find_by_name(&self, typed: &str) -> Result<Option<Account>, AccountError> {
        Ok(self
            .database()
            .account_by_key(&Self::login_key(typed))
            .await?)
    }

    /// The form that is the same for all spellings of what somebody types to log in. Give it to `Auth::check` as the name,
    /// so that failures under all spellings are counted together:
    ///
    /// ```
    /// # use countersign::accounts::Accounts;
    /// assert_eq!(Accounts::login_key(" ＡDA "), "ada");
    /// assert_eq!(Accounts::login_key("Ada@Bücher.example"), "ada@xn--bcher-kva.example");
    /// ```
    pub fn login_key(typed: &str) -> String {
        email::EmailAddress::new(typed)
            .map_or_else(|_| LoginName::key_of(typed), |address| address.key)
    }

    /// The account, or else an error.
    async fn existing(&self, id: AccountId) -> Result<Account, AccountError> {
        self.find(id).await?.ok_or(AccountError::NoSuchAccount)
    }

    fn database(&self) -> &Database {
        &self.settings.database
    }

    fn login(&self) -> &Arc<LoginSettings> {
        &self.settings.login
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.login().clock.now()
    }

    fn new_stamp(&self) -> String {
        security_stamp(&*self.login().random)
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("registration", &self.settings.registration)
            .finish_non_exhaustive()
    }
}

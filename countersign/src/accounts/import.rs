use sha2::{Digest as _, Sha256};

use super::email::EmailAddress;
use super::foreign_account::{Name, Names};
use super::name::LoginName;
use super::roles::check_name;
use super::store::imports::{self, ImportedRow};
use super::store::{self, roles};
use super::{AccountError, AccountId, Accounts, By, EmailProblem, ForeignAccount, NameProblem};
use crate::clock::Timestamp;
use crate::session::StoreError;
use crate::session::sqlite::writing::Writing;

/// What came of one account.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "whether there is an account now stands in it"]
#[non_exhaustive]
pub enum ImportOutcome {
    /// It was made.
    Added {
        /// Its id here.
        account: AccountId,
        /// Its name here.
        name: String,
        /// What is not as it was there.
        departures: Vec<ImportDeparture>,
    },
    /// An earlier import brought it in. It was left as it is now, whatever has become of it.
    AddedBefore(AccountId),
    /// An earlier import brought it in, and it was deleted here since. It does not come back.
    DeletedSince,
    /// It can't be made.
    Refused(ImportRefusal),
}

/// What of an account is not as it was where it came from. The messages are for whoever imports.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportDeparture {
    /// The name was made of the e-mail address, because there was none, or it was an address itself.
    #[error("the name was made of the e-mail address")]
    NameMade,
    /// The e-mail address is none, and was left out.
    #[error("the e-mail address was left out: {0}")]
    EmailLeftOut(EmailProblem),
    /// The e-mail address is confirmed to be that of another account here. It was kept as one that is not confirmed.
    #[error(
        "the e-mail address is confirmed to be that of another account: here, it is not confirmed"
    )]
    EmailNotConfirmed,
    /// The text can't be the name of a role.
    #[error("a role was left out, because its name is empty, too long, or has white space in it")]
    RoleLeftOut(String),
}

/// Why an account can't be made. The messages are for whoever imports.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportRefusal {
    /// It has no id.
    #[error("it has no id")]
    NoId,
    /// Another one of this import has the same id.
    #[error("another one has the same id")]
    SameId,
    /// It has neither a name nor an e-mail address.
    #[error("it has neither a name nor an e-mail address")]
    Nameless,
    /// The name is none, or somebody has it.
    #[error(transparent)]
    Name(#[from] NameProblem),
    /// There is no name, and the e-mail address is confirmed to be that of another account: most often, it is the same person.
    #[error("the e-mail address is confirmed to be that of another account")]
    EmailTaken,
    /// There is no name, and an account whose name is made of this e-mail address has the address: most often, it is the same account
    /// from a source that was moved.
    #[error("an account here has the same e-mail address, and the name that is made of it")]
    SameEmail,
    /// There is no name, and the e-mail address is none.
    #[error(transparent)]
    Email(#[from] EmailProblem),
}

/// An import that is under way: see [`Accounts::import`].
#[derive(Debug)]
pub struct Import {
    accounts: Accounts,
    source: String,
    by: By,
    /// The audit's event, once there is one.
    event: Option<i64>,
    added: u64,
}

impl Accounts {
    /// Begins to bring in the accounts of another application. `source` names it, and is written in the audit: an account that has the same
    /// id in the same source is brought in once, however often this is done.
    ///
    /// Whoever imports is trusted: names that are reserved are given away, and a role in a [`ForeignAccount`] is
    /// given, the role [`ADMINISTRATOR`](super::ADMINISTRATOR) too.
    ///
    /// ```
    /// # use countersign::accounts::{Accounts, By, ForeignAccount, ImportOutcome};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// let mut ada = ForeignAccount::new("1");
    /// ada.name = Some("Ada".to_owned());
    /// ada.password_hash = Some("$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm".to_owned());
    ///
    /// let by = By::system("an example");
    /// let mut import = accounts.import("shop.db", &by);
    /// let outcomes = import.add(std::slice::from_ref(&ada)).await?;
    /// assert!(matches!(outcomes[0], ImportOutcome::Added { .. }));
    /// assert!(accounts.authenticate("ada", "password", &by).await?.is_some());
    ///
    /// let again = accounts.import("shop.db", &by).add(&[ada]).await?;
    /// assert!(matches!(again[0], ImportOutcome::AddedBefore(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn import(&self, source: impl Into<String>, by: &By) -> Import {
        Import {
            accounts: self.clone(),
            source: source.into(),
            by: by.clone(),
            event: None,
            added: 0,
        }
    }
}

impl Import {
    /// Brings some in, in one transaction: all outcomes are true, or nothing was done. Others who write wait as long as that takes, so a
    /// thousand at a time are enough; a million of them are a thousand calls.
    ///
    /// The outcomes are in the order of what was given.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable. What earlier calls brought in stays, and the next import goes on
    /// behind it.
    pub async fn add(
        &mut self,
        accounts: &[ForeignAccount],
    ) -> Result<Vec<ImportOutcome>, AccountError> {
        let now = self.accounts.now();
        let mut writing = self.accounts.database().begin().await?;
        let event = match self.event {
            Some(event) => event,
            None => imports::record_beginning(&mut writing, &self.by, now).await?,
        };
        let mut batch = Batch {
            import: self,
            writing,
            event,
            now,
        };
        let mut outcomes = Vec::with_capacity(accounts.len());
        for account in accounts {
            outcomes.push(batch.add(account).await?);
        }
        let Batch { mut writing, .. } = batch;
        let added = outcomes.iter().filter(|outcome| outcome.is_added()).count() as u64;
        if added == 0 {
            store::roll_back(writing).await?;
            return Ok(outcomes);
        }
        let sum = self.added + added;
        let detail = format!("{}: {sum}", self.source);
        imports::record_progress(&mut writing, event, detail).await?;
        store::commit(writing).await?;
        self.event = Some(event);
        self.added = sum;
        Ok(outcomes)
    }
}

impl ImportOutcome {
    fn is_added(&self) -> bool {
        matches!(self, Self::Added { .. })
    }
}

/// Some accounts, in their transaction.
struct Batch<'a> {
    import: &'a Import,
    writing: Writing,
    event: i64,
    now: Timestamp,
}

impl Batch<'_> {
    async fn add(&mut self, account: &ForeignAccount) -> Result<ImportOutcome, AccountError> {
        if account.id.is_empty() {
            return Ok(ImportOutcome::Refused(ImportRefusal::NoId));
        }
        let random = &*self.import.accounts.login().random;
        let id = AccountId::generate(self.now, random);
        let origin = origin(&self.import.source, &account.id);
        if !imports::note_origin(&mut self.writing, &origin, id, self.event).await? {
            return Ok(self.known(&origin).await?);
        }
        match Names::read(account) {
            Ok(names) => self.make(id, &origin, account, names).await,
            Err(refusal) => self.refuse(&origin, refusal).await,
        }
    }

    /// What to say of an account that is not brought in again.
    async fn known(&mut self, origin: &[u8; 16]) -> Result<ImportOutcome, StoreError> {
        let known = imports::known_origin(&mut self.writing, origin).await?;
        Ok(match known {
            Some(known) if known.import == self.event => {
                ImportOutcome::Refused(ImportRefusal::SameId)
            }
            Some(known) if known.exists => ImportOutcome::AddedBefore(known.account),
            _ => ImportOutcome::DeletedSince,
        })
    }

    async fn make(
        &mut self,
        id: AccountId,
        origin: &[u8; 16],
        account: &ForeignAccount,
        names: Names,
    ) -> Result<ImportOutcome, AccountError> {
        let Names {
            name,
            email,
            mut departures,
        } = names;
        let row = ImportedRow {
            id,
            email: email.as_ref(),
            email_confirmed_at: confirmation(account, email.as_ref(), self.now),
            // Nothing was made in the future, whatever the other machine's clock said.
            created_at: account.created_at.unwrap_or(self.now).min(self.now),
            disabled_at: (!account.is_active).then_some(self.now),
            password_hash: account.password_hash.as_deref().unwrap_or_default(),
            stamp: &self.import.accounts.new_stamp(),
        };
        let inserted = match name {
            Name::Own(name) => self.insert(&row, name).await?,
            Name::Made(_) if self.address_is_taken(&row).await? => {
                return self.refuse(origin, ImportRefusal::EmailTaken).await;
            }
            Name::Made(beginning) => match self.insert_under_a_free_name(&row, &beginning).await? {
                Made::Inserted(inserted) => Some(inserted),
                Made::NoFreeName => None,
                Made::SameEmail => {
                    return self.refuse(origin, ImportRefusal::SameEmail).await;
                }
            },
        };
        let Some(inserted) = inserted else {
            return self.refuse(origin, NameProblem::Taken.into()).await;
        };
        if row.email_confirmed_at.is_some() && !inserted.is_confirmed {
            departures.push(ImportDeparture::EmailNotConfirmed);
        }
        for role in &account.roles {
            match check_name(role) {
                Ok(()) => drop(roles::grant(&mut self.writing, id, role).await?),
                Err(_) => departures.push(ImportDeparture::RoleLeftOut(role.clone())),
            }
        }
        Ok(ImportOutcome::Added {
            account: id,
            name: inserted.name.shown,
            departures,
        })
    }

    async fn refuse(
        &mut self,
        origin: &[u8; 16],
        refusal: ImportRefusal,
    ) -> Result<ImportOutcome, AccountError> {
        imports::forget_origin(&mut self.writing, origin).await?;
        Ok(ImportOutcome::Refused(refusal))
    }

    /// Whether the address is confirmed to be somebody's. Where there is no name, it would be the same person twice.
    async fn address_is_taken(&mut self, row: &ImportedRow<'_>) -> Result<bool, StoreError> {
        match row.email {
            Some(email) => imports::address_is_taken(&mut self.writing, email).await,
            None => Ok(false),
        }
    }

    /// Makes the account; without the confirmation of its address, if that is somebody else's. `None` when somebody has the name.
    async fn insert(
        &mut self,
        row: &ImportedRow<'_>,
        name: LoginName,
    ) -> Result<Option<Inserted>, StoreError> {
        let confirmed_at = row.email_confirmed_at;
        for confirmed_at in [Some(confirmed_at), confirmed_at.map(|_| None)] {
            if let Some(confirmed_at) = confirmed_at
                && imports::insert(&mut self.writing, row, &name, confirmed_at).await?
            {
                let is_confirmed = confirmed_at.is_some();
                return Ok(Some(Inserted { name, is_confirmed }));
            }
        }
        Ok(None)
    }

    /// Makes the account under a name that nobody has: `ada`, `ada-2` and so on.
    async fn insert_under_a_free_name(
        &mut self,
        row: &ImportedRow<'_>,
        beginning: &str,
    ) -> Result<Made, StoreError> {
        for number in 1..=NUMBERED {
            let name = match number {
                1 => LoginName::new(beginning),
                // So many of one name are not counted through.
                NUMBERED => LoginName::new(&format!("{beginning}-{}", end_of(row.id))),
                number => LoginName::new(&format!("{beginning}-{number}")),
            };
            let Ok(name) = name else { continue };
            if let Some(inserted) = self.insert(row, name.clone()).await? {
                return Ok(Made::Inserted(inserted));
            }
            if let Some(email) = row.email
                && imports::is_of_the_same_address(&mut self.writing, &name, email).await?
            {
                return Ok(Made::SameEmail);
            }
        }
        Ok(Made::NoFreeName)
    }
}

/// An account that was made.
struct Inserted {
    name: LoginName,
    is_confirmed: bool,
}

/// What came of an account whose name is made.
enum Made {
    Inserted(Inserted),
    NoFreeName,
    /// It is here already, as far as one can see.
    SameEmail,
}

/// When the address was confirmed. An address that was found in the place of the name is none that anybody confirmed, and nothing was
/// confirmed in the future.
fn confirmation(
    account: &ForeignAccount,
    email: Option<&EmailAddress>,
    now: Timestamp,
) -> Option<Timestamp> {
    let is_its_own = account
        .email
        .as_deref()
        .is_some_and(|email| !email.trim().is_empty());
    let at = account
        .email_confirmed_at
        .filter(|_| is_its_own && email.is_some());
    at.map(|at| at.min(now))
}

/// The last digits of an id, which are random.
fn end_of(id: AccountId) -> String {
    let text = id.to_string();
    text[text.len() - RANDOM_DIGITS..].to_owned()
}

/// What stands for an account of a source, without saying which. The two texts are told apart by the first one's length.
fn origin(source: &str, id: &str) -> [u8; 16] {
    let mut digest = Sha256::new();
    digest.update((source.len() as u64).to_be_bytes());
    digest.update(source);
    digest.update(id);
    *digest
        .finalize()
        .first_chunk()
        .expect("SHA-256 has 32 bytes")
}

/// So many names are tried for an account that has none.
const NUMBERED: u32 = 10;

/// Enough that no two are the same.
const RANDOM_DIGITS: usize = 12;

use std::collections::{BTreeMap, BTreeSet};

use super::email::EmailAddress;
use super::name::{LoginName, folded};
use super::paging::{Key, Page, PageCursor, Place, Stretch};
use super::{Account, AccountError, AccountId, Accounts};

/// Which accounts are listed, and how.
///
/// ```
/// use countersign::accounts::{AccountQuery, AccountSort};
///
/// let query = AccountQuery {
///     search: Some("ada".to_owned()),
///     active: Some(true),
///     sort: AccountSort::LastLogin,
///     descending: true,
///     ..AccountQuery::default()
/// };
/// assert_eq!(query.limit, 50);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountQuery {
    /// Only those whose name or e-mail address has this in it, in any spelling. Every character stands for itself alone.
    pub search: Option<String>,
    /// Only those that are active; or only those that are disabled.
    pub active: Option<bool>,
    /// Only those with this role.
    pub role: Option<String>,
    /// By what they are sorted.
    pub sort: AccountSort,
    /// Whether the greatest or latest comes first. Who never logged in stands before all others, or here behind them.
    pub descending: bool,
    /// Which page; without it, the first. A cursor of a list in another order counts as none.
    pub page: Option<PageCursor>,
    /// How many on a page: 1 to 1,000.
    pub limit: u32,
}

/// By what a list of accounts is sorted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum AccountSort {
    /// By name, whatever its spelling, in the order of Unicode's code points.
    #[default]
    Name,
    /// By the moment when the account was made.
    Created,
    /// By the moment when its owner came in for the last time.
    LastLogin,
}

/// A page of a list of accounts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccountPage {
    /// The accounts on it.
    pub accounts: Vec<ListedAccount>,
    /// How many there are on all pages.
    pub total: u64,
    /// The page before, if there is one.
    pub previous: Option<PageCursor>,
    /// The page behind, if there is one.
    pub next: Option<PageCursor>,
}

/// A line of a list of accounts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListedAccount {
    /// The account, with its roles and the moment when its owner came in for the last time.
    pub account: Account,
    /// How many live sessions it has.
    pub sessions: u64,
}

impl Default for AccountQuery {
    /// The first fifty of all accounts, by name.
    fn default() -> Self {
        Self {
            search: None,
            active: None,
            role: None,
            sort: AccountSort::Name,
            descending: false,
            page: None,
            limit: 50,
        }
    }
}

impl AccountSort {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Name, Self::Created, Self::LastLogin];

    /// The name, for addresses and commands: `name`, `created`, `last-login`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Created => "created",
            Self::LastLogin => "last-login",
        }
    }

    /// The one with that [name](Self::name).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|sort| sort.name() == name)
    }

    fn place_of(self, account: &Account) -> Place {
        Place {
            key: match self {
                Self::Name => Key::Text(account.name_key.clone()),
                Self::Created => Key::Number(account.created_at.as_millis()),
                Self::LastLogin => {
                    Key::Number(account.last_login_at.map_or(0, |at| at.as_millis()))
                }
            },
            id: *account.id.as_bytes(),
        }
    }
}

/// A text that is looked for, as names and as addresses are compared.
pub(super) struct Needle {
    pub(super) in_names: String,
    pub(super) in_emails: String,
}

impl Needle {
    /// `None` for nothing but white space.
    pub(super) fn new(text: &str) -> Option<Self> {
        let in_names = LoginName::key_of(text);
        (!in_names.is_empty()).then(|| Self {
            in_emails: part_of_email(&in_names),
            in_names,
        })
    }
}

/// A part of an e-mail address as addresses are compared: the domain, where it is whole, in ASCII.
fn part_of_email(text: &str) -> String {
    if let Ok(address) = EmailAddress::new(text) {
        return address.key;
    }
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
            format!("{}@{domain}", folded(local))
        }
        None => text.to_owned(),
    }
}

impl Accounts {
    /// A page of the accounts that a query asks for.
    ///
    /// Pages are found by their cursors, in an index of each order, so that a page costs the same among a million accounts as among a hundred.
    /// A search, and the total, look at each account that there is, and a filter by role at each that has it: some tenths of a second
    /// for a million, and two seconds for a role that a million have.
    ///
    /// ```
    /// # use countersign::accounts::{AccountQuery, Accounts, By, NewAccount};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// # for name in ["Ada", "Bob", "Adam"] {
    /// #     let new = NewAccount::new(name, "correct horse battery staple");
    /// #     let _ = accounts.register(new, &By::system("an example")).await?;
    /// # }
    /// let mut query = AccountQuery { search: Some("AD".to_owned()), limit: 1, ..AccountQuery::default() };
    /// let first = accounts.list(&query).await?;
    /// assert_eq!((first.accounts[0].account.name.as_str(), first.total), ("Ada", 2));
    ///
    /// query.page = first.next;
    /// let second = accounts.list(&query).await?;
    /// assert_eq!(second.accounts[0].account.name, "Adam");
    /// assert!(second.next.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn list(&self, query: &AccountQuery) -> Result<AccountPage, AccountError> {
        let needle = query.search.as_deref().and_then(Needle::new);
        let order = match query.descending {
            true => format!("-{}", query.sort.name()),
            false => query.sort.name().to_owned(),
        };
        let stretch = Stretch::new(&order, query.page.as_ref(), query.limit);
        let database = self.database();
        let accounts = database.list(query, needle.as_ref(), &stretch).await?;
        let total = database.how_many(query, needle.as_ref()).await?;
        let Page {
            lines,
            previous,
            next,
        } = stretch.page(accounts, |account| query.sort.place_of(account));
        let users: Vec<_> = lines.iter().map(|account| account.id.user_id()).collect();
        let sessions = database.sessions.live_counts(&users, self.now()).await?;
        let accounts = lines.into_iter().zip(&users);
        Ok(AccountPage {
            accounts: accounts
                .map(|(account, user)| ListedAccount {
                    account,
                    sessions: sessions.get(user).copied().unwrap_or(0),
                })
                .collect(),
            total,
            previous,
            next,
        })
    }

    /// The names of accounts, by their ids: for a list that speaks of many, with one question to the database in place of one for each. An
    /// account that was deleted has none.
    ///
    /// ```
    /// # use countersign::accounts::{Accounts, By, NewAccount, Registered};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// # let new = NewAccount::new("Ada", "correct horse battery staple");
    /// # let Registered::Created(ada) = accounts.register(new, &By::system("an example")).await? else { panic!() };
    /// let names = accounts.names([ada.id]).await?;
    /// assert_eq!(names[&ada.id], "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn names(
        &self,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Result<BTreeMap<AccountId, String>, AccountError> {
        let accounts: BTreeSet<AccountId> = accounts.into_iter().collect();
        let accounts: Vec<AccountId> = accounts.into_iter().collect();
        let mut names = BTreeMap::new();
        for some in accounts.chunks(NAMES_AT_ONCE) {
            names.extend(self.database().names_of(some).await?);
        }
        Ok(names)
    }
}

/// How many accounts one statement names. SQLite takes 32,766 values (<https://sqlite.org/limits.html>, section 9).
const NAMES_AT_ONCE: usize = 1_000;

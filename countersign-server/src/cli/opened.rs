use std::sync::Arc;

use countersign::AuthUser as _;
use countersign::accounts::{ADMINISTRATOR, Account, AccountId, AccountQuery, Accounts, By};

use super::{CommandError, Context, output};
use crate::configuration::Configuration;
use crate::data::Database;
use crate::site;

/// The accounts that a command works with, beside a server that may be running.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) accounts: Accounts,
    pub(super) configuration: Configuration,
    /// This command, for the audit.
    pub(super) by: By,
}

impl Context {
    /// Opens the database. There has to be one: a command that was called in the wrong folder must not make another.
    pub(super) async fn open(&self) -> Result<Opened, CommandError> {
        let configuration = self.configuration()?;
        let database = Database::open_existing(&configuration.data).await?;
        Opened::new(database, configuration)
    }

    /// Opens the database, or makes it: for the commands with which a new site begins.
    pub(super) async fn open_or_make(&self) -> Result<Opened, CommandError> {
        let configuration = self.configuration()?;
        let is_new = !Database::exists_in(&configuration.data);
        let database = Database::open_or_make(&configuration.data).await?;
        if is_new {
            output::note(format!(
                "A new database was made: {}",
                database.file.display()
            ));
        }
        Opened::new(database, configuration)
    }
}

impl Opened {
    fn new(database: Database, configuration: Configuration) -> Result<Self, CommandError> {
        Ok(Self {
            accounts: site::accounts(database.accounts, &configuration)?,
            configuration,
            by: by_this_command(),
        })
    }

    /// The account that somebody means: by its name in any spelling, its confirmed e-mail address, or its id.
    pub(super) async fn account(&self, typed: &str) -> Result<Account, CommandError> {
        let found = match typed.parse::<AccountId>() {
            Ok(id) => self.accounts.find(id).await?,
            Err(_) => None,
        };
        let found = match found {
            None => self.accounts.find_by_name(typed).await?,
            found => found,
        };
        match found {
            Some(account) => Ok(account),
            None => Err(CommandError::NoSuchAccount {
                typed: output::harmless(typed),
                similar: self.similar_names(typed).await?,
            }),
        }
    }

    /// Names that somebody may have meant who mistyped one. Of a great many accounts, only the first are looked at.
    async fn similar_names(&self, typed: &str) -> Result<Vec<String>, CommandError> {
        let typed = Accounts::login_key(typed);
        let query = AccountQuery {
            limit: LOOKED_AT,
            ..AccountQuery::default()
        };
        let page = self.accounts.list(&query).await?;
        let names = page.accounts.into_iter().map(|listed| listed.account.name);
        let mut similar: Vec<(usize, String)> = names
            .map(|name| {
                let key = Accounts::login_key(&name);
                (strsim::damerau_levenshtein(&typed, &key), name)
            })
            .filter(|(distance, _)| *distance <= FARTHEST)
            .collect();
        similar.sort();
        let names = similar.into_iter().map(|(_, name)| output::harmless(&name));
        Ok(names.take(SHOWN).collect())
    }

    /// Says so when a command left nobody who could look after the accounts, by what it did to one that could.
    pub(super) async fn warn_without_administrator_after(
        &self,
        before: &Account,
    ) -> Result<(), CommandError> {
        let was_one = before.is_active && before.has_role(ADMINISTRATOR);
        if was_one && !self.accounts.has_administrator().await? {
            output::note(
                "Nobody is an administrator any more: `countersign admin invite` makes one.",
            );
        }
        Ok(())
    }
}

/// This command, for the audit.
pub(super) fn by_this_command() -> By {
    By::system(actor())
}

/// Who runs this command, as the audit names him. Whoever became somebody else by `sudo` is named too.
fn actor() -> Arc<str> {
    let user = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    let before = std::env::var("SUDO_USER").unwrap_or_default();
    let name = match before.is_empty() || before == user {
        true => user,
        false => format!("{before} as {user}"),
    };
    format!("command by {}", output::harmless(&name)).into()
}

/// How many accounts are looked at for a name that was mistyped.
const LOOKED_AT: u32 = 1_000;

/// How many letters may be wrong.
const FARTHEST: usize = 2;

/// How many names are proposed.
const SHOWN: usize = 3;

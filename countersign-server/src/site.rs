//! The library's accounts and pages, set up as the configuration says.

use countersign::accounts::{Account, Accounts};
use countersign::pages::Pages;
use countersign::password::{PasswordPolicy, Passwords, PasswordsBuilder};
use countersign::{LoginManager, SettingError};

use crate::configuration::Configuration;
use crate::error::StartError;

/// The accounts' pages, as the configuration wants them.
pub(crate) fn pages(
    accounts: Accounts,
    configuration: &Configuration,
    watched: impl FnOnce(LoginManager<Account>) -> LoginManager<Account>,
) -> Result<Pages, StartError> {
    let accounts = self::accounts(accounts, configuration)?;
    let manager = login_manager(&accounts, configuration).map_err(StartError::Setting)?;
    let pages = accounts.pages().manager(watched(manager));
    let pages = pages.map_err(StartError::Accounts)?;
    match &configuration.templates {
        Some(folder) => pages.templates_from(folder).map_err(StartError::Templates),
        None => Ok(pages),
    }
}

/// The accounts, as the configuration wants them: for the pages, and for commands.
pub(crate) fn accounts(
    accounts: Accounts,
    configuration: &Configuration,
) -> Result<Accounts, StartError> {
    let policy = PasswordPolicy::only_factor().at_least(configuration.passwords.minimum_length);
    let mut accounts = accounts
        .application_name(configuration.application_name.as_str())
        .passwords(passwords(configuration)?)
        .password_policy(policy);
    if let Some(registration) = configuration.registration {
        accounts = accounts.registration(registration);
    }
    if let Some(key) = &configuration.secret_key {
        accounts = accounts.secret_key(key.clone());
    }
    Ok(accounts)
}

/// What hashes passwords, at the cost that the configuration asks for.
pub(crate) fn passwords(configuration: &Configuration) -> Result<Passwords, StartError> {
    let passwords =
        passwords_builder(configuration).imported(configuration.passwords.imported.clone());
    passwords.build().map_err(StartError::Passwords)
}

/// [`passwords`], without the secrets of imported hashes.
pub(crate) fn passwords_builder(configuration: &Configuration) -> PasswordsBuilder {
    let settings = &configuration.passwords;
    let passwords = Passwords::builder().argon2id(settings.cost);
    match settings.workers {
        Some(workers) => passwords.workers(workers),
        None => passwords,
    }
}

fn login_manager(
    accounts: &Accounts,
    configuration: &Configuration,
) -> Result<LoginManager<Account>, SettingError> {
    let mut manager = accounts
        .login_manager()
        .lifetimes(configuration.sessions.lifetimes)
        .fresh_for(configuration.sessions.fresh);
    if let Some(url) = &configuration.public_url {
        manager = manager.public_url(url.origin())?;
    }
    Ok(manager.client_addresses(configuration.client_addresses()))
}

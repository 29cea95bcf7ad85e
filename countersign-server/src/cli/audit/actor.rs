//! Actors as texts: `anonymous`, `account:…`, `administrator:…`, `system:…`.

use std::sync::Arc;

use countersign::accounts::{AccountId, Actor};

use crate::cli::CommandError;
use crate::cli::opened::Opened;

/// An actor, as [`parse`] reads it.
pub(super) fn text(actor: &Actor) -> String {
    match actor {
        Actor::Anonymous => "anonymous".to_owned(),
        Actor::Account(id) => format!("account:{id}"),
        Actor::Administrator(name) => format!("administrator:{name}"),
        Actor::System(name) => format!("system:{name}"),
    }
}

/// The account that acted, to itself or to another; `None` for what has none.
pub(super) fn account_of(actor: &Actor) -> Option<AccountId> {
    match actor {
        Actor::Account(id) => Some(*id),
        // So the admin pages name him.
        Actor::Administrator(name) => name.parse().ok(),
        Actor::Anonymous | Actor::System(_) => None,
    }
}

/// Reads an actor. Accounts may be named as in all commands, also those of administrators.
pub(super) async fn parse(text: &str, opened: &Opened) -> Result<Actor, CommandError> {
    match text.split_once(':') {
        Some(("account", user)) => Ok(Actor::Account(super::account_id(user, opened).await?)),
        Some(("administrator", user)) => {
            Ok(Actor::Administrator(administrator(user, opened).await?))
        }
        Some(("system", name)) => Ok(Actor::System(name.into())),
        None if text == "anonymous" => Ok(Actor::Anonymous),
        _ => Err(CommandError::Misused(
            "an actor is written as `anonymous`, `account:ada`, `administrator:ada` or `system:command by root`",
        )),
    }
}

/// The admin pages write down the id of an administrator's account, which stays the same when his name does not. Who has no account
/// here is written down by a name.
async fn administrator(typed: &str, opened: &Opened) -> Result<Arc<str>, CommandError> {
    let account = match typed.parse::<AccountId>() {
        Ok(_) => None,
        Err(_) => opened.accounts.find_by_name(typed).await?,
    };
    Ok(account.map_or_else(|| typed.into(), |account| account.id.to_string().into()))
}

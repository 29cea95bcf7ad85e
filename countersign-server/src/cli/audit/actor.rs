//! Actors as texts: `anonymous`, `account:…`, `administrator:…`, `system:…`.

use countersign::accounts::Actor;

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

/// Reads an actor. Accounts may be named as in all commands.
pub(super) async fn parse(text: &str, opened: &Opened) -> Result<Actor, CommandError> {
    match text.split_once(':') {
        Some(("account", user)) => Ok(Actor::Account(super::account_id(user, opened).await?)),
        Some(("administrator", name)) => Ok(Actor::Administrator(name.into())),
        Some(("system", name)) => Ok(Actor::System(name.into())),
        None if text == "anonymous" => Ok(Actor::Anonymous),
        _ => Err(CommandError::Misused(
            "an actor is written as `anonymous`, `account:ada`, `administrator:ada` or `system:command by root`",
        )),
    }
}

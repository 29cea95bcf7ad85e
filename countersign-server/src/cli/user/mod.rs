mod add;
mod list;
mod passwd;
mod role;
mod show;
mod standing;

use clap::{Args, Subcommand};

use super::{CommandError, Context};

/// `countersign user …`
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make an account
    Add(add::Add),
    /// Print a one-time link by which somebody makes an account for himself
    Invite(add::Invite),
    /// List accounts
    List(list::List),
    /// Show an account: its roles, its sessions, and when its owner came in
    Show(show::Show),
    /// Set an account's password, or print a one-time link by which its owner sets it
    ///
    /// It ends all sessions of the account.
    Passwd(passwd::Passwd),
    /// Let nobody log in to an account any more, and end its sessions
    Disable(Which),
    /// Let the owner of a disabled account log in again
    Enable(Which),
    /// Delete an account with all that belongs to it
    Delete(standing::Delete),
    /// See and change the roles of an account
    #[command(subcommand)]
    Role(role::Role),
    /// Forget the failed logins of an account, so that its owner may try again at once
    Unlock(Which),
}

/// An account, and how to print.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The account: its login name, its confirmed e-mail address, or its id
    user: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl User {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Add(command) => command.run(context).await,
            Self::Invite(command) => command.run(context).await,
            Self::List(command) => command.run(context).await,
            Self::Show(command) => command.run(context).await,
            Self::Passwd(command) => command.run(context).await,
            Self::Disable(which) => standing::disable(which, context).await,
            Self::Enable(which) => standing::enable(which, context).await,
            Self::Delete(command) => command.run(context).await,
            Self::Role(command) => command.run(context).await,
            Self::Unlock(which) => standing::unlock(which, context).await,
        }
    }
}

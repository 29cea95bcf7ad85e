use clap::{Args, Subcommand};
use countersign::accounts::Invitation;
use countersign::pages::OneTimeLink;

use super::outcome::Outcome;
use super::{CommandError, Context, link, moment};

/// `countersign admin …`
#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Print a one-time link by which somebody becomes an administrator, within an hour
    Invite(Invite),
}

/// `countersign admin invite`
#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Admin {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Invite(command) => command.run(context).await,
        }
    }
}

impl Invite {
    async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open_or_make().await?;
        let made = moment::now();
        let token = opened.accounts.invite_administrator(&opened.by).await?;
        let link = OneTimeLink::invitation(&link::site(&opened.configuration), &token);
        let sentence = "Within an hour, whoever opens this becomes an administrator, once:";
        Outcome::new("administrator_invited", sentence)
            .link(&link, made + Invitation::ADMINISTRATOR_LASTS)
            .print(self.json)
    }
}

use clap::Args;
use countersign::accounts::{PasswordChanged, PasswordLinkToken};
use countersign::pages::OneTimeLink;

use super::Which;
use crate::cli::outcome::Outcome;
use crate::cli::prompt::PasswordInput;
use crate::cli::{CommandError, Context, link, moment};

/// `countersign user passwd`
#[derive(Debug, Args)]
pub(crate) struct Passwd {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    password: PasswordInput,
    /// Print a one-time link by which the owner sets it, within 24 hours; until then, nothing changes
    #[arg(long, conflicts_with = "password_stdin")]
    link: bool,
}

impl Passwd {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self.link {
            true => self.print_link(context).await,
            false => self.set(context).await,
        }
    }

    async fn set(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        let account = opened.account(&self.which.user).await?;
        let password = self.password.new_password()?;
        let changed = opened
            .accounts
            .set_password(account.id, &password, &opened.by);
        match changed.await? {
            PasswordChanged::Changed(account) => {
                let sentence = format!(
                    "The password of {} was set; all its sessions are ended.",
                    account.name
                );
                Outcome::new("password_set", sentence)
                    .account(&account)
                    .print(self.which.json)
            }
            PasswordChanged::Refused(violation) => {
                Err(CommandError::Refused(violation.to_string()))
            }
            other => Err(CommandError::Refused(format!(
                "the password was not set: {other:?}"
            ))),
        }
    }

    async fn print_link(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        let account = opened.account(&self.which.user).await?;
        let made = moment::now();
        let token = opened
            .accounts
            .make_password_link(account.id, &opened.by)
            .await?;
        let link = OneTimeLink::password(&link::site(&opened.configuration), &token);
        let sentence = format!(
            "Within 24 hours, the password of {} can be set here, once:",
            account.name
        );
        Outcome::new("password_link_made", sentence)
            .account(&account)
            .link(&link, made + PasswordLinkToken::LASTS)
            .print(self.which.json)
    }
}

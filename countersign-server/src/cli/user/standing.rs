use clap::Args;

use super::Which;
use crate::cli::outcome::Outcome;
use crate::cli::{CommandError, Context, prompt};

/// `countersign user delete`
#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    which: Which,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn disable(which: &Which, context: &Context) -> Result<(), CommandError> {
    let opened = context.open().await?;
    let account = opened.account(&which.user).await?;
    let changed = opened.accounts.disable(account.id, &opened.by).await?;
    let name = &account.name;
    let sentence = match changed {
        true => format!("{name} is disabled; all its sessions are ended."),
        false => format!("{name} was disabled already."),
    };
    Outcome::new("disabled", sentence)
        .account(&account)
        .changed(changed)
        .print(which.json)?;
    opened.warn_without_administrator_after(&account).await
}

pub(super) async fn enable(which: &Which, context: &Context) -> Result<(), CommandError> {
    let opened = context.open().await?;
    let account = opened.account(&which.user).await?;
    let changed = opened.accounts.enable(account.id, &opened.by).await?;
    let name = &account.name;
    let sentence = match changed {
        true => format!("{name} can log in again."),
        false => format!("{name} was not disabled."),
    };
    Outcome::new("enabled", sentence)
        .account(&account)
        .changed(changed)
        .print(which.json)
}

pub(super) async fn unlock(which: &Which, context: &Context) -> Result<(), CommandError> {
    let opened = context.open().await?;
    let account = opened.account(&which.user).await?;
    opened
        .accounts
        .forget_failures(account.id, &opened.by)
        .await?;
    let sentence = format!(
        "The failed logins of {} are forgotten: its owner may try again at once.",
        account.name
    );
    Outcome::new("unlocked", sentence)
        .account(&account)
        .print(which.json)
}

impl Delete {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        let account = opened.account(&self.which.user).await?;
        if !self.yes {
            let question = format!(
                "The account {} ({}) will be deleted with its sessions, roles and history.",
                account.name, account.id
            );
            prompt::confirm(&question, &account.name)?;
        }
        opened.accounts.delete(account.id, &opened.by).await?;
        let sentence = format!("The account {} ({}) is deleted.", account.name, account.id);
        Outcome::new("deleted", sentence)
            .account(&account)
            .print(self.which.json)?;
        opened.warn_without_administrator_after(&account).await
    }
}

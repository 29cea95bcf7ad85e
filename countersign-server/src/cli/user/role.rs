use clap::{Args, Subcommand};
use countersign::accounts::ADMINISTRATOR;
use serde::Serialize;

use super::Which;
use crate::cli::outcome::Outcome;
use crate::cli::{CommandError, Context, output};

/// `countersign user role …`
#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Give an account roles
    Grant(Change),
    /// Take roles away from an account
    Revoke(Change),
    /// List the roles of an account
    List(Which),
}

/// Which roles of which account.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The account: its login name, its confirmed e-mail address, or its id
    user: String,
    /// The roles; `administrator` is the one that the admin pages ask for
    #[arg(required = true, value_name = "ROLE")]
    roles: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct RoleReport<'a> {
    role: &'a str,
    permissions: Vec<String>,
}

impl Role {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Grant(change) => change.grant(context).await,
            Self::Revoke(change) => change.revoke(context).await,
            Self::List(which) => list(which, context).await,
        }
    }
}

impl Change {
    async fn grant(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        let account = opened.account(&self.user).await?;
        let mut changed = false;
        for role in &self.roles {
            changed |= opened
                .accounts
                .grant_role(account.id, role, &opened.by)
                .await?;
        }
        let (name, roles) = (&account.name, self.roles.join(", "));
        let sentence = match changed {
            true => format!("{name} has now: {roles}."),
            false => format!("{name} has already: {roles}."),
        };
        Outcome::new("roles_granted", sentence)
            .account(&account)
            .roles(&self.roles)
            .changed(changed)
            .print(self.json)
    }

    async fn revoke(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        let account = opened.account(&self.user).await?;
        let mut changed = false;
        for role in &self.roles {
            changed |= opened
                .accounts
                .revoke_role(account.id, role, &opened.by)
                .await?;
        }
        let (name, roles) = (&account.name, self.roles.join(", "));
        let sentence = match changed {
            true => format!("{name} has no longer: {roles}."),
            false => format!("{name} has none of: {roles}."),
        };
        Outcome::new("roles_revoked", sentence)
            .account(&account)
            .roles(&self.roles)
            .changed(changed)
            .print(self.json)?;
        match self.roles.iter().any(|role| role == ADMINISTRATOR) {
            true => opened.warn_without_administrator_after(&account).await,
            false => Ok(()),
        }
    }
}

async fn list(which: &Which, context: &Context) -> Result<(), CommandError> {
    let opened = context.open().await?;
    let account = opened.account(&which.user).await?;
    let mut roles = Vec::new();
    for role in account.roles() {
        let permissions = opened.accounts.permissions_of(role).await?;
        roles.push(RoleReport { role, permissions });
    }
    if which.json {
        return output::json(&roles);
    }
    let rows = roles
        .iter()
        .map(|role| [role.role.to_owned(), role.permissions.join(", ")]);
    output::table(["role", "permissions"], rows)
}

use clap::Args;
use countersign::accounts::{AccountQuery, AccountSort, ListedAccount, PageCursor};
use serde::Serialize;

use super::show::AccountReport;
use crate::cli::{CommandError, Context, moment, output};

/// `countersign user list`
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those whose name or e-mail address has this in it
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only those that are disabled
    #[arg(long, conflicts_with = "active")]
    disabled: bool,
    /// Only those that are not disabled
    #[arg(long)]
    active: bool,
    /// Only those with this role
    #[arg(long)]
    role: Option<String>,
    /// By what they are sorted: name, created or last-login
    #[arg(long, value_name = "ORDER", default_value = "name", value_parser = sort)]
    sort: AccountSort,
    /// The greatest or latest first
    #[arg(long)]
    descending: bool,
    /// How many to list, 1,000 at most
    #[arg(long, value_name = "NUMBER", default_value = "50", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// The page behind that one; its end says which
    #[arg(long, value_name = "CURSOR")]
    after: Option<PageCursor>,
    /// Print JSON: `accounts` with the fields of `user show`, `total`, and `next` for --after
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct ListReport {
    accounts: Vec<LineReport>,
    /// How many there are on all pages.
    total: u64,
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct LineReport {
    #[serde(flatten)]
    account: AccountReport,
    sessions: u64,
}

impl List {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        let query = AccountQuery {
            search: self.search.clone(),
            active: match (self.active, self.disabled) {
                (false, false) => None,
                (is_active, _) => Some(is_active),
            },
            role: self.role.clone(),
            sort: self.sort,
            descending: self.descending,
            page: self.after.clone(),
            limit: self.limit,
        };
        let page = opened.accounts.list(&query).await?;
        let next = page.next.map(|cursor| cursor.to_string());
        if self.json {
            return output::json(&ListReport {
                accounts: page.accounts.iter().map(LineReport::new).collect(),
                total: page.total,
                next,
            });
        }
        let head = [
            "name",
            "state",
            "roles",
            "sessions",
            "last login (utc)",
            "id",
        ];
        let shown = page.accounts.len();
        output::table(head, page.accounts.iter().map(row))?;
        output::more(shown, page.total, next.as_deref());
        Ok(())
    }
}

impl LineReport {
    fn new(listed: &ListedAccount) -> Self {
        Self {
            account: AccountReport::new(&listed.account),
            sessions: listed.sessions,
        }
    }
}

fn row(listed: &ListedAccount) -> [String; 6] {
    let account = &listed.account;
    let state = if account.is_active {
        "active"
    } else {
        "disabled"
    };
    [
        account.name.clone(),
        state.to_owned(),
        account.roles().join(", "),
        listed.sessions.to_string(),
        moment::for_people_or_never(account.last_login_at),
        account.id.to_string(),
    ]
}

fn sort(text: &str) -> Result<AccountSort, String> {
    AccountSort::named(text).ok_or_else(|| "expected `name`, `created` or `last-login`".to_owned())
}

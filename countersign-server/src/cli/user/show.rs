use clap::Args;
use countersign::accounts::{Account, SignInOutcome, SignInRecord};
use serde::Serialize;

use super::Which;
use crate::cli::{CommandError, Context, moment, output};

/// `countersign user show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
    /// How many lines of history to show, 1,000 at most
    #[arg(long, value_name = "NUMBER", default_value = "10", value_parser = clap::value_parser!(u32).range(0..=1_000))]
    history: u32,
}

/// An account, for programs. Moments are in RFC 3339 and UTC.
#[derive(Debug, Serialize)]
pub(super) struct AccountReport {
    id: String,
    name: String,
    email: Option<String>,
    email_confirmed_at: Option<String>,
    locale: Option<String>,
    is_active: bool,
    roles: Vec<String>,
    permissions: Vec<String>,
    created_at: String,
    last_login_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct ShowReport {
    #[serde(flatten)]
    account: AccountReport,
    sessions: usize,
    /// The latest first.
    history: Vec<HistoryReport>,
}

/// When somebody came in, or failed to.
#[derive(Debug, Serialize)]
struct HistoryReport {
    at: String,
    /// `logged_in` or `failed`; `unknown` for what a later version of the library knows.
    outcome: &'static str,
    /// How he proved who he is.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// How often he failed, from one network within one hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    /// How often he was refused after too many failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    throttled: Option<u64>,
    address: Option<String>,
    user_agent: Option<String>,
}

impl Show {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let opened = context.open().await?;
        let account = opened.account(&self.which.user).await?;
        let sessions = opened.accounts.sessions(account.id).await?.len();
        let history = opened.accounts.sign_in_history(account.id, self.history);
        let history = history.await?;
        if self.which.json {
            return output::json(&ShowReport {
                account: AccountReport::new(&account),
                sessions,
                history: history.iter().map(HistoryReport::new).collect(),
            });
        }
        output::facts(&facts(&account, sessions))?;
        if history.is_empty() {
            return Ok(());
        }
        output::line("")?;
        let head = ["at (utc)", "what", "address", "user agent"];
        output::table(head, history.iter().map(row))
    }
}

impl AccountReport {
    pub(super) fn new(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            email: account.email.clone(),
            email_confirmed_at: account.email_confirmed_at.map(moment::for_programs),
            locale: account.locale.clone(),
            is_active: account.is_active,
            roles: account.roles().to_vec(),
            permissions: account.permissions().to_vec(),
            created_at: moment::for_programs(account.created_at),
            last_login_at: account.last_login_at.map(moment::for_programs),
        }
    }
}

impl HistoryReport {
    fn new(record: &SignInRecord) -> Self {
        let report = Self {
            at: moment::for_programs(record.at),
            outcome: "unknown",
            method: None,
            session: None,
            times: None,
            throttled: None,
            address: record.client.address.map(|address| address.to_string()),
            user_agent: record.client.user_agent.as_deref().map(str::to_owned),
        };
        match &record.outcome {
            SignInOutcome::Succeeded { method, session } => Self {
                outcome: "logged_in",
                method: Some(method.clone()),
                session: session.map(|session| session.to_string()),
                ..report
            },
            SignInOutcome::Failed { times, throttled } => Self {
                outcome: "failed",
                times: Some(*times),
                throttled: Some(*throttled),
                ..report
            },
            _ => report,
        }
    }
}

fn facts(account: &Account, sessions: usize) -> [(&'static str, String); 9] {
    let email = match (&account.email, account.email_confirmed_at) {
        (None, _) => "none".to_owned(),
        (Some(email), None) => format!("{email} (not confirmed)"),
        (Some(email), Some(at)) => format!("{email} (confirmed {})", moment::for_people(at)),
    };
    let state = if account.is_active {
        "active"
    } else {
        "disabled"
    };
    [
        ("name", account.name.clone()),
        ("id", account.id.to_string()),
        ("state", state.to_owned()),
        ("e-mail", email),
        ("roles", or_none(account.roles())),
        ("permissions", or_none(account.permissions())),
        ("sessions", sessions.to_string()),
        ("made (utc)", moment::for_people(account.created_at)),
        (
            "last login (utc)",
            moment::for_people_or_never(account.last_login_at),
        ),
    ]
}

fn or_none(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

fn row(record: &SignInRecord) -> [String; 4] {
    let what = match &record.outcome {
        SignInOutcome::Succeeded { method, .. } => format!("came in by {method}"),
        SignInOutcome::Failed {
            times,
            throttled: 0,
        } => format!("failed {times} times"),
        SignInOutcome::Failed { times, throttled } => {
            format!("failed {times} times, was refused {throttled} times")
        }
        _ => String::new(),
    };
    let client = &record.client;
    [
        moment::for_people(record.at),
        what,
        client
            .address
            .map_or_else(String::new, |address| address.to_string()),
        client.user_agent.as_deref().unwrap_or_default().to_owned(),
    ]
}

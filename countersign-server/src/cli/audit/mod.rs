mod actor;
mod report;

use std::net::IpAddr;

use clap::{Args, ValueEnum};
use countersign::accounts::{AccountId, Accounts, AuditEvent, AuditFilter, AuditKind};
use countersign::clock::Timestamp;
use ipnet::IpNet;

use self::report::Report;
use super::opened::Opened;
use super::{CommandError, Context, moment, output};

/// `countersign audit`
///
/// The events that fit all that is asked for, the latest at the end.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Audit {
    /// Only what was done to this account: its login name, its confirmed e-mail address, or its id (also after it was deleted)
    #[arg(long)]
    user: Option<String>,
    /// Only this kind of event; may be said several times
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    kinds: Vec<AuditKind>,
    /// Only what this one did: anonymous, account:USER, administrator:USER or system:NAME
    #[arg(long)]
    actor: Option<String>,
    /// Only what came from this address or network
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    address: Option<IpNet>,
    /// Only what happened then or later: a moment, a day, or how long ago, such as 24h
    #[arg(long, value_name = "WHEN", value_parser = moment::parse)]
    since: Option<Timestamp>,
    /// Only what happened before: a moment, a day, or how long ago
    #[arg(long, value_name = "WHEN", value_parser = moment::parse)]
    until: Option<Timestamp>,
    /// How many of the latest events, 1,000 at most
    #[arg(long, value_name = "NUMBER", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// All events, however many; as JSON lines or CSV
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// How they are printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// A JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values (RFC 4180), with a head
    Csv,
}

impl Audit {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        if self.all && !matches!(self.format(), Format::Jsonl | Format::Csv) {
            return Err(CommandError::Misused(
                "`--all` goes with `--format jsonl` or `--format csv`",
            ));
        }
        let opened = context.open().await?;
        let filter = self.filter(&opened).await?;
        if self.all {
            return self.export(&opened.accounts, filter).await;
        }
        let mut events = opened.accounts.audit(filter).await?;
        events.reverse();
        match self.format() {
            Format::Table => report::table(&events, &opened.accounts).await,
            Format::Json => output::json(&events.iter().map(Report::new).collect::<Vec<_>>()),
            format => write(&events, format, true),
        }
    }

    /// Prints everything, in as little memory as a page of it takes.
    async fn export(&self, accounts: &Accounts, filter: AuditFilter) -> Result<(), CommandError> {
        let format = self.format();
        let mut export = accounts.export_audit(filter);
        let mut is_first = true;
        while let Some(events) = export.next().await? {
            write(&events, format, is_first)?;
            is_first = false;
        }
        match is_first {
            // Nothing but the head.
            true => write(&[], format, true),
            false => Ok(()),
        }
    }

    async fn filter(&self, opened: &Opened) -> Result<AuditFilter, CommandError> {
        Ok(AuditFilter {
            account: match &self.user {
                Some(user) => Some(account_id(user, opened).await?),
                None => None,
            },
            kinds: self.kinds.clone(),
            actor: match &self.actor {
                Some(text) => Some(self::actor::parse(text, opened).await?),
                None => None,
            },
            network: self.address,
            since: self.since,
            until: self.until,
            before: None,
            limit: match self.all {
                true => AuditFilter::MOST,
                false => self.limit,
            },
        })
    }

    fn format(&self) -> Format {
        match self.json {
            true => Format::Json,
            false => self.format,
        }
    }
}

/// The account that somebody means. One that was deleted has an id still.
async fn account_id(typed: &str, opened: &Opened) -> Result<AccountId, CommandError> {
    match typed.parse() {
        Ok(id) => Ok(id),
        Err(_) => Ok(opened.account(typed).await?.id),
    }
}

fn write(events: &[AuditEvent], format: Format, is_first: bool) -> Result<(), CommandError> {
    let text = match format {
        Format::Csv => report::csv(events, is_first),
        _ => report::json_lines(events),
    };
    output::text(&text)
}

fn kind(text: &str) -> Result<AuditKind, String> {
    AuditKind::named(text).ok_or_else(|| {
        let names = AuditKind::ALL.iter().map(|kind| kind.name());
        format!("expected one of {}", names.collect::<Vec<_>>().join(", "))
    })
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| {
        "expected an address or a network, such as `192.0.2.7` or `10.0.0.0/8`".to_owned()
    })
}

const AFTER_HELP: &str = "\
Moments are in UTC; JSON and CSV have them in RFC 3339. The fields of JSON and CSV are: position, at, kind, account, actor, address, \
user_agent, session, detail. An actor is written as --actor takes it. In CSV, a text that a spreadsheet would take for a formula \
begins with an apostrophe.";

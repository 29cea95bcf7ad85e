//! Events of the audit in all their formats.

use countersign::accounts::{AccountId, Accounts, Actor, AuditEvent};
use countersign::pages::no_formula;
use serde::Serialize;

use super::actor;
use crate::cli::{CommandError, moment, output};

/// An event, for programs. The same fields stand in JSON and CSV.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    position: String,
    at: String,
    kind: &'static str,
    account: Option<String>,
    actor: String,
    address: Option<String>,
    user_agent: Option<String>,
    session: Option<String>,
    detail: Option<String>,
}

impl Report {
    pub(super) fn new(event: &AuditEvent) -> Self {
        Self {
            position: event.position().to_string(),
            at: moment::for_programs(event.at),
            kind: event.kind.name(),
            account: event.account.map(|account| account.to_string()),
            actor: actor::text(&event.actor),
            address: event.client.address.map(|address| address.to_string()),
            user_agent: event.client.user_agent.as_deref().map(str::to_owned),
            session: event.session.map(|session| session.to_string()),
            detail: event.detail.clone(),
        }
    }

    /// The same, with texts that no spreadsheet takes for formulas and no terminal for commands: strangers choose what stands in some of them.
    fn for_spreadsheets(self) -> Self {
        Self {
            actor: for_spreadsheets(self.actor),
            user_agent: self.user_agent.map(for_spreadsheets),
            detail: self.detail.map(for_spreadsheets),
            ..self
        }
    }
}

/// Prints events for people, with the names of accounts in place of their ids.
pub(super) async fn table(events: &[AuditEvent], accounts: &Accounts) -> Result<(), CommandError> {
    let spoken_of = events.iter().flat_map(|event| {
        let actor = actor::account_of(&event.actor);
        event.account.into_iter().chain(actor)
    });
    let names = accounts.names(spoken_of).await?;
    // Of an account that was deleted, the id is left.
    let name = |id: &AccountId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let rows = events.iter().map(|event| {
        let address = event.client.address;
        [
            moment::for_people(event.at),
            event.kind.name().to_owned(),
            event.account.as_ref().map_or_else(String::new, name),
            match (&event.actor, actor::account_of(&event.actor)) {
                (Actor::Account(account), _) => name(account),
                (Actor::Administrator(_), Some(account)) => {
                    format!("administrator:{}", name(&account))
                }
                (other, _) => actor::text(other),
            },
            address.map_or_else(String::new, |address| address.to_string()),
            event.detail.clone().unwrap_or_default(),
        ]
    });
    let head = ["at (utc)", "kind", "account", "by", "address", "detail"];
    output::table(head, rows)
}

pub(super) fn json_lines(events: &[AuditEvent]) -> String {
    let lines = events.iter().map(|event| {
        let line = serde_json::to_string(&Report::new(event));
        output::harmless_json(&line.expect("texts can be written as JSON")) + "\n"
    });
    lines.collect()
}

pub(super) fn csv(events: &[AuditEvent], with_head: bool) -> String {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(with_head)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if events.is_empty() && with_head {
        writer.write_record(FIELDS).expect("writing to memory");
    }
    for event in events {
        let report = Report::new(event).for_spreadsheets();
        writer.serialize(report).expect("writing texts to memory");
    }
    let bytes = writer.into_inner().expect("writing to memory");
    String::from_utf8(bytes).expect("it was made of texts")
}

fn for_spreadsheets(text: String) -> String {
    no_formula(&output::harmless(&text))
}

const FIELDS: [&str; 9] = [
    "position",
    "at",
    "kind",
    "account",
    "actor",
    "address",
    "user_agent",
    "session",
    "detail",
];

use countersign::accounts::Account;
use countersign::clock::Timestamp;
use countersign::pages::OneTimeLink;
use serde::Serialize;

use super::{CommandError, moment, output};

/// What a command that changes something did: a sentence for people, an object for programs.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// What was done, in a word: `disabled`, `session_ended`.
    done: &'static str,
    /// Whether anything is different now.
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountName>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_expires_at: Option<String>,
    #[serde(skip)]
    sentence: String,
}

/// Which account.
#[derive(Debug, Serialize)]
struct AccountName {
    id: String,
    name: String,
}

impl Outcome {
    /// Something that is different now.
    pub(super) fn new(done: &'static str, sentence: impl Into<String>) -> Self {
        Self {
            done,
            changed: true,
            account: None,
            roles: Vec::new(),
            session: None,
            link: None,
            link_expires_at: None,
            sentence: sentence.into(),
        }
    }

    /// The account that it was done to.
    pub(super) fn account(mut self, account: &Account) -> Self {
        self.account = Some(AccountName {
            id: account.id.to_string(),
            name: account.name.clone(),
        });
        self
    }

    pub(super) fn changed(mut self, changed: bool) -> Self {
        self.changed = changed;
        self
    }

    pub(super) fn roles(mut self, roles: &[String]) -> Self {
        self.roles = roles.to_vec();
        self
    }

    pub(super) fn session(mut self, session: impl ToString) -> Self {
        self.session = Some(session.to_string());
        self
    }

    /// A link that is shown only once.
    pub(super) fn link(mut self, link: &OneTimeLink, expires_at: Timestamp) -> Self {
        self.link = Some(link.reveal().to_owned());
        self.link_expires_at = Some(moment::for_programs(expires_at));
        self
    }

    /// Prints it.
    pub(super) fn print(&self, as_json: bool) -> Result<(), CommandError> {
        if as_json {
            return output::json(self);
        }
        output::line(output::harmless(&self.sentence))?;
        match &self.link {
            Some(link) => output::line(format!("\n  {link}\n")),
            None => Ok(()),
        }
    }
}

//! What an import came to.

use std::collections::BTreeMap;

use countersign::accounts::{ForeignAccount, ImportDeparture, ImportOutcome};
use serde::Serialize;

use super::hashes::Count;
use crate::cli::{CommandError, output};

/// The numbers of an import.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    source: String,
    dry_run: bool,
    added: u64,
    /// By an earlier import.
    added_before: u64,
    /// Brought in earlier, and deleted here since.
    deleted_since: u64,
    skipped: u64,
    /// Of those that were added.
    inactive: u64,
    without_password: u64,
    /// Those whose name was made of an address that does not log in, because it is not confirmed.
    address_only: u64,
    /// Why some were skipped, and how many each time.
    reasons: BTreeMap<String, u64>,
    /// What did not come as it was, and how often.
    changes: BTreeMap<String, u64>,
    pub(super) schemes: BTreeMap<String, Count>,
    #[serde(skip)]
    told: u64,
}

impl Summary {
    pub(super) fn new(source: String, dry_run: bool) -> Self {
        Self {
            source,
            dry_run,
            added: 0,
            added_before: 0,
            deleted_since: 0,
            skipped: 0,
            inactive: 0,
            without_password: 0,
            address_only: 0,
            reasons: BTreeMap::new(),
            changes: BTreeMap::new(),
            schemes: BTreeMap::new(),
            told: 0,
        }
    }

    /// How many were looked at.
    pub(super) fn users(&self) -> u64 {
        self.added + self.added_before + self.deleted_since + self.skipped
    }

    /// Whether nobody was skipped.
    pub(super) fn is_complete(&self) -> bool {
        self.skipped == 0
    }

    pub(super) fn skipped(&mut self, reason: &str) {
        self.skipped += 1;
        *self.reasons.entry(reason.to_owned()).or_default() += 1;
    }

    /// Counts what became of an account, unless it was refused.
    pub(super) fn count(&mut self, account: &ForeignAccount, outcome: &ImportOutcome) {
        match outcome {
            ImportOutcome::Added { departures, .. } => self.count_added(account, departures),
            ImportOutcome::AddedBefore(_) => self.added_before += 1,
            ImportOutcome::DeletedSince => self.deleted_since += 1,
            _ => {}
        }
    }

    fn count_added(&mut self, account: &ForeignAccount, departures: &[ImportDeparture]) {
        self.added += 1;
        self.inactive += u64::from(!account.is_active);
        self.without_password += u64::from(account.password_hash.is_none());
        let is_confirmed = account.email_confirmed_at.is_some()
            && !departures.contains(&ImportDeparture::EmailNotConfirmed);
        let name_was_made = departures.contains(&ImportDeparture::NameMade);
        self.address_only += u64::from(name_was_made && !is_confirmed);
        for departure in departures {
            *self.changes.entry(departure.to_string()).or_default() += 1;
        }
    }

    /// How many rows were spoken of before.
    pub(super) fn told(&mut self) -> u64 {
        self.told += 1;
        self.told - 1
    }

    pub(super) fn print(&self, as_json: bool) -> Result<(), CommandError> {
        if as_json {
            return output::json(self);
        }
        let done = if self.dry_run {
            "would be added"
        } else {
            "added"
        };
        let mut facts = vec![(done, self.added)];
        facts.extend([
            ("of these inactive", self.inactive),
            ("of these without a password", self.without_password),
            ("brought in before", self.added_before),
            ("brought in before, and deleted since", self.deleted_since),
            ("skipped", self.skipped),
        ]);
        let facts: Vec<_> = facts
            .into_iter()
            .enumerate()
            .filter(|(place, (_, number))| *place == 0 || *number > 0)
            .map(|(_, (name, number))| (name, number.to_string()))
            .collect();
        output::facts(&facts)?;
        Self::print_counts("Skipped, because", &self.reasons)?;
        Self::print_counts("Not as it was", &self.changes)?;
        self.print_schemes()?;
        if self.schemes.values().any(|count| count.lacks_secret) {
            output::note(
                "Hashes that were made with a secret come along without it, and nobody logs in by them before the settings have it: \
                 passwords.flask_security_salt_file, or passwords.devise_pepper_file.",
            );
        }
        if self.address_only > 0 {
            output::note(format!(
                "{} have a name that was made of their e-mail address, and the address does not log in, because it is not \
                 confirmed. If it is known to be theirs, import with --emails-confirmed.",
                self.address_only
            ));
        }
        Ok(())
    }

    fn print_counts(head: &str, counts: &BTreeMap<String, u64>) -> Result<(), CommandError> {
        if counts.is_empty() {
            return Ok(());
        }
        output::line("")?;
        let rows = counts.iter();
        output::table(
            ["number", head],
            rows.map(|(what, number)| [number.to_string(), what.clone()]),
        )
    }

    fn print_schemes(&self) -> Result<(), CommandError> {
        if self.schemes.is_empty() {
            return Ok(());
        }
        output::line("")?;
        let rows = self.schemes.iter().map(|(scheme, count)| {
            let problem = count.problem.clone().unwrap_or_default();
            let (usable, unusable) = (count.usable.to_string(), count.unusable.to_string());
            [scheme.clone(), usable, unusable, problem]
        });
        output::table(["passwords", "usable", "not usable", "because"], rows)
    }
}

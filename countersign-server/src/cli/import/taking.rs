//! The accounts of a source are taken, a thousand at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign::accounts::{ForeignAccount, Import, ImportDeparture, ImportOutcome};

use super::ImportError;
use super::files::NewFile;
use super::mapping::Mapping;
use super::progress::Progress;
use super::record::Position;
use super::source::{Rows, Source};
use super::summary::Summary;
use super::understanding::Understanding;
use crate::cli::{CommandError, output};
use crate::serve::Signals;

/// An import that is under way.
pub(super) struct Taking {
    pub(super) import: Import,
    pub(super) understanding: Understanding,
    pub(super) report: Option<NewFile>,
    pub(super) mapping: Option<NewFile>,
    pub(super) summary: Summary,
}

/// Accounts that are brought in together, and where they stood.
#[derive(Default)]
struct Batch {
    accounts: Vec<ForeignAccount>,
    positions: Vec<Position>,
}

impl Taking {
    /// Takes all. Where it ends early, what was taken before stays.
    pub(super) async fn all(
        &mut self,
        source: &mut Source,
        mapping: &Mapping,
    ) -> Result<(), CommandError> {
        let progress = Progress::new(source.length().await?);
        let is_stopped = hear_stop();
        let mut rows = source.rows(mapping);
        loop {
            let (batch, is_last) = self.next(&mut rows).await?;
            self.take(batch).await?;
            progress.at(rows.position(), self.summary.users());
            if is_last {
                return Ok(());
            }
            if is_stopped.load(Ordering::Relaxed) {
                return Err(ImportError::Stopped.into());
            }
        }
    }

    /// What came of it.
    pub(super) fn finish(mut self) -> Result<Summary, ImportError> {
        for file in [&mut self.report, &mut self.mapping].into_iter().flatten() {
            file.flush()?;
        }
        self.summary.schemes = self.understanding.hashes.counts().clone();
        Ok(self.summary)
    }

    /// The next accounts, and whether they are the last ones.
    async fn next(&mut self, rows: &mut Rows<'_>) -> Result<(Batch, bool), ImportError> {
        let mut batch = Batch::default();
        // Rows that are skipped count too, so that a source of nothing else can be stopped.
        for _ in 0..AT_A_TIME {
            let Some(row) = rows.next().await? else {
                return Ok((batch, true));
            };
            let understood = row.and_then(|record| {
                let account = self.understanding.account(&record)?;
                Ok((account, record.position))
            });
            match understood {
                Ok((account, position)) => {
                    batch.accounts.push(account);
                    batch.positions.push(position);
                }
                Err(bad) => {
                    self.summary.skipped(&bad.reason);
                    self.tell(bad.position, bad.id.as_deref(), "skipped", &bad.reason)?;
                }
            }
        }
        Ok((batch, false))
    }

    async fn take(&mut self, batch: Batch) -> Result<(), CommandError> {
        if batch.accounts.is_empty() {
            return Ok(());
        }
        let outcomes = self.import.add(&batch.accounts).await?;
        let places = batch.positions.into_iter().zip(&batch.accounts);
        for ((position, account), outcome) in places.zip(outcomes) {
            self.note(position, account, &outcome)?;
        }
        // What is in the database is in the files.
        for file in [&mut self.report, &mut self.mapping].into_iter().flatten() {
            file.flush()?;
        }
        Ok(())
    }

    fn note(
        &mut self,
        position: Position,
        account: &ForeignAccount,
        outcome: &ImportOutcome,
    ) -> Result<(), ImportError> {
        let id = Some(&*account.id);
        self.summary.count(account, outcome);
        match outcome {
            ImportOutcome::Added {
                account: new,
                departures,
                ..
            } => {
                for departure in departures {
                    // Of a name that had to be made, nobody at a terminal has to hear.
                    if self.report.is_some() || *departure != ImportDeparture::NameMade {
                        self.tell(position, id, "changed", &in_words(departure))?;
                    }
                }
                self.map(&account.id, &new.to_string())
            }
            ImportOutcome::AddedBefore(new) => self.map(&account.id, &new.to_string()),
            ImportOutcome::DeletedSince => Ok(()),
            ImportOutcome::Refused(refusal) => {
                let reason = refusal.to_string();
                self.summary.skipped(&reason);
                self.tell(position, id, "skipped", &reason)
            }
            other => unreachable!("this version of the library answers no {other:?}"),
        }
    }

    fn map(&mut self, old: &str, new: &str) -> Result<(), ImportError> {
        match &mut self.mapping {
            Some(file) => file.write(&[old, new]),
            None => Ok(()),
        }
    }

    /// Says what became of one row: all of them in the report, or else the first ones to whoever sits there.
    fn tell(
        &mut self,
        position: Position,
        id: Option<&str>,
        what: &'static str,
        why: &str,
    ) -> Result<(), ImportError> {
        if let Some(report) = &mut self.report {
            // Somebody reads it, perhaps at a terminal.
            let id = output::harmless(id.unwrap_or_default());
            let values = [&*position.to_string(), &id, what, &output::harmless(why)];
            return report.write(&values);
        }
        match self.summary.told() {
            told if told < TOLD => {
                let id = id.map_or_else(String::new, |id| format!(" (id {id})"));
                output::note(format!("{position}{id}: {what}: {why}"));
            }
            TOLD => output::note("There are more: --report FILE writes all of them down."),
            _ => {}
        }
        Ok(())
    }
}

fn in_words(departure: &ImportDeparture) -> String {
    match departure {
        ImportDeparture::RoleLeftOut(role) => {
            format!("{departure}: --rename-role '{role}=…' gives it another")
        }
        _ => departure.to_string(),
    }
}

/// Says from now on whether somebody wants it to stop. What is under way is brought to its end then.
fn hear_stop() -> Arc<AtomicBool> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    let hears = Arc::clone(&is_stopped);
    if let Ok(mut signals) = Signals::new() {
        tokio::spawn(async move {
            signals.stop().await;
            output::note("It stops as soon as what is under way is done.");
            hears.store(true, Ordering::Relaxed);
            // Whoever can't wait loses what is under way, which the next import does.
            signals.stop().await;
            std::process::exit(INTERRUPTED);
        });
    }
    is_stopped
}

/// How many accounts are brought in by one transaction: others who write wait for some tens of milliseconds.
const AT_A_TIME: usize = 1_000;

/// How many rows are spoken of.
const TOLD: u64 = 20;

/// What shells see of a program that Ctrl-C ended: 128, and the signal's number.
const INTERRUPTED: i32 = 130;

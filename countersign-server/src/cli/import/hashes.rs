//! Which hashes can be verified here, and which can't.

use std::collections::BTreeMap;

use countersign::password::{HashOrigin, PasswordError, Passwords};
use serde::Serialize;

use super::mapping::Field;
use super::record::{BadRow, Record};

/// Judges the hashes of an import, and counts them.
pub(super) struct Hashes {
    passwords: Passwords,
    origin: Option<HashOrigin>,
    drops_unusable: bool,
    counts: BTreeMap<String, Count>,
}

/// How many hashes of one scheme there are.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Count {
    pub(super) usable: u64,
    pub(super) unusable: u64,
    /// Why, of the first that is not usable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
    /// Whether all that is missing is a secret in the settings.
    #[serde(skip)]
    pub(super) lacks_secret: bool,
}

impl Hashes {
    pub(super) fn new(
        passwords: Passwords,
        origin: Option<HashOrigin>,
        drops_unusable: bool,
    ) -> Self {
        Self {
            passwords,
            origin,
            drops_unusable,
            counts: BTreeMap::new(),
        }
    }

    /// The hash of a row, as it is kept here; `None` where there is no password.
    pub(super) fn judge(&mut self, record: &Record) -> Result<Option<String>, BadRow> {
        let Some(found) = record.get(Field::Password) else {
            return Ok(None);
        };
        let stored = match self.origin {
            Some(origin) => origin.mark(found).into_owned(),
            None => found.to_owned(),
        };
        let description = self.passwords.describe(&stored);
        let scheme = description.scheme.as_deref().unwrap_or("unknown");
        self.count(scheme, description.problem.as_ref());
        match description.problem {
            None => Ok(Some(stored)),
            Some(PasswordError::NoUsablePassword) => Ok(None),
            // What is missing is a setting of this server, which can be made up for.
            Some(PasswordError::MissingSecret { .. }) => Ok(Some(stored)),
            Some(_) if self.drops_unusable => Ok(None),
            Some(problem) => Err(record.bad(problem.to_string())),
        }
    }

    /// How many there are of each scheme.
    pub(super) fn counts(&self) -> &BTreeMap<String, Count> {
        &self.counts
    }

    fn count(&mut self, scheme: &str, problem: Option<&PasswordError>) {
        if !self.counts.contains_key(scheme) {
            self.counts.insert(scheme.to_owned(), Count::default());
        }
        let count = self.counts.get_mut(scheme).expect("it was just inserted");
        match problem {
            None => count.usable += 1,
            Some(problem) => {
                count.unusable += 1;
                count.lacks_secret |= matches!(problem, PasswordError::MissingSecret { .. });
                count.problem.get_or_insert_with(|| problem.to_string());
            }
        }
    }
}

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigurationError, Problem};
use super::key::{Key, Kind};
use super::settings::KEYS;
use super::sources::{Found, Origin};

/// A configuration file: what it says of each key, and what in it nobody understands.
#[derive(Default)]
pub(crate) struct File {
    found: BTreeMap<&'static str, Found>,
    pub(super) problems: Vec<Problem>,
}

impl File {
    /// Reads a file that must exist.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigurationError::File {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path, &text)
    }

    /// Reads a file that need not exist.
    pub(crate) fn read_if_there(path: &Path) -> Result<Option<Self>, ConfigurationError> {
        match Self::read(path) {
            Err(ConfigurationError::File { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, ConfigurationError> {
        let table = DeTable::parse(text).map_err(|error| ConfigurationError::Syntax {
            path: path.to_owned(),
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        let mut reading = Reading {
            path: path.to_owned(),
            text,
            file: Self::default(),
        };
        reading.table(None, table.get_ref());
        Ok(reading.file)
    }

    /// What the file says of a key.
    pub(super) fn find(&self, key: &Key) -> Option<Found> {
        self.found.get(key.path).cloned()
    }
}

/// Without the values: some are secrets.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.found.keys()).finish()
    }
}

struct Reading<'a> {
    path: PathBuf,
    text: &'a str,
    file: File,
}

impl Reading<'_> {
    fn table(&mut self, parent: Option<&str>, table: &DeTable<'_>) {
        for (name, value) in table {
            let path = match parent {
                Some(parent) => format!("{parent}.{}", name.get_ref()),
                None => name.get_ref().to_string(),
            };
            let origin = Origin::File {
                path: self.path.clone(),
                line: line_of(self.text, name.span().start),
            };
            match (value.get_ref(), KEYS.iter().find(|key| key.path == path)) {
                (DeValue::Table(inner), None) if parent.is_none() && is_table(&path) => {
                    self.table(Some(&path), inner);
                }
                (_, None) => self
                    .file
                    .problems
                    .push(Problem::unknown_name(&path, origin)),
                (value, Some(key)) => self.value(key, value, origin),
            }
        }
    }

    fn value(&mut self, key: &'static Key, value: &DeValue<'_>, origin: Origin) {
        let values = match (key.kind, value) {
            (Kind::Text, DeValue::String(text)) => Some(vec![text.to_string()]),
            (Kind::Number, DeValue::Integer(number)) if number.radix() == 10 => {
                Some(vec![number.as_str().replace('_', "")])
            }
            (Kind::Switch, DeValue::Boolean(switch)) => Some(vec![switch.to_string()]),
            (Kind::List, DeValue::Array(list)) => list.iter().map(text_in).collect(),
            _ => None,
        };
        match values {
            Some(values) => {
                self.file.found.insert(key.path, Found { values, origin });
            }
            None => self
                .file
                .problems
                .push(Problem::wrong_kind(key, value.type_str(), origin)),
        }
    }
}

fn text_in(value: &Spanned<DeValue<'_>>) -> Option<String> {
    value.get_ref().as_str().map(str::to_owned)
}

fn is_table(name: &str) -> bool {
    KEYS.iter().any(|key| key.table_and_name().0 == Some(name))
}

/// The line in which a byte of a text stands, counted from one.
fn line_of(text: &str, position: usize) -> usize {
    let before = text.as_bytes().iter().take(position);
    before.filter(|byte| **byte == b'\n').count() + 1
}

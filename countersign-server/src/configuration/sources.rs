use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::error::Problem;
use super::file::File;
use super::key::{Key, Kind, VARIABLE_PREFIX};
use super::settings::KEYS;

/// Where values come from: flags, which beat the environment, which beats the file.
#[derive(Default)]
pub(crate) struct Sources {
    flags: BTreeMap<&'static str, String>,
    environment: BTreeMap<String, String>,
    file: File,
    problems: Vec<Problem>,
}

/// What a key was found to be, and who said so.
#[derive(Clone)]
pub(super) struct Found {
    /// One, unless the key is a list.
    pub(super) values: Vec<String>,
    pub(super) origin: Origin,
}

/// Who said what a value is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    /// Nobody.
    Default,
    /// A line of the file.
    File { path: PathBuf, line: usize },
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line, without its dashes.
    Flag(String),
}

impl Sources {
    /// Flags by the paths of their keys, the whole environment, and the file if there is one.
    pub(crate) fn new(
        flags: impl IntoIterator<Item = (&'static str, String)>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        mut file: File,
    ) -> Self {
        let mut problems = std::mem::take(&mut file.problems);
        let environment = variables(environment, &mut problems);
        Self {
            flags: flags.into_iter().collect(),
            environment,
            file,
            problems,
        }
    }

    /// Names that mean nothing. One that was mistyped would otherwise not count, and nobody would notice.
    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// What somebody said of this key.
    pub(super) fn find(&self, key: &Key) -> Option<Found> {
        if let Some(value) = self.flags.get(key.path) {
            let origin = Origin::Flag(key.flag().unwrap_or_default());
            return Some(Found::in_text(key, value, origin));
        }
        let variable = key.variable();
        match self.environment.get(&variable) {
            Some(value) => {
                let origin = Origin::Environment(variable);
                Some(Found::in_text(key, value, origin))
            }
            None => self.file.find(key),
        }
    }
}

impl Found {
    /// A value that is written as a text, whatever its kind is. A list has commas.
    pub(super) fn in_text(key: &Key, text: &str, origin: Origin) -> Self {
        let values = match key.kind {
            Kind::List => text
                .split(',')
                .map(|value| value.trim().to_owned())
                .collect(),
            _ => vec![text.to_owned()],
        };
        Self { values, origin }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => write!(f, "--{flag}"),
        }
    }
}

/// The variables that are ours. An empty one counts as none: that is how many tools say "not set".
fn variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let ours = environment.into_iter().filter_map(|(name, value)| {
        let name = name.to_str()?;
        let is_ours = name.starts_with(VARIABLE_PREFIX) && name != CONFIG_VARIABLE;
        is_ours.then(|| (name.to_owned(), value))
    });
    let mut variables = BTreeMap::new();
    for (name, value) in ours {
        if !KEYS.iter().any(|key| key.variable() == name) {
            problems.push(Problem::unknown_variable(&name));
            continue;
        }
        match value.into_string() {
            Ok(value) if value.is_empty() => {}
            Ok(value) => {
                variables.insert(name, value);
            }
            Err(_) => problems.push(Problem::not_text(&name)),
        }
    }
    variables
}

/// The variable that names the file.
pub(crate) const CONFIG_VARIABLE: &str = "COUNTERSIGN_CONFIG";

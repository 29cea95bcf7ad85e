use std::fmt;
use std::io;
use std::path::PathBuf;

use super::effective::without_password;
use super::key::Key;
use super::settings::KEYS;
use super::sources::Origin;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ConfigurationError {
    /// The file can't be read.
    #[error("the configuration file {path:?} can't be read")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("{}:{line}: this is no TOML: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What the parser expected. Nothing of the file is repeated: it may hold secrets.
        message: String,
    },
    /// Something in it can't be meant.
    #[error("{}", problems_in_words(.0))]
    Problems(Vec<Problem>),
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Problem {
    /// The key, or what stands in the place of one.
    pub(crate) key: String,
    pub(crate) origin: Origin,
    /// What is wrong and what is expected.
    pub(crate) sentence: String,
}

impl ConfigurationError {
    /// An error, if there are problems.
    pub(super) fn unless_none(problems: Vec<Problem>) -> Result<(), Self> {
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Self::Problems(problems)),
        }
    }
}

impl Problem {
    /// A value that can't be read.
    pub(super) fn value(key: &Key, found: &str, origin: Origin, expected: &str) -> Self {
        let sentence = match key.is_secret {
            true => expected.to_owned(),
            // What the library says repeats what it found.
            false if expected.contains(&format!("`{found}`")) => expected.to_owned(),
            false => {
                let found = without_password(found);
                format!("found `{}`; {expected}", found.escape_debug())
            }
        };
        Self::new(key.path, origin, sentence)
    }

    /// Values that do not go together.
    pub(super) fn combination(key: &Key, origin: Origin, sentence: impl Into<String>) -> Self {
        Self::new(key.path, origin, sentence)
    }

    /// What a value names can't be used.
    pub(super) fn found(key: &str, origin: Origin, sentence: String) -> Self {
        Self::new(key, origin, sentence)
    }

    pub(super) fn wrong_kind(key: &Key, found: &str, origin: Origin) -> Self {
        let example = match key.is_secret {
            true => String::new(),
            false => format!(", such as `{}`", key.in_file(key.example)),
        };
        let sentence = format!(
            "found a value of the kind {found}; expected {}{example}",
            key.kind
        );
        Self::new(key.path, origin, sentence)
    }

    pub(super) fn unknown_name(name: &str, origin: Origin) -> Self {
        let paths = KEYS.iter().map(|key| key.path);
        let tables = KEYS.iter().filter_map(|key| key.table_and_name().0);
        let known = paths.chain(tables).map(str::to_owned);
        let sentence = format!("there is no such setting{}", did_you_mean(name, known));
        Self::new(name, origin, sentence)
    }

    pub(super) fn unknown_variable(name: &str) -> Self {
        let known = KEYS.iter().map(|key| key.variable());
        let sentence = format!("there is no such variable{}", did_you_mean(name, known));
        Self::new(name, Origin::Environment(name.to_owned()), sentence)
    }

    pub(super) fn not_text(name: &str) -> Self {
        let sentence = "its value is not UTF-8";
        Self::new(name, Origin::Environment(name.to_owned()), sentence)
    }

    fn new(key: impl Into<String>, origin: Origin, sentence: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            origin,
            sentence: sentence.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, sentence) = (self.key.escape_debug(), &self.sentence);
        match &self.origin {
            Origin::Environment(variable) if *variable == self.key => {
                write!(f, "{key}: {sentence}")
            }
            Origin::Default => write!(f, "{key}: {sentence}"),
            origin => write!(f, "{key} ({origin}): {sentence}"),
        }
    }
}

fn problems_in_words(problems: &[Problem]) -> String {
    match problems {
        [problem] => format!("the configuration can't be used: {problem}"),
        problems => problems.iter().fold(
            format!(
                "the configuration can't be used: {} mistakes",
                problems.len()
            ),
            |text, problem| format!("{text}\n  {problem}"),
        ),
    }
}

/// The name that was probably meant.
fn did_you_mean(name: &str, known: impl Iterator<Item = String>) -> String {
    known
        .map(|known| (strsim::jaro_winkler(name, &known), known))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map_or_else(
            || "; `countersign config example` shows them all".to_owned(),
            |(_, known)| format!("; did you mean `{known}`?"),
        )
}

/// From this likeness on a name is offered, as clap offers flags.
const ALIKE: f64 = 0.8;

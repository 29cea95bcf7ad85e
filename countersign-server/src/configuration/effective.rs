use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::key::{Key, Kind};
use super::sources::{Found, Origin};

/// What a key's value is in the end, and who decided it.
#[derive(Clone)]
pub(crate) struct Effective {
    pub(crate) key: &'static Key,
    values: Vec<String>,
    pub(crate) origin: Origin,
}

/// The same for programs.
#[derive(Debug, Serialize)]
struct EffectiveJson {
    value: Option<serde_json::Value>,
    origin: String,
}

impl Effective {
    pub(super) fn new(key: &'static Key, found: Found) -> Self {
        Self {
            key,
            values: found.values,
            origin: found.origin,
        }
    }

    pub(super) fn none(key: &'static Key) -> Self {
        Self {
            key,
            values: Vec::new(),
            origin: Origin::Default,
        }
    }

    /// The value for people to read, as it would stand in the file; secrets are not shown.
    pub(crate) fn shown(&self) -> String {
        match (self.key.is_secret, self.values.is_empty()) {
            (_, true) => "(not set)".to_owned(),
            (true, false) => "[redacted]".to_owned(),
            (false, false) => self.key.in_file(&self.shown_values().join(",")),
        }
    }

    /// The key with its value, as JSON; secrets are not shown.
    pub(crate) fn json(&self) -> (String, serde_json::Value) {
        let value = match (self.key.is_secret, self.values.first()) {
            (_, None) => None,
            (true, Some(_)) => Some("[redacted]".into()),
            (false, Some(first)) => Some(match self.key.kind {
                Kind::List => self.shown_values().into(),
                Kind::Text => self.shown_values().join(",").into(),
                Kind::Number | Kind::Switch => {
                    serde_json::from_str(first).unwrap_or_else(|_| first.as_str().into())
                }
            }),
        };
        let origin = self.origin.to_string();
        let json = serde_json::to_value(EffectiveJson { value, origin });
        (
            self.key.path.to_owned(),
            json.expect("texts can be written as JSON"),
        )
    }

    /// The value as the name of a file or a folder. In the file, it is relative to the file's own folder.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        let path = self.values.first()?;
        Some(match &self.origin {
            Origin::File { path: file, .. } => file.parent().unwrap_or(Path::new("")).join(path),
            _ => PathBuf::from(path),
        })
    }

    /// The values, without the passwords that addresses can hold.
    fn shown_values(&self) -> Vec<String> {
        let values = self.values.iter();
        values.map(|value| without_password(value)).collect()
    }
}

/// A value, without the password that an address can hold.
pub(super) fn without_password(value: &str) -> String {
    let address = value
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1)));
    match address {
        Some((scheme, rest)) => format!("{scheme}://[redacted]@{rest}"),
        None => value.to_owned(),
    }
}

impl fmt::Debug for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} ({})", self.key.path, self.shown(), self.origin)
    }
}

use std::path::{Path, PathBuf};

use super::effective::Effective;
use super::error::Problem;
use super::key::Key;
use super::settings::Setting;
use super::sources::{Found, Origin, Sources};

/// Reads settings one by one, and goes on after a mistake, so that all mistakes are told at once.
pub(super) struct Reader {
    sources: Sources,
    pub(super) problems: Vec<Problem>,
    pub(super) effective: Vec<Effective>,
}

impl Reader {
    pub(super) fn new(mut sources: Sources) -> Self {
        let problems = sources.take_problems();
        Self {
            sources,
            problems,
            effective: Vec::new(),
        }
    }

    /// A setting that has a default. After a mistake it is the default, so that reading can go on.
    pub(super) fn required<T>(&mut self, setting: &'static Setting<T>) -> T {
        self.optional(setting).unwrap_or_else(|| {
            let default = setting.key.default.expect("it was declared with a default");
            (setting.parse)(default).expect("a test reads all defaults")
        })
    }

    /// A setting that may be left out.
    pub(super) fn optional<T>(&mut self, setting: &'static Setting<T>) -> Option<T> {
        self.list(setting).pop()
    }

    /// A setting that names a file or a folder. In the file, it is relative to the file's own folder.
    pub(super) fn path(&mut self, setting: &'static Setting<PathBuf>) -> Option<PathBuf> {
        let path = self.optional(setting)?;
        Some(match self.origin(&setting.key) {
            Origin::File { path: file, .. } => file.parent().unwrap_or(Path::new("")).join(path),
            _ => path,
        })
    }

    /// A setting that may have several values.
    pub(super) fn list<T>(&mut self, setting: &'static Setting<T>) -> Vec<T> {
        let Some(found) = self.find(&setting.key) else {
            self.effective.push(Effective::none(&setting.key));
            return Vec::new();
        };
        let mut values = Vec::new();
        for text in &found.values {
            match (setting.parse)(text) {
                Ok(value) => values.push(value),
                Err(expected) => {
                    let origin = found.origin.clone();
                    let problem = Problem::value(&setting.key, text, origin, &expected);
                    self.problems.push(problem);
                }
            }
        }
        self.effective.push(Effective::new(&setting.key, found));
        values
    }

    /// Who decided a key.
    pub(super) fn origin(&self, key: &Key) -> Origin {
        self.find(key).map_or(Origin::Default, |found| found.origin)
    }

    /// Notes that values do not go together.
    pub(super) fn refuse<T>(&mut self, setting: &'static Setting<T>, sentence: impl Into<String>) {
        let origin = self.origin(&setting.key);
        self.problems
            .push(Problem::combination(&setting.key, origin, sentence));
    }

    fn find(&self, key: &Key) -> Option<Found> {
        self.sources.find(key).or_else(|| {
            let default = key.default?;
            Some(Found::in_text(key, default, Origin::Default))
        })
    }
}

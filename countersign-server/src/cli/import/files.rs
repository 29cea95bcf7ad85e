//! Files that an import writes.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use super::ImportError;

/// A CSV file that was not there before. Only this program's user can read it: it says who has an account.
pub(super) struct NewFile {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl NewFile {
    /// For all that was skipped, or is not as it was.
    pub(super) fn report(path: &Path) -> Result<Self, ImportError> {
        Self::make(path, &["position", "id", "what", "why"])
    }

    /// For the ids.
    pub(super) fn mapping(path: &Path) -> Result<Self, ImportError> {
        Self::make(path, &["old_id", "new_id"])
    }

    fn make(path: &Path, head: &[&str]) -> Result<Self, ImportError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|source| ImportError::NewFile {
            path: path.to_owned(),
            source,
        })?;
        let mut file = Self {
            path: path.to_owned(),
            writer: csv::Writer::from_writer(file),
        };
        file.write(head)?;
        Ok(file)
    }

    pub(super) fn write(&mut self, values: &[&str]) -> Result<(), ImportError> {
        let written = self.writer.write_record(values);
        written.map_err(|source| self.failed(source))
    }

    /// Has all that was written stand in the file.
    pub(super) fn flush(&mut self) -> Result<(), ImportError> {
        let flushed = self.writer.flush();
        flushed.map_err(|source| self.failed(source.into()))
    }

    fn failed(&self, source: csv::Error) -> ImportError {
        ImportError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

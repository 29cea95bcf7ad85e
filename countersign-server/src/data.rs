//! The data folder and the database in it.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use countersign::accounts::Accounts;

use crate::error::StartError;

/// The database: one file for accounts and sessions.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) file: PathBuf,
    pub(crate) accounts: Accounts,
}

impl Database {
    /// Opens the database in a folder. Folder and file are made where they don't exist, for this program's user alone.
    pub(crate) async fn open(folder: &Path) -> Result<Self, StartError> {
        make_folder(folder).map_err(|source| StartError::DataFolder {
            folder: folder.to_owned(),
            source,
        })?;
        // The whole path, so that whoever reads it in a log finds the file.
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let file = folder.join(FILE);
        match Accounts::open(&file).await {
            Ok(accounts) => Ok(Self { file, accounts }),
            Err(source) => Err(StartError::Database { file, source }),
        }
    }

    /// Writes the log of the database back into its file.
    pub(crate) async fn close(self) {
        self.accounts.pool().close().await;
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

const FILE: &str = "countersign.db";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn folder_and_file_are_made_for_nobody_else() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        let database = Database::open(&folder).await.unwrap();
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&database.file), 0o600);
        database.close().await;
        // And what is there is opened again.
        Database::open(&folder).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_no_database_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "not a database".repeat(100)).unwrap();
        let error = Database::open(folder.path()).await.unwrap_err();
        assert!(matches!(error, StartError::Database { .. }), "{error:?}");
    }

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        let metadata = std::fs::metadata(path).unwrap();
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
    }
}

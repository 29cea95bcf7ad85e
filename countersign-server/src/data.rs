//! The data folder and the database in it.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use countersign::accounts::{Accounts, DatabaseFile, TableVersion};

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
        let file = full(folder).join(FILE);
        match Accounts::open(&file).await {
            Ok(accounts) => Ok(Self { file, accounts }),
            Err(source) => Err(StartError::Database { file, source }),
        }
    }

    /// Opens the database in a folder, where there has to be one that this version made: for commands. A newer command must not change
    /// the tables under an older server that runs.
    pub(crate) async fn open_existing(folder: &Path) -> Result<Self, StartError> {
        let (path, file) = Self::find(folder).await?;
        let failed = |source| StartError::DatabaseAnswer {
            file: path.clone(),
            source,
        };
        let versions = file.versions().await.map_err(failed)?;
        if versions.iter().any(TableVersion::needs_migration) {
            return Err(StartError::OldDatabase { file: path });
        }
        Self::migrated(path, file).await
    }

    /// Brings a database file up to date.
    pub(crate) async fn migrated(path: PathBuf, file: DatabaseFile) -> Result<Self, StartError> {
        match file.migrate().await {
            Ok(accounts) => Ok(Self {
                file: path,
                accounts,
            }),
            Err(source) => Err(StartError::Database { file: path, source }),
        }
    }

    /// The database file in a folder, as it is: for commands that look at it or copy it, whatever version made it.
    pub(crate) async fn find(folder: &Path) -> Result<(PathBuf, DatabaseFile), StartError> {
        let folder = full(folder);
        let path = folder.join(FILE);
        match path.try_exists() {
            Ok(true) => {}
            Ok(false) => return Err(StartError::NoDatabase { folder }),
            Err(source) => return Err(StartError::FolderClosed { folder, source }),
        }
        match (DatabaseFile::open(&path).await, owner(&path)) {
            (Ok(file), _) => Ok((path, file)),
            (Err(source), Some(owner)) if owner != present_user() => Err(StartError::NotOurs {
                file: path,
                owner,
                source,
            }),
            (Err(source), _) => Err(StartError::Database { file: path, source }),
        }
    }

    /// Opens the database in a folder, or makes it there: for the commands with which a site begins. Root makes none in somebody else's folder,
    /// since its owner, as whom the server runs, could not open it. (In a database that exists, SQLite gives all that root makes to
    /// the database's owner.)
    pub(crate) async fn open_or_make(folder: &Path) -> Result<Self, StartError> {
        if Self::exists_in(folder) {
            return Self::open_existing(folder).await;
        }
        let folder = &full(folder);
        let owner = folder.ancestors().find_map(owner);
        match owner {
            Some(owner) if owner != ROOT && present_user() == ROOT => {
                Err(StartError::FolderNotOurs {
                    folder: folder.clone(),
                    owner,
                })
            }
            _ => Self::open(folder).await,
        }
    }

    /// Whether there is a database in a folder.
    pub(crate) fn exists_in(folder: &Path) -> bool {
        folder.join(FILE).is_file()
    }

    /// Writes the log of the database back into its file.
    pub(crate) async fn close(self) {
        self.accounts.pool().close().await;
    }
}

/// The whole path, so that whoever reads it in a log finds the folder.
fn full(folder: &Path) -> PathBuf {
    folder
        .canonicalize()
        .or_else(|_| std::path::absolute(folder))
        .unwrap_or_else(|_| folder.to_owned())
}

/// The number of the user to whom a file or folder belongs, where there are such numbers.
fn owner(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        let metadata = std::fs::metadata(path).ok()?;
        Some(std::os::unix::fs::MetadataExt::uid(&metadata))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// The number of the user as whom this program runs.
fn present_user() -> u32 {
    #[cfg(unix)]
    {
        rustix::process::geteuid().as_raw()
    }
    #[cfg(not(unix))]
    {
        u32::MAX
    }
}

/// Makes a folder, and those above it, for this program's user alone. One that exists stays as it is.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The database's name in its folder.
pub(crate) const FILE: &str = "countersign.db";

const ROOT: u32 = 0;

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

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use sqlx::SqlitePool;

use super::Accounts;
use super::store::maintenance;
use crate::session::StoreError;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is a file of that name already, and nothing is overwritten.
    #[error("there is a file {path:?} already: choose another name, or move it away")]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// The path is not in UTF-8, and SQLite takes no other.
    #[error("the path {path:?} is not written in UTF-8: choose another")]
    NotText {
        /// The path.
        path: PathBuf,
    },
    /// The file can't be made.
    #[error(
        "the backup {path:?} can't be written: check that its folder exists, has room, and can be written by this process"
    )]
    File {
        /// Its path.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The database can't be copied. Most often there is no room for the copy.
    #[error("the database can't be copied: check that there is room for a second one")]
    Database(#[source] StoreError),
}

impl Accounts {
    /// Copies the database into a new file, while others go on reading and writing: all that was committed when it began, and nothing
    /// by halves. When it answers, the copy is complete and on the disk. Only this process's user can read it.
    ///
    /// To restore it, stop the program and put the copy in the place of the database file; delete those that lie beside it with
    /// `-wal` and `-shm` in their names, which belong to the old one.
    ///
    /// The copy has the passwords' hashes, and of sessions and links the tokens' hashes: nobody comes in with it. It also has the key
    /// by which known devices are told, unless a secret key was set. Keep it as well as the database itself.
    ///
    /// ```
    /// # use countersign::accounts::{Accounts, BackupError};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// let copy = folder.path().join("monday.db");
    /// accounts.backup(&copy).await?;
    /// assert!(matches!(accounts.backup(&copy).await, Err(BackupError::Exists { .. })));
    /// # Accounts::open(&copy).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When there is such a file, it can't be made, or the database can't be read. Nothing is left of an unfinished copy then, nor when
    /// the future is dropped.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), BackupError> {
        backup(self.pool(), to.as_ref()).await
    }
}

/// Copies a database into a new file.
pub(super) async fn backup(pool: &SqlitePool, to: &Path) -> Result<(), BackupError> {
    let copy = Copy::begin(to)?;
    let Some(path) = copy.partial.path.to_str() else {
        return Err(BackupError::NotText {
            path: to.to_owned(),
        });
    };
    maintenance::copy_into(pool, path)
        .await
        .map_err(BackupError::Database)?;
    let finished = tokio::task::spawn_blocking(move || copy.finish()).await;
    finished.expect("it does not panic, and nobody aborts it")
}

/// A copy that is not complete. Dropped before it is, it leaves nothing behind.
struct Copy {
    to: PathBuf,
    /// Here it is written, so that a copy that was left unfinished, by a failing machine or by a signal, does not bear the name
    /// of one.
    partial: NewFile,
}

impl Copy {
    /// Sees that there is no such file yet, and begins another.
    fn begin(to: &Path) -> Result<Self, BackupError> {
        // SQLite takes a name like `file:…` for something else than a path.
        let to = std::path::absolute(to).map_err(|source| BackupError::File {
            path: to.to_owned(),
            source,
        })?;
        if fs::symlink_metadata(&to).is_ok() {
            return Err(BackupError::Exists { path: to });
        }
        let mut partial = to.clone().into_os_string();
        partial.push(".partial");
        let partial = NewFile::make(partial.into(), &to)?;
        Ok(Self { to, partial })
    }

    /// Has the copy outlast a failing machine, and gives it its name.
    fn finish(mut self) -> Result<(), BackupError> {
        let failed = |source| BackupError::File {
            path: self.to.clone(),
            source,
        };
        let partial = OpenOptions::new().write(true).open(&self.partial.path);
        let synced = partial.and_then(|partial| partial.sync_all());
        synced.map_err(failed)?;
        // Whoever has taken the name in the meantime keeps it.
        let mut to = NewFile::make(self.to.clone(), &self.to)?;
        fs::rename(&self.partial.path, &to.path).map_err(failed)?;
        self.partial.stays = true;
        to.stays = true;
        #[cfg(unix)]
        if let Some(folder) = to.path.parent() {
            let folder = fs::File::open(folder);
            folder
                .and_then(|folder| folder.sync_all())
                .map_err(failed)?;
        }
        Ok(())
    }
}

/// A file that was just made, and goes unless it is said to stay.
struct NewFile {
    path: PathBuf,
    stays: bool,
}

impl NewFile {
    /// Makes an empty file that only its owner can read, where there is none, on the way to a copy.
    fn make(path: PathBuf, copy: &Path) -> Result<Self, BackupError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(_) => Ok(Self { path, stays: false }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(BackupError::Exists { path })
            }
            Err(source) => Err(BackupError::File {
                path: copy.to_owned(),
                source,
            }),
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.stays {
            // It may never have been written, and another try tells what is in its way.
            drop(fs::remove_file(&self.path));
        }
    }
}

use std::io;
use std::path::PathBuf;

use countersign::session::SqliteOpenError;

use crate::cli::output;

/// Why nothing, or not everything, can be brought in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ImportError {
    /// The address means nothing.
    #[error(
        "`{0}` is no source: name a file, or a URL that begins with sqlite: or postgresql:; from other databases, write a CSV or JSON \
         Lines file"
    )]
    Address(String),
    /// The end of a file's name says nothing.
    #[error("what is in {0:?} can't be told by its name: add `--format csv` or another")]
    Format(PathBuf),
    /// A file can't be read.
    #[error("{path:?} can't be read")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A database does not answer.
    #[error("the source can't be read")]
    Database(#[source] sqlx::Error),
    /// A file is not written as it should be, from its beginning.
    #[error("{path:?} can't be read: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A pipe has no name by which its accounts could be known later.
    #[error(
        "the source is no file, and has no name of its own: give it one, by --source-name, and the same one each time"
    )]
    Unnamed,
    /// A URL says something that is not understood.
    #[error("`{0}` in the URL means nothing here: leave it out")]
    Parameter(String),
    /// Nobody said which table.
    #[error("which table has the accounts? Say one of these: --table {}", list(.0))]
    WhichTable(Vec<String>),
    /// There is nothing in the database.
    #[error("the source has no table")]
    NoTables,
    /// There is no such table.
    #[error("the source has no table `{wanted}`, but these: {}", list(found))]
    NoTable {
        /// The table that was asked for.
        wanted: String,
        /// Those that there are.
        found: Vec<String>,
    },
    /// There is no such column.
    #[error("there is no column `{wanted}`, but these: {}", list(found))]
    NoColumn {
        /// The column that was asked for.
        wanted: String,
        /// Those that there are.
        found: Vec<String>,
    },
    /// One of two columns was meant, and nobody knows which.
    #[error(
        "two columns are called `{0}`: rename one of them in the source, or leave them out with an empty name"
    )]
    TwoColumns(String),
    /// There is nothing by which people could log in.
    #[error(
        "no column is known to be a name or an e-mail address; say which one is, by --name or --email. There are: {}",
        list(.0)
    )]
    Nameless(Vec<String>),
    /// A file to be written is there already, or can't be made.
    #[error("{path:?} can't be made: nothing is overwritten, and its folder has to exist")]
    NewFile {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A file can't be written.
    #[error("{path:?} can't be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: csv::Error,
    },
    /// There is no room for a copy of the database.
    #[error("there is no folder for a copy of the database")]
    NoFolder(#[source] io::Error),
    /// The copy can't be opened.
    #[error("the copy of the database can't be opened")]
    Copy(#[source] SqliteOpenError),
    /// Somebody stopped it.
    #[error("it was stopped: run it again, and it goes on")]
    Stopped,
}

impl ImportError {
    /// Whether another command line would help.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Address(_)
                | Self::Format(_)
                | Self::Unnamed
                | Self::Parameter(_)
                | Self::WhichTable(_)
                | Self::NoTable { .. }
                | Self::NoColumn { .. }
                | Self::TwoColumns(_)
                | Self::Nameless(_)
        )
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| output::harmless(name)).collect();
    names.join(", ")
}

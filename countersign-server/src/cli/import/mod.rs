//! `countersign import`: the accounts of another application are brought in.
//!
//! A [`Source`](source::Source) is found at an address and says what columns it has. A [`Mapping`](mapping::Mapping) says which of them
//! means what. Each row that is read by it is [understood](understanding) as an account, and the library takes a thousand of them at
//! a time.

mod address;
mod error;
mod files;
mod hashes;
mod mapping;
mod progress;
mod record;
mod source;
mod sql;
mod summary;
mod taking;
mod text;
mod understanding;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use countersign::accounts::Accounts;
use countersign::password::HashOrigin;
use tempfile::TempDir;

use self::files::NewFile;
use self::hashes::Hashes;
use self::mapping::{Chosen, Mapping};
use self::source::{Reading, Source};
use self::taking::Taking;
use self::understanding::Understanding;
use super::{CommandError, Context, output};
use crate::data::Database;
use crate::site;

pub(super) use self::error::ImportError;

/// `countersign import`
///
/// Bring in the accounts of another application, with their passwords: from a table that Flask-Security, SQLAlchemy or Django made, in SQLite
/// or PostgreSQL, or from a file.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Import {
    /// A database's URL, as SQLAlchemy writes it (sqlite:///app.db, postgresql://user@host/name), or the path of a SQLite, CSV or JSON
    /// Lines file
    source: String,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    meaning: Meaning,
    /// Only say what would be done: try it on a copy of the database, which is thrown away
    #[arg(long, conflicts_with = "mapping")]
    dry_run: bool,
    /// The name by which the source is known to later imports; its URL or path and its table unless it is said
    #[arg(long, value_name = "NAME")]
    source_name: Option<String>,
    /// A new CSV file for all that was skipped, or did not come as it was: position, id, what, why
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// A new CSV file with the id that each account had, and the one that it has here
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How values are understood.
#[derive(Debug, Args)]
#[command(next_help_heading = "What the values mean")]
pub(super) struct Meaning {
    /// Where hashes come from that don't say it themselves [default: flask-security where there is a column fs_uniquifier]
    #[arg(long, value_enum, value_name = "ORIGIN")]
    hash_origin: Option<Origin>,
    /// Bring in those, too, whose hash can't be verified here: without a password, so that they need a link to set one
    #[arg(long)]
    drop_unusable_hashes: bool,
    /// Every e-mail address is known to be its owner's, and logs in like the name
    #[arg(long)]
    emails_confirmed: bool,
    /// Give a role another name, such as admin=administrator; may be said several times. No other role becomes administrator
    #[arg(long, value_name = "OLD=NEW", value_parser = renaming)]
    rename_role: Vec<(String, String)>,
}

/// Where hashes come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Origin {
    /// The hashes say it themselves
    None,
    /// Flask-Bcrypt with BCRYPT_HANDLE_LONG_PASSWORDS
    FlaskBcryptLongPasswords,
    /// Flask-Security, which hashes what it made of the password by SECURITY_PASSWORD_SALT
    FlaskSecurity,
    /// Devise with a pepper
    Devise,
}

impl Import {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let mut source = Source::open(&self.source, &self.reading).await?;
        let source_name = match &self.source_name {
            Some(name) => name.clone(),
            None if source.is_pipe() => return Err(ImportError::Unnamed.into()),
            None => source.name(),
        };
        let mapping = Mapping::of(&source, &self.chosen)?;
        mapping.tell(&source, self.reading.says_table());
        let (report, mapping_file) = self.files()?;

        let target = self.target(context).await?;
        let mut taking = Taking {
            import: target.accounts.import(source_name, &target.by),
            understanding: self.understanding(&source, &mapping, &target)?,
            report,
            mapping: mapping_file,
            summary: summary::Summary::new(source.name(), self.dry_run),
        };
        let outcome = taking.all(&mut source, &mapping).await;
        let summary = taking.finish()?;
        summary.print(self.json)?;
        outcome?;
        match summary.is_complete() {
            true => Ok(()),
            false => Err(CommandError::No),
        }
    }

    /// The files that were asked for. They are made before anything is read.
    fn files(&self) -> Result<(Option<NewFile>, Option<NewFile>), ImportError> {
        let report = self.report.as_deref().map(NewFile::report).transpose()?;
        let mapping = self.mapping.as_deref().map(NewFile::mapping).transpose()?;
        Ok((report, mapping))
    }

    fn understanding(
        &self,
        source: &Source,
        mapping: &Mapping,
        target: &Target,
    ) -> Result<Understanding, CommandError> {
        let origin = match self.meaning.hash_origin {
            Some(origin) => origin.hash_origin(),
            None => guessed_origin(source),
        };
        let passwords = site::passwords(&target.configuration)?;
        Ok(Understanding {
            hashes: Hashes::new(passwords, origin, self.meaning.drop_unusable_hashes),
            emails_are_confirmed: self.meaning.emails_confirmed,
            has_active: mapping.has_active(),
            has_email: mapping.column(mapping::Field::Email).is_some(),
            renamed_roles: self.meaning.rename_role.clone(),
            now: target.now,
        })
    }

    /// The accounts that it is done to: the database, or a copy of it.
    async fn target(&self, context: &Context) -> Result<Target, CommandError> {
        let now = super::moment::now();
        if !self.dry_run {
            let opened = context.open_or_make().await?;
            return Ok(Target {
                accounts: opened.accounts,
                configuration: opened.configuration,
                by: opened.by,
                now,
                _folder: None,
            });
        }
        let folder = tempfile::tempdir().map_err(ImportError::NoFolder)?;
        let copy = folder.path().join("copy.db");
        let configuration = context.configuration()?;
        if Database::exists_in(&configuration.data) {
            let opened = context.open().await?;
            opened.accounts.backup(&copy).await?;
        }
        let accounts = Accounts::open(&copy).await.map_err(ImportError::Copy)?;
        Ok(Target {
            accounts,
            configuration,
            by: super::opened::by_this_command(),
            now,
            _folder: Some(folder),
        })
    }
}

/// Where accounts are brought.
struct Target {
    accounts: Accounts,
    configuration: crate::configuration::Configuration,
    by: countersign::accounts::By,
    now: countersign::clock::Timestamp,
    /// Of a copy. It goes with it.
    _folder: Option<TempDir>,
}

impl Origin {
    fn hash_origin(self) -> Option<HashOrigin> {
        match self {
            Self::None => None,
            Self::FlaskBcryptLongPasswords => Some(HashOrigin::FlaskBcryptLongPasswords),
            Self::FlaskSecurity => Some(HashOrigin::FlaskSecurity),
            Self::Devise => Some(HashOrigin::Devise),
        }
    }
}

/// Flask-Security alone has such a column, and it never says in a hash that it is its own.
fn guessed_origin(source: &Source) -> Option<HashOrigin> {
    let is_its = source.columns().iter().any(|name| name == "fs_uniquifier");
    if is_its {
        output::note(
            "The column fs_uniquifier is Flask-Security's: its hashes are taken for those of passwords that SECURITY_PASSWORD_SALT \
             was mixed with. If SECURITY_PASSWORD_SINGLE_HASH was True: --hash-origin none",
        );
    }
    is_its.then_some(HashOrigin::FlaskSecurity)
}

fn renaming(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => {
            Ok((old.to_owned(), new.to_owned()))
        }
        _ => Err("expected an old and a new name, such as `admin=administrator`".to_owned()),
    }
}

const AFTER_HELP: &str = "\
The source is only read. What it says of nothing is guessed from the names of its tables and columns, and said; a flag with an empty name \
(--roles '') leaves a column out.

Nobody is brought in twice: an account that was is known by its source and its id there, and is left as it is here, also where it was changed \
or deleted since. So an import that was stopped, by Ctrl-C too, goes on when it is run again. What can't be brought in is \
told and skipped; mend it, and run the import again.

An account without a password (also Django's `!`) gets none: `countersign user passwd NAME --link` makes a link to set one. \
The server may run all the while.

Exit codes: 3 when some were skipped; else as always.";

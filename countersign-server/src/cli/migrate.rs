use clap::Args;
use countersign::accounts::TableVersion;
use serde::Serialize;

use super::{CommandError, Context, output};
use crate::data::Database;
use crate::error::StartError;

/// `countersign migrate`
#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Only say what would be done, and change nothing; exit code 3 when something is to be done
    #[arg(long)]
    check: bool,
    /// Print JSON: `tables`, `from` and `to` of each part
    #[arg(long)]
    json: bool,
}

/// A part of the database, for programs.
#[derive(Debug, Serialize)]
struct Report {
    tables: &'static str,
    /// 0 where there was nothing.
    from: i64,
    to: i64,
}

impl Migrate {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let folder = context.configuration()?.data;
        if !self.check && !Database::exists_in(&folder) {
            let made = Database::open_or_make(&folder).await?;
            output::note(format!("A new database was made: {}", made.file.display()));
            made.close().await;
        }
        let (path, file) = Database::find(&folder).await?;
        let versions = file.versions().await?;
        match self.check {
            true => file.close().await,
            false => Database::migrated(path.clone(), file).await?.close().await,
        }
        self.print(&versions)?;
        if versions.iter().any(TableVersion::is_newer) {
            return Err(StartError::NewerDatabase { file: path }.into());
        }
        match self.check && versions.iter().any(TableVersion::needs_migration) {
            true => Err(CommandError::No),
            false => Ok(()),
        }
    }

    fn print(&self, versions: &[TableVersion]) -> Result<(), CommandError> {
        if self.json {
            let reports = versions.iter().map(|version| Report {
                tables: version.tables,
                from: version.found,
                to: version.known,
            });
            return output::json(&reports.collect::<Vec<_>>());
        }
        versions.iter().try_for_each(|version| {
            let (tables, found, known) = (version.tables, version.found, version.known);
            output::line(match (version.needs_migration(), self.check) {
                (true, true) => format!("{tables}: version {found}, to be brought to {known}"),
                (true, false) => format!("{tables}: brought from version {found} to {known}"),
                (false, _) if version.is_newer() => {
                    format!("{tables}: version {found}, and this program knows {known} at most")
                }
                (false, _) => format!("{tables}: version {found}, nothing to be done"),
            })
        })
    }
}

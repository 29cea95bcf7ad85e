use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{CommandError, Context, output};
use crate::data::Database;

/// `countersign backup`
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Backup {
    /// The file to make; one that exists is never overwritten
    file: PathBuf,
    /// Print JSON: `file`, `bytes`
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    file: PathBuf,
    bytes: u64,
}

impl Backup {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let (path, database) = Database::find(&context.configuration()?.data).await?;
        database.backup(&self.file).await?;
        database.close().await;
        let file = self
            .file
            .canonicalize()
            .unwrap_or_else(|_| self.file.clone());
        let bytes = file.metadata().map_or(0, |metadata| metadata.len());
        if self.json {
            return output::json(&Report { file, bytes });
        }
        output::line(format!(
            "{} has a copy of the database, {bytes} bytes, which only you can read.\n\
             To restore it: stop the server, put the copy in the place of {}, remove the files beside that whose names \
             end in -wal and -shm, and start the server.",
            output::harmless(&file.to_string_lossy()),
            output::harmless(&path.to_string_lossy()),
        ))
    }
}

const AFTER_HELP: &str = "\
To restore a copy: stop the server, put the copy in the place of countersign.db in the data folder, with the server's user as its owner, \
remove countersign.db-wal and countersign.db-shm if they are there, and start the server.

The copy holds names, addresses and the hashes of passwords: keep it as safe as the database.";

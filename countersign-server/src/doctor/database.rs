//! The folder of data, its files, and what is in them.

use std::error::Error;
use std::path::{Path, PathBuf};

use countersign::accounts::{Accounts, DatabaseFile, DatabaseReport};

use super::files::file_of_ours;
use super::{Finding, Verdict};
use crate::configuration::Configuration;
use crate::data::FILE;

/// Looks at the database. Answers it too, if it can be asked.
pub(super) async fn examine(configuration: &Configuration) -> (Option<Accounts>, Vec<Finding>) {
    let folder = &configuration.data;
    let file = folder.join(FILE);
    match file.try_exists() {
        Ok(true) => {}
        Ok(false) => return (None, vec![none_yet(&file)]),
        Err(error) => return (None, vec![unreadable("database", &error)]),
    }
    let mut findings = permissions(folder, &file);
    findings.extend(owner(folder, &file));
    findings.extend(room(folder));
    match open(&file, &mut findings).await {
        Ok(accounts) => (accounts, findings),
        Err(finding) => {
            findings.push(finding);
            (None, findings)
        }
    }
}

/// Opens the database, if its tables are those of this program: nothing is brought up to date here.
async fn open(file: &Path, findings: &mut Vec<Finding>) -> Result<Option<Accounts>, Finding> {
    let opened = DatabaseFile::open(file).await;
    let database = opened.map_err(|error| unreadable("database", &error))?;
    let report = database.check().await;
    let report = report.map_err(|error| unreadable("database", &error))?;
    findings.push(integrity(&report));
    findings.push(journal(&report));
    let schema = schema(&report);
    let is_current = schema.verdict == Verdict::Ok;
    findings.push(schema);
    if !is_current || !report.problems.is_empty() {
        database.close().await;
        return Ok(None);
    }
    let accounts = database.migrate().await;
    accounts
        .map(Some)
        .map_err(|error| unreadable("database", &error))
}

fn integrity(report: &DatabaseReport) -> Finding {
    let check = "database.integrity";
    match report.problems.as_slice() {
        [] => Finding::ok(check, "The database has no damage."),
        [first, ..] => Finding::mistake(
            check,
            format!("The database is damaged: {first}."),
            "Stop the server and put a backup in the database's place.",
        ),
    }
}

fn journal(report: &DatabaseReport) -> Finding {
    let check = "database.journal";
    match report.journal_mode.as_str() {
        "wal" => Finding::ok(check, "Changes are written to a log first (WAL)."),
        other => Finding::warning(
            check,
            format!(
                "Changes are not written to a log first: the mode is {other}, so readers and writers wait for each other."
            ),
            "Keep `data` on a disk of this machine: network file systems allow no such log.",
        ),
    }
}

fn schema(report: &DatabaseReport) -> Finding {
    let check = "database.schema";
    let others: Vec<_> = report
        .versions
        .iter()
        .filter(|version| !version.is_current())
        .collect();
    let found: Vec<_> = others
        .iter()
        .map(|version| {
            format!(
                "the tables of {} have version {} and this program knows {}",
                version.tables, version.found, version.known
            )
        })
        .collect();
    match others.iter().any(|version| version.is_newer()) {
        _ if others.is_empty() => Finding::ok(check, "The tables are those of this program."),
        true => Finding::mistake(
            check,
            format!("A newer program made the database: {}.", found.join("; ")),
            "Run the program that made them.",
        ),
        false => Finding::mistake(
            check,
            format!(
                "The database is that of an older program: {}.",
                found.join("; ")
            ),
            "Make a backup, and bring the tables up to date: `countersign migrate`, or start this version of the server.",
        ),
    }
}

/// A database that does not answer.
pub(super) fn unreadable(check: &'static str, error: &dyn Error) -> Finding {
    let mut causes = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        causes = format!("{causes}: {cause}");
        source = cause.source();
    }
    Finding::mistake(
        check,
        format!("The database can't be asked: {causes}."),
        "Run this as the server's user. If the database is broken, stop the server and put a backup in its place.",
    )
}

/// It is the first start that makes it, not the doctor.
fn none_yet(file: &Path) -> Finding {
    Finding::mistake(
        "database",
        format!("There is no database {file:?}."),
        "Start the server, which makes it; or correct `data`, if the server keeps it elsewhere.",
    )
}

fn permissions(folder: &Path, file: &Path) -> Vec<Finding> {
    // What SQLite keeps beside it holds the newest data.
    let beside = ["", "-wal", "-shm"].map(|end| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    });
    let paths = std::iter::once(folder.to_owned())
        .chain(beside)
        .filter(|path| path.exists());
    let mut findings: Vec<_> = paths
        .filter_map(|path| file_of_ours(PERMISSIONS, &path))
        .filter(|finding| finding.to_do.is_some())
        .collect();
    if cfg!(unix) && findings.is_empty() {
        let found = format!("Nobody but their owner can get at {folder:?} and the files in it.");
        findings.push(Finding::ok(PERMISSIONS, found));
    }
    findings
}

/// Whether folder and file belong to one user: who made one as root can't write the other as the server.
#[cfg(unix)]
fn owner(folder: &Path, file: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt as _;
    let of = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.uid());
    let (of_folder, of_file) = (of(folder).ok()?, of(file).ok()?);
    let check = "database.owner";
    Some(match of_folder == of_file {
        true => Finding::ok(check, format!("Both belong to the user {of_file}.")),
        false => Finding::mistake(
            check,
            format!(
                "{folder:?} belongs to the user {of_folder}, and the database in it to {of_file}."
            ),
            format!(
                "Give both to the server's user: chown -R <user> {}",
                folder.display()
            ),
        ),
    })
}

#[cfg(not(unix))]
fn owner(_: &Path, _: &Path) -> Option<Finding> {
    None
}

#[cfg(unix)]
fn room(folder: &Path) -> Option<Finding> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(judged(disk.f_bavail.saturating_mul(disk.f_frsize)))
}

#[cfg(not(unix))]
fn room(_: &Path) -> Option<Finding> {
    None
}

fn judged(free: u64) -> Finding {
    let (check, found) = (
        "database.room",
        format!("The disk has {} MiB left.", free >> 20),
    );
    let to_do = "Make room on the disk of `data`; nobody can log in once it is full.";
    match free {
        free if free < LITTLE / 8 => Finding::mistake(check, found, to_do),
        free if free < LITTLE => Finding::warning(check, found, to_do),
        _ => Finding::ok(check, found),
    }
}

const PERMISSIONS: &str = "database.permissions";

/// Half a gibibyte: what the database's log and a backup of a middling site take, several times.
const LITTLE: u64 = 512 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_judged_by_what_is_left() {
        for (free, verdict) in [
            (0, Verdict::Mistake),
            (63 << 20, Verdict::Mistake),
            (64 << 20, Verdict::Warning),
            (511 << 20, Verdict::Warning),
            (512 << 20, Verdict::Ok),
            (u64::MAX, Verdict::Ok),
        ] {
            assert_eq!(judged(free).verdict, verdict, "{free}");
        }
    }
}

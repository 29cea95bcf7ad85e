use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::{CommandError, Context, output};
use crate::doctor::{self, Finding, Settings, Verdict};

/// `countersign doctor …`
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Certificates, in PEM, of an authority of your own, by which the site's own certificate may be known
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// The port at which plain http leads to https; 80 for a public URL without a port
    #[arg(long, value_name = "PORT")]
    http_port: Option<u16>,
}

/// What was found, for programs.
#[derive(Debug, Serialize)]
struct ReportJson<'a> {
    /// The worst of all results.
    result: Option<Verdict>,
    findings: &'a [Finding],
}

impl Doctor {
    pub(super) async fn run(self, context: &Context) -> Result<(), CommandError> {
        let configuration = context.configuration()?;
        let settings = Settings {
            root: self.root,
            http_port: self.http_port,
        };
        let findings = doctor::examine(&configuration, &settings).await?;
        match self.json {
            true => output::json(&ReportJson {
                result: findings.iter().map(|finding| finding.verdict).max(),
                findings: &findings,
            })?,
            false => print(&findings)?,
        }
        match findings.iter().map(|finding| finding.verdict).max() {
            Some(Verdict::Mistake) => Err(CommandError::No),
            _ => Ok(()),
        }
    }
}

/// A table of what was found; below what is not well stands what to do.
fn print(findings: &[Finding]) -> Result<(), CommandError> {
    let rows = findings.iter().flat_map(|finding| {
        let found = [
            finding.verdict.name().to_owned(),
            finding.check.to_owned(),
            finding.found.clone(),
        ];
        let to_do = finding.to_do.as_ref();
        let to_do = to_do.map(|to_do| [String::new(), String::new(), format!("→ {to_do}")]);
        std::iter::once(found).chain(to_do)
    });
    output::table(["result", "check", "found, and what to do"], rows)
}

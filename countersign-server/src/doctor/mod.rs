//! The doctor: looks at the configuration, the database and the clocks, asks the site at its own public URL, and says what
//! to mend.
//!
//! What only the running server knows it asks the server itself: see [`arrival`].

pub(crate) mod arrival;
mod bodies;
mod cache;
mod certificate;
mod client;
mod clocks;
mod cookies;
mod database;
mod error;
mod files;
mod finding;
mod forwarding;
mod headers;
mod origin;
mod probe;
mod proxy;
mod redirect;
mod server;
mod trust;

use std::path::PathBuf;

use crate::configuration::Configuration;

use self::client::Web;
use self::clocks::Watch;
use self::probe::Probe;

pub(crate) use error::DoctorError;
pub(crate) use finding::{Finding, Verdict};

/// What the doctor was told besides the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Certificates, in PEM, by which the site's own may be known besides those that the machine trusts.
    pub(crate) root: Option<PathBuf>,
    /// The port at which plain http leads to https.
    pub(crate) http_port: Option<u16>,
}

/// Examines everything, and answers what was found.
///
/// # Errors
/// When the examination itself can't be made. What is wrong with the server is no error but a [`Finding`].
pub(crate) async fn examine(
    configuration: &Configuration,
    settings: &Settings,
) -> Result<Vec<Finding>, DoctorError> {
    let watch = Watch::start();
    let web = Web::new(configuration, settings)?;
    let mut findings = vec![Finding::ok(
        "configuration",
        "The configuration can be used.",
    )];
    findings.extend(files::examine(configuration));
    let (accounts, found) = database::examine(configuration).await;
    findings.extend(found);
    if let Some(accounts) = accounts {
        findings.extend(clocks::examine_data(&accounts).await);
        match Probe::new(&web, &accounts, configuration) {
            Some(probe) => findings.extend(server::examine(&probe).await?),
            None => findings.push(no_address(configuration)),
        }
        findings.extend(redirect::examine(&web, configuration, settings).await);
        accounts.pool().close().await;
    }
    findings.push(watch.stop());
    Ok(findings)
}

fn no_address(configuration: &Configuration) -> Finding {
    Finding::warning(
        "site",
        format!(
            "Nothing was asked over the network: there is no public URL, and the server listens on any port ({}).",
            configuration.listen
        ),
        "Set `listen` to the port that the server printed when it started.",
    )
}

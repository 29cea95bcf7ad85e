use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;

use countersign::accounts::{Accounts, Registration};
use countersign::{PublicUrl, endings_carried_out};
use url::Url;

use crate::cli::link;
use crate::configuration::{Certificate, Configuration};
use crate::data::Database;
use crate::doctor::arrival;
use crate::error::StartError;
use crate::first_administrator;
use crate::observe::{Health, MetricsListener, Observation, Settings};
use crate::serve::{self, Acme, CertificateFiles, Server, Signals, Transport, guarded};
use crate::site;

/// Starts the server, and serves until it is told to stop.
pub(crate) async fn run(configuration: Configuration) -> Result<(), StartError> {
    let observation = observation(&configuration)?;
    let signals = Signals::new().map_err(StartError::Signal)?;
    let settings = serve_settings(&configuration);
    let server = Server::bind(settings.clone()).await?;
    let database = Database::open(&configuration.data).await?;
    let pages = site::pages(database.accounts.clone(), &configuration, |manager| {
        observation.watch(manager)
    })?;
    let health = Health::new(pages.accounts().clone(), &database.file);
    let metrics = observation.listen(&health).await?;
    let address = server.address()?;
    let url = link::site_at(&configuration, address);
    let first = first_administrator::greeting(&database.accounts, &url).await;
    let first = first.map_err(StartError::FirstAdministrator)?;
    greet(address, &configuration, &database, first);
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(version, listen = %address, url = url.origin(), "ready");

    let _serving_metrics = metrics.map(MetricsListener::serve);

    let site = arrival::told_by(pages.site(), pages.accounts(), &configuration);
    let site = guarded(site, &settings);
    let app = observation.around(site, &health);
    let served = server.serve(app, signals, || health.stop()).await;
    finish_writing(&database.accounts).await;
    database.close().await;
    observation.finish().await;
    Ok(served?)
}

/// Waits for what requests have left to be written, also those that were cut off.
async fn finish_writing(accounts: &Accounts) {
    endings_carried_out().await;
    if let Err(error) = accounts.write_down_failures().await {
        tracing::warn!(%error, "the last failed sign-ins could not be written down");
    }
}

/// How the server listens, as the configuration wants it.
fn serve_settings(configuration: &Configuration) -> serve::Settings {
    let url = configuration.public_url.as_ref().map(PublicUrl::origin);
    let proxy = configuration.proxy.as_ref();
    serve::Settings {
        listen: configuration.listen,
        transport: transport(configuration),
        public_url: url.map(str::to_owned),
        redirect_from: configuration.https.redirect_from,
        hsts: configuration.is_https().then_some(configuration.https.hsts),
        proxies: proxy.map(|proxy| Arc::new(proxy.addresses.clone())),
        limits: configuration.limits,
    }
}

/// Whether connections are encrypted, as the configuration wants it.
pub(crate) fn transport(configuration: &Configuration) -> Transport {
    // A site that speaks https has a public URL, and that has a host.
    let host = configuration.public_url.as_ref().and_then(|url| {
        let url = Url::parse(url.origin()).ok()?;
        url.host_str().map(str::to_owned)
    });
    match configuration.https.certificate.clone() {
        Certificate::None => Transport::Plain,
        Certificate::Files { certificate, key } => Transport::Files(CertificateFiles {
            certificate,
            key,
            host,
        }),
        Certificate::Acme {
            contact,
            directory,
            root,
        } => Transport::Acme(Acme {
            host: host.unwrap_or_default(),
            contact,
            directory: directory.into(),
            root,
            cache: configuration.data.join("acme"),
        }),
    }
}

fn observation(configuration: &Configuration) -> Result<Observation, StartError> {
    Ok(Observation::start(Settings {
        format: configuration.log.format,
        level: configuration.log.level.clone(),
        metrics: configuration.metrics_listen,
        traces: configuration.traces_endpoint.clone(),
        client_addresses: configuration.client_addresses(),
    })?)
}

/// Tells whoever started the server where to click. It is no error when the output is closed and nobody reads it.
fn greet(
    address: SocketAddr,
    configuration: &Configuration,
    database: &Database,
    first_administrator: Option<String>,
) {
    let url = link::site_at(configuration, address);
    let url = url.origin();
    let first_administrator =
        first_administrator.map_or_else(String::new, |text| format!("{text}\n\n"));
    let file = database.file.display();
    // Without a public URL, everybody on this machine may.
    let is_open = matches!(configuration.registration, None | Some(Registration::Open));
    let register = match is_open {
        true => format!("Register  {url}/register\n  "),
        false => String::new(),
    };
    let reached = match (&configuration.public_url, &configuration.proxy) {
        (None, _) => "It serves this machine only; see --help for how to serve others.".to_owned(),
        (Some(_), Some(_)) => {
            let scheme = scheme(configuration);
            format!("It waits for the requests of a reverse proxy at {scheme}://{address}.")
        }
        (Some(_), None) => format!("It listens at {}://{address}.", scheme(configuration)),
    };
    let greeting = format!(
        "Countersign is ready.\n\n  \
           Open      {url}/\n  \
           {register}\
           Log in    {url}/login\n\n\
         {first_administrator}\
         Its data is in {file}.\n\
         {reached}\n\
         Press Ctrl-C to stop.\n"
    );
    let mut output = io::stdout().lock();
    drop(
        output
            .write_all(greeting.as_bytes())
            .and_then(|()| output.flush()),
    );
}

/// What this server itself speaks.
fn scheme(configuration: &Configuration) -> &'static str {
    match configuration.speaks_https() {
        true => "https",
        false => "http",
    }
}

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::configuration::Configuration;
use crate::data::Database;
use crate::error::StartError;
use crate::observe::{Health, MetricsListener, Observation, Settings};
use crate::site;

/// Starts the server, and serves until it is told to stop.
pub(crate) async fn run(configuration: Configuration) -> Result<(), StartError> {
    let observation = observation(&configuration)?;
    let stop = stop_signal().map_err(StartError::Signal)?;
    let listener = listen(configuration.listen).await?;
    let database = Database::open(&configuration.data).await?;
    let pages = site::pages(database.accounts.clone(), &configuration, &observation)?;
    let health = Health::new(pages.accounts().clone(), &database.file);
    let metrics = observation.listen(&health).await?;
    let address = listener.local_addr().map_err(StartError::Serve)?;
    greet(address, &configuration, &database);

    let _serving_metrics = metrics.map(MetricsListener::serve);

    let site = pages.site().layer(from_fn(within_the_deadline));
    let service = observation
        .around(site, &health)
        .into_make_service_with_connect_info::<SocketAddr>();
    let stopping = Arc::new(Notify::new());
    let told = Arc::clone(&stopping);
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        health.stop();
        tracing::info!("stopping: no new requests, and those under way may finish");
        told.notify_one();
    });
    let served = tokio::select! {
        served = serving.into_future() => served,
        () = patience(&stopping) => {
            tracing::warn!("some connections did not end in time and are cut off");
            Ok(())
        }
    };
    database.close().await;
    observation.finish().await;
    served.map_err(StartError::Serve)
}

fn observation(configuration: &Configuration) -> Result<Observation, StartError> {
    let client_addresses = site::client_addresses(configuration).map_err(StartError::Setting)?;
    Ok(Observation::start(Settings {
        format: configuration.log.format,
        level: configuration.log.level.clone(),
        metrics: configuration.metrics_listen,
        traces: configuration.traces_endpoint.clone(),
        client_addresses,
    })?)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse { listen: address },
            _ => StartError::Listen {
                listen: address,
                source,
            },
        })
}

/// Ends requests whose bodies never come to their end.
async fn within_the_deadline(request: Request, next: Next) -> Response {
    match tokio::time::timeout(DEADLINE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let sentence = "the request did not come to its end in time: try again\n";
            (StatusCode::REQUEST_TIMEOUT, sentence).into_response()
        }
    }
}

/// Tells whoever started the server where to click. It is no error when the output is closed and nobody reads it.
fn greet(address: SocketAddr, configuration: &Configuration, database: &Database) {
    let url = match &configuration.public_url {
        Some(url) => url.origin().to_owned(),
        None => format!("http://{address}"),
    };
    let file = database.file.display();
    let reached = match (&configuration.public_url, &configuration.proxy) {
        (None, _) => "It serves this machine only; see --help for how to serve others.".to_owned(),
        (Some(_), Some(_)) => {
            format!("It waits for the requests of a reverse proxy at http://{address}.")
        }
        (Some(_), None) => format!("It listens on {address}."),
    };
    let greeting = format!(
        "Countersign is ready.\n\n  \
           Open      {url}/\n  \
           Register  {url}/register\n  \
           Log in    {url}/login\n\n\
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

/// Ready when somebody presses Ctrl-C or the system asks this program to end.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// Ready when those who were being served have had time enough to be served.
async fn patience(stopping: &Notify) {
    stopping.notified().await;
    tokio::time::sleep(PATIENCE).await;
}

/// How long requests that are under way may take after the signal to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a request may take, its body and the wait for the hashing of a password included.
const DEADLINE: Duration = Duration::from_secs(30);

//! What an operator sees of a running server: its log, its metrics, whether it is well, and, behind a feature, its traces.
//!
//! # What stays out of all of them
//!
//! Passwords, tokens, cookies, headers, what people type, and addresses with their queries. A path is shown as the route that
//! it matched, so an address that leads nowhere is `(unmatched)`: a password that somebody pastes into the address bar is in
//! no log. Who is logged in is shown by the account's id, and clients by their address.

mod error;
mod events;
mod fields;
mod health;
mod level;
mod lines;
mod listener;
mod metrics;
mod process;
mod request;
mod request_id;
#[cfg(feature = "opentelemetry")]
mod traces;

use std::io::{self, IsTerminal as _};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use countersign::accounts::Account;
use countersign::clock::SystemClock;
use countersign::{ClientAddresses, LoginManager};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry};
use url::Url;

use self::lines::Lines;
use self::metrics::Metrics;

pub(crate) use error::ObserveError;
pub(crate) use health::Health;
pub(crate) use level::{LogLevel, LogLevelError};
pub(crate) use listener::MetricsListener;

/// What is observed, and where it goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// How a line of the log looks.
    pub(crate) format: LogFormat,
    /// What is logged.
    pub(crate) level: LogLevel,
    /// Where metrics can be asked for: nowhere without it.
    pub(crate) metrics: Option<SocketAddr>,
    /// Where traces are sent, by OTLP over HTTP: nowhere without it. An address without a path means `/v1/traces` there.
    pub(crate) traces: Option<Url>,
    /// Where the addresses of clients come from. The same proxies may name a request, and its trace.
    pub(crate) client_addresses: ClientAddresses,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// The observation of a running server. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    client_addresses: ClientAddresses,
    metrics: Option<Metrics>,
    listen: Option<SocketAddr>,
    #[cfg(feature = "opentelemetry")]
    traces: Option<traces::Traces>,
}

/// Makes sure that this program can send traces there. Nothing is sent yet.
pub(crate) fn check_traces(endpoint: &Url) -> Result<(), ObserveError> {
    #[cfg(not(feature = "opentelemetry"))]
    {
        let _ = endpoint;
        Err(ObserveError::NoTraces)
    }
    #[cfg(feature = "opentelemetry")]
    traces::check(endpoint)
}

impl Observation {
    /// Starts it, for the whole process and once: the log goes to standard error from now on.
    pub(crate) fn start(settings: Settings) -> Result<Self, ObserveError> {
        let level = settings.level;
        let lines = Lines::new(settings.format, is_coloured(), Arc::new(SystemClock::new()))
            .with_filter(FilterFn::new(move |metadata| level.enables(metadata)));
        let registry = Registry::default().with(lines);
        #[cfg(not(feature = "opentelemetry"))]
        {
            settings.traces.as_ref().map_or(Ok(()), check_traces)?;
            tracing::subscriber::set_global_default(registry).map_err(|_| ObserveError::Twice)?;
        }
        #[cfg(feature = "opentelemetry")]
        let traces = {
            let traces = settings.traces.as_ref().map(traces::Traces::start);
            let traces = traces.transpose()?;
            let registry = registry.with(traces.as_ref().map(traces::Traces::layer));
            tracing::subscriber::set_global_default(registry).map_err(|_| ObserveError::Twice)?;
            traces
        };
        let metrics = settings.metrics.map(|_| Metrics::start()).transpose()?;
        Ok(Self {
            client_addresses: settings.client_addresses,
            metrics,
            listen: settings.metrics,
            #[cfg(feature = "opentelemetry")]
            traces,
        })
    }

    /// Has the events of logins logged, and the log know who sent a request.
    pub(crate) fn watch(&self, manager: LoginManager<Account>) -> LoginManager<Account> {
        manager.report_access().on_event(events::log)
    }

    /// Lays the observation around all routes, beside which it answers `/healthz` and `/readyz`.
    ///
    /// Those two stand outside of logins: they set no cookie, look for no session, and answer whoever asks by whatever
    /// name, because what watches a server knows it by its address alone.
    pub(crate) fn around(&self, routes: Router, health: &Health) -> Router {
        Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .with_state(health.clone())
            .merge(routes)
            .layer(from_fn_with_state(self.clone(), request::observe))
    }

    /// Listens for those who ask for metrics, if that was set.
    pub(crate) async fn listen(
        &self,
        health: &Health,
    ) -> Result<Option<MetricsListener>, ObserveError> {
        match (self.listen, &self.metrics) {
            (Some(address), Some(metrics)) => {
                let metrics = metrics.clone();
                MetricsListener::bind(address, metrics, health.clone())
                    .await
                    .map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Sends what was not sent yet.
    pub(crate) async fn finish(&self) {
        #[cfg(feature = "opentelemetry")]
        if let Some(traces) = &self.traces {
            traces.finish().await;
        }
    }
}

/// Has a command that does one thing and ends say what is wrong, on standard error.
pub(crate) fn log_of_a_command() {
    let level = LogLevel::warnings();
    let lines = Lines::new(LogFormat::Text, is_coloured(), Arc::new(SystemClock::new()))
        .with_filter(FilterFn::new(move |metadata| level.enables(metadata)));
    // Whoever observes the process already says it as well.
    drop(tracing::subscriber::set_global_default(
        Registry::default().with(lines),
    ));
}

/// Colours are for terminals, and not for those whose owner set `NO_COLOR`: <https://no-color.org>.
fn is_coloured() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}

#[cfg(all(test, not(feature = "opentelemetry")))]
mod tests {
    use super::*;

    #[test]
    fn traces_that_this_program_can_not_send_are_an_error_that_says_how_to_get_them() {
        let settings = Settings {
            traces: Some("http://127.0.0.1:4318".parse().unwrap()),
            ..Settings::default()
        };
        let error = Observation::start(settings).unwrap_err();
        assert!(
            error.to_string().contains("--features opentelemetry"),
            "{error}"
        );
    }
}

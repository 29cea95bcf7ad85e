use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::uri::Authority;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::metrics::Metrics;
use super::{Health, ObserveError, health};
use crate::serve::serve_watchers;

/// Listens for those who watch the server. What it tells is for the operator, so it has an address of its own, which is
/// reached by nobody by accident.
#[derive(Debug)]
pub(crate) struct MetricsListener {
    listener: TcpListener,
    routes: Router,
}

/// Serves until it is dropped: so that a server can be watched while it stops.
#[derive(Debug)]
#[must_use = "it serves until it is dropped"]
pub(crate) struct ServingMetrics(JoinHandle<()>);

impl MetricsListener {
    pub(super) async fn bind(
        listen: SocketAddr,
        metrics: Metrics,
        health: Health,
    ) -> Result<Self, ObserveError> {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|source| ObserveError::Listen { listen, source })?;
        let routes = Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready_in_detail))
            .with_state(health.clone())
            .route("/metrics", get(metrics_text))
            .with_state((metrics, health));
        let routes = match is_of_this_machine(listen.ip()) {
            true => routes.layer(from_fn(by_this_machines_name)),
            false => routes,
        };
        Ok(Self { listener, routes })
    }

    /// Begins to serve.
    pub(crate) fn serve(self) -> ServingMetrics {
        if let Ok(address) = self.listener.local_addr() {
            let is_public = !is_of_this_machine(address.ip());
            tracing::info!(%address, "metrics are at /metrics, and what is wrong at /readyz");
            if is_public {
                tracing::warn!(%address, "whoever reaches this address sees the metrics: no password guards them");
            }
        }
        ServingMetrics(tokio::spawn(serve_watchers(self.listener, self.routes)))
    }
}

impl Drop for ServingMetrics {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn metrics_text(State((metrics, health)): State<(Metrics, Health)>) -> Response {
    let text = metrics.text(health.accounts()).await;
    ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response()
}

/// Answers who asks for this machine by name. A browser that runs here asks for another one when a page elsewhere has its own name
/// point here, so as to read what is meant for the operator (DNS rebinding).
async fn by_this_machines_name(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST);
    let may_ask = host.is_none_or(|host| host.to_str().is_ok_and(names_this_machine));
    match may_ask {
        true => next.run(request).await,
        false => (StatusCode::MISDIRECTED_REQUEST, MISDIRECTED).into_response(),
    }
}

fn names_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_of_this_machine)
}

fn is_of_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

const MISDIRECTED: &str = "metrics are served to this machine alone: ask for localhost, or have `metrics.listen` be another address\n";

/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_whose_name_points_here_reads_nothing() {
        for host in [
            "localhost",
            "LOCALHOST:9464",
            "127.0.0.1:9464",
            "127.1.2.3",
            "[::1]:9464",
        ] {
            assert!(names_this_machine(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:9464",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil@evil.example",
            "192.0.2.1:9464",
            "[2001:db8::1]:9464",
            "",
        ] {
            assert!(!names_this_machine(host), "{host}");
        }
    }
}

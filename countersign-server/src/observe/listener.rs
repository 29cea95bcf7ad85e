use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::metrics::Metrics;
use super::{Health, ObserveError, health};

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
        Ok(Self { listener, routes })
    }

    /// Begins to serve.
    pub(crate) fn serve(self) -> ServingMetrics {
        if let Ok(address) = self.listener.local_addr() {
            let is_public = !address.ip().to_canonical().is_loopback();
            tracing::info!(%address, "metrics are at /metrics, and what is wrong at /readyz");
            if is_public {
                tracing::warn!(%address, "whoever reaches this address sees the metrics: no password guards them");
            }
        }
        ServingMetrics(tokio::spawn(async move {
            if let Err(error) = axum::serve(self.listener, self.routes).await {
                tracing::error!(%error, "metrics are served no more");
            }
        }))
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

/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

use std::io;
use std::net::SocketAddr;

/// Why the server can't be observed as it should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ObserveError {
    /// Metrics can't be served there.
    #[error(
        "metrics can't be served at {listen}; choose another address with `--metrics-listen` (or set \
         COUNTERSIGN_METRICS_LISTEN)"
    )]
    Listen {
        /// Where.
        listen: SocketAddr,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The program was built without traces.
    #[cfg(not(feature = "opentelemetry"))]
    #[error(
        "this program was built without traces: build it with `--features opentelemetry`, or take `traces.endpoint` out \
         of its configuration"
    )]
    NoTraces,
    /// The endpoint of traces can't be used.
    #[cfg(feature = "opentelemetry")]
    #[error("`traces.endpoint` {problem}; a usual one is http://127.0.0.1:4318/v1/traces")]
    Endpoint {
        /// What is wrong, as the rest of a sentence.
        problem: &'static str,
    },
    /// Traces can't be sent.
    #[cfg(feature = "opentelemetry")]
    #[error("traces can't be sent")]
    Traces(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something observes this process already.
    #[error("this process is observed already: start one server in it")]
    Twice,
}

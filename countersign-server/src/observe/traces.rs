use axum::http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use super::ObserveError;
use super::level::is_ours;

/// Sends the span of every request to a collector, by OTLP over HTTP in its binary form
/// (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>), in batches and by a thread of its own. When the collector does not
/// answer, spans are dropped and requests go on.
#[derive(Clone, Debug)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    pub(super) fn start(endpoint: &Url) -> Result<Self, ObserveError> {
        check(endpoint)?;
        // A second one changes nothing. It is the same.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = blocking_client()?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(whole(endpoint))
            .build()
            .map_err(|error| ObserveError::Traces(error.into()))?;
        let resource = Resource::builder().with_service_name("countersign").build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(exporter)
            .build();
        Ok(Self { provider })
    }

    /// What makes traces of spans: of our own, and not of what is logged in them.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("countersign"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(FilterFn::new(|metadata| {
                metadata.is_span() && is_ours(metadata.target())
            }))
    }

    /// Sends what was not sent yet, and no more after that.
    pub(super) async fn finish(&self) {
        let provider = self.provider.clone();
        let finished = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if let Ok(Err(error)) = finished {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Makes a request part of the trace that its headers name (W3C Trace Context, section 3.2). Only a trusted proxy's headers
/// are read: from anybody else, they would decide what is traced, and under which name.
pub(super) fn continue_trace(span: &Span, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&Headers(headers));
    // A span that is not traced has no parent.
    drop(span.set_parent(context));
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

/// Whether traces could be sent there. What logs say of an endpoint that does not answer names it, so there is no secret in it.
pub(super) fn check(endpoint: &Url) -> Result<(), ObserveError> {
    let problem = match endpoint.scheme() {
        "http" | "https" if !endpoint.has_host() => "names no host",
        "http" | "https" if !endpoint.username().is_empty() || endpoint.password().is_some() => {
            "has a user name or a password, which logs would show: set OTEL_EXPORTER_OTLP_HEADERS instead"
        }
        "http" | "https" if endpoint.query().is_some() => {
            "has a query, which logs would show: set OTEL_EXPORTER_OTLP_HEADERS instead"
        }
        "http" | "https" => return Ok(()),
        _ => "must begin with `http://` or `https://`",
    };
    Err(ObserveError::Endpoint { problem })
}

/// An endpoint without a path is a collector, which takes traces at a path of the standard's
/// (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp>).
fn whole(endpoint: &Url) -> String {
    let mut endpoint = endpoint.clone();
    if endpoint.path() == "/" {
        endpoint.set_path("/v1/traces");
    }
    endpoint.into()
}

/// The client refuses to be made, or dropped, by a thread that runs futures.
fn blocking_client() -> Result<reqwest::blocking::Client, ObserveError> {
    let made = std::thread::spawn(|| {
        reqwest::blocking::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
    });
    match made.join() {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(error)) => Err(ObserveError::Traces(error.into())),
        Err(_) => Err(ObserveError::Traces("its thread ended".into())),
    }
}

/// The default of OTLP.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_web_address_without_secrets() {
        for (endpoint, is_taken) in [
            ("http://127.0.0.1:4318/v1/traces", true),
            ("https://traces.example/v1/traces", true),
            ("https://me:hunter2@traces.example/v1/traces", false),
            ("https://traces.example/v1/traces?key=hunter2", false),
            ("ftp://traces.example/", false),
        ] {
            let result = check(&endpoint.parse().unwrap());
            assert_eq!(result.is_ok(), is_taken, "{endpoint}");
            if let Err(error) = result {
                assert!(!error.to_string().contains("hunter2"), "{error}");
            }
        }
    }
}

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use countersign::secret::OperatingSystemRandom;
use http_body::{Frame, SizeHint};
use metrics::{counter, gauge, histogram};
use pin_project_lite::pin_project;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::Observation;
use super::events::shown;
use super::request_id::{RequestId, X_REQUEST_ID};

/// Gives a request a name and a span, and measures it to the last byte of its answer.
pub(super) async fn observe(
    State(observation): State<Observation>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|peer| peer.0.ip());
    let addresses = &observation.client_addresses;
    let is_trusted = peer.is_some_and(|peer| addresses.trusts(peer));
    let id = RequestId::of(request.headers(), is_trusted, &OperatingSystemRandom);
    let mut measured = Measured::begin(&request, &id, addresses.client(peer, request.headers()));
    #[cfg(feature = "opentelemetry")]
    if is_trusted {
        super::traces::continue_trace(&measured.span, request.headers());
    }
    let mut response = next.run(request).instrument(measured.span.clone()).await;
    measured.answered(response.status());
    response.headers_mut().insert(X_REQUEST_ID, id.header());
    // Nobody asks for a body that is known to be empty, or not wanted.
    measured.is_whole = response.body().is_end_stream() || measured.method == "HEAD";
    response.map(|inner| Body::new(MeasuredBody { inner, measured }))
}

/// A request under way. When it goes, the request is over, however it ended.
struct Measured {
    span: Span,
    method: &'static str,
    route: String,
    address: Option<IpAddr>,
    started: Instant,
    /// `None` until there is an answer.
    status: Option<StatusCode>,
    /// Bytes of the answer's body that were handed over to be sent.
    bytes: u64,
    /// Whether that was all of them.
    is_whole: bool,
}

impl Measured {
    fn begin(request: &Request, id: &RequestId, address: Option<IpAddr>) -> Self {
        let method = known_method(request.method());
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or(UNMATCHED, MatchedPath::as_str).to_owned();
        let span = tracing::info_span!(
            target: TARGET,
            "request",
            request_id = %id,
            user = Empty,
            otel.name = format!("{method} {route}"),
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method,
            http.route = route,
            http.response.status_code = Empty,
            client.address = shown(address),
        );
        gauge!("countersign_requests_running").increment(1);
        Self {
            span,
            method,
            route,
            address,
            started: Instant::now(),
            status: None,
            bytes: 0,
            is_whole: false,
        }
    }

    fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
        self.span
            .record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            self.span.record("otel.status_code", "ERROR");
        }
    }

    /// One line for each request, at `info`; at `debug` for what pages are dressed with, and for what asks all day whether
    /// the server is well.
    fn log(&self, seconds: f64) {
        let method = self.method;
        let path = &*self.route;
        let duration_ms = (seconds * 1e6).round() / 1e3;
        let address = shown(self.address);
        let bytes = self.bytes;
        let Some(status) = self.status else {
            tracing::info!(target: TARGET, method, path, duration_ms, address, "a client left before its answer");
            return;
        };
        let is_routine = ROUTINE.iter().any(|end| path.ends_with(end));
        match (is_routine && !status.is_server_error(), status.as_u16()) {
            (true, status) => {
                tracing::debug!(target: TARGET, method, path, status, duration_ms, address, bytes, "request");
            }
            (false, status) if self.is_whole => {
                tracing::info!(target: TARGET, method, path, status, duration_ms, address, bytes, "request");
            }
            (false, status) => {
                tracing::info!(target: TARGET, method, path, status, duration_ms, address, bytes, cut_off = true, "request");
            }
        }
    }

    fn count(&self, seconds: f64) {
        let status = match self.status {
            Some(status) => CLASSES[usize::from(status.as_u16() / 100).min(CLASSES.len() - 1)],
            None => "none",
        };
        let (method, route) = (self.method, self.route.clone());
        counter!("countersign_requests_total", "method" => method, "route" => route.clone(), "status" => status)
            .increment(1);
        histogram!("countersign_request_seconds", "method" => method, "route" => route)
            .record(seconds);
        gauge!("countersign_requests_running").decrement(1);
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.span.in_scope(|| self.log(seconds));
        self.count(seconds);
    }
}

pin_project! {
    /// The body of an answer, whose end is the end of its request.
    struct MeasuredBody {
        #[pin]
        inner: Body,
        measured: Measured,
    }
}

impl HttpBody for MeasuredBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.inner.as_mut().poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len);
            this.measured.bytes += u64::try_from(length).unwrap_or(u64::MAX);
        }
        this.measured.is_whole = frame.is_none() || this.inner.is_end_stream();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A method by its name. Clients may send any word, even a secret: those that nobody knows are one.
fn known_method(method: &Method) -> &'static str {
    METHODS
        .into_iter()
        .find(|name| *name == method.as_str())
        .unwrap_or("(other)")
}

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
];

/// Classes of statuses (RFC 9110, section 15), by their first digit.
const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// Stands for a path that leads nowhere. It may be anything, and so it is not shown.
const UNMATCHED: &str = "(unmatched)";

/// How the routes end of which there is little to tell.
const ROUTINE: [&str; 5] = [".css", ".js", ".svg", "/healthz", "/readyz"];

const TARGET: &str = "countersign::request";

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{RETRY_AFTER, STRICT_TRANSPORT_SECURITY};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use bytes::Bytes;
use countersign::ClientAddresses;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::Limited;

use super::Settings;
use super::limits::{HEADERS, Limits, TARGET_SIZE};
use super::refusal::refuse;
use super::seldom::Seldom;

/// Holds an application to the limits of a request, and keeps those out who should come through the proxy.
pub(crate) fn guarded(app: Router, settings: &Settings) -> Router {
    let hsts = settings.hsts.map(|age| {
        HeaderValue::try_from(format!("max-age={}", age.as_secs())).expect("digits are visible")
    });
    let guard = Guard {
        limits: settings.limits,
        hsts,
        only_from: settings.only_from(),
        strangers: Seldom::default(),
    };
    app.layer(from_fn_with_state(Arc::new(guard), answer))
}

#[derive(Debug)]
struct Guard {
    limits: Limits,
    /// RFC 6797, section 6.1.
    hsts: Option<HeaderValue>,
    /// Who may connect; everybody, where it is `None`.
    only_from: Option<Arc<ClientAddresses>>,
    strangers: Seldom,
}

async fn answer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.objection(&request) {
        Some(refusal) => refusal,
        None => guard.within_the_deadline(request, next).await,
    };
    // The pages promise https as well, and know nothing of the setting.
    let headers = response.headers_mut();
    match &guard.hsts {
        Some(hsts) => headers.insert(STRICT_TRANSPORT_SECURITY, hsts.clone()),
        None => headers.remove(STRICT_TRANSPORT_SECURITY),
    };
    response
}

impl Guard {
    fn objection(&self, request: &Request) -> Option<Response> {
        let (status, code, sentence) = if !self.may_connect(request) {
            (
                StatusCode::MISDIRECTED_REQUEST,
                "misdirected",
                "this address is not the one of the site: use the public one, which begins with https",
            )
        } else if target_size(request) > TARGET_SIZE {
            (
                StatusCode::URI_TOO_LONG,
                "target_too_long",
                "the address is too long: it may have 8,000 bytes",
            )
        } else if request.headers().len() > HEADERS {
            (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "too_many_headers",
                "the request has too many header fields: it may have 100",
            )
        } else {
            return None;
        };
        Some(refuse(request.headers(), status, code, sentence))
    }

    /// Whether the connection comes from where it should.
    fn may_connect(&self, request: &Request) -> bool {
        let Some(proxies) = &self.only_from else {
            return true;
        };
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let Some(&ConnectInfo(peer)) = peer else {
            return false;
        };
        let may = proxies.trusts(peer.ip());
        if !may && let Some(passed_over) = self.strangers.is_time() {
            tracing::warn!(
                peer = %peer.ip().to_canonical(),
                passed_over,
                "a connection did not come from a trusted proxy and was refused; if it did, add its address to \
                 `proxy.trusted`"
            );
        }
        may
    }

    async fn within_the_deadline(&self, request: Request, next: Next) -> Response {
        let asked = request.headers().clone();
        let has_arrived = Arc::new(AtomicBool::new(request.body().is_end_stream()));
        let request = request.map(|body| {
            let body = Arriving {
                body,
                has_arrived: Arc::clone(&has_arrived),
            };
            // Whoever reads more than that answers that it is too large, in the looks of the rest.
            Body::new(Limited::new(body, self.limits.body_size))
        });
        let answer = tokio::time::timeout(self.limits.request, next.run(request));
        if let Ok(response) = answer.await {
            return response;
        }
        if !has_arrived.load(Ordering::Relaxed) {
            let sentence = "the request did not come to its end in time: try again";
            return refuse(&asked, StatusCode::REQUEST_TIMEOUT, "too_slow", sentence);
        }
        let sentence = "the answer could not be made in time: try again in a moment";
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        let mut response = refuse(&asked, unavailable, "unavailable", sentence);
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        response
    }
}

fn target_size(request: &Request) -> usize {
    let target = request.uri().path_and_query();
    target.map_or(0, |target| target.as_str().len())
}

/// The body of a request, which tells when it has come to its end.
#[derive(Debug)]
struct Arriving {
    body: Body,
    has_arrived: Arc<AtomicBool>,
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.has_arrived.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::header::ACCEPT;
    use axum::routing::get;
    use tower_service::Service as _;

    use super::*;
    use crate::serve::Transport;

    #[tokio::test(start_paused = true)]
    async fn who_is_slow_is_told_so_and_who_waits_in_vain_may_come_again() {
        let app = Router::new()
            .route("/reads", get(|body: Bytes| async move { body }))
            .route("/waits", get(std::future::pending::<()>));
        let mut app = guarded(app, &settings());
        let slow = Request::get("/reads").body(Body::new(NeverEnding));
        let answer = app.call(slow.unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
        let whole = Request::get("/waits").body(Body::empty());
        let answer = app.call(whole.unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(RETRY_AFTER));
    }

    #[tokio::test]
    async fn strangers_are_refused_who_should_come_through_the_proxy() {
        let mut settings = settings();
        // The second is the first, as IPv6 writes it.
        for trusted in ["10.0.0.0/8", "::ffff:10.0.0.0/104"] {
            let proxies = ClientAddresses::from_header("x-forwarded-for", [trusted]).unwrap();
            settings.proxies = Some(Arc::new(proxies));
            for (peer, status) in [
                ("10.0.0.1:1", StatusCode::NOT_FOUND),
                ("[::ffff:10.0.0.1]:1", StatusCode::NOT_FOUND),
                ("192.0.2.1:1", StatusCode::MISDIRECTED_REQUEST),
            ] {
                let found = status_for(&settings, peer).await;
                assert_eq!(found, status, "{peer} of {trusted}");
            }
        }
        // Who encrypts by himself, or serves this machine only, serves everybody who comes.
        settings.public_url = None;
        let status = status_for(&settings, "192.0.2.1:1").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_refusal_is_a_sentence_for_people_and_a_problem_for_programs() {
        let mut app = guarded(Router::new(), &settings());
        let target = format!("/{}", "a".repeat(TARGET_SIZE));
        for (accept, kind) in [
            ("text/html", "text/plain; charset=utf-8"),
            ("*/*", "application/problem+json"),
        ] {
            let request = Request::get(&target).header(ACCEPT, accept);
            let answer = app
                .call(request.body(Body::empty()).unwrap())
                .await
                .unwrap();
            assert_eq!(answer.status(), StatusCode::URI_TOO_LONG);
            assert_eq!(answer.headers()["content-type"], kind);
            assert_eq!(answer.headers()[STRICT_TRANSPORT_SECURITY], "max-age=60");
        }
    }

    async fn status_for(settings: &Settings, peer: &str) -> StatusCode {
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut app = guarded(Router::new(), settings);
        app.call(request).await.unwrap().status()
    }

    fn settings() -> Settings {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            transport: Transport::Plain,
            public_url: Some("https://app.test".to_owned()),
            redirect_from: None,
            hsts: Some(Duration::from_secs(60)),
            proxies: None,
            limits: Limits::default(),
        }
    }

    struct NeverEnding;

    impl http_body::Body for NeverEnding {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Poll::Pending
        }
    }
}

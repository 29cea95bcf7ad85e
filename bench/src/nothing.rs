//! A layer, and a guard, that do nothing: what bare axum has where the others have theirs. And the answers of the
//! others, to the byte.

use std::task::{Context, Poll};

use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY, VARY};
use axum::http::{HeaderName, HeaderValue};
use tower_layer::Layer;
use tower_service::Service;

use crate::users::{NAME, greeting};

/// A layer that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct NothingLayer;

/// The service of a [`NothingLayer`].
#[derive(Clone, Debug)]
pub struct NothingService<S>(S);

impl<S> Layer<S> for NothingLayer {
    type Service = NothingService<S>;

    fn layer(&self, inner: S) -> NothingService<S> {
        NothingService(inner)
    }
}

impl<S: Service<Request>, Request> Service<Request> for NothingService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.0.call(request)
    }
}

/// The bytes that countersign answers to a user, without looking who asks.
pub async fn private_page() -> ([(HeaderName, HeaderValue); 3], String) {
    let headers = [
        (VARY, HeaderValue::from_static("Cookie")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    (headers, greeting(NAME))
}

//! Requests to an application in this process, on one thread: what a request costs without the network.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::SET_COOKIE;
use axum::http::{Request, StatusCode};
use countersign_bench::client::browser_headers;
use countersign_bench::server::cpu_time_of_this_thread;
use tokio::runtime::Runtime;
use tower_service::Service as _;

use crate::apps::{App, USERS};

/// An application, and the cookies of its users.
pub(crate) struct InProcess {
    pub(crate) app: App,
    router: Router,
    cookies: Vec<String>,
}

impl InProcess {
    /// Makes it and logs all its users in.
    pub(crate) async fn new(app: App, folder: &Path) -> Self {
        let mut router = app.router(folder).await;
        let mut cookies = Vec::new();
        for id in 0..USERS {
            let Ok(response) = router.call(request(&format!("/log-in/{id}"), "")).await;
            assert_eq!(response.status(), StatusCode::OK);
            let pairs: Vec<_> = response
                .headers()
                .get_all(SET_COOKIE)
                .iter()
                .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
                .collect();
            cookies.push(pairs.join("; "));
        }
        Self {
            app,
            router,
            cookies,
        }
    }

    /// The CPU time of a request, from its call to the end of its answer, over that many of them. Making the requests
    /// is left out.
    pub(crate) fn measure(&self, runtime: &Runtime, path: &str, requests: usize) -> Duration {
        let mut used = Duration::ZERO;
        let batches = requests / self.cookies.len();
        for _ in 0..batches {
            let batch: Vec<_> = self
                .cookies
                .iter()
                .map(|cookies| request(path, cookies))
                .collect();
            let before = cpu_time_of_this_thread();
            runtime.block_on(self.answer_all(batch));
            used += cpu_time_of_this_thread() - before;
        }
        used / u32::try_from(batches * self.cookies.len()).expect("it is a small number")
    }

    async fn answer_all(&self, requests: Vec<Request<Body>>) {
        for request in requests {
            let Ok(response) = self.router.clone().call(request).await;
            assert_eq!(response.status(), StatusCode::OK);
            to_bytes(response.into_body(), usize::MAX)
                .await
                .expect("an answer in memory does not break off");
        }
    }
}

fn request(path: &str, cookies: &str) -> Request<Body> {
    let mut request = Request::get(path);
    for (name, value) in browser_headers(cookies) {
        request = request.header(name, value);
    }
    request
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))))
        .body(Body::empty())
        .expect("a browser's request is one")
}

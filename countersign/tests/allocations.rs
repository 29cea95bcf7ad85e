//! How often this library allocates, as gates: a figure that grows fails the test, on every machine alike.
//!
//! Counted is what one request allocates from its call to the end of its answer's body, on the one thread that runs it,
//! less what the same request allocates in bare axum: the same routes and the same bytes to the same request, with a
//! layer and a guard that do nothing. The user is one number, so that what is counted is ours and not the
//! application's.
#![allow(clippy::unwrap_used, reason = "a test that can't go on should stop")]

use std::convert::Infallible;
use std::task::{Context, Poll};

use allocation_counter::measure;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, COOKIE, HOST, HeaderName, REFERRER_POLICY, SET_COOKIE, USER_AGENT, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use countersign::secret::SecretKey;
use countersign::session::{FlaskSessions, MemoryStore, Session, SessionError, Sessions};
use countersign::{
    Auth, AuthUser, CurrentUser, FreshUser, LoginError, LoginManager, login_required,
};
use tokio::runtime::{Builder, Runtime};
use tower::{Layer, Service};

#[test]
fn a_request_that_never_asks_who_is_there_allocates_at_most_four_times_more() {
    let apps = Apps::new();
    for cookies in [&apps.stranger, &apps.garbage, &apps.logged_in] {
        apps.assert_at_most(4, "/open", cookies);
    }
}

#[test]
fn a_protected_page_allocates_at_most_ten_times_more() {
    let apps = Apps::new();
    for path in PROTECTED {
        apps.assert_at_most(10, path, &apps.logged_in);
    }
}

#[test]
fn a_page_that_asks_a_stranger_who_he_is_allocates_at_most_five_times_more() {
    let apps = Apps::new();
    for cookies in [&apps.stranger, &apps.garbage] {
        apps.assert_at_most(5, "/asked", cookies);
    }
}

/// A cookie of Flask is decoded whoever asks, because the answer may have to move its end.
#[test]
fn a_request_with_a_session_of_flask_allocates_at_most_fourteen_times_more_if_nobody_asks() {
    let apps = Apps::over(flask_manager());
    apps.assert_at_most(3, "/open", &apps.stranger);
    apps.assert_at_most(14, "/open", &apps.logged_in);
}

#[test]
fn a_protected_page_allocates_at_most_twenty_four_times_more_with_a_session_of_flask() {
    let apps = Apps::over(flask_manager());
    for path in PROTECTED {
        apps.assert_at_most(24, path, &apps.logged_in);
    }
    for cookies in [&apps.stranger, &apps.garbage] {
        apps.assert_at_most(5, "/asked", cookies);
    }
}

#[test]
fn a_layer_is_laid_and_a_manager_cloned_without_an_allocation() {
    let manager = manager();
    let guard = login_required::<User>().except(["/login"]);
    let counted = measure(|| {
        let service = guard.layer(manager.clone().layer(NothingService(())));
        drop(service.clone());
    });
    assert_eq!(counted.count_total, 0);
}

#[derive(AuthUser)]
struct User {
    id: i64,
}

async fn load_user(id: i64) -> Option<User> {
    Some(User { id })
}

/// The application, and its like without logins.
struct Apps {
    ours: Router,
    baseline: Router,
    runtime: Runtime,
    logged_in: Cookies,
    stranger: Cookies,
    garbage: Cookies,
}

/// The `Cookie` header of a client.
struct Cookies(&'static str, Option<HeaderValue>);

impl Apps {
    fn new() -> Self {
        Self::over(manager())
    }

    fn over(manager: LoginManager<User>) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        // As `axum::serve` does it. A router without it makes its routes anew for each request.
        let mut ours = ours(manager.clone()).with_state(());
        let name = manager.session_cookie_name();
        let login = runtime
            .block_on(ours.call(request("/login", None)))
            .unwrap();
        let token = session_token(&login, name);
        // As a browser has them: the site's own, and the one by which the device is known.
        let cookies = |token: &str| {
            let line = format!("theme=dark; {name}={token}; {name}-device=unknown");
            Some(HeaderValue::try_from(line).unwrap())
        };
        Self {
            ours,
            baseline: baseline().with_state(()),
            runtime,
            logged_in: Cookies("somebody logged in", cookies(token)),
            stranger: Cookies("a stranger", None),
            garbage: Cookies("a stranger with a broken cookie", cookies("garbage")),
        }
    }

    #[track_caller]
    fn assert_at_most(&self, budget: u64, path: &str, cookies: &Cookies) {
        let who = cookies.0;
        let (expected, bare) = self.count(&self.baseline, path, cookies);
        let (answer, count) = self.count(&self.ours, path, cookies);
        assert_eq!(answer.0, StatusCode::OK);
        assert_eq!(answer, expected, "the baseline must answer the same");
        let more = count - bare;
        println!("{path}, {who}: {more} more than {bare}");
        assert!(
            more <= budget,
            "{path}, {who}: {more} more than {bare}, and {budget} is the budget"
        );
    }

    /// What a request is answered, and how often it allocates.
    fn count(&self, app: &Router, path: &str, cookies: &Cookies) -> (Answer, u64) {
        let once = || {
            let mut app = app.clone();
            let request = request(path, cookies.1.as_ref());
            let mut answer = None;
            let counted = measure(|| {
                let response = self.runtime.block_on(app.call(request)).unwrap();
                answer = Some(self.runtime.block_on(read(response)));
            });
            (answer.unwrap(), counted.count_total)
        };
        // What is made once and kept, a thread's own random state say, is not the request's.
        once();
        let (first, second) = (once(), once());
        assert_eq!(first, second, "the count must not depend on chance");
        first
    }
}

type Answer = (StatusCode, HeaderMap, Bytes);

/// A browser's request. Its header values are shared, as those are that a server reads off the wire.
fn request(path: &str, cookies: Option<&HeaderValue>) -> Request<Body> {
    let mut request = Request::get(path)
        .header(HOST, "example.com")
        .header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
        .header(USER_AGENT, HeaderValue::from_static(FIREFOX))
        .body(Body::empty())
        .unwrap();
    if let Some(cookies) = cookies {
        request.headers_mut().insert(COOKIE, cookies.clone());
    }
    request
}

fn session_token<'a>(answer: &'a Response, name: &str) -> &'a str {
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
    let (pair, _) = cookie.split_once(';').unwrap();
    pair.strip_prefix(name).unwrap().strip_prefix('=').unwrap()
}

async fn read(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, parts.headers, body)
}

fn manager() -> LoginManager<User> {
    manager_over(MemoryStore::new())
}

fn flask_manager() -> LoginManager<User> {
    let key = SecretKey::new("6c7a1c1a7d9de7f6f0b8ae5f7a3d8c0f").unwrap();
    manager_over(FlaskSessions::new(key).unwrap())
}

fn manager_over(sessions: impl Sessions) -> LoginManager<User> {
    LoginManager::new(sessions)
        .user_loader(load_user)
        .login_view("/login")
        .public_url("https://example.com")
        .unwrap()
}

fn ours(manager: LoginManager<User>) -> Router {
    let guarded = Router::new()
        .route("/guarded", get(async || "page"))
        .route(
            "/guarded-and-extracted",
            get(async |_: CurrentUser<User>| "page"),
        )
        .layer(login_required::<User>());
    Router::new()
        .route("/login", get(login))
        .route("/open", get(async || "page"))
        .route("/extracted", get(async |_: CurrentUser<User>| "page"))
        .route("/asked", get(async |_: Option<CurrentUser<User>>| "page"))
        .route("/fresh", get(async |_: FreshUser<User>| "page"))
        .route("/with-data", get(with_data))
        .merge(guarded)
        .layer(manager)
}

fn baseline() -> Router {
    let guarded = Router::new()
        .route("/guarded", get(private))
        .route("/guarded-and-extracted", get(private))
        .layer(NothingLayer);
    Router::new()
        .route("/open", get(async || "page"))
        .route("/extracted", get(private))
        .route("/asked", get(private))
        .route("/fresh", get(private))
        .route("/with-data", get(private))
        .merge(guarded)
        .layer(NothingLayer)
}

async fn login(auth: Auth<User>) -> Result<(), LoginError> {
    auth.login_user(&User { id: 7 }).await
}

async fn with_data(session: Session) -> Result<&'static str, SessionError> {
    session.get::<u32>("visits").await?;
    Ok("page")
}

/// What depends on who asks says so. The values are static: a `&str` would be copied, and the baseline be padded.
async fn private() -> ([(HeaderName, HeaderValue); 3], &'static str) {
    let headers = [
        (VARY, HeaderValue::from_static("Cookie")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    (headers, "page")
}

/// A layer, and a guard, that do nothing.
#[derive(Clone)]
struct NothingLayer;

#[derive(Clone)]
struct NothingService<S>(S);

impl<S> Layer<S> for NothingLayer {
    type Service = NothingService<S>;

    fn layer(&self, inner: S) -> NothingService<S> {
        NothingService(inner)
    }
}

impl<S: Service<Request<Body>, Response = Response, Error = Infallible>> Service<Request<Body>>
    for NothingService<S>
{
    type Response = Response;
    type Error = Infallible;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.0.call(request)
    }
}

const PROTECTED: [&str; 6] = [
    "/guarded",
    "/extracted",
    "/guarded-and-extracted",
    "/asked",
    "/fresh",
    "/with-data",
];

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

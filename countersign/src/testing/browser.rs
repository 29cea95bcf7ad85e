use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower::ServiceExt as _;

use super::login::TestClient;
use crate::login::{AuthUser, LoginError};
use crate::web::LoginManager;

/// A browser without a window, for an application's tests: it calls the application in this process, as if from this
/// machine, and keeps its cookies. Clones share their cookies, as tabs do.
///
/// ```
/// use axum::{Router, routing::get};
/// use countersign::{AuthUser, CurrentUser, LoginManager, session::MemoryStore, testing::Browser};
///
/// #[derive(AuthUser)]
/// struct User {
///     id: i64,
/// }
///
/// async fn load_user(id: i64) -> Option<User> {
///     Some(User { id })
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let manager = LoginManager::new(MemoryStore::new()).user_loader(load_user);
/// let app: Router = Router::new()
///     .route("/me", get(async |user: CurrentUser<User>| user.id.to_string()))
///     .layer(manager.clone());
///
/// let browser = Browser::new(app);
/// assert_eq!(browser.get("/me").await.status, 401);
/// browser.log_in(&manager, &User { id: 7 }).await?;
/// assert_eq!(browser.get("/me").await.text, "7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Browser {
    app: Router,
    headers: HeaderMap,
    address: SocketAddr,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Browser {
    /// A browser without cookies.
    pub fn new(app: Router) -> Self {
        Self {
            app,
            headers: HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]),
            address: SocketAddr::from(([127, 0, 0, 1], 50_000)),
            cookies: Arc::default(),
        }
    }

    /// The same browser, with the same cookies, whose requests carry this header.
    ///
    /// # Panics
    /// When the header can't be sent.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(
            name,
            HeaderValue::from_str(value).expect("a header's value"),
        );
        self
    }

    /// The same browser, with the same cookies, at another address.
    #[must_use]
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Logs a user in without a password, as this browser: see [`cookie_for`](super::cookie_for).
    ///
    /// # Errors
    /// As `cookie_for`.
    pub async fn log_in<U: AuthUser>(
        &self,
        manager: &LoginManager<U>,
        user: &U,
    ) -> Result<(), LoginError> {
        let (name, value) = super::login::log_in(manager, user, self.client()).await?;
        self.set_cookie(&name, &value);
        Ok(())
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar().get(name).cloned()
    }

    /// Sets a cookie, as if the application had.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar().insert(name.to_owned(), value.to_owned());
    }

    /// Asks for a page, as if its address had been typed.
    pub async fn get(&self, path: &str) -> Page {
        self.send(
            self.request(Method::GET, path)
                .header("accept", "text/html"),
            Body::empty(),
        )
        .await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let form: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let request = self
            .request(Method::POST, path)
            .header("accept", "text/html")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(form.join("&"))).await
    }

    /// A request with this browser's headers and cookies, for [`send`](Self::send).
    pub fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let cookies: Vec<_> = self
            .jar()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        match cookies.is_empty() {
            true => request,
            false => request.header(COOKIE, cookies.join("; ")),
        }
    }

    /// Sends a request and keeps the cookies of the answer.
    ///
    /// # Panics
    /// When the request is none, or the application's answer breaks off.
    pub async fn send(&self, request: http::request::Builder, body: Body) -> Page {
        let page = self.send_only(request, body).await;
        self.keep_cookies(&page);
        page
    }

    /// Sends a request, and leaves the cookies as they are: for answers that arrive later than they were given.
    ///
    /// # Panics
    /// As [`send`](Self::send).
    pub async fn send_only(&self, request: http::request::Builder, body: Body) -> Page {
        let mut request = request.body(body).expect("a request");
        request.extensions_mut().insert(ConnectInfo(self.address));
        let Ok(response) = self.app.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = body
            .collect()
            .await
            .expect("an answer that does not break off")
            .to_bytes();
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// Keeps the cookies of an answer, and drops those that it removes.
    pub fn keep_cookies(&self, page: &Page) {
        for cookie in page.set_cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let removed = attributes
                .split(';')
                .any(|attribute| attribute.trim() == "Max-Age=0");
            match removed {
                true => self.jar().remove(name),
                false => self.jar().insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    fn client(&self) -> TestClient {
        TestClient {
            address: Some(self.address.ip().to_canonical()),
            user_agent: self.headers.get(USER_AGENT).cloned(),
        }
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An application's answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Page {
    /// Where the answer sends the browser; empty when nowhere.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A header's value; empty when there is none that is text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The values of all `Set-Cookie` headers.
    pub fn set_cookies(&self) -> impl Iterator<Item = &str> {
        self.headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
    }
}

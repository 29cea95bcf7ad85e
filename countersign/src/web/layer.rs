use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use axum::extract::connect_info::MockConnectInfo;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, REFERRER_POLICY, SET_COOKIE, USER_AGENT, VARY};
use http::{Extensions, HeaderMap, HeaderValue, Request, StatusCode};
use pin_project_lite::pin_project;
use tokio::sync::OnceCell;
use tower_layer::Layer;
use tower_service::Service;

use super::answer::wants_html;
use super::context::{ContextExtension, WebClient, WebContext};
use super::cookie::{CookieToken, SetCookie, find_token, line_with};
#[cfg(feature = "flask")]
use super::flask::{flask_cookies, flask_header};
use super::manager::LoginManager;
use super::neighbours::is_another_manager;
use super::origin::{Asked, check_origin};
use super::problem::{self, Problem};
use super::request_loader::Head;
use super::settings::WebSettings;
use crate::login::{AuthUser, CookieChange, Finished, LoginSettings, RequestLogin, StoredLogin};
#[cfg(feature = "flask")]
use crate::login::{FlaskCookies, FlaskLogin};
use crate::secret::Token;
#[cfg(feature = "flask")]
use crate::session::FlaskSessions;
use crate::session::{BoxError, BoxFuture};

impl<S, U: AuthUser> Layer<S> for LoginManager<U> {
    type Service = LoginService<S>;

    fn layer(&self, inner: S) -> LoginService<S> {
        LoginService {
            inner,
            settings: Arc::clone(self.settings()),
        }
    }
}

/// The service of a [`LoginManager`]: gives every request a login, and every answer its cookies.
#[derive(Clone, Debug)]
pub struct LoginService<S> {
    inner: S,
    settings: Arc<WebSettings>,
}

impl<S, B, R> Service<Request<B>> for LoginService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = LoginFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let html = wants_html(request.headers());
        match self.admit(&request) {
            Ok(Some(context)) => {
                let extension = ContextExtension(Arc::clone(&context));
                request.extensions_mut().insert(extension);
                let future = self.inner.call(request);
                LoginFuture {
                    html,
                    state: State::Handling { future, context },
                }
            }
            // This very manager lies around the application twice. Once is enough.
            Ok(None) => LoginFuture {
                html,
                state: State::Passing {
                    future: self.inner.call(request),
                },
            },
            Err(problem) => LoginFuture {
                html,
                state: State::Refused {
                    answer: Some(problem.into_response()),
                },
            },
        }
    }
}

impl<S> LoginService<S> {
    /// The context of a request that may come in; `None` when it has one of this manager's already.
    fn admit<B>(&self, request: &Request<B>) -> Result<Option<Arc<WebContext>>, Problem> {
        let settings = &self.settings;
        let outer = WebContext::innermost(request.extensions());
        if let Some(outer) = outer
            && !is_another_manager(settings, outer)?
        {
            return Ok(None);
        }

        let headers = request.headers();
        let peer = peer(request.extensions());
        settings
            .site
            .admit(request.version(), request.uri(), headers, peer)
            .map_err(|reason| {
                Problem::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", reason)
            })?;
        let cookies = Cookies::of(headers, settings);
        let asked = Asked {
            method: request.method(),
            headers,
            uri: request.uri(),
            has_our_cookie: cookies.has_our_cookie(),
        };
        check_origin(&asked, &settings.site, &settings.allowed_origins)
            .map_err(|reason| Problem::new(StatusCode::FORBIDDEN, "cross_origin", reason))?;

        let device_cookie = settings.site.device_cookie_name();
        let client = WebClient {
            address: settings.client_addresses.client(peer, headers),
            user_agent: headers.get(USER_AGENT).cloned(),
            device_line: line_with(headers, device_cookie).cloned(),
            device_cookie,
        };
        Ok(Some(Arc::new(WebContext {
            login: cookies.login(&settings.login, client),
            settings: Arc::clone(settings),
            head: settings.request_loader.as_ref().map(|_| Head {
                method: request.method().clone(),
                uri: request.uri().clone(),
                headers: headers.clone(),
            }),
            loaded_from_request: OnceCell::new(),
            outer: outer.cloned(),
        })))
    }
}

pin_project! {
    /// The future of a [`LoginService`].
    pub struct LoginFuture<F> {
        // Whether errors are looked at by a person.
        html: bool,
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Handling { #[pin] future: F, context: Arc<WebContext> },
        Finishing {
            finish: BoxFuture<'static, Finished>,
            context: Arc<WebContext>,
            response: Option<Response>,
        },
        Passing { #[pin] future: F },
        Refused { answer: Option<Response> },
    }
}

impl<F, R, E> Future for LoginFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let response = loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Handling { future, context } => {
                    let response = ready!(future.poll(cx))?.map(Body::new);
                    if context.login.finish_untouched() {
                        break response;
                    }
                    let keep = !response.status().is_server_error();
                    let finish = finish(Arc::clone(context), keep);
                    let context = Arc::clone(context);
                    State::Finishing {
                        finish,
                        context,
                        response: Some(response),
                    }
                }
                StateProjection::Finishing {
                    finish,
                    context,
                    response,
                } => {
                    let finished = ready!(finish.as_mut().poll(cx));
                    let response = response.take().expect("a request finishes once");
                    break finished_response(response, finished, &context.settings);
                }
                StateProjection::Passing { future } => {
                    break ready!(future.poll(cx))?.map(Body::new);
                }
                StateProjection::Refused { answer } => {
                    break answer.take().expect("polled after it was ready");
                }
            };
            this.state.set(next);
        };
        Poll::Ready(Ok(if *this.html {
            problem::for_people(response)
        } else {
            response
        }))
    }
}

impl<F> fmt::Debug for LoginFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginFuture").finish_non_exhaustive()
    }
}

fn finish(context: Arc<WebContext>, keep: bool) -> BoxFuture<'static, Finished> {
    Box::pin(async move { context.login.finish(keep).await })
}

fn finished_response(response: Response, finished: Finished, settings: &WebSettings) -> Response {
    let mut response = match finished.refused {
        Some(error) => error.into_response(),
        None => response,
    };
    let headers = response.headers_mut();
    for change in finished.cookies {
        headers.append(SET_COOKIE, cookie_header(change, settings));
    }
    if finished.varies {
        vary_with_cookies(headers);
    }
    if finished.asked {
        vary_with_cookies(headers);
        keep_out_of_caches(headers);
        // What stands in the address of a private page is nobody else's business.
        headers
            .entry(REFERRER_POLICY)
            .or_insert(HeaderValue::from_static("same-origin"));
    }
    response
}

/// Tells caches that another client may get another answer.
fn vary_with_cookies(headers: &mut HeaderMap) {
    let names_cookie = |value: &HeaderValue| {
        value.to_str().is_ok_and(|list| {
            list.split(',').any(|name| {
                matches!(name.trim(), "*") || name.trim().eq_ignore_ascii_case("cookie")
            })
        })
    };
    if !headers.get_all(VARY).iter().any(names_cookie) {
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}

/// An answer that depends on who asks must not be given to anybody else.
fn keep_out_of_caches(headers: &mut HeaderMap) {
    // Not `no-cache`, which lets a shared cache keep the answer, cookies and all, as long as it asks before it gives it to
    // the next; nor `private="…"`, which is about single headers (RFC 9111, section 5.2.2).
    let names_private = |value: &HeaderValue| {
        value.to_str().is_ok_and(|list| {
            list.split(',').map(str::trim).any(|directive| {
                directive.eq_ignore_ascii_case("no-store")
                    || directive.eq_ignore_ascii_case("private")
            })
        })
    };
    let is_private = headers.get_all(CACHE_CONTROL).iter().any(names_private);
    if !is_private {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn cookie_header(change: CookieChange, settings: &WebSettings) -> HeaderValue {
    let secure = settings.site.is_secure();
    let same_site = settings.same_site;
    match change {
        CookieChange::SetSession { token, max_age } => SetCookie {
            name: settings.cookie_name(),
            value: &token.reveal(),
            max_age,
            secure,
            same_site,
        }
        .header(),
        CookieChange::RemoveSession => {
            SetCookie::removal(settings.cookie_name(), secure, same_site)
        }
        CookieChange::SetDevice(text) => SetCookie {
            name: settings.site.device_cookie_name(),
            value: &text,
            max_age: Some(DEVICE_MAX_AGE),
            secure,
            same_site,
        }
        .header(),
        #[cfg(feature = "flask")]
        CookieChange::Flask(cookie) => flask_header(cookie, settings),
    }
}

/// The cookies of a request that say who is logged in.
enum Cookies {
    Stored(CookieToken),
    #[cfg(feature = "flask")]
    Flask(Arc<FlaskSessions>, FlaskCookies),
}

impl Cookies {
    fn of(headers: &HeaderMap, settings: &WebSettings) -> Self {
        #[cfg(feature = "flask")]
        if let Some(flask) = &settings.login.flask {
            return Self::Flask(Arc::clone(flask), flask_cookies(headers, flask));
        }
        Self::Stored(find_token(headers, settings.cookie_name()))
    }

    fn has_our_cookie(&self) -> bool {
        match self {
            Self::Stored(token) => !matches!(token, CookieToken::Absent),
            #[cfg(feature = "flask")]
            Self::Flask(_, cookies) => cookies.session.is_some() || cookies.remember.is_some(),
        }
    }

    fn login(self, settings: &Arc<LoginSettings>, client: WebClient) -> RequestLogin<WebClient> {
        let settings = Arc::clone(settings);
        match self {
            Self::Stored(cookie) => {
                let has_unbelieved_cookie =
                    matches!(cookie, CookieToken::Malformed | CookieToken::Ambiguous);
                let mut login = StoredLogin::new(settings, client, the_token(cookie));
                login.has_unbelieved_cookie = has_unbelieved_cookie;
                RequestLogin::Stored(login)
            }
            #[cfg(feature = "flask")]
            Self::Flask(flask, cookies) => {
                RequestLogin::Flask(FlaskLogin::new(settings, flask, client, cookies))
            }
        }
    }
}

/// The token of a cookie that says one thing. Where two cookies of the name hold different tokens, one may have been
/// planted, and nobody knows which: the client is anonymous.
fn the_token(cookie: CookieToken) -> Option<Token> {
    match cookie {
        CookieToken::One(token) => Some(token),
        CookieToken::Absent | CookieToken::Malformed => None,
        CookieToken::Ambiguous => {
            tracing::debug!("two session cookies with different tokens: neither is believed");
            None
        }
    }
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let connected = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| peer.0);
    let pretended = || {
        extensions
            .get::<MockConnectInfo<SocketAddr>>()
            .map(|peer| peer.0)
    };
    connected
        .or_else(pretended)
        .map(|address| address.ip().to_canonical())
}

/// As long as browsers keep any cookie: 400 days (RFC 6265bis, section 5.5).
const DEVICE_MAX_AGE: std::time::Duration = std::time::Duration::from_secs(400 * 24 * 3_600);

use std::fmt;
use std::sync::Arc;

use axum::extract::OriginalUri;
use axum::response::{IntoResponse, Redirect, Response};
#[cfg(feature = "flask")]
use http::header::LOCATION;
use http::header::{ACCEPT_LANGUAGE, HeaderName, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri};

use super::answer::AnswerStyle;
use super::context::WebContext;
#[cfg(feature = "flask")]
use super::flask_url;
use super::next::{login_url, next_for, safe_next};
use super::problem::Problem;
use crate::login::{Event, LoginError, SentTo};

/// A request that was refused: what a handler of the application's own is given.
///
/// ```
/// use axum::http::StatusCode;
/// use countersign::{Denial, LoginManager};
/// # use countersign::{AuthUser, session::MemoryStore};
/// # #[derive(AuthUser)]
/// # struct User { id: i64 }
/// # async fn load_user(_id: i64) -> Option<User> { None }
///
/// let manager = LoginManager::new(MemoryStore::new())
///     .user_loader(load_user)
///     .unauthorized_handler(|denial: Denial| (StatusCode::UNAUTHORIZED, denial.message()));
/// ```
#[derive(Debug)]
pub struct Denial {
    reason: DenialReason,
    style: AnswerStyle,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    view: Option<Arc<str>>,
    next: Option<String>,
    message: String,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DenialReason {
    /// Nobody is logged in.
    NotLoggedIn,
    /// The user has to prove again who he is.
    NotFresh,
    /// The user lacks the role.
    MissingRole,
    /// The user lacks the permission.
    MissingPermission,
}

/// What people are told when they are sent to another page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// On the login view.
    PleaseLogIn,
    /// On the refresh view.
    PleaseConfirm,
    /// With a 403.
    NotAllowed,
}

impl fmt::Display for Message {
    /// In English; the first two in Flask-Login's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Message::PleaseLogIn => "Please log in to access this page.",
            Message::PleaseConfirm => "Please reauthenticate to access this page.",
            Message::NotAllowed => "You are not allowed to do this.",
        })
    }
}

impl Denial {
    /// Why the request was refused.
    pub fn reason(&self) -> DenialReason {
        self.reason
    }

    /// The request's method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The request's URI, as the client wrote it.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The request's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What to tell the client, in its language when the application has words for it.
    pub fn message(&self) -> String {
        self.message.clone()
    }

    /// Where the client would be sent: the login view or the refresh view, with the page that it asked for as `next`.
    pub fn view_url(&self) -> Option<String> {
        let (view, next) = (self.view.as_deref()?, self.next.as_deref());
        Some(match self.style {
            #[cfg(feature = "flask")]
            AnswerStyle::FlaskLogin => flask_url::login_url(view, next),
            _ => login_url(view, next),
        })
    }

    /// The answer that is given where the application has no handler of its own.
    fn default_answer(&self) -> Response {
        match (self.view_url(), self.style) {
            (Some(url), AnswerStyle::Redirect) => Redirect::to(&url).into_response(),
            #[cfg(feature = "flask")]
            (Some(url), AnswerStyle::FlaskLogin) => found(&url),
            (Some(url), AnswerStyle::HtmxRedirect) => {
                let mut response = self.problem();
                if let Ok(url) = HeaderValue::try_from(url) {
                    response.headers_mut().insert(HX_REDIRECT, url);
                }
                response
            }
            _ => self.problem(),
        }
    }

    fn problem(&self) -> Response {
        let (status, code) = match self.reason {
            DenialReason::NotLoggedIn => (StatusCode::UNAUTHORIZED, "not_logged_in"),
            DenialReason::NotFresh => (StatusCode::UNAUTHORIZED, "not_fresh"),
            DenialReason::MissingRole => (StatusCode::FORBIDDEN, "missing_role"),
            DenialReason::MissingPermission => (StatusCode::FORBIDDEN, "missing_permission"),
        };
        let mut response = Problem::new(status, code, &self.message).into_response();
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 wants a challenge with every 401 (section 15.5.2). There is none registered for cookies; this
            // one opens no dialogue in any browser.
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie"));
        }
        response
    }
}

/// An application's own answer to a refused request.
pub(super) type DenialHandler = Arc<dyn Fn(Denial) -> Response + Send + Sync>;

/// A login view for a group of routes, in place of the manager's: for the extractors and guards under it.
///
/// ```
/// use axum::{Router, routing::get};
/// use countersign::login_view;
///
/// let staff: Router = Router::new().route("/staff", get(async || "…")).layer(login_view("/staff/login"));
/// ```
pub fn login_view(path: impl Into<Arc<str>>) -> axum::Extension<LoginView> {
    axum::Extension(LoginView(path.into()))
}

/// The login view of a group of routes: see [`login_view`].
#[derive(Clone, Debug)]
pub struct LoginView(pub(super) Arc<str>);

/// Refuses a request.
pub(super) async fn deny(
    context: &Arc<WebContext>,
    reason: DenialReason,
    parts: &Parts,
) -> Response {
    match refusal(context, reason, parts).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn refusal(
    context: &Arc<WebContext>,
    reason: DenialReason,
    parts: &Parts,
) -> Result<Response, LoginError> {
    let settings = &context.settings;
    let uri = original_uri(&parts.uri, &parts.extensions);
    report(context, reason, uri).await?;

    let (view, handler, message) = match reason {
        DenialReason::NotLoggedIn => {
            let group = parts.extensions.get::<LoginView>().map(|view| &view.0);
            let view = group.or(settings.login_view.as_ref());
            (view, &settings.unauthorized_handler, Message::PleaseLogIn)
        }
        DenialReason::NotFresh => {
            let view = settings.refresh_view.as_ref();
            (
                view,
                &settings.needs_refresh_handler,
                Message::PleaseConfirm,
            )
        }
        DenialReason::MissingRole | DenialReason::MissingPermission => {
            (None, &settings.unauthorized_handler, Message::NotAllowed)
        }
    };
    let view = view.filter(|view| !leads_back(view, uri));
    let style = context.answer_style(&parts.method, &parts.headers);
    let mut next = match style {
        #[cfg(feature = "flask")]
        AnswerStyle::FlaskLogin => view.map(|_| flask_url::page_of(uri)),
        _ => view.and_then(|_| wanted_page(context, parts, uri)),
    };
    // A program is sent nowhere, so there is nothing to keep for it.
    let is_sent = handler.is_none() && view.is_some() && style != AnswerStyle::Problem;
    let message = settings.words(message, accept_language(parts));
    if is_sent {
        let to = match reason {
            DenialReason::NotFresh => SentTo::RefreshView,
            _ => SentTo::LoginView,
        };
        context.login.keep_message(to, &message).await?;
        if settings.next_in_session
            && let Some(page) = next.take()
        {
            context.login.keep_next(page).await?;
        }
    }
    let denial = Denial {
        reason,
        style,
        method: parts.method.clone(),
        uri: uri.clone(),
        headers: parts.headers.clone(),
        view: view.cloned(),
        next,
        message,
    };
    Ok(match handler {
        Some(handler) => handler(denial),
        None => denial.default_answer(),
    })
}

/// 302, as Flask redirects.
#[cfg(feature = "flask")]
fn found(url: &str) -> Response {
    let mut response = StatusCode::FOUND.into_response();
    if let Ok(url) = HeaderValue::try_from(url) {
        response.headers_mut().insert(LOCATION, url);
    }
    response
}

fn accept_language(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(ACCEPT_LANGUAGE)?;
    value.to_str().ok()
}

/// Whether the view is the very page that was refused: a guard lies around the login view, and the client would be sent
/// in a circle.
fn leads_back(view: &str, uri: &Uri) -> bool {
    let path = view.split(['?', '#']).next().unwrap_or_default();
    let leads_back = path == uri.path();
    if leads_back {
        tracing::error!(
            view,
            "a guard lies around the view that strangers are sent to: take the view out of it"
        );
    }
    leads_back
}

/// The request's URI as the client wrote it: inside a nested router, the prefix is gone from the request's own.
pub(super) fn original_uri<'a>(uri: &'a Uri, extensions: &'a Extensions) -> &'a Uri {
    extensions
        .get::<OriginalUri>()
        .map_or(uri, |original| &original.0)
}

/// The page to come back to. An answer to a POST can't be fetched again; what htmx asks for is a part of the page that
/// it names.
fn wanted_page(context: &WebContext, parts: &Parts, uri: &Uri) -> Option<String> {
    if let Some(page) = parts.headers.get(HX_CURRENT_URL) {
        let page: Uri = page.to_str().ok()?.parse().ok()?;
        return safe_next(&next_for(&page), &context.settings.site);
    }
    matches!(parts.method, Method::GET | Method::HEAD).then(|| next_for(uri))
}

async fn report(
    context: &Arc<WebContext>,
    reason: DenialReason,
    uri: &Uri,
) -> Result<(), LoginError> {
    let user = context.current_user().await?.map(|user| user.user_id());
    let path = uri.path().to_owned();
    let login = &context.login;
    let event = match (reason, user) {
        (DenialReason::NotFresh, Some(user)) => Event::NeedsRefresh { user, path },
        (_, user) => Event::Unauthorized {
            user,
            path,
            address: login.client().address,
        },
    };
    login.settings().subscribers.tell(&event);
    Ok(())
}

/// <https://htmx.org/reference/#headers>
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
const HX_CURRENT_URL: HeaderName = HeaderName::from_static("hx-current-url");

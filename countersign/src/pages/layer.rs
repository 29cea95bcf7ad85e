use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Bytes, HttpBody};
use axum::extract::Request;
use axum::response::{Html, IntoResponse, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::templates::{AskedLanguage, problem_values};
use super::{Pages, headers};
use crate::accounts::Account;
use crate::session::BoxError;
use crate::web::{LoginFuture, LoginManager, LoginService, Problem, wants_html};

/// What lies around an application with pages: its login manager, and around that what shows the manager's refusals in the
/// looks of the pages. See [`Pages::layer`].
#[derive(Clone, Debug)]
pub struct PagesLayer {
    pages: Pages,
    manager: LoginManager<Account>,
}

impl PagesLayer {
    pub(super) fn new(pages: Pages, manager: LoginManager<Account>) -> Self {
        Self { pages, manager }
    }
}

impl<S> Layer<S> for PagesLayer {
    type Service = PagesService<S>;

    fn layer(&self, inner: S) -> PagesService<S> {
        PagesService {
            inner: self.manager.layer(inner),
            pages: self.pages.clone(),
        }
    }
}

/// The service of a [`PagesLayer`].
#[derive(Clone, Debug)]
pub struct PagesService<S> {
    inner: LoginService<S>,
    pages: Pages,
}

impl<S, R> Service<Request> for PagesService<S>
where
    S: Service<Request, Response = Response<R>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = PagesFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let is_https = self.pages.is_https();
        let reader = wants_html(request.headers()).then(|| Reader {
            pages: self.pages.clone(),
            language: AskedLanguage::of(request.headers(), is_https),
        });
        request.extensions_mut().insert(self.pages.clone());
        PagesFuture {
            inner: self.inner.call(request),
            reader,
            is_https,
        }
    }
}

/// Somebody who reads the answer in a browser.
struct Reader {
    pages: Pages,
    language: AskedLanguage,
}

pin_project! {
    /// The future of a [`PagesService`].
    pub struct PagesFuture<F> {
        #[pin]
        inner: LoginFuture<F>,
        reader: Option<Reader>,
        is_https: bool,
    }
}

impl<F, R, E> Future for PagesFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        Poll::Ready(Ok(match problem_in(&response) {
            None => response,
            Some(problem) => {
                let response = match this.reader {
                    Some(reader) => reader.dressed(response, &problem),
                    None => response,
                };
                headers::secure(response, *this.is_https)
            }
        }))
    }
}

impl Reader {
    /// A problem's answer in the looks of the pages. Whom it is shown to is not known here.
    fn dressed(&self, response: Response, problem: &Problem) -> Response {
        let engine = self.pages.engine();
        let locale = self.language.locale(engine);
        let values = minijinja::context! {
            is_for_anybody => true,
            application_name => self.pages.accounts().application_name_setting(),
            ..problem_values(problem)
        };
        match engine.render(locale, "problem.html", values) {
            Ok(text) => in_place_of(response, Html(text)),
            Err(error) => {
                tracing::error!(%error, "the page of a problem could not be made");
                response
            }
        }
    }
}

impl<F> fmt::Debug for PagesFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagesFuture").finish_non_exhaustive()
    }
}

/// The problem that an answer tells of, unless a page shows it already.
pub(super) fn problem_in(response: &Response) -> Option<Problem> {
    response.extensions().get::<Problem>().cloned()
}

/// The same answer with another body. Its problem has been shown by it.
pub(super) fn in_place_of(response: Response, page: impl IntoResponse) -> Response {
    let page = page.into_response();
    let (mut parts, _) = response.into_parts();
    parts.extensions.remove::<Problem>();
    parts.headers.remove(http::header::CONTENT_LENGTH);
    for (name, value) in page.headers() {
        parts.headers.insert(name, value.clone());
    }
    Response::from_parts(parts, page.into_body())
}

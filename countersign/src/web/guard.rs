use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::context::WebContext;
use super::denial::{DenialReason, LoginView, deny};
use crate::login::{AuthUser, LoginError};
use crate::session::BoxFuture;

/// Lets only those through who are logged in; the others are sent to the login view, or get a 401.
///
#[doc = include_str!("../docs/layering.md")]
pub fn login_required<U: AuthUser>() -> Guard<U> {
    Guard::new(Requirement::Login)
}

/// Lets only those through who proved a short time ago who they are; users whose proof is older are sent to the refresh
/// view, or get a 401.
pub fn fresh_login_required<U: AuthUser>() -> Guard<U> {
    Guard::new(Requirement::FreshLogin)
}

/// Lets only users through who have a role; others get a 403, and strangers are sent to the login view.
pub fn role_required<U: AuthUser>(role: impl Into<Arc<str>>) -> Guard<U> {
    Guard::new(Requirement::Role(role.into()))
}

/// Lets only users through who may do something, such as `reports:write`; others get a 403, and strangers are sent to the
/// login view. Ask for what is done rather than for a role: who may do it can change without a new release.
pub fn permission_required<U: AuthUser>(permission: impl Into<Arc<str>>) -> Guard<U> {
    Guard::new(Requirement::Permission(permission.into()))
}

/// A guard around routes: see [`login_required`], [`fresh_login_required`], [`role_required`] and
/// [`permission_required`].
pub struct Guard<U> {
    requirement: Requirement,
    except: Arc<[String]>,
    login_view: Option<Arc<str>>,
    user: PhantomData<fn() -> U>,
}

#[derive(Clone, Debug)]
enum Requirement {
    Login,
    FreshLogin,
    Role(Arc<str>),
    Permission(Arc<str>),
}

impl<U: AuthUser> Guard<U> {
    fn new(requirement: Requirement) -> Self {
        Self {
            requirement,
            except: Arc::new([]),
            login_view: None,
            user: PhantomData,
        }
    }

    /// Leaves routes open, named by their paths as they were given to the router, with the prefixes of those that they
    /// are nested in: `"/login"`, `"/users/{id}"`, `"/shop/cart"`. What matches no route, such as a fallback, stays
    /// guarded, and so does what a nested service answers.
    pub fn except<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.except = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Another login view than the manager's, for strangers whom this guard meets.
    pub fn login_view(mut self, path: impl Into<Arc<str>>) -> Self {
        self.login_view = Some(path.into());
        self
    }

    fn leaves_open(&self, request: &Request) -> bool {
        let path = request
            .extensions()
            .get::<MatchedPath>()
            .map(MatchedPath::as_str);
        path.is_some_and(|path| self.except.iter().any(|open| open == path))
    }
}

impl<U> Clone for Guard<U> {
    fn clone(&self) -> Self {
        Self {
            requirement: self.requirement.clone(),
            except: Arc::clone(&self.except),
            login_view: self.login_view.clone(),
            user: PhantomData,
        }
    }
}

impl<U> fmt::Debug for Guard<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("requirement", &self.requirement)
            .field("except", &self.except)
            .finish_non_exhaustive()
    }
}

impl<S, U: AuthUser> Layer<S> for Guard<U> {
    type Service = GuardService<S, U>;

    fn layer(&self, inner: S) -> Self::Service {
        GuardService {
            inner,
            guard: self.clone(),
        }
    }
}

/// The service of a [`Guard`].
pub struct GuardService<S, U> {
    inner: S,
    guard: Guard<U>,
}

impl<S: Clone, U> Clone for GuardService<S, U> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            guard: self.guard.clone(),
        }
    }
}

impl<S: fmt::Debug, U> fmt::Debug for GuardService<S, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardService")
            .field("inner", &self.inner)
            .field("guard", &self.guard)
            .finish()
    }
}

impl<S, U> Service<Request> for GuardService<S, U>
where
    S: Service<Request, Response: IntoResponse> + Clone,
    U: AuthUser,
{
    type Response = Response;
    type Error = S::Error;
    type Future = GuardFuture<S>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        if self.guard.leaves_open(&request) {
            return GuardFuture {
                state: State::Passed {
                    future: self.inner.call(request),
                },
            };
        }
        if let Some(view) = &self.guard.login_view {
            request.extensions_mut().insert(LoginView(Arc::clone(view)));
        }
        let context = match WebContext::of::<U>(request.extensions()) {
            Ok(context) => Arc::clone(context),
            Err(error) => {
                return GuardFuture {
                    state: State::Refused {
                        answer: Some(error.into_response()),
                    },
                };
            }
        };
        // The service that was polled ready is the one to call; its clone waits for the next request.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let verdict = Box::pin(judge(Arc::clone(&context), self.guard.requirement.clone()));
        GuardFuture {
            state: State::Judging {
                verdict,
                context,
                waiting: Some((inner, request)),
            },
        }
    }
}

pin_project! {
    /// The future of a [`GuardService`].
    pub struct GuardFuture<S: Service<Request>> {
        #[pin]
        state: State<S, S::Future>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, F> {
        Judging {
            verdict: BoxFuture<'static, Result<Option<DenialReason>, LoginError>>,
            context: Arc<WebContext>,
            waiting: Option<(S, Request)>,
        },
        Denying { answer: BoxFuture<'static, Response> },
        Refused { answer: Option<Response> },
        Passed { #[pin] future: F },
    }
}

impl<S> Future for GuardFuture<S>
where
    S: Service<Request, Response: IntoResponse>,
{
    type Output = Result<Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Judging {
                    verdict,
                    context,
                    waiting,
                } => {
                    let verdict = ready!(verdict.as_mut().poll(cx));
                    let (mut inner, request) = waiting.take().expect("a verdict comes once");
                    match verdict {
                        Ok(None) => State::Passed {
                            future: inner.call(request),
                        },
                        Ok(Some(reason)) => State::Denying {
                            answer: denial(Arc::clone(context), reason, request),
                        },
                        Err(error) => State::Refused {
                            answer: Some(error.into_response()),
                        },
                    }
                }
                StateProjection::Denying { answer } => State::Refused {
                    answer: Some(ready!(answer.as_mut().poll(cx))),
                },
                StateProjection::Refused { answer } => {
                    return Poll::Ready(Ok(answer.take().expect("polled after it was ready")));
                }
                StateProjection::Passed { future } => {
                    return future.poll(cx).map_ok(IntoResponse::into_response);
                }
            };
            this.state.set(next);
        }
    }
}

impl<S: Service<Request>> fmt::Debug for GuardFuture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}

/// Whether the request may pass; if not, why.
async fn judge(
    context: Arc<WebContext>,
    requirement: Requirement,
) -> Result<Option<DenialReason>, LoginError> {
    let Some(user) = context.current_user().await? else {
        return Ok(Some(DenialReason::NotLoggedIn));
    };
    Ok(match requirement {
        Requirement::Login => None,
        Requirement::FreshLogin => {
            (!context.login.is_fresh().await?).then_some(DenialReason::NotFresh)
        }
        Requirement::Role(role) => (!user.has_role(&role)).then_some(DenialReason::MissingRole),
        Requirement::Permission(permission) => {
            (!user.has_permission(&permission)).then_some(DenialReason::MissingPermission)
        }
    })
}

fn denial(
    context: Arc<WebContext>,
    reason: DenialReason,
    request: Request<Body>,
) -> BoxFuture<'static, Response> {
    let (parts, _) = request.into_parts();
    Box::pin(async move { deny(&context, reason, &parts).await })
}

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::context::WebContext;
use super::denial::{DenialReason, deny};
use crate::login::{AuthUser, LoginError, downcast};
use crate::session::Session;

/// The user who is logged in, loaded once for each request. Strangers don't reach the handler: they are sent to the
/// login view, or get a 401.
///
/// `Option<CurrentUser<U>>` lets strangers in as `None`. A store or a user loader that fails is a 503 even then: an
/// outage must not look like a logout.
///
/// ```
/// # use countersign::{AuthUser, CurrentUser};
/// # #[derive(AuthUser)]
/// # struct User { id: i64, name: String }
/// async fn profile(CurrentUser(user): CurrentUser<User>) -> String {
///     format!("Hello, {}!", user.name)
/// }
///
/// async fn home(user: Option<CurrentUser<User>>) -> String {
///     user.map_or("Hello, stranger!".into(), |user| format!("Hello, {}!", user.name))
/// }
/// ```
pub struct CurrentUser<U: AuthUser>(pub Arc<U>);

/// The user who is logged in, and proved a short time ago who he is: 15 minutes, unless the manager says otherwise.
/// Others are sent to the refresh view, or get a 401. For what hurts in the wrong hands: deleting an account, changing
/// an address.
pub struct FreshUser<U: AuthUser>(pub Arc<U>);

impl<S, U> FromRequestParts<S> for CurrentUser<U>
where
    S: Send + Sync,
    U: AuthUser,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let context = context_of::<U>(parts).map_err(IntoResponse::into_response)?;
        match current(&context)
            .await
            .map_err(IntoResponse::into_response)?
        {
            Some(user) => Ok(Self(user)),
            None => Err(Box::pin(deny(&context, DenialReason::NotLoggedIn, parts)).await),
        }
    }
}

impl<S, U> OptionalFromRequestParts<S> for CurrentUser<U>
where
    S: Send + Sync,
    U: AuthUser,
{
    type Rejection = LoginError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, LoginError> {
        let context = context_of::<U>(parts)?;
        Ok(current(&context).await?.map(Self))
    }
}

impl<S, U> FromRequestParts<S> for FreshUser<U>
where
    S: Send + Sync,
    U: AuthUser,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let user =
            <CurrentUser<U> as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let context = context_of::<U>(parts).map_err(IntoResponse::into_response)?;
        match context
            .login
            .is_fresh()
            .await
            .map_err(IntoResponse::into_response)?
        {
            true => Ok(Self(user.0)),
            false => Err(Box::pin(deny(&context, DenialReason::NotFresh, parts)).await),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = LoginError;

    /// The session of the innermost login manager around the handler.
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, LoginError> {
        match WebContext::innermost(&parts.extensions) {
            Some(context) => Ok(Session::new(Arc::clone(context) as _)),
            None => Err(LoginError::NoLayer { user: "any user" }),
        }
    }
}

impl<U: AuthUser> Deref for CurrentUser<U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.0
    }
}

impl<U: AuthUser> Deref for FreshUser<U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.0
    }
}

impl<U: AuthUser> Borrow<U> for CurrentUser<U> {
    fn borrow(&self) -> &U {
        &self.0
    }
}

impl<U: AuthUser> Borrow<U> for FreshUser<U> {
    fn borrow(&self) -> &U {
        &self.0
    }
}

impl<U: AuthUser> Clone for CurrentUser<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U: AuthUser> Clone for FreshUser<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U: AuthUser> fmt::Debug for CurrentUser<U> {
    /// Shows nothing of the user: it holds a password hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CurrentUser(..)")
    }
}

impl<U: AuthUser> fmt::Debug for FreshUser<U> {
    /// Shows nothing of the user: it holds a password hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FreshUser(..)")
    }
}

/// Who is there, as the application's own type.
pub(super) async fn current<U: AuthUser>(
    context: &Arc<WebContext>,
) -> Result<Option<Arc<U>>, LoginError> {
    Ok(context.current_user().await?.and_then(downcast))
}

pub(super) fn context_of<U: AuthUser>(parts: &Parts) -> Result<Arc<WebContext>, LoginError> {
    WebContext::of::<U>(&parts.extensions).map(Arc::clone)
}

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::context::WebContext;
use super::denial::{Message, original_uri};
use super::extract::{context_of, current};
use super::next::{next_of, safe_next};
#[cfg(feature = "pages")]
use super::site::Site;
use super::to_its_end::to_its_end;
use crate::login::{AuthUser, Client as _, ErasedUser, LoginError, LoginOptions, NEXT};
use crate::password::{PasswordHash, Passwords};
use crate::session::{BoxFuture, Change, ClientRecord, Session, SessionId, SessionRecord};
use axum::extract::FromRequestParts;
use axum::response::Redirect;
use http::HeaderValue;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;

/// The login of the request at hand: logs in, logs out, and says who is there. An extractor of handlers; nothing is
/// asked of the store before a method asks.
///
/// ```
/// # use axum::{Form, response::{IntoResponse, Response}};
/// # use countersign::{Auth, AuthUser, LoginError, SignIn};
/// # #[derive(AuthUser)]
/// # struct User { id: i64, password_hash: String }
/// # async fn find(_name: &str) -> Option<User> { None }
/// async fn login(auth: Auth<User>, Form(form): Form<SignIn>) -> Result<Response, LoginError> {
///     let found = find(&form.username).await;
///     let Some(user) = auth.check(&form.username, found, &form.password).await? else {
///         return Ok("That was wrong. Try again.".into_response());
///     };
///     auth.login_user(&user).remember(form.remember).await?;
///     Ok(auth.redirect_next("/").into_response())
/// }
///
/// async fn logout(auth: Auth<User>) -> Result<Response, LoginError> {
///     auth.logout_user().await?;
///     Ok("See you!".into_response())
/// }
/// ```
pub struct Auth<U: AuthUser> {
    context: Arc<WebContext>,
    /// As it came: to be judged where it is used.
    next: Option<String>,
    accept_language: Option<HeaderValue>,
    user: PhantomData<fn() -> U>,
}

impl<U: AuthUser> Auth<U> {
    /// Whether a name and a password belong together: answers the user who was found by that name, if the password is
    /// his and he is active.
    ///
    /// Call it also when nobody was found by that name: an unknown user, a wrong password and a disabled user take the
    /// same time, one verification each, and are not told apart. Failures are counted: by known device, or else by
    /// name, by client and by both.
    ///
    /// # Errors
    /// [`LoginError::Throttled`] after too many failures, [`LoginError::Busy`] when too many passwords wait to be
    /// verified; or the store, the throttle, or the user loader failed.
    pub async fn check<T: Borrow<U>>(
        &self,
        name: &str,
        found: Option<T>,
        password: &str,
    ) -> Result<Option<T>, LoginError> {
        let user = found.as_ref().map(|user| user.borrow() as &dyn ErasedUser);
        let proved = self.context.login.check(name, user, password).await?;
        Ok(found.filter(|_| proved))
    }

    /// Logs a user in, once it is awaited:
    /// `auth.login_user(&user).remember(true).await?`.
    ///
    /// The session begins when the handler has answered, under a new token; a 5xx, a panic or a client that is gone
    /// undoes it. A visitor's data stays with him; another user's data goes.
    ///
    /// Whom [`check`](Self::check) let through in this request is logged in by password; for anybody else, somebody
    /// outside this application must vouch, an identity provider say.
    pub fn login_user<'a>(&'a self, user: &'a U) -> LoginUser<'a, U> {
        LoginUser {
            auth: self,
            user,
            options: LoginOptions::default(),
        }
    }

    /// Ends the session, in the store, before it returns: the old cookie is dead, whatever the handler does next. Its
    /// removal goes out with every answer. Once begun it is carried out to its end, also when the client goes away: who
    /// logs out and closes the window at once is logged out.
    ///
    /// Who came with two different session cookies is nobody, and neither session is ended: one of them may be another
    /// person's. The browser forgets its own cookie.
    ///
    /// # Errors
    /// When the store does not answer. The session may still be alive then.
    pub async fn logout_user(&self) -> Result<(), LoginError> {
        let context = Arc::clone(&self.context);
        to_its_end(async move { context.login.logout_user().await }).await
    }

    /// Makes the login fresh again, under a new token, after [`check`](Self::check) verified the user's password in
    /// this request.
    ///
    /// # Errors
    /// [`LoginError::NotLoggedIn`] when nobody is logged in by a session, [`LoginError::NotProved`] when nothing was
    /// verified; or the store or the user loader failed.
    pub async fn confirm_login(&self) -> Result<(), LoginError> {
        self.context.login.confirm_login().await?;
        self.forget_next().await
    }

    /// Keeps this login and ends the user's others, after his password was changed: `user` is the user as he is now,
    /// with his new stamp. The other sessions, and the logins that are under way with the old password, are ended in the
    /// store before it returns; this one goes on under a new token, and is fresh.
    ///
    /// Who is there has to be known before the change: take [`CurrentUser`](super::CurrentUser) among the handler's
    /// arguments.
    ///
    /// ```
    /// # use countersign::{Auth, AuthUser, CurrentUser, LoginError};
    /// # #[derive(AuthUser)]
    /// # struct User { id: i64, password_hash: String, security_stamp: String }
    /// # async fn keep(_id: i64, _hash: String) -> User { unimplemented!() }
    /// async fn change_password(
    ///     auth: Auth<User>,
    ///     user: CurrentUser<User>,
    ///     password: String,
    /// ) -> Result<&'static str, LoginError> {
    ///     let hash = auth.hash_password(&password).await?;
    ///     let changed = keep(user.id, hash.into()).await;
    ///     auth.password_changed(&changed).await?;
    ///     Ok("Changed. You are logged out everywhere else.")
    /// }
    /// ```
    ///
    /// # Errors
    /// [`LoginError::NotLoggedIn`] when this user is not logged in by a session, or when the store fails.
    pub async fn password_changed(&self, user: &U) -> Result<(), LoginError> {
        let stamp = AuthUser::security_stamp(user).map(|stamp| stamp.into());
        let (context, user_id) = (Arc::clone(&self.context), user.user_id());
        to_its_end(async move { context.login.password_changed(user_id, stamp).await }).await
    }

    /// Who is there; `None` for a stranger.
    ///
    /// # Errors
    /// When the store or a loader fails: never mistake that for a stranger.
    pub async fn current_user(&self) -> Result<Option<Arc<U>>, LoginError> {
        current(&self.context).await
    }

    /// Whether the user proved a short time ago who he is.
    ///
    /// # Errors
    /// When the store or the user loader fails.
    pub async fn login_fresh(&self) -> Result<bool, LoginError> {
        self.context.login.is_fresh().await
    }

    /// Whether the login is a remembered one.
    ///
    /// # Errors
    /// When the store or the user loader fails.
    pub async fn login_remembered(&self) -> Result<bool, LoginError> {
        self.context.login.is_remembered().await
    }

    /// The record of the session by which somebody is logged in; `None` for strangers, and for those whom the request
    /// loader recognised.
    ///
    /// # Errors
    /// When the store or the user loader fails.
    pub async fn current_session(&self) -> Result<Option<SessionRecord>, LoginError> {
        Ok(self
            .context
            .login
            .login_record()
            .await?
            .map(|record| (*record).clone()))
    }

    /// The live sessions of the user who is logged in, the oldest first.
    ///
    /// # Errors
    /// [`LoginError::NotLoggedIn`], or when the store fails.
    pub async fn sessions(&self) -> Result<Vec<SessionRecord>, LoginError> {
        self.context.login.sessions().await
    }

    /// Ends one of the sessions of the user who is logged in, in the store, before it returns. Answers whether there was
    /// such a session. Ending the present one is a logout.
    ///
    /// # Errors
    /// [`LoginError::NotLoggedIn`], or when the store fails.
    pub async fn end_session(&self, session: SessionId) -> Result<bool, LoginError> {
        let context = Arc::clone(&self.context);
        to_its_end(async move { context.login.end_session(session).await }).await
    }

    /// Ends all sessions of the user who is logged in but this one, in the store, before it returns, and with them the
    /// logins that are under way. Call it after a change of his password.
    ///
    /// # Errors
    /// [`LoginError::NotLoggedIn`], or when the store fails.
    pub async fn end_other_sessions(&self) -> Result<(), LoginError> {
        let context = Arc::clone(&self.context);
        to_its_end(async move { context.login.end_other_sessions().await }).await
    }

    /// Who sent the request, as sessions record it: for what is written down about it, such as the `By` of accounts. An
    /// IPv6 address is that of its /64.
    pub fn client(&self) -> ClientRecord {
        let client = self.context.login.client();
        ClientRecord::new(client.network(), client.user_agent())
    }

    /// The value of the cookie of known devices that came along.
    pub fn device_cookie(&self) -> Option<&str> {
        self.context.login.client().device()
    }

    /// The session's data.
    pub fn session(&self) -> Session {
        Session::new(Arc::clone(&self.context) as _)
    }

    /// Hashes a password that somebody chooses, with today's algorithm and cost, away from the threads that answer
    /// requests. At most two passwords of one client wait for it at once.
    ///
    /// # Errors
    /// [`LoginError::Busy`] when too many wait, [`LoginError::Password`] when it has more than 1,024 bytes.
    pub async fn hash_password(&self, password: &str) -> Result<PasswordHash, LoginError> {
        self.context.login.hash_password(password).await
    }

    /// The pool that hashes passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.context.login.settings().passwords
    }

    /// The page that somebody wanted before he was sent to log in, if it is one of this site.
    pub fn next(&self) -> Option<String> {
        safe_next(self.next.as_deref()?, &self.context.settings.site)
    }

    /// Sends the client to the page that it wanted before it was sent to log in, or else to `default`: with 303, so that
    /// a form is not sent again. A `next` that leads away from this site counts as none.
    pub fn redirect_next(&self, default: &str) -> Redirect {
        Redirect::to(self.next().as_deref().unwrap_or(default))
    }

    /// What to tell somebody who was sent to the login view; `None` for who came by himself.
    pub fn login_message(&self) -> Option<String> {
        self.message(Message::PleaseLogIn)
    }

    /// What to tell somebody who was sent to the refresh view; `None` for who came by himself.
    pub fn refresh_message(&self) -> Option<String> {
        self.message(Message::PleaseConfirm)
    }

    /// Where the site is reached.
    #[cfg(feature = "pages")]
    pub(crate) fn site(&self) -> &Site {
        &self.context.settings.site
    }

    /// The message comes from `next`, so nothing is stored for a stranger who was sent to log in.
    fn message(&self, message: Message) -> Option<String> {
        self.next()?;
        let language = self
            .accept_language
            .as_ref()
            .and_then(|value| value.to_str().ok());
        Some(self.context.settings.words(message, language))
    }

    /// A `next` that was kept in the session has done its work.
    async fn forget_next(&self) -> Result<(), LoginError> {
        if self.context.settings.next_in_session && self.next.is_some() {
            self.context.login.change(NEXT, Change::Remove).await?;
        }
        Ok(())
    }
}

impl<S, U> FromRequestParts<S> for Auth<U>
where
    S: Send + Sync,
    U: AuthUser,
{
    type Rejection = LoginError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, LoginError> {
        let context = context_of::<U>(parts)?;
        let next = match context.settings.next_in_session {
            false => next_of(original_uri(&parts.uri, &parts.extensions)),
            true => {
                let kept = context.login.value(NEXT).await?;
                kept.and_then(|next| next.as_str().map(str::to_owned))
            }
        };
        let accept_language = parts.headers.get(ACCEPT_LANGUAGE).cloned();
        Ok(Self {
            context,
            next,
            accept_language,
            user: PhantomData,
        })
    }
}

impl<U: AuthUser> fmt::Debug for Auth<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

/// A login that happens when it is awaited: see [`Auth::login_user`].
#[must_use = "nobody is logged in before this is awaited: write `.await` behind it"]
pub struct LoginUser<'a, U: AuthUser> {
    auth: &'a Auth<U>,
    user: &'a U,
    options: LoginOptions,
}

impl<U: AuthUser> LoginUser<'_, U> {
    /// Whether the login outlives the browser: "remember me".
    pub fn remember(mut self, remember: bool) -> Self {
        self.options.remember = remember;
        self
    }

    /// How long a remembered login lives in all; counts only together with [`remember`](Self::remember).
    pub fn duration(mut self, duration: Duration) -> Self {
        self.options.duration = Some(duration);
        self
    }

    /// Whether the login is fresh, as it is unless this says no.
    pub fn fresh(mut self, fresh: bool) -> Self {
        self.options.fresh = fresh;
        self
    }

    /// Says that the user has just chosen his password in this request, so that nothing had to be
    /// [checked](Auth::check): after a registration. The login counts as one by password, and this device is known from
    /// now on under the name that was registered.
    pub fn with_new_password(mut self, name: &str) -> Self {
        self.options.chose_password_as = Some(name.to_owned());
        self
    }

    /// Logs in a user who is not active, and lets that login count: Flask-Login's `force`. For the page by which he
    /// becomes active again.
    pub fn danger_force(mut self) -> Self {
        self.options.force = true;
        self
    }
}

impl<'a, U: AuthUser> IntoFuture for LoginUser<'a, U> {
    type Output = Result<(), LoginError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    /// # Errors
    /// [`LoginError::Inactive`] for a user who is not active; or the store or the user loader failed.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.auth
                .context
                .login
                .login_user(self.user, self.options)
                .await?;
            self.auth.forget_next().await
        })
    }
}

impl<U: AuthUser> fmt::Debug for LoginUser<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginUser")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

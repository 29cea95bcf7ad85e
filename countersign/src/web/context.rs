use std::any::TypeId;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::{Extensions, HeaderMap, HeaderValue, Method};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::answer::AnswerStyle;
use super::cookie::value_in;
use super::request_loader::Head;
use super::settings::WebSettings;
use crate::login::{Client, ErasedUser, Event, LoginError, RequestLogin};
use crate::session::{BoxError, BoxFuture, Change, OpenSession, SessionError};

/// All that a login manager knows of one request. Extractors and guards find it among the request's extensions.
#[derive(Debug)]
pub(crate) struct WebContext {
    pub(crate) login: RequestLogin<WebClient>,
    pub(crate) settings: Arc<WebSettings>,
    /// The request as it came; kept only for a request loader.
    pub(super) head: Option<Head>,
    /// Whom the request loader recognised; asked at most once.
    pub(super) loaded_from_request: OnceCell<LoadedFromRequest>,
    /// The context of a manager that lies around this one's.
    pub(super) outer: Option<Arc<WebContext>>,
}

#[derive(Default)]
pub(super) struct LoadedFromRequest(pub(super) Option<Arc<dyn ErasedUser>>);

/// The context among a request's extensions.
#[derive(Clone, Debug)]
pub(super) struct ContextExtension(pub(super) Arc<WebContext>);

impl WebContext {
    /// The context of the innermost manager.
    pub(super) fn innermost(extensions: &Extensions) -> Option<&Arc<WebContext>> {
        extensions
            .get::<ContextExtension>()
            .map(|extension| &extension.0)
    }

    /// The context of the innermost manager of users of type `U`.
    pub(super) fn of<U: 'static>(extensions: &Extensions) -> Result<&Arc<WebContext>, LoginError> {
        let mut context = Self::innermost(extensions);
        while let Some(found) = context {
            if found.settings.user_type == TypeId::of::<U>() {
                return Ok(found);
            }
            context = found.outer.as_ref();
        }
        Err(LoginError::NoLayer {
            user: std::any::type_name::<U>(),
        })
    }

    /// How to answer somebody who has to log in first.
    pub(super) fn answer_style(&self, method: &Method, headers: &HeaderMap) -> AnswerStyle {
        #[cfg(feature = "flask")]
        if let Some(flask) = &self.settings.login.flask
            && flask.answers_of_flask_login
        {
            return AnswerStyle::FlaskLogin;
        }
        AnswerStyle::of(method, headers)
    }

    /// Who is there: by the session, or else by the request itself.
    pub(super) async fn current_user(
        self: &Arc<Self>,
    ) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        if let Some(user) = self.login.current_user().await? {
            return Ok(Some(user));
        }
        let (Some(loader), Some(_)) = (&self.settings.request_loader, &self.head) else {
            return Ok(None);
        };
        let load = async || {
            let user = loader(self).await.map_err(error_of_loader)?;
            let user = user.filter(|user| user.is_active());
            if let Some(user) = &user {
                let user = user.user_id();
                let loaded = Event::LoadedFromRequest { user };
                self.login.settings().subscribers.tell(&loaded);
            }
            Ok::<_, LoginError>(LoadedFromRequest(user))
        };
        Ok(self
            .loaded_from_request
            .get_or_try_init(load)
            .await?
            .0
            .clone())
    }
}

/// A request loader that verifies passwords can fail as `check` does, and then it is answered as `check` is: whoever
/// failed too often is told to wait, and not that logins are out of order.
fn error_of_loader(error: BoxError) -> LoginError {
    match error.downcast() {
        Ok(error) => *error,
        Err(other) => LoginError::UserLoader(other),
    }
}

impl fmt::Debug for LoadedFromRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "somebody"
        } else {
            "nobody"
        })
    }
}

impl OpenSession for WebContext {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Value>, SessionError>> {
        Box::pin(self.login.value(key))
    }

    fn change<'a>(
        &'a self,
        key: &'a str,
        change: Change,
    ) -> BoxFuture<'a, Result<Option<Value>, SessionError>> {
        Box::pin(self.login.change(key, change))
    }

    fn clear(&self) -> BoxFuture<'_, Result<(), SessionError>> {
        Box::pin(self.login.clear())
    }
}

/// Who sent the request. Header values are shared with the request, not copied.
#[derive(Debug)]
pub(crate) struct WebClient {
    pub(super) address: Option<IpAddr>,
    pub(super) user_agent: Option<HeaderValue>,
    /// The line of `Cookie` that has the cookie of known devices.
    pub(super) device_line: Option<HeaderValue>,
    pub(super) device_cookie: &'static str,
}

impl Client for WebClient {
    fn address(&self) -> Option<IpAddr> {
        self.address
    }

    fn network(&self) -> Option<IpAddr> {
        self.address.map(crate::login::network)
    }

    fn user_agent(&self) -> Option<&[u8]> {
        self.user_agent.as_ref().map(HeaderValue::as_bytes)
    }

    fn device(&self) -> Option<&str> {
        value_in(self.device_line.as_ref()?, self.device_cookie)
    }
}

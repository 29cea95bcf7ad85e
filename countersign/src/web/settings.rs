use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use super::client_address::ClientAddresses;
use super::cookie::SameSite;
use super::denial::{DenialHandler, Message};
use super::origin::AllowedOrigins;
use super::request_loader::DynRequestLoader;
use super::site::Site;
use crate::login::LoginSettings;

/// What a login manager was told about the web.
#[derive(Clone)]
pub(crate) struct WebSettings {
    pub(super) login: Arc<LoginSettings>,
    pub(super) user_type: TypeId,
    pub(super) site: Site,
    pub(super) cookie_name: Option<String>,
    pub(super) same_site: SameSite,
    pub(super) allowed_origins: AllowedOrigins,
    pub(super) client_addresses: ClientAddresses,
    pub(super) login_view: Option<Arc<str>>,
    pub(super) refresh_view: Option<Arc<str>>,
    pub(super) next_in_session: bool,
    pub(super) unauthorized_handler: Option<DenialHandler>,
    pub(super) needs_refresh_handler: Option<DenialHandler>,
    pub(super) request_loader: Option<DynRequestLoader>,
    pub(super) localize: Option<Localize>,
}

/// Puts a message into words, by the client's `Accept-Language`.
pub(super) type Localize = Arc<dyn Fn(Message, Option<&str>) -> String + Send + Sync>;

impl WebSettings {
    pub(super) fn new(login: Arc<LoginSettings>, user_type: TypeId) -> Self {
        Self {
            login,
            user_type,
            site: Site::Local,
            cookie_name: None,
            same_site: SameSite::default(),
            allowed_origins: AllowedOrigins::default(),
            client_addresses: ClientAddresses::default(),
            login_view: None,
            refresh_view: None,
            next_in_session: false,
            unauthorized_handler: None,
            needs_refresh_handler: None,
            request_loader: None,
            localize: None,
        }
    }

    pub(super) fn cookie_name(&self) -> &str {
        #[cfg(feature = "flask")]
        if let Some(flask) = &self.login.flask {
            return &flask.session_cookie.name;
        }
        self.cookie_name
            .as_deref()
            .unwrap_or_else(|| self.site.cookie_name())
    }

    /// The names of the cookies by which somebody can be logged in.
    pub(super) fn login_cookies(&self) -> [Option<&str>; 2] {
        #[cfg(feature = "flask")]
        if let Some(flask) = &self.login.flask {
            return [
                Some(&flask.session_cookie.name),
                Some(&flask.remember_cookie.name),
            ];
        }
        [Some(self.cookie_name()), None]
    }

    /// A message in the client's language.
    pub(super) fn words(&self, message: Message, accept_language: Option<&str>) -> String {
        match &self.localize {
            Some(localize) => localize(message, accept_language),
            None => message.to_string(),
        }
    }
}

impl fmt::Debug for WebSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSettings")
            .field("login", &self.login)
            .field("site", &self.site)
            .field("cookie_name", &self.cookie_name())
            .field("login_view", &self.login_view)
            .field("refresh_view", &self.refresh_view)
            .finish_non_exhaustive()
    }
}

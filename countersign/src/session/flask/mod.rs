//! Sessions that a Flask application keeps in its users' browsers.

mod cookies;
mod signed;
mod stand_in;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::flask::{
    FlaskError, IdentifierVersion, RememberTokens, SameSite, SetCookieError, SignerSettings,
    UrlSafeTimedSerializer,
};
use crate::secret::SecretKey;

pub(crate) use cookies::{CookieSettings, FlaskCookie, WhichCookie};
pub(super) use stand_in::StandIn;

/// The sessions of a Flask application, for a [`LoginManager`](crate::LoginManager) that shares them: Flask's `session` cookie and
/// Flask-Login's `remember_token`, byte for byte.
///
/// Who logs in at Flask is logged in here, and the other way round, as long as both have the same `SECRET_KEY` and their cookies reach
/// both. The extractors and guards are those of any other manager.
///
/// ```
/// use countersign::secret::SecretKey;
/// use countersign::session::FlaskSessions;
/// use countersign::{AuthUser, LoginManager};
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
/// let key = SecretKey::new("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")?; // app.config["SECRET_KEY"]
/// let manager = LoginManager::new(FlaskSessions::new(key)?)
///     .user_loader(load_user)
///     .login_view("/login");
/// assert_eq!(manager.session_cookie_name(), "session");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What such sessions can't do
///
/// The session is in the browser, and no server knows which sessions there are. They can't be listed, and none can be ended but by the
/// browser that has it: [`StoreError::ClientSide`](super::StoreError::ClientSide). Whoever copied a cookie before a logout stays logged in
/// by it until [`permanent_session_lifetime`](Self::permanent_session_lifetime) is over, and by a remember token until the secret key
/// changes. [`stamped_user_ids`](Self::stamped_user_ids) lets a new password end both.
///
/// Everybody can read what is in the session, and of two answers on the way at once, the later one's session stays: one that began
/// before a logout and is answered after it can bring the login back, as can any answer that never reaches the browser.
///
/// A login changes who is there and nothing else. What the session of another user held stays in it, and so does his remember token, which
/// lets him in again once the new session is over: where people share browsers, let them log out before another logs in.
///
/// Nothing that is signed says for which users: with one key, everybody's id counts wherever that key does, whatever the cookie's name.
/// Two managers of different users therefore need keys of their own, and answer 500 to everything where one of them lies around the other
/// with the same.
///
/// # What differs from Flask-Login
///
/// - No cookie is set for visitors who need none, and answers that don't depend on cookies don't say that they vary with them:
///   [`visitor_cookies`](Self::visitor_cookies).
/// - A remember token lets nobody in, and changes no session, before its user was found:
///   [`danger_restore_before_lookup`](Self::danger_restore_before_lookup).
/// - Cookies are `Secure` where the site is, and `SameSite=Lax`: see the settings that begin with `danger_session_cookie_`.
/// - Guards send people to the login view with 303, answer programs with 401, and lead nobody back to a `POST`:
///   [`answers_of_flask_login`](Self::answers_of_flask_login).
/// - Browsers in which somebody logged in before have a cookie beside Flask's, so that strangers' failures lock nobody out:
///   [`LoginManager::danger_without_known_devices`](crate::LoginManager::danger_without_known_devices).
/// - `confirm_login` needs a proof: see [`Auth::confirm_login`](crate::Auth::confirm_login).
/// - An inactive user is nobody, and `OPTIONS` is guarded like every other method.
/// - A request loader is asked whatever cookies came along.
/// - `REMEMBER_COOKIE_REFRESH_EACH_REQUEST` refreshes the tokens that are there, as in Flask-Login 0.7; 0.6.3 gives one to everybody who is
///   logged in.
/// - Nothing is changed by a request that is answered with a 5xx, except that a logout stays a logout.
///
/// Freshness is Flask's `_fresh`: it does not end by itself, whatever [`LoginManager::fresh_for`](crate::LoginManager::fresh_for) says.
#[derive(Clone)]
pub struct FlaskSessions {
    pub(crate) session_cookie: CookieSettings,
    pub(crate) remember_cookie: CookieSettings,
    pub(crate) session_refresh_each_request: bool,
    pub(crate) permanent_session_lifetime: Duration,
    pub(crate) remember_cookie_duration: Duration,
    pub(crate) remember_cookie_refresh_each_request: bool,
    pub(crate) identifier: IdentifierVersion,
    pub(crate) identifier_from_forwarded_for: bool,
    pub(crate) stamped_user_ids: bool,
    pub(crate) visitor_cookies: bool,
    pub(crate) restore_before_lookup: bool,
    pub(crate) answers_of_flask_login: bool,
    pub(crate) login_message_category: Arc<str>,
    pub(crate) needs_refresh_message_category: Arc<str>,
    pub(crate) remember_tokens: RememberTokens,
    serializer: UrlSafeTimedSerializer,
    key: SecretKey,
}

impl FlaskSessions {
    /// The sessions of an application whose `SECRET_KEY` is a `str`. The key's fallbacks are `SECRET_KEY_FALLBACKS`; Flask-Login's
    /// remember tokens don't know them.
    ///
    /// # Errors
    /// [`FlaskError::KeyIsNotLatin1`] when the key is no UTF-8, or has characters beyond U+00FF: Flask-Login can't sign a remember token
    /// with it. See [`with_bytes_key`](Self::with_bytes_key).
    pub fn new(key: SecretKey) -> Result<Self, FlaskError> {
        let tokens = RememberTokens::of_text(&key)?;
        Ok(Self::with_tokens(key, tokens))
    }

    /// The sessions of an application whose `SECRET_KEY` is a `bytes`; or a `str` with characters beyond U+00FF, with which only sessions
    /// can be shared, because Flask-Login can't sign remember tokens.
    pub fn with_bytes_key(key: SecretKey) -> Self {
        let tokens = RememberTokens::of_bytes(&key);
        Self::with_tokens(key, tokens)
    }

    fn with_tokens(key: SecretKey, remember_tokens: RememberTokens) -> Self {
        Self {
            session_cookie: CookieSettings::named("session"),
            remember_cookie: CookieSettings::named("remember_token"),
            session_refresh_each_request: true,
            permanent_session_lifetime: 31 * DAY,
            remember_cookie_duration: 365 * DAY,
            remember_cookie_refresh_each_request: false,
            identifier: IdentifierVersion::V0_6,
            identifier_from_forwarded_for: false,
            stamped_user_ids: false,
            visitor_cookies: false,
            restore_before_lookup: false,
            answers_of_flask_login: false,
            login_message_category: "message".into(),
            needs_refresh_message_category: "message".into(),
            remember_tokens,
            serializer: UrlSafeTimedSerializer::flask_session(&key),
            key,
        }
    }

    /// How the session cookie is signed, where the application has a `SecureCookieSessionInterface` of its own with another `salt`,
    /// `key_derivation` or `digest_method`.
    pub fn signer(mut self, settings: SignerSettings) -> Self {
        let format = crate::flask::PayloadFormat::Tagged;
        self.serializer = UrlSafeTimedSerializer::new(&self.key, settings, format);
        self
    }
}

/// Flask's settings, by their names there.
impl FlaskSessions {
    /// `SESSION_COOKIE_NAME`; `session` without this.
    ///
    /// # Errors
    /// When it is no cookie name (RFC 6265, section 4.1.1).
    pub fn session_cookie_name(mut self, name: &str) -> Result<Self, SetCookieError> {
        self.session_cookie.set_name(name)?;
        Ok(self)
    }

    /// `SESSION_COOKIE_DOMAIN`: a domain all of whose hosts get the cookie. Without it, only the host that set it does.
    ///
    /// # Errors
    /// When it is no domain.
    pub fn session_cookie_domain(mut self, domain: &str) -> Result<Self, SetCookieError> {
        self.session_cookie.set_domain(domain)?;
        Ok(self)
    }

    /// `SESSION_COOKIE_PATH`, or `APPLICATION_ROOT` where that is not set; `/` without this.
    pub fn session_cookie_path(mut self, path: impl Into<Arc<str>>) -> Self {
        self.session_cookie.path = path.into();
        self
    }

    /// `SESSION_COOKIE_PARTITIONED`: the cookie is kept apart for each site that embeds this one. It makes the cookie `Secure`.
    pub fn session_cookie_partitioned(mut self, partitioned: bool) -> Self {
        self.session_cookie.partitioned = partitioned;
        self
    }

    /// `SESSION_COOKIE_SECURE`. Without this, it is whether the site is reached by https.
    pub fn danger_session_cookie_secure(mut self, secure: bool) -> Self {
        self.session_cookie.secure = Some(secure);
        self
    }

    /// `SESSION_COOKIE_HTTPONLY`: whether scripts are kept from the cookie, as they are without this.
    pub fn danger_session_cookie_httponly(mut self, http_only: bool) -> Self {
        self.session_cookie.http_only = http_only;
        self
    }

    /// `SESSION_COOKIE_SAMESITE`. Without this, it is what [`LoginManager::same_site`](crate::LoginManager::same_site) says.
    ///
    /// `None` is Flask's `None`: there is no such attribute, and browsers differ in what they make of that.
    pub fn danger_session_cookie_samesite(
        mut self,
        same_site: impl Into<Option<SameSite>>,
    ) -> Self {
        self.session_cookie.same_site = Some(same_site.into());
        self
    }

    /// `SESSION_REFRESH_EACH_REQUEST`: whether each answer moves the end of a permanent session, as it does without this.
    pub fn session_refresh_each_request(mut self, refresh: bool) -> Self {
        self.session_refresh_each_request = refresh;
        self
    }

    /// `PERMANENT_SESSION_LIFETIME`, in whole seconds: how long a session counts after it was written, whether it is permanent or not. 31
    /// days without this.
    pub fn permanent_session_lifetime(mut self, lifetime: Duration) -> Self {
        self.permanent_session_lifetime = lifetime;
        self
    }
}

/// Flask-Login's settings, by their names there. `SESSION_PROTECTION` is
/// [`LoginManager::session_protection`](crate::LoginManager::session_protection), `USE_SESSION_FOR_NEXT` is
/// [`LoginManager::next_in_session`](crate::LoginManager::next_in_session).
impl FlaskSessions {
    /// `REMEMBER_COOKIE_NAME`; `remember_token` without this.
    ///
    /// # Errors
    /// When it is no cookie name (RFC 6265, section 4.1.1).
    pub fn remember_cookie_name(mut self, name: &str) -> Result<Self, SetCookieError> {
        self.remember_cookie.set_name(name)?;
        Ok(self)
    }

    /// `REMEMBER_COOKIE_DOMAIN`: a domain all of whose hosts get the cookie. Without it, only the host that set it does.
    ///
    /// # Errors
    /// When it is no domain.
    pub fn remember_cookie_domain(mut self, domain: &str) -> Result<Self, SetCookieError> {
        self.remember_cookie.set_domain(domain)?;
        Ok(self)
    }

    /// `REMEMBER_COOKIE_PATH`; `/` without this.
    pub fn remember_cookie_path(mut self, path: impl Into<Arc<str>>) -> Self {
        self.remember_cookie.path = path.into();
        self
    }

    /// `REMEMBER_COOKIE_DURATION`: after how long the browser forgets the remember token, which itself counts for ever. 365 days without
    /// this.
    pub fn remember_cookie_duration(mut self, duration: Duration) -> Self {
        self.remember_cookie_duration = duration;
        self
    }

    /// `REMEMBER_COOKIE_REFRESH_EACH_REQUEST`: whether each answer moves the day on which the browser forgets the remember token. Only who
    /// came with his own token gets it again, as in Flask-Login 0.7.
    pub fn remember_cookie_refresh_each_request(mut self, refresh: bool) -> Self {
        self.remember_cookie_refresh_each_request = refresh;
        self
    }

    /// `REMEMBER_COOKIE_SECURE`. Without this, it is whether the site is reached by https.
    pub fn danger_remember_cookie_secure(mut self, secure: bool) -> Self {
        self.remember_cookie.secure = Some(secure);
        self
    }

    /// `REMEMBER_COOKIE_HTTPONLY`: whether scripts are kept from the cookie, as they are without this.
    pub fn danger_remember_cookie_httponly(mut self, http_only: bool) -> Self {
        self.remember_cookie.http_only = http_only;
        self
    }

    /// `REMEMBER_COOKIE_SAMESITE`. Without this, it is what [`LoginManager::same_site`](crate::LoginManager::same_site) says.
    ///
    /// `None` is Flask's `None`: there is no such attribute.
    pub fn danger_remember_cookie_samesite(
        mut self,
        same_site: impl Into<Option<SameSite>>,
    ) -> Self {
        self.remember_cookie.same_site = Some(same_site.into());
        self
    }

    /// `login_manager.login_message_category`: the category of the message to who is sent to log in, where
    /// [`visitor_cookies`](Self::visitor_cookies) has it flashed; `message` without this. The words are those of
    /// [`LoginManager::localize`](crate::LoginManager::localize); where they are empty, nothing is flashed.
    pub fn login_message_category(mut self, category: impl Into<Arc<str>>) -> Self {
        self.login_message_category = category.into();
        self
    }

    /// `login_manager.needs_refresh_message_category`: the same for who is sent to prove again who he is.
    pub fn needs_refresh_message_category(mut self, category: impl Into<Arc<str>>) -> Self {
        self.needs_refresh_message_category = category.into();
        self
    }

    /// Which Flask-Login the other side has: its two versions identify a client in different words, and with the other's, session
    /// protection would take every client for a stranger. [`IdentifierVersion::V0_6`], that of 0.6.3, without this.
    pub fn identifier(mut self, version: IdentifierVersion) -> Self {
        self.identifier = version;
        self
    }

    /// Identifies clients by the first address of `X-Forwarded-For`, where there is one, as Flask-Login 0.6.3 does whether or not there is a
    /// proxy. Anybody can write that header, so session protection can be led by the nose; without this setting, sessions of clients that
    /// come through a proxy are protected by [`ClientAddresses`](crate::ClientAddresses) here and by the header there. Failed logins
    /// are never counted by it.
    pub fn danger_identifier_from_x_forwarded_for(mut self) -> Self {
        self.identifier_from_forwarded_for = true;
        self
    }
}

/// What Flask-Login has no setting for.
impl FlaskSessions {
    /// Keeps the user's [security stamp](crate::AuthUser::security_stamp) behind his id, in the session and in the remember token:
    /// `7:kQz…`. A login counts only while the user has that stamp, so a new one ends all of them, at both sides:
    /// [`Auth::password_changed`](crate::Auth::password_changed).
    ///
    /// The Flask application needs the same:
    ///
    /// ```python
    /// class User(UserMixin, db.Model):
    ///     def get_id(self):
    ///         return f"{self.id}:{self.security_stamp}"
    ///
    /// @login_manager.user_loader
    /// def load_user(user_id):
    ///     id, _, stamp = user_id.rpartition(":")
    ///     return User.query.filter_by(id=id, security_stamp=stamp).first()
    /// ```
    ///
    /// A stamp must have no colon: [`LoginError::StampWithColon`](crate::LoginError::StampWithColon). Logins from before this setting,
    /// without a stamp, don't count.
    pub fn stamped_user_ids(mut self) -> Self {
        self.stamped_user_ids = true;
        self
    }

    /// Treats visitors as Flask-Login does: who is sent to log in gets a session that holds the message, in `_flashes`; a session in which
    /// nobody is logged in is protected too, and gets its `_fresh`; and every answer says `Vary: Cookie`. The messages pile up
    /// until a page shows them.
    pub fn visitor_cookies(mut self) -> Self {
        self.visitor_cookies = true;
        self
    }

    /// Writes the user of a remember token into the session before he was found, as Flask-Login does: then the token of a user who is gone
    /// makes a session too, is never taken away, and counts as a remembered login.
    pub fn danger_restore_before_lookup(mut self) -> Self {
        self.restore_before_lookup = true;
        self
    }

    /// Lets guards and extractors answer as Flask-Login does: with 302 to the login view or the refresh view, whatever the request's method
    /// and whoever asks, with `next`.
    pub fn answers_of_flask_login(mut self) -> Self {
        self.answers_of_flask_login = true;
        self
    }
}

impl fmt::Debug for FlaskSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlaskSessions")
            .field("session_cookie", &self.session_cookie)
            .field("remember_cookie", &self.remember_cookie)
            .finish_non_exhaustive()
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

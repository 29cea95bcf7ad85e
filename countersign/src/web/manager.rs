use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::client_address::ClientAddresses;
use super::cookie::{SameSite, check_name};
use super::denial::{Denial, Message};
use super::request_loader::{self, RequestHead};
use super::setting_error::SettingError;
use super::settings::WebSettings;
use super::site::{PublicUrl, Site};
use super::to_its_end::to_its_end;
use crate::clock::{Clock, SystemClock};
use crate::login::{
    AuthUser, Event, FunctionLoader, LoaderAnswer, LoginSettings, LoginSource, SessionProtection,
    UserLoader,
};
use crate::password::Passwords;
use crate::secret::{Random, SecretKey};
use crate::session::{Lifetimes, SessionId, SessionRecord, Sessions, StoreError, UserId};
use crate::throttle::Throttle;

/// The settings of an application's logins, and the layer that gives every handler a login and a session.
///
/// It becomes a layer once it knows how to load users. Lay it around the application last: it covers all routes that
/// stand above it, and none below.
///
/// ```
/// use axum::{Router, routing::get};
/// use countersign::{AuthUser, CurrentUser, LoginManager};
/// use countersign::session::MemoryStore;
///
/// #[derive(AuthUser)]
/// struct User {
///     id: i64,
/// }
///
/// async fn load_user(id: i64) -> Option<User> {
///     (id == 7).then_some(User { id })
/// }
///
/// async fn private(CurrentUser(user): CurrentUser<User>) -> String {
///     format!("number {}", user.id)
/// }
///
/// let manager = LoginManager::new(MemoryStore::new()).user_loader(load_user).login_view("/login");
/// let app: Router = Router::new().route("/private", get(private)).layer(manager);
/// ```
///
/// Cloning is cheap: a clone can be kept in the application's state, to end sessions from anywhere. A setting that is
/// changed on a clone is changed there alone.
pub struct LoginManager<U = NoLoader> {
    settings: Arc<WebSettings>,
    user: PhantomData<fn() -> U>,
}

/// Stands for the user type of a manager that does not know yet how to load users.
#[derive(Debug)]
pub enum NoLoader {}

impl LoginManager {
    /// A manager of logins whose sessions are kept in that store, or in the cookies of a Flask application.
    pub fn new(sessions: impl Sessions) -> Self {
        let kept = sessions.into_kept().0;
        let login = LoginSettings::new(kept, Arc::new(SystemClock::new()));
        let settings = Arc::new(WebSettings::new(Arc::new(login), TypeId::of::<NoLoader>()));
        Self {
            settings,
            user: PhantomData,
        }
    }

    /// Loads users by a function: `async fn load_user(id: i64) -> Option<User>`, or with a `Result<Option<User>, E>` as
    /// its answer. Name the function: the compiler's words about closures help nobody. What it needs besides the id, it
    /// is given by [`user_loader_with`](LoginManager::user_loader_with); a closure that brings it along is refused.
    pub fn user_loader<F, Fut, U>(self, function: F) -> LoginManager<U>
    where
        F: Fn(U::Id) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: LoaderAnswer<User = U>> + Send + 'static,
        U: AuthUser,
    {
        self.users(FunctionLoader::new((), move |(): (), id: U::Id| {
            function(id)
        }))
    }

    /// Loads users by a function of the application's state: a pool, say.
    /// `async fn load_user(pool: SqlitePool, id: i64) -> sqlx::Result<Option<User>>`.
    pub fn user_loader_with<State, F, Fut, U>(self, state: State, function: F) -> LoginManager<U>
    where
        State: Clone + Send + Sync + 'static,
        F: Fn(State, U::Id) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: LoaderAnswer<User = U>> + Send + 'static,
        U: AuthUser,
    {
        self.users(FunctionLoader::new(state, function))
    }

    /// Loads users by a [`UserLoader`], which also keeps their upgraded password hashes.
    pub fn users<L: UserLoader>(self, loader: L) -> LoginManager<L::User> {
        let mut settings = self.settings;
        let web = Arc::make_mut(&mut settings);
        web.user_type = TypeId::of::<L::User>();
        Arc::make_mut(&mut web.login).loader = Some(Arc::new(loader));
        LoginManager {
            settings,
            user: PhantomData,
        }
    }
}

impl<U: AuthUser> LoginManager<U> {
    /// A manager of logins to accounts: it loads them, keeps their sessions, and shares their clock, their pool of
    /// passwords and their throttle.
    ///
    /// ```no_run
    /// use axum::{Router, routing::get};
    /// use countersign::{CurrentUser, LoginManager, accounts::{Account, Accounts}};
    ///
    /// async fn private(CurrentUser(user): CurrentUser<Account>) -> String {
    ///     format!("Hello, {}!", user.name)
    /// }
    ///
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// let accounts = Accounts::open("accounts.db").await?;
    /// let app: Router = Router::new()
    ///     .route("/private", get(private))
    ///     .layer(LoginManager::of(&accounts).login_view("/login"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(source: &impl LoginSource<User = U>) -> Self {
        let login = source.login_settings().0;
        let settings = WebSettings::new(login, TypeId::of::<U>());
        Self {
            settings: Arc::new(settings),
            user: PhantomData,
        }
    }
}

/// Who is recognised, and where strangers are sent.
impl<U: AuthUser> LoginManager<U> {
    /// Recognises users by the request itself, where the session names nobody: an API key, basic authentication. It
    /// stores nothing, sets no cookie, and a broken cookie does not keep it from being asked.
    pub fn request_loader<F, Fut>(self, function: F) -> Self
    where
        F: Fn(RequestHead) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: LoaderAnswer<User = U>> + Send + 'static,
    {
        self.request_loader_with((), move |(): (), request| function(request))
    }

    /// As [`request_loader`](Self::request_loader), with a value of the application's.
    pub fn request_loader_with<State, F, Fut>(mut self, state: State, function: F) -> Self
    where
        State: Clone + Send + Sync + 'static,
        F: Fn(State, RequestHead) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: LoaderAnswer<User = U>> + Send + 'static,
    {
        self.web().request_loader = Some(request_loader::erase(state, function));
        self
    }

    /// Ends all sessions of a user, in the store, before it returns. Call it after you changed his password elsewhere
    /// than in a request of his own, or disabled him: it also ends the logins that are under way with the old password.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn end_sessions_of(&self, user: &U::Id) -> Result<(), StoreError> {
        let user = UserId::new(user.to_string());
        let login = Arc::clone(&self.settings.login);
        to_its_end(async move {
            login
                .store
                .end_all_of(&user, None, login.clock.now())
                .await?;
            login.subscribers.tell(&Event::SessionEnded {
                user,
                session: None,
            });
            Ok(())
        })
        .await
    }

    /// Ends one session of a user, in the store, before it returns. Answers whether there was such a session.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn end_session_of(
        &self,
        user: &U::Id,
        session: SessionId,
    ) -> Result<bool, StoreError> {
        let user = UserId::new(user.to_string());
        let login = Arc::clone(&self.settings.login);
        to_its_end(async move {
            let now = login.clock.now();
            let ended = login.store.end_named(&user, session, now).await?;
            if ended {
                login.subscribers.tell(&Event::SessionEnded {
                    user,
                    session: Some(session),
                });
            }
            Ok(ended)
        })
        .await
    }

    /// Ends all sessions of everybody, visitors and the users of other [realms](Self::realm) included, in the store, before
    /// it returns: when a backup of it was stolen, say. It also ends the logins that are under way.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn end_all_sessions(&self) -> Result<(), StoreError> {
        let login = Arc::clone(&self.settings.login);
        to_its_end(async move {
            login.store.end_all(login.clock.now()).await?;
            login.subscribers.tell(&Event::AllSessionsEnded);
            Ok(())
        })
        .await
    }

    /// Cleans away at most so many sessions whose time is over, and answers how many it were. Every login cleans away a
    /// few as well, so nothing has to call this: it frees the space when fewer people log in than before.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn remove_expired_sessions(&self, at_most: u32) -> Result<u64, StoreError> {
        let login = &self.settings.login;
        login.store.remove_expired(at_most, login.clock.now()).await
    }

    /// The live sessions of a user, the oldest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sessions_of(&self, user: &U::Id) -> Result<Vec<SessionRecord>, StoreError> {
        let login = &self.settings.login;
        login
            .store
            .sessions_of(&UserId::new(user.to_string()), login.clock.now())
            .await
    }
}

/// Settings.
impl<U> LoginManager<U> {
    /// Where strangers are sent: a path of this site, such as `/login`. Without it they get a 401. A group of routes can
    /// have another: see [`login_view`](super::login_view).
    pub fn login_view(mut self, path: impl Into<Arc<str>>) -> Self {
        self.web().login_view = Some(path.into());
        self
    }

    /// Where users are sent who must prove again who they are. Without it they get a 401.
    pub fn refresh_view(mut self, path: impl Into<Arc<str>>) -> Self {
        self.web().refresh_view = Some(path.into());
        self
    }

    /// Keeps the page that a stranger wanted in his session, not in the login view's address. It costs a session for
    /// every stranger who is sent to log in.
    pub fn next_in_session(mut self) -> Self {
        self.web().next_in_session = true;
        self
    }

    /// The address by which browsers reach this application, such as `https://example.com`. It decides the cookie's name
    /// and flags and the expected `Origin`. Without it the application is in *local mode*: it answers only
    /// requests from this machine to this machine.
    ///
    /// # Errors
    /// When it is no `https` address of a whole site. Plain `http` is for loopback names only.
    pub fn public_url(mut self, url: &str) -> Result<Self, SettingError> {
        self.web().site = Site::Public(PublicUrl::parse(url)?);
        Ok(self)
    }

    /// As [`public_url`](Self::public_url), for an `http` address: whoever listens on the way can take over any login.
    ///
    /// # Errors
    /// When it is no `http` address of a whole site.
    pub fn danger_plain_http_url(mut self, url: &str) -> Result<Self, SettingError> {
        self.web().site = Site::Public(PublicUrl::danger_plain_http(url)?);
        Ok(self)
    }

    /// The session cookie's name, where two managers are in one application. Without it, it is `__Host-countersign`, or
    /// `countersign` without https. Set [`public_url`](Self::public_url) first: a name's prefix has to fit it.
    ///
    /// It is the name of the manager's [`realm`](Self::realm) too, unless that has one of its own, or is made
    /// [of](Self::of) accounts.
    ///
    /// # Errors
    /// When it is no cookie name (RFC 6265, section 4.1.1), or has a prefix that needs https; or the cookie is Flask's.
    pub fn cookie_name(mut self, name: &str) -> Result<Self, SettingError> {
        #[cfg(feature = "flask")]
        if self.settings.login.flask.is_some() {
            return Err(SettingError::CookieOfFlask);
        }
        check_name(name, self.settings.site.is_secure())?;
        self.web().cookie_name = Some(name.to_owned());
        self.login().suggest_realm(name.into());
        Ok(self)
    }

    /// Keeps the sessions of this manager apart from those of other managers in the same store: its tokens count here
    /// alone, and its users' ids may be those of the others' users too. Managers that are to know each other's logins,
    /// in several programs on one store, have the same realm.
    ///
    /// # Errors
    /// When the name has control characters, or the manager is one of accounts or of Flask's sessions, which are not kept apart.
    pub fn realm(mut self, name: &str) -> Result<Self, SettingError> {
        if self.settings.login.has_no_realms {
            return Err(SettingError::NoRealms);
        }
        if name.chars().any(char::is_control) {
            return Err(SettingError::Realm);
        }
        self.login().name_realm(name.into());
        Ok(self)
    }

    /// Whether the session cookie comes along when somebody follows a link from another site (`Lax`, the default), or
    /// only within this one (`Strict`).
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.web().same_site = same_site;
        self
    }

    /// Lets pages of another origin, such as `https://app.example.com`, send what changes something.
    ///
    /// # Errors
    /// When it is no origin.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, SettingError> {
        self.web().allowed_origins.add(origin)?;
        Ok(self)
    }

    /// Where clients' addresses come from: the socket, or a header that a trusted proxy writes.
    pub fn client_addresses(mut self, addresses: ClientAddresses) -> Self {
        self.web().client_addresses = addresses;
        self
    }

    /// The secret key with which known devices are signed. Without it, the session store keeps one for all nodes.
    pub fn secret_key(mut self, key: SecretKey) -> Self {
        self.login().set_secret_key(key);
        self
    }

    /// How long sessions live.
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.login().lifetimes = lifetimes;
        self
    }

    /// For how long after a proof a login is fresh; 15 minutes without this.
    pub fn fresh_for(mut self, duration: Duration) -> Self {
        self.login().fresh_for = duration;
        self
    }

    /// What happens when a session comes from another client than the one that began it.
    pub fn session_protection(mut self, protection: SessionProtection) -> Self {
        self.login().protection = protection;
        self
    }

    /// The pool that hashes passwords; the process's shared one without this.
    pub fn passwords(mut self, passwords: Passwords) -> Self {
        self.login().passwords = passwords;
        self
    }

    /// What counts failed logins; this process's memory without this.
    pub fn throttle(mut self, throttle: impl Throttle) -> Self {
        self.login().set_throttle(Arc::new(throttle));
        self
    }

    /// Tells a function of every event, where it happens: it should return at once.
    pub fn on_event(mut self, function: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.login().subscribers.add(function);
        self
    }

    /// Reports [`Event::Accessed`] too, once for each request that asks who is there.
    pub fn report_access(mut self) -> Self {
        self.login().subscribers.report_access = true;
        self
    }

    /// Answers those who are not logged in, or lack a role, in the application's own way.
    pub fn unauthorized_handler<R: axum::response::IntoResponse>(
        mut self,
        handler: impl Fn(Denial) -> R + Send + Sync + 'static,
    ) -> Self {
        self.web().unauthorized_handler =
            Some(Arc::new(move |denial| handler(denial).into_response()));
        self
    }

    /// Answers those who must prove again who they are in the application's own way.
    pub fn needs_refresh_handler<R: axum::response::IntoResponse>(
        mut self,
        handler: impl Fn(Denial) -> R + Send + Sync + 'static,
    ) -> Self {
        self.web().needs_refresh_handler =
            Some(Arc::new(move |denial| handler(denial).into_response()));
        self
    }

    /// Puts messages into words of the application's own, by the client's `Accept-Language`.
    pub fn localize(
        mut self,
        words: impl Fn(Message, Option<&str>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.web().localize = Some(Arc::new(words));
        self
    }

    /// Sets no cookie by which a browser is recognised that has logged in before. Failed logins are then counted by name and client
    /// alone, so that strangers can keep users out: for a client that is to see no cookies but Flask's.
    pub fn danger_without_known_devices(mut self) -> Self {
        self.login().has_known_devices = false;
        self
    }

    /// The clock; for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.login().set_clock(clock);
        self
    }

    /// Where random bytes come from; for tests. Whoever foretells them forges every session.
    pub fn danger_random(mut self, random: Arc<dyn Random>) -> Self {
        self.login().random = random;
        self
    }

    /// The session cookie's name, as it is set now.
    pub fn session_cookie_name(&self) -> &str {
        self.settings.cookie_name()
    }

    pub(crate) fn settings(&self) -> &Arc<WebSettings> {
        &self.settings
    }

    /// Where the site is reached.
    #[cfg(feature = "pages")]
    pub(crate) fn site(&self) -> &Site {
        &self.settings.site
    }

    #[cfg(feature = "testing")]
    pub(crate) fn login_settings(&self) -> &Arc<LoginSettings> {
        &self.settings.login
    }

    fn web(&mut self) -> &mut WebSettings {
        Arc::make_mut(&mut self.settings)
    }

    fn login(&mut self) -> &mut LoginSettings {
        Arc::make_mut(&mut self.web().login)
    }
}

impl<U> Clone for LoginManager<U> {
    fn clone(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            user: PhantomData,
        }
    }
}

impl<U> fmt::Debug for LoginManager<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

//! Logins and sessions for axum and tower: what Flask-Login's users take for granted, and safe as it comes.
//!
//! A [`LoginManager`] is told where sessions are kept and how a user is loaded by its id, and becomes a layer around the
//! application. Handlers then ask for [`CurrentUser`], and get it or are not reached; [`Auth`] verifies passwords, logs in
//! and logs out. The users are the application's own: a struct with `#[derive(AuthUser)]`, from wherever it keeps them.
//!
//! ```
//! use axum::extract::State;
//! use axum::response::{Redirect, Result};
//! use axum::routing::{get, post};
//! use axum::{Form, Router};
//! use countersign::password::Passwords;
//! use countersign::session::MemoryStore;
//! use countersign::testing::Browser;
//! use countersign::{Auth, AuthUser, CurrentUser, LoginManager, SignIn};
//!
//! #[derive(AuthUser, Clone)]
//! struct User {
//!     id: String,
//!     password_hash: String,
//! }
//!
//! async fn load_user(alice: User, id: String) -> Option<User> {
//!     (id == alice.id).then_some(alice)
//! }
//!
//! fn app(alice: User) -> Router {
//!     let manager = LoginManager::new(MemoryStore::new())
//!         .user_loader_with(alice.clone(), load_user)
//!         .login_view("/login");
//!     Router::new()
//!         .route("/login", get("Who are you?").post(login))
//!         .route("/logout", post(logout))
//!         .route("/protected", get(protected))
//!         .layer(manager) // Last: it covers what stands above it, and nothing below.
//!         .with_state(alice)
//! }
//!
//! async fn login(
//!     State(alice): State<User>,
//!     auth: Auth<User>,
//!     Form(form): Form<SignIn>,
//! ) -> Result<Redirect> {
//!     let found = load_user(alice, form.username.clone()).await;
//!     let checked = auth.check(&form.username, found, &form.password).await?;
//!     let user = checked.ok_or("That was wrong. Try again.")?;
//!     auth.login_user(&user).remember(form.remember).await?;
//!     Ok(auth.redirect_next("/protected"))
//! }
//!
//! async fn logout(auth: Auth<User>) -> Result<Redirect> {
//!     auth.logout_user().await?;
//!     Ok(Redirect::to("/login"))
//! }
//!
//! async fn protected(user: CurrentUser<User>) -> String {
//!     format!("Hello, {}!", user.id)
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let hash = Passwords::shared().hash("correct horse battery staple").await?;
//! let alice = User { id: "alice".into(), password_hash: hash.into() };
//! let browser = Browser::new(app(alice));
//!
//! assert_eq!(browser.get("/protected").await.location(), "/login?next=%2Fprotected");
//! let typed = [("username", "alice"), ("password", "correct horse battery staple")];
//! let welcome = browser.post("/login?next=%2Fprotected", &typed).await;
//! assert_eq!(welcome.location(), "/protected");
//! assert_eq!(browser.get("/protected").await.text, "Hello, alice!");
//!
//! browser.post("/logout", &[]).await;
//! assert_eq!(browser.get("/protected").await.status, 303);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Serve such an application with `app.into_make_service_with_connect_info::<SocketAddr>()`: failed logins are counted by
//! address, and until [`LoginManager::public_url`] says how browsers reach it, it answers requests from its own machine only.
//!
//! # What is where
//!
//! | to | look at |
//! | --- | --- |
//! | set logins up | [`LoginManager`] |
//! | describe and load users | [`AuthUser`], [`UserLoader`] |
//! | log in, log out, verify a password, prove again, end sessions | [`Auth`], [`SignIn`] |
//! | know who is there | [`CurrentUser`], `Option<CurrentUser<U>>`, [`FreshUser`] |
//! | guard routes | [`login_required`], [`fresh_login_required`], [`role_required`], [`permission_required`] |
//! | answer whom a guard refuses | [`login_view`], [`LoginManager::unauthorized_handler`], [`Denial`], [`Message`] |
//! | recognise API keys | [`LoginManager::request_loader`], [`RequestHead`] |
//! | hear of logins | [`LoginManager::on_event`], [`Event`] |
//! | keep values for a visitor, or messages for the next page | [`session::Session`] |
//! | choose where sessions are kept, and for how long | [`session`] |
//! | hash passwords, and judge new ones | [`password`] |
//! | limit guessing | [`throttle`] |
//! | serve behind a proxy | [`ClientAddresses`], [`LoginManager::public_url`] |
//! | share logins with a Flask application | `session::FlaskSessions` |
//! | read and write what Flask signs | `flask` |
//! | measure what happens | `metrics` |
//! | have accounts without a table of your own | `accounts` |
//! | test an application | `testing` |
//! | give a test its time, its keys and its randomness | [`clock`], [`secret`] |
//!
//! # Features
//!
//! | feature | brings | default |
//! | --- | --- | --- |
//! | `axum` | the layer, the extractors and the guards | yes |
//! | `sqlite` | `session::SqliteStore`, by sqlx 0.9 | no: a program can hold only one `libsqlite3-sys` |
//! | `accounts` | `accounts`: users in tables of their own, on `sqlite` | no |
//! | `flask` | `session::FlaskSessions`: logins that a Flask application shares; `flask`: what Flask, Flask-Login and itsdangerous sign, read and written byte for byte | no |
//! | `metrics` | `metrics`: counts and durations for the facade of that name | no |
//! | `testing` | `testing`: a browser without a window, a cookie for a user, the suite that every session store must pass | no |
//!
//! Whatever makes an application less safe has a name that begins with `danger_`.

#![cfg_attr(
    not(feature = "axum"),
    allow(dead_code, unused_imports, reason = "what only `web` calls")
)]

#[cfg(feature = "accounts")]
pub mod accounts;
pub mod clock;
#[cfg(feature = "flask")]
pub mod flask;
mod login;
mod measure;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "pages")]
pub mod pages;
pub mod password;
pub mod secret;
pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttle;
#[cfg(feature = "axum")]
mod web;

pub use countersign_macros::AuthUser;
#[doc(inline)]
pub use login::{
    AuthUser, Event, LoaderAnswer, LoginError, LoginSource, SessionProtection, UserLoader,
};
#[cfg(feature = "axum")]
#[doc(inline)]
pub use web::{
    Auth, ClientAddresses, CurrentUser, Denial, DenialReason, FreshUser, Guard, GuardFuture,
    GuardService, LoginFuture, LoginManager, LoginService, LoginUser, LoginView, Message, NoLoader,
    Problem, PublicUrl, RequestHead, SameSite, SettingError, SignIn, endings_carried_out,
    fresh_login_required, login_required, login_view, permission_required, role_required,
};

#[doc(hidden)]
pub use login::derive_support as __private;

/// The result of handlers that do nothing but log in and out.
pub type Result<T, E = LoginError> = std::result::Result<T, E>;

//! An application under test: users in memory, and a view for each thing that a login can do.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use countersign::clock::{ManualClock, Timestamp};
use countersign::password::{Argon2Cost, Passwords};
use countersign::session::{MemoryStore, Session, SessionError, Sessions};
use countersign::testing::Browser;
use countersign::{
    Auth, AuthUser, CurrentUser, Event, FreshUser, LoginError, LoginManager, SignIn,
    fresh_login_required, login_required, role_required,
};
use serde::Deserialize;

pub(crate) struct TestApp {
    pub(crate) manager: LoginManager<User>,
    pub(crate) router: Router,
    pub(crate) users: Users,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) passwords: Passwords,
    pub(crate) events: Events,
}

#[derive(AuthUser, Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) password_hash: String,
    pub(crate) is_active: bool,
    pub(crate) security_stamp: Option<String>,
    pub(crate) roles: Vec<String>,
}

/// The users' table.
#[derive(Clone, Default)]
pub(crate) struct Users {
    rows: Arc<Mutex<HashMap<i64, User>>>,
    pub(crate) loads: Arc<AtomicU64>,
    /// Whether the table can't be reached.
    pub(crate) down: Arc<std::sync::atomic::AtomicBool>,
}

#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Event>>>);

pub(crate) const PASSWORD: &str = "correct horse battery staple";

impl TestApp {
    pub(crate) async fn new() -> Self {
        Self::on(MemoryStore::new()).await
    }

    pub(crate) async fn on(store: impl Sessions) -> Self {
        Self::with(store, |manager| manager).await
    }

    pub(crate) async fn with(
        store: impl Sessions,
        settings: impl FnOnce(LoginManager<User>) -> LoginManager<User>,
    ) -> Self {
        let cost = Argon2Cost::danger_weak(8, 1, 1).unwrap();
        let passwords = Passwords::builder().argon2id(cost).build().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_700_000_000_000)));
        let users = Users::default();
        for (id, name, is_active) in [(1, "ada", true), (2, "bob", true), (3, "sleepy", false)] {
            let password_hash = passwords.hash(PASSWORD).await.unwrap().into();
            let roles = if id == 1 {
                vec!["admin".to_owned()]
            } else {
                Vec::new()
            };
            let name = name.to_owned();
            let security_stamp = None;
            users.put(User {
                id,
                name,
                password_hash,
                is_active,
                security_stamp,
                roles,
            });
        }
        let events = Events::default();
        let heard = events.clone();
        let manager = LoginManager::new(store)
            .user_loader_with(users.clone(), load_user)
            .login_view("/login")
            .refresh_view("/confirm")
            .passwords(passwords.clone())
            .clock(clock.clone())
            .on_event(move |event| heard.0.lock().unwrap().push(event.clone()));
        let manager = settings(manager);
        let router = router(&manager, users.clone());
        Self {
            manager,
            router,
            users,
            clock,
            passwords,
            events,
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which somebody has logged in by the form.
    pub(crate) async fn logged_in(&self, name: &str) -> Browser {
        let browser = self.browser();
        self.log_in(&browser, name, &[]).await;
        browser
    }

    pub(crate) async fn log_in(&self, browser: &Browser, name: &str, more: &[(&str, &str)]) {
        let mut fields = vec![("username", name), ("password", PASSWORD)];
        fields.extend(more);
        let page = browser.post("/login", &fields).await;
        assert_eq!(page.status, 303, "{}", page.text);
    }

    pub(crate) async fn set_password(&self, id: i64, password: &str) {
        let hash: String = self.passwords.hash(password).await.unwrap().into();
        self.users
            .change(id, |user| user.password_hash = hash.clone());
    }
}

impl Users {
    pub(crate) fn put(&self, user: User) {
        self.rows.lock().unwrap().insert(user.id, user);
    }

    pub(crate) fn get(&self, id: i64) -> Option<User> {
        self.rows.lock().unwrap().get(&id).cloned()
    }

    pub(crate) fn named(&self, name: &str) -> Option<User> {
        self.rows
            .lock()
            .unwrap()
            .values()
            .find(|user| user.name == name)
            .cloned()
    }

    pub(crate) fn change(&self, id: i64, change: impl Fn(&mut User)) {
        change(self.rows.lock().unwrap().get_mut(&id).unwrap());
    }

    pub(crate) fn remove(&self, id: i64) {
        self.rows.lock().unwrap().remove(&id);
    }
}

impl Events {
    /// What happened since the last call.
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

pub(crate) async fn load_user(users: Users, id: i64) -> Result<Option<User>, std::io::Error> {
    users.loads.fetch_add(1, Ordering::SeqCst);
    if users.down.load(Ordering::SeqCst) {
        return Err(std::io::Error::other("the users' table is gone"));
    }
    Ok(users.get(id))
}

/// The browser's present session cookie.
pub(crate) fn session_cookie(browser: &Browser) -> String {
    browser.cookie("countersign").expect("a session cookie")
}

/// A browser with that session cookie and no other.
pub(crate) fn with_cookie(app: &TestApp, cookie: &str) -> Browser {
    let browser = app.browser();
    browser.set_cookie("countersign", cookie);
    browser
}

pub(crate) fn elsewhere() -> SocketAddr {
    SocketAddr::from(([127, 7, 7, 7], 1))
}

fn router(manager: &LoginManager<User>, users: Users) -> Router {
    let private = Router::new()
        .route(
            "/protected",
            get(async |user: CurrentUser<User>| user.name.clone()),
        )
        .layer(login_required::<User>());
    let fresh = Router::new()
        .route("/fresh-guard", get(async || "fresh"))
        .layer(fresh_login_required::<User>());
    let admin = Router::new()
        .route("/admin", get(async || "admin"))
        .layer(role_required::<User>("admin"));
    Router::new()
        .route("/", get(async || "home"))
        .route("/login", get(login_form).post(login))
        .route("/logout", post(logout))
        .route("/confirm", get(async || "confirm").post(confirm))
        .route(
            "/extracted",
            get(async |user: CurrentUser<User>| user.name.clone()).post(extracted),
        )
        .route(
            "/fresh",
            get(async |user: FreshUser<User>| user.name.clone()),
        )
        .route("/maybe", get(maybe))
        .route("/whoami", get(whoami))
        .route("/set/{key}/{value}", get(set).post(set))
        .route("/get/{key}", get(value))
        .route("/count", get(count).post(count))
        .route("/clear", post(clear))
        .route("/flash", get(flash))
        .route("/flashes", get(flashes))
        .route("/end-others", post(end_others))
        .route("/change-password/{stamp}", post(change_password))
        .route("/end-all/{id}", post(end_all))
        .merge(private)
        .merge(fresh)
        .merge(admin)
        .layer(from_fn(misbehave))
        .layer(manager.clone())
        .with_state(AppState {
            users,
            manager: manager.clone(),
        })
}

#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) users: Users,
    pub(crate) manager: LoginManager<User>,
}

/// `?then=500` answers 500 after the handler, `?then=panic` panics, `?then=hang` never answers.
async fn misbehave(
    Query(query): Query<HashMap<String, String>>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    match query.get("then").map(String::as_str) {
        Some("500") => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some("panic") => panic!("the handler's own panic"),
        Some("hang") => std::future::pending().await,
        _ => response,
    }
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(flatten)]
    sign_in: SignIn,
    duration: Option<u64>,
    fresh: Option<String>,
    force: Option<String>,
}

async fn login_form(auth: Auth<User>) -> String {
    format!("log in: {}", auth.login_message().unwrap_or_default())
}

async fn login(
    State(state): State<AppState>,
    auth: Auth<User>,
    Form(form): Form<LoginForm>,
) -> Result<Response, LoginError> {
    let SignIn {
        username,
        password,
        remember,
    } = form.sign_in;
    let found = state.users.named(&username);
    let user = match form.force {
        Some(_) => found,
        None => auth.check(&username, found, &password).await?,
    };
    let Some(user) = user else {
        return Ok((StatusCode::UNAUTHORIZED, "wrong").into_response());
    };
    let mut login = auth
        .login_user(&user)
        .remember(remember)
        .fresh(form.fresh.is_none());
    if let Some(seconds) = form.duration {
        login = login.duration(Duration::from_secs(seconds));
    }
    if form.force.is_some() {
        login = login.danger_force();
    }
    login.await?;
    Ok(auth.redirect_next("/").into_response())
}

async fn logout(auth: Auth<User>) -> Result<Redirect, LoginError> {
    auth.logout_user().await?;
    Ok(Redirect::to("/"))
}

#[derive(Deserialize)]
struct Confirmation {
    password: String,
}

async fn confirm(
    auth: Auth<User>,
    CurrentUser(user): CurrentUser<User>,
    Form(form): Form<Confirmation>,
) -> Result<Response, LoginError> {
    match auth.check(&user.name, Some(&*user), &form.password).await? {
        Some(_) => {
            auth.confirm_login().await?;
            Ok(auth.redirect_next("/").into_response())
        }
        None => Ok((StatusCode::UNAUTHORIZED, "wrong").into_response()),
    }
}

async fn extracted(user: CurrentUser<User>) -> String {
    format!("posted by {}", user.name)
}

async fn maybe(user: Option<CurrentUser<User>>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.name.clone())
}

async fn whoami(auth: Auth<User>) -> Result<String, LoginError> {
    let name = auth
        .current_user()
        .await?
        .map_or_else(|| "nobody".to_owned(), |user| user.name.clone());
    let (fresh, remembered) = (auth.login_fresh().await?, auth.login_remembered().await?);
    Ok(format!("{name} fresh={fresh} remembered={remembered}"))
}

async fn set(
    session: Session,
    Path((key, value)): Path<(String, String)>,
) -> Result<&'static str, SessionError> {
    session.insert(&key, value).await?;
    Ok("set")
}

async fn value(session: Session, Path(key): Path<String>) -> Result<String, SessionError> {
    Ok(session
        .get::<String>(&key)
        .await?
        .unwrap_or_else(|| "nothing".to_owned()))
}

async fn count(session: Session) -> Result<String, SessionError> {
    let count = session
        .update("count", |count: &mut u64| *count += 1)
        .await?;
    Ok(count.to_string())
}

async fn clear(session: Session) -> Result<&'static str, SessionError> {
    session.clear().await?;
    Ok("cleared")
}

async fn flash(session: Session) -> Result<&'static str, SessionError> {
    session.flash("message", "hello").await?;
    Ok("flashed")
}

async fn flashes(session: Session) -> Result<String, SessionError> {
    let flashes = session.flashes().await?;
    Ok(flashes
        .into_iter()
        .map(|flash| flash.message)
        .collect::<Vec<_>>()
        .join(","))
}

async fn end_others(auth: Auth<User>) -> Result<&'static str, LoginError> {
    auth.end_other_sessions().await?;
    Ok("ended")
}

/// Changes the stamp, as a change of the password does.
async fn change_password(
    State(state): State<AppState>,
    auth: Auth<User>,
    user: CurrentUser<User>,
    Path(stamp): Path<String>,
) -> Result<&'static str, LoginError> {
    state
        .users
        .change(user.id, |user| user.security_stamp = Some(stamp.clone()));
    let changed = state.users.get(user.id).unwrap();
    auth.password_changed(&changed).await?;
    Ok("changed")
}

async fn end_all(
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<&'static str, LoginError> {
    state.manager.end_sessions_of(&id).await?;
    Ok("ended")
}

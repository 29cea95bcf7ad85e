//! The application of `app.py` in Rust, in the same order. README.md says how to run both.
//!
//! What a client sees is the same, down to the cookies and the pages for what is not there; `as_in_flask.rs` sees to the
//! latter. What an application that shares a login with Flask needs no less is in this file.

mod as_in_flask;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response, Result};
use axum::routing::{get, post};
use countersign::clock::SystemClock;
use countersign::password::Requester;
use countersign::secret::SecretKey;
use countersign::session::{FlaskSessions, Session};
use countersign::throttle::{MemoryThrottle, ThrottleLimits};
use countersign::{
    Auth, AuthUser, CurrentUser, FreshUser, LoginManager, SessionProtection, UserLoader,
};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{FromRow, SqlitePool};
use tokio::net::TcpListener;

use crate::as_in_flask::{Fields, bad_request, jsonify, page, redirect};

const DAY: u64 = 24 * 60 * 60;
const LOGIN_KEYS: [&str; 5] = [
    "_user_id",
    "_fresh",
    "_id",
    "_remember",
    "_remember_seconds",
];

fn setting(name: &str, default: impl ToString) -> String {
    std::env::var(format!("TWIN_{name}")).unwrap_or_else(|_| default.to_string())
}

fn seconds(name: &str, default: u64) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::from_secs(setting(name, default).parse()?))
}

fn login_manager(users: Users, url: &str) -> Result<LoginManager<User>, Box<dyn Error>> {
    let key = std::env::var("TWIN_SECRET_KEY");
    let key = key.map_err(|_| "set TWIN_SECRET_KEY to the SECRET_KEY of the Flask application")?;
    let mut key = SecretKey::danger_short(key)?;
    for fallback in setting("FALLBACKS", "")
        .split(',')
        .filter(|key| !key.is_empty())
    {
        key = key.danger_short_fallback(fallback)?;
    }
    // Flask-Login counts no failed logins, and nobody is to see a difference. An application of your own does without this.
    let limits = ThrottleLimits::danger_unlimited();
    let throttle = MemoryThrottle::new(Arc::new(SystemClock::new()), &key, limits);
    let sessions = FlaskSessions::new(key)?
        .permanent_session_lifetime(seconds("PERMANENT_SECONDS", 31 * DAY)?)
        .remember_cookie_duration(seconds("REMEMBER_SECONDS", 365 * DAY)?)
        // Flask's defaults, which let other sites send these cookies.
        .danger_session_cookie_samesite(None)
        .danger_remember_cookie_samesite(None)
        // Flask-Login 0.6.3 takes the client's word for its address.
        .danger_identifier_from_x_forwarded_for()
        // Where this library departs from Flask-Login, and here does not.
        .visitor_cookies()
        .danger_restore_before_lookup()
        .answers_of_flask_login();
    Ok(LoginManager::new(sessions)
        .danger_without_known_devices()
        .throttle(throttle)
        .users(users)
        .login_view("/login")
        .refresh_view("/confirm")
        .session_protection(match setting("PROTECTION", "basic").as_str() {
            "none" => SessionProtection::Off,
            "basic" => SessionProtection::Basic,
            "strong" => SessionProtection::Strong,
            other => {
                return Err(
                    format!("TWIN_PROTECTION is none, basic or strong, not {other}").into(),
                );
            }
        })
        .danger_plain_http_url(url)?)
}

#[derive(AuthUser, FromRow)]
struct User {
    id: i64,
    username: String,
    password_hash: String,
    is_active: bool,
}

#[derive(Clone)]
struct Users {
    pool: SqlitePool,
}

impl Users {
    async fn named(&self, username: &str) -> Result<Option<User>> {
        sqlx::query_as("SELECT * FROM users WHERE username = ?")
            .bind(username.to_owned())
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| {
                tracing::error!(%error, "the users can't be read");
                StatusCode::SERVICE_UNAVAILABLE.into()
            })
    }
}

impl UserLoader for Users {
    type User = User;
    type Error = sqlx::Error;

    async fn load(&self, id: i64) -> sqlx::Result<Option<User>> {
        sqlx::query_as("SELECT * FROM users WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.pool)
            .await
    }

    /// After a login with a hash of Werkzeug's. `app.py` reads the new ones, which are of Argon2, too.
    async fn store_password_hash(&self, user: &User, hash: &str) -> sqlx::Result<()> {
        sqlx::query("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?")
            .bind(hash.to_owned())
            .bind(user.id)
            .bind(user.password_hash.clone())
            .execute(&self.pool)
            .await
            .map(drop)
    }
}

async fn public() -> Html<&'static str> {
    Html("Everybody may see this.")
}

async fn login(session: Session) -> Result<Html<String>> {
    page(&session, &["username", "password"]).await
}

async fn log_in(State(users): State<Users>, auth: Auth<User>, form: Fields) -> Result<Response> {
    let duration = form.get("duration").unwrap_or_default();
    if duration.len() > 9 || !duration.bytes().all(|byte| byte.is_ascii_digit()) {
        let error = json!({"error": "the duration is no number of seconds"});
        return Ok((StatusCode::BAD_REQUEST, jsonify(error)).into_response());
    }
    let username = form.get("username").unwrap_or_default();
    let password = form.get("password").unwrap_or_default();
    let found = users.named(username).await?;
    let inactive = match &found {
        Some(user) if !user.is_active => Some(user.password_hash.clone()),
        _ => None,
    };
    let Some(user) = auth.check(username, found, password).await? else {
        return refused(&auth, inactive.as_deref(), password).await;
    };
    let mut login = auth
        .login_user(&user)
        .remember(form.get("remember") == Some("1"))
        .fresh(form.get("fresh") != Some("0"));
    if let Ok(seconds) = duration.parse() {
        login = login.duration(Duration::from_secs(seconds));
    }
    login.await?;
    Ok(redirect(&next_or(&auth, "/whoami")))
}

/// An inactive user is told so, if the password is his.
async fn refused(auth: &Auth<User>, inactive: Option<&str>, password: &str) -> Result<Response> {
    if let Some(hash) = inactive {
        let passwords = auth.passwords();
        let verdict = passwords
            .verify(password, Some(hash), Requester::anonymous())
            .await;
        if verdict.is_ok_and(|verdict| verdict.matches) {
            let error = json!({"error": "this account is not active"});
            return Ok((StatusCode::FORBIDDEN, jsonify(error)).into_response());
        }
    }
    let error = json!({"error": "wrong username or password"});
    Ok((StatusCode::UNAUTHORIZED, jsonify(error)).into_response())
}

async fn logout(auth: Auth<User>) -> Result<Response> {
    auth.logout_user().await?;
    Ok(redirect("/public"))
}

async fn confirm(_user: CurrentUser<User>, session: Session) -> Result<Html<String>> {
    page(&session, &["password"]).await
}

async fn confirm_password(
    auth: Auth<User>,
    user: CurrentUser<User>,
    form: Fields,
) -> Result<Response> {
    let password = form.get("password").unwrap_or_default();
    let checked = auth.check(&user.username, Some(user.clone()), password);
    if checked.await?.is_none() {
        let error = json!({"error": "wrong password"});
        return Ok((StatusCode::UNAUTHORIZED, jsonify(error)).into_response());
    }
    auth.confirm_login().await?;
    Ok(redirect(&next_or(&auth, "/whoami")))
}

async fn protected(_user: CurrentUser<User>) -> Html<&'static str> {
    protected_options().await
}

/// Flask-Login's `login_required` asks nobody who he is for OPTIONS.
async fn protected_options() -> Html<&'static str> {
    Html("You are logged in.")
}

async fn fresh_only(_user: FreshUser<User>) -> Html<&'static str> {
    Html("You have just proved who you are.")
}

async fn whoami(auth: Auth<User>) -> Result<Response> {
    let user = auth.current_user().await?;
    Ok(jsonify(json!({
        "user_id": user.as_ref().map(|user| user.id.to_string()),
        "authenticated": user.is_some(),
        "fresh": auth.login_fresh().await?,
        "remembered": auth.login_remembered().await?,
    })))
}

async fn set_value(session: Session, form: Fields) -> Result<Response> {
    let (Some(key), Some(value)) = (form.get("key"), form.get("value")) else {
        return Ok(bad_request());
    };
    if LOGIN_KEYS.contains(&key) {
        let error = json!({"error": "this key is the login's own"});
        return Ok((StatusCode::BAD_REQUEST, jsonify(error)).into_response());
    }
    session.insert(key, value).await?;
    Ok(jsonify(json!({"value": value})))
}

async fn get_value(session: Session, query: Fields) -> Result<Response> {
    let Some(key) = query.get("key") else {
        return Ok(bad_request());
    };
    let value: Option<Value> = session.get(key).await?;
    Ok(jsonify(json!({"value": value})))
}

async fn permanent(session: Session) -> Result<Response> {
    session.insert("_permanent", true).await?;
    Ok(jsonify(json!({"permanent": true})))
}

/// Where the visitor wanted to go, if that is a path of this site, however a browser reads it.
fn next_or(auth: &Auth<User>, default: &str) -> String {
    auth.next().unwrap_or_else(|| default.to_owned())
}

/// Errors of the start are for people: what `main` returned would be printed as programmers see it.
#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let database = SqliteConnectOptions::new()
        .filename(setting("DB", "twin.db"))
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(database).await?;
    sqlx::raw_sql(include_str!("../users.sql"))
        .execute(&pool)
        .await?;
    let users = Users { pool };

    let listener = TcpListener::bind(("127.0.0.1", setting("PORT", 5001).parse()?)).await?;
    let port = listener.local_addr()?.port();
    let url = format!("http://127.0.0.1:{port}");
    let manager = login_manager(users.clone(), &url)?
        // The other name that browsers reach it by.
        .allow_origin(&format!("http://localhost:{port}"))?;
    let app = Router::new()
        .route("/public", get(public))
        .route("/login", get(login).post(log_in))
        .route("/logout", get(logout).post(logout))
        .route("/confirm", get(confirm).post(confirm_password))
        .route(
            "/protected",
            get(protected).post(protected).options(protected_options),
        )
        .route("/fresh-only", get(fresh_only))
        .route("/whoami", get(whoami))
        .route("/set", post(set_value))
        .route("/get", get(get_value))
        .route("/permanent", post(permanent))
        .layer(manager)
        .with_state(users);
    let app = as_in_flask::around(app);
    println!("Listening at {url}");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

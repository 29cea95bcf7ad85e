//! What a small application of axum-login becomes: a table of users in SQLite, a form, a page for those who are logged
//! in. The guide shows what it was before, in "From axum-login and tower-sessions".
//!
//! Run it with `cargo run -p from-axum-login`. The database is the file that the variable `DATABASE` names, or
//! `from-axum-login.db`.

use std::error::Error;
use std::net::SocketAddr;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, Redirect, Result};
use axum::routing::{get, post};
use axum::{Form, Router};
use countersign::session::SqliteStore;
use countersign::{Auth, AuthUser, CurrentUser, LoginManager, SignIn, login_required};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{FromRow, SqlitePool};
use tokio::net::TcpListener;

#[derive(AuthUser, FromRow)]
struct User {
    id: i64,
    username: String,
    #[auth(password_hash)]
    password: String,
    security_stamp: String,
}

async fn load_user(pool: SqlitePool, id: i64) -> sqlx::Result<Option<User>> {
    sqlx::query_as("SELECT * FROM users WHERE id = ?")
        .bind(id)
        .fetch_optional(&pool)
        .await
}

async fn named(pool: &SqlitePool, username: &str) -> sqlx::Result<Option<User>> {
    sqlx::query_as("SELECT * FROM users WHERE username = ?")
        .bind(username.to_owned())
        .fetch_optional(pool)
        .await
}

async fn login_form() -> Html<&'static str> {
    Html(include_str!("login.html"))
}

async fn login(
    State(pool): State<SqlitePool>,
    auth: Auth<User>,
    Form(form): Form<SignIn>,
) -> Result<Redirect> {
    let found = named(&pool, &form.username).await;
    let found = found.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let checked = auth.check(&form.username, found, &form.password).await?;
    let user = checked.ok_or(Html(include_str!("login.html").replace("hidden", "")))?;
    auth.login_user(&user).remember(form.remember).await?;
    Ok(auth.redirect_next("/"))
}

async fn logout(auth: Auth<User>) -> countersign::Result<Redirect> {
    auth.logout_user().await.map(|()| Redirect::to("/login"))
}

async fn protected(user: CurrentUser<User>) -> maud::Markup {
    maud::html! { "Hello, " (user.username) "! " form method="post" action="/logout" { button { "Log out" } } }
}

async fn app(pool: SqlitePool) -> Result<Router, Box<dyn Error>> {
    let sessions = SqliteStore::from_pool(pool.clone()).await?;
    let manager = LoginManager::new(sessions)
        .user_loader_with(pool.clone(), load_user)
        .login_view("/login");
    let private = Router::new()
        .route("/", get(protected))
        .layer(login_required::<User>());
    Ok(Router::new()
        .route("/login", get(login_form).post(login))
        .route("/logout", post(logout))
        .merge(private)
        .layer(manager)
        .with_state(pool))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::var_os("DATABASE").unwrap_or("from-axum-login.db".into());
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await?;
    sqlx::raw_sql(include_str!("users.sql"))
        .execute(&pool)
        .await?;
    let app = app(pool).await?;

    let address = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/ (alice, rabbit)", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

//! A page that talks JSON with its server: log in, ask who is there, log out. Who is not logged in gets a 401 with problem
//! details (RFC 9457), never a redirect to a page.
//!
//! Run it with `cargo run -p json-spa`.

use std::net::SocketAddr;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Result};
use axum::routing::{get, post};
use axum::{Json, Router};
use countersign::session::MemoryStore;
use countersign::{Auth, AuthUser, CurrentUser, LoginManager, SignIn};
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;

#[derive(AuthUser)]
struct User {
    id: String,
    password_hash: &'static str,
}

/// What the page learns of a user: never the user itself, which holds a password hash.
#[derive(Serialize)]
struct Me {
    name: String,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // No login view: the page shows its own form when it gets a 401.
    let manager = LoginManager::new(MemoryStore::new()).user_loader(load_user);
    let app = Router::new()
        .route("/", get(Html(include_str!("index.html"))))
        .route("/app.js", get(script))
        .route("/api/login", post(login))
        .route("/api/logout", post(logout))
        .route("/api/me", get(me))
        .layer(manager);

    let address = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/ (alice, rabbit)", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await
}

async fn load_user(id: String) -> Option<User> {
    let password_hash = PASSWORD_HASH;
    (id == "alice").then_some(User { id, password_hash })
}

async fn login(auth: Auth<User>, Json(form): Json<SignIn>) -> Result<Json<Me>> {
    let found = load_user(form.username.clone()).await;
    let checked = auth.check(&form.username, found, &form.password).await?;
    let user = checked.ok_or_else(wrong_name_or_password)?;
    auth.login_user(&user).remember(form.remember).await?;
    Ok(Json(Me { name: user.id }))
}

async fn logout(auth: Auth<User>) -> countersign::Result<StatusCode> {
    auth.logout_user().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn me(user: CurrentUser<User>) -> Json<Me> {
    let name = user.id.clone();
    Json(Me { name })
}

/// In the shape of all other refusals.
fn wrong_name_or_password() -> impl IntoResponse {
    let status = StatusCode::UNAUTHORIZED;
    let problem = json!({
        "type": "about:blank",
        "title": "Unauthorized",
        "status": status.as_u16(),
        "detail": "wrong name or password",
        "code": "wrong_credentials",
    });
    let headers = [(CONTENT_TYPE, "application/problem+json")];
    (status, headers, Json(problem))
}

async fn script() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (headers, include_str!("app.js"))
}

/// Of `rabbit`.
const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$wtJQbRTH/jj6RrU29e6+LA$eAzIy8nL//d1baUo2lojQJh+LgpWxFlbzgVwlCkj/pg";

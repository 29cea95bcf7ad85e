//! A page whose parts come by htmx: notes that are kept in the session. When the session has ended, the next request for a
//! part is answered with 401 and `HX-Redirect`, and htmx opens the login view; after the login the page is back.
//!
//! Run it with `cargo run -p htmx`. `htmx-4.0.1.min.js` is htmx (<https://htmx.org>) as it is published; its licence is
//! beside it.

mod pages;

use std::net::SocketAddr;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Result};
use axum::routing::{get, post};
use axum::{Form, Router};
use countersign::session::{MemoryStore, Session, SessionError};
use countersign::{Auth, AuthUser, CurrentUser, LoginManager, SignIn, login_required};
use maud::Markup;
use serde::Deserialize;
use tokio::net::TcpListener;

#[derive(AuthUser)]
struct User {
    id: String,
    password_hash: &'static str,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let manager = LoginManager::new(MemoryStore::new())
        .user_loader(load_user)
        .login_view("/login");
    let private = Router::new()
        .route("/", get(page))
        .route("/notes", get(notes).post(add_note))
        .layer(login_required::<User>());
    let app = Router::new()
        .route("/login", get(async || pages::login(None)).post(login))
        .route("/logout", post(logout))
        .route("/htmx.js", get(script))
        .merge(private)
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

async fn login(auth: Auth<User>, Form(form): Form<SignIn>) -> Result<Redirect> {
    let found = load_user(form.username.clone()).await;
    let checked = auth.check(&form.username, found, &form.password).await?;
    let user = checked.ok_or_else(|| pages::login(Some("Wrong name or password.")))?;
    auth.login_user(&user).remember(form.remember).await?;
    Ok(auth.redirect_next("/"))
}

async fn logout(auth: Auth<User>) -> countersign::Result<Redirect> {
    auth.logout_user().await?;
    Ok(Redirect::to("/login"))
}

async fn page(user: CurrentUser<User>) -> Markup {
    pages::home(&user.id)
}

/// A part of the page.
async fn notes(session: Session) -> Result<Markup, SessionError> {
    let notes: Option<Vec<String>> = session.get("notes").await?;
    Ok(pages::notes(&notes.unwrap_or_default()))
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

/// The part as it is with one more note. `update` loses none, though two tabs may add one at the same time.
async fn add_note(session: Session, Form(note): Form<Note>) -> Result<Markup, SessionError> {
    let notes = session
        .update("notes", move |notes: &mut Vec<String>| {
            notes.push(note.text.clone());
        })
        .await?;
    Ok(pages::notes(&notes))
}

async fn script() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (headers, include_str!("htmx-4.0.1.min.js"))
}

/// Of `rabbit`.
const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$wtJQbRTH/jj6RrU29e6+LA$eAzIy8nL//d1baUo2lojQJh+LgpWxFlbzgVwlCkj/pg";

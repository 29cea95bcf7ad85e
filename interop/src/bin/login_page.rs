//! A page with a form that sets a cookie: what the harness of this package is proved on.

use std::error::Error;

use axum::extract::Form;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Router, serve};
use serde::Deserialize;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = Router::new()
        .route("/", get(home))
        .route("/login", post(login))
        .route("/logout", post(logout));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening at http://{}/", listener.local_addr()?);
    serve(listener, app).await?;
    Ok(())
}

#[derive(Deserialize)]
struct SignIn {
    name: String,
    remember: Option<String>,
}

async fn home(headers: HeaderMap) -> impl IntoResponse {
    let cookie = headers.get(COOKIE).and_then(|cookie| cookie.to_str().ok());
    match cookie.and_then(|cookie| cookie.strip_prefix("name=")) {
        Some(name) if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            let page = WELCOME.replace("{name}", name);
            (StatusCode::OK, Html(page))
        }
        _ => (StatusCode::UNAUTHORIZED, Html(FORM.to_owned())),
    }
}

async fn login(Form(form): Form<SignIn>) -> impl IntoResponse {
    let life = form.remember.map_or("", |_| "; Max-Age=3600");
    let cookie = format!("name={}; Path=/; HttpOnly; SameSite=Lax{life}", form.name);
    ([(SET_COOKIE, cookie)], Redirect::to("/"))
}

async fn logout() -> impl IntoResponse {
    (
        [(SET_COOKIE, "name=; Path=/; Max-Age=0")],
        Redirect::to("/"),
    )
}

const FORM: &str = r#"<!doctype html><title>Log in</title>
<form method="post" action="/login">
  <label for="name">Your name</label> <input id="name" name="name" value="nobody">
  <label><input type="checkbox" name="remember"> Remember me</label>
  <button>Log in</button>
</form>"#;

const WELCOME: &str = r#"<!doctype html><title>Welcome</title>
<p>Hello {name}</p>
<form method="post" action="/logout"><button>Log out</button></form>"#;

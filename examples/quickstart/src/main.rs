//! One user in memory: log in, see a protected page, log out. Run it with `cargo run -p quickstart`.

use axum::response::{Html, Redirect, Result};
use axum::{Form, Router, routing::get, routing::post};
use countersign::{Auth, AuthUser, CurrentUser, LoginManager, SignIn, session::MemoryStore};

#[derive(AuthUser)]
struct User {
    id: String,
    password_hash: &'static str,
}

async fn load_user(id: String) -> Option<User> {
    let password_hash = "$argon2id$v=19$m=19456,t=2,p=1$wtJQbRTH/jj6RrU29e6+LA$eAzIy8nL//d1baUo2lojQJh+LgpWxFlbzgVwlCkj/pg";
    (id == "alice").then_some(User { id, password_hash })
}

async fn login(auth: Auth<User>, Form(form): Form<SignIn>) -> Result<Redirect> {
    let found = load_user(form.username.clone()).await;
    let checked = auth.check(&form.username, found, &form.password).await?;
    let user = checked.ok_or(Html(include_str!("login.html").replace("hidden", "")))?;
    auth.login_user(&user).remember(form.remember).await?;
    Ok(auth.redirect_next("/protected"))
}

async fn logout(auth: Auth<User>) -> countersign::Result<Redirect> {
    auth.logout_user().await.map(|()| Redirect::to("/login"))
}

async fn protected(user: CurrentUser<User>) -> maud::Markup {
    maud::html! { "Hello, " (user.id) "! " form method="post" action="/logout" { button { "Log out" } } }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let manager = LoginManager::new(MemoryStore::new()).user_loader(load_user);
    let app = Router::new()
        .route("/login", get(Html(include_str!("login.html"))).post(login))
        .route("/logout", post(logout))
        .route("/protected", get(protected))
        .layer(manager.login_view("/login"))
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    let address = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let socket = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/protected (alice, rabbit)", socket.local_addr()?);
    axum::serve(socket, app).await
}

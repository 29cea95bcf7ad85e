//! Staff and customers in one application: two user types, two login managers, two cookies, two login views. Being logged in as
//! the one opens no page of the other, and one browser can be logged in as both.
//!
//! Run it with `cargo run -p two-user-types`.

mod pages;

use std::error::Error;
use std::net::SocketAddr;

use axum::response::{Redirect, Result};
use axum::routing::{get, post};
use axum::{Form, Router};
use countersign::session::MemoryStore;
use countersign::{Auth, AuthUser, CurrentUser, LoginManager, SignIn, login_required};
use maud::Markup;
use tokio::net::TcpListener;

#[derive(AuthUser)]
struct Employee {
    id: String,
    password_hash: &'static str,
}

#[derive(AuthUser)]
struct Customer {
    id: String,
    password_hash: &'static str,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A store for each: in a common one, a session of the employee `alice` would be one of the customer `alice` too.
    let employees = LoginManager::new(MemoryStore::new())
        .user_loader(Employee::load)
        .login_view("/staff/login")
        .cookie_name("staff")?;
    let customers = LoginManager::new(MemoryStore::new())
        .user_loader(Customer::load)
        .login_view("/shop/login")
        .cookie_name("shop")?;
    let app = Router::new()
        .route("/", get(async || pages::index()))
        .nest(Employee::AREA, area::<Employee>())
        .nest(Customer::AREA, area::<Customer>())
        .layer(employees)
        .layer(customers);

    let address = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    println!(
        "http://{}/ (staff: alice, rabbit; customer: bob, hatter)",
        listener.local_addr()?
    );
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

/// What the views of both areas have to know.
trait Person: AuthUser<Id = String> {
    const AREA: &str;
    fn load(id: String) -> impl Future<Output = Option<Self>> + Send
    where
        Self: Sized;
}

impl Person for Employee {
    const AREA: &str = "/staff";

    async fn load(id: String) -> Option<Self> {
        let password_hash = HASH_OF_RABBIT;
        (id == "alice").then_some(Self { id, password_hash })
    }
}

impl Person for Customer {
    const AREA: &str = "/shop";

    async fn load(id: String) -> Option<Self> {
        let password_hash = HASH_OF_HATTER;
        (id == "bob").then_some(Self { id, password_hash })
    }
}

/// The pages of one kind of people. The user type in the guard, in `Auth` and in `CurrentUser` says whose login counts.
fn area<U: Person>() -> Router {
    let private = Router::new()
        .route("/", get(home::<U>))
        .layer(login_required::<U>());
    Router::new()
        .route("/login", get(async || pages::login(None)).post(login::<U>))
        .route("/logout", post(logout::<U>))
        .merge(private)
}

async fn login<U: Person>(auth: Auth<U>, Form(form): Form<SignIn>) -> Result<Redirect> {
    let found = U::load(form.username.clone()).await;
    let checked = auth.check(&form.username, found, &form.password).await?;
    let user = checked.ok_or_else(|| pages::login(Some("Wrong name or password.")))?;
    auth.login_user(&user).remember(form.remember).await?;
    Ok(auth.redirect_next(U::AREA))
}

async fn logout<U: Person>(auth: Auth<U>) -> Result<Redirect> {
    auth.logout_user().await?;
    Ok(Redirect::to("/"))
}

async fn home<U: Person>(user: CurrentUser<U>) -> Markup {
    pages::home(U::AREA, &user.id())
}

const HASH_OF_RABBIT: &str = "$argon2id$v=19$m=19456,t=2,p=1$wtJQbRTH/jj6RrU29e6+LA$eAzIy8nL//d1baUo2lojQJh+LgpWxFlbzgVwlCkj/pg";
const HASH_OF_HATTER: &str = "$argon2id$v=19$m=19456,t=2,p=1$vIm1yHeVkFRkqoCKC4oTZg$5jk7bJNebXtipZ0wSeskOK2BmgU+7OlqtWH9bsmqQ5E";

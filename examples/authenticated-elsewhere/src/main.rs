//! Log in somebody whom an identity provider vouches for ("Log in with …"): there is no password here, and `check` is not
//! called.
//!
//! Run it with `cargo run -p authenticated-elsewhere`. The provider is a small one of this program's own; where a real one is
//! asked, by a crate such as `openidconnect`, is said in its place.

mod provider;
mod users;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use countersign::session::MemoryStore;
use countersign::{Auth, CurrentUser, LoginError, LoginManager};
use maud::{DOCTYPE, Markup, html};
use serde::Deserialize;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::provider::Provider;
use crate::users::{User, Users};

#[derive(Clone, Default)]
struct App {
    provider: Provider,
    users: Users,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let state = App::default();
    let manager = LoginManager::new(MemoryStore::new())
        .user_loader_with(state.users.clone(), users::load)
        .login_view("/login")
        // The provider sends people back without the `next` with which they came to the login view.
        .next_in_session();
    let app = Router::new()
        .route("/", get(home))
        .route("/account", get(account))
        .route("/login", get(begin))
        .route("/callback", get(callback))
        .route("/logout", post(logout))
        .layer(manager)
        .with_state(state.clone())
        // Below the layer, as another site would be.
        .merge(provider::routes(state.provider));

    let address = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/ (no password)", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await
}

/// The login view: sends the visitor to the provider, with a random `state` that is kept in the session.
async fn begin(State(app): State<App>, auth: Auth<User>) -> Result<Redirect, LoginError> {
    let state = Uuid::new_v4().simple().to_string();
    auth.session().insert(STATE, &state).await?;
    // With `openidconnect`: `client.authorize_url(…)`, whose state, nonce and PKCE verifier are kept in the session.
    Ok(Redirect::to(&app.provider.authorization_url(&state)))
}

/// What the provider sends back: a code, or an error when the visitor thought better of it.
#[derive(Deserialize)]
struct Answer {
    state: String,
    code: Option<String>,
}

/// Where the provider sends people back to.
async fn callback(
    State(app): State<App>,
    auth: Auth<User>,
    Query(answer): Query<Answer>,
) -> Result<Response, LoginError> {
    // The answer must be to a question of this very browser. Without that, a link with an attacker's own code would
    // log its victims in as the attacker. A state serves once, so it is taken away, whatever comes of it.
    let asked: Option<String> = auth.session().remove(STATE).await?;
    if asked.is_none_or(|state| state != answer.state) {
        return Ok(failure("This login was not begun here."));
    }
    // With `openidconnect`: `client.exchange_code(…)`, and then the id token's claims, checked against the nonce.
    let identity = answer.code.and_then(|code| app.provider.redeem(&code));
    let Some(identity) = identity else {
        return Ok(failure("The provider does not vouch for you."));
    };
    let user = app.users.find_or_add(identity);
    auth.login_user(&user).await?;
    Ok(auth.redirect_next("/").into_response())
}

async fn logout(auth: Auth<User>) -> Result<Redirect, LoginError> {
    auth.logout_user().await?;
    Ok(Redirect::to("/"))
}

async fn home(user: Option<CurrentUser<User>>) -> Markup {
    page(html! {
        @match user {
            Some(user) => {
                p { "Hello, " (user.name) "!" }
                p { a href="/account" { "Your account" } }
                form method="post" action="/logout" { button { "Log out" } }
            }
            None => p { a href="/login" { "Log in with the provider" } },
        }
    })
}

async fn account(user: CurrentUser<User>) -> Markup {
    page(html! {
        p { (user.name) " is number " (user.id) " here, and " (user.subject) " at the provider." }
    })
}

fn failure(problem: &str) -> Response {
    let page = page(html! {
        p role="alert" { (problem) }
        p { a href="/login" { "Try again" } }
    });
    (StatusCode::BAD_REQUEST, page).into_response()
}

fn page(main: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Authenticated elsewhere" }
            }
            body { (main) }
        }
    }
}

/// Where the session keeps the state.
const STATE: &str = "provider_state";

use std::thread;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use axum_login::login_required as peer_login_required;
use countersign::password::{Passwords, Requester};
use countersign::session::MemoryStore;
use countersign::{
    Auth, ClientAddresses, CurrentUser, LoginError, LoginManager, SignIn, login_required,
};
use countersign_bench::argon2id::{SALT, Tag, argon2id};
use countersign_bench::nothing::{NothingLayer, private_page};
use countersign_bench::peer::{self, AuthSession, Backend};
use countersign_bench::users::{PASSWORD, User, Users, greeting, load_user};

/// An application in a storm of logins. `/login` takes a form, and `/page` is for users.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum App {
    /// Argon2id alone: as many threads as there are cores hash and do nothing else. Bare axum answers beside them.
    Alone,
    /// Bare axum with a login that is nothing but a verification in countersign's pool.
    Bare,
    /// Countersign with its sessions in memory.
    Countersign,
    /// axum-login with its sessions in memory, and a verification on a thread for work that blocks.
    Peer,
}

impl App {
    pub(crate) const ALL: [Self; 4] = [Self::Alone, Self::Bare, Self::Countersign, Self::Peer];

    /// Its name as an argument.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Bare => "bare",
            Self::Countersign => "countersign",
            Self::Peer => "axum-login",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|app| app.name() == name)
    }

    /// Whether it needs to know who connects.
    pub(crate) fn asks_for_peer(self) -> bool {
        self == Self::Countersign
    }

    /// The application.
    pub(crate) async fn router(self) -> Router {
        let passwords = Passwords::shared();
        let hash = passwords
            .hash(PASSWORD)
            .await
            .expect("one password can be hashed");
        let users = Users::new(USERS, hash.as_ref());
        match self {
            Self::Alone => alone(),
            Self::Bare => bare(passwords, users),
            Self::Countersign => countersign(users),
            Self::Peer => axum_login(users),
        }
    }
}

fn alone() -> Router {
    Router::new()
        .route("/hash/{milliseconds}", post(hash_alone))
        .merge(bare_page())
        .layer(NothingLayer)
}

fn bare_page() -> Router {
    Router::new()
        .route("/page", get(private_page))
        .layer(NothingLayer)
}

/// Answers how many hashes were made in that time.
async fn hash_alone(Path(milliseconds): Path<u64>) -> String {
    let time = Duration::from_millis(milliseconds);
    let hashes = tokio::task::spawn_blocking(move || {
        let threads = thread::available_parallelism().map_or(1, |cores| cores.get());
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|_| scope.spawn(|| hash_for(time)))
                .collect();
            let hashes = workers.into_iter().map(|worker| worker.join());
            hashes.map(|hashes| hashes.unwrap_or(0)).sum::<u64>()
        })
    });
    hashes.await.expect("hashing does not panic").to_string()
}

fn hash_for(time: Duration) -> u64 {
    let mut hasher = argon2id().hasher();
    let mut tag = Tag::default();
    let end = Instant::now() + time;
    let mut hashes = 0;
    while Instant::now() < end {
        hasher
            .hash_into(PASSWORD.as_bytes(), SALT, &mut tag)
            .expect("the cost is valid");
        hashes += 1;
    }
    hashes
}

fn bare(passwords: Passwords, users: Users) -> Router {
    let log_in = async |State((passwords, users)): State<(Passwords, Users)>,
                        Form(form): Form<SignIn>| {
        let user = user_in(&form.username, &users);
        let stored = user.as_ref().map(|user| &*user.password_hash);
        let verdict = passwords
            .verify(&form.password, stored, Requester::anonymous())
            .await;
        match verdict {
            Ok(verdict) if verdict.matches => Redirect::to("/page").into_response(),
            Ok(_) => StatusCode::UNAUTHORIZED.into_response(),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    };
    Router::new()
        .route("/login", post(log_in))
        .with_state((passwords, users))
        .merge(bare_page())
        .layer(NothingLayer)
}

fn countersign(users: Users) -> Router {
    let proxies = ClientAddresses::from_header("X-Forwarded-For", ["127.0.0.1"])
        .expect("it is a header and an address");
    let manager = LoginManager::new(MemoryStore::new())
        .user_loader_with(users.clone(), load_user)
        .login_view("/login")
        .public_url("https://example.com")
        .expect("it is the address of a site")
        .client_addresses(proxies);
    let page = Router::new()
        .route(
            "/page",
            get(async |user: CurrentUser<User>| greeting(user.name)),
        )
        .layer(login_required::<User>());
    Router::new()
        .route("/login", post(log_in))
        .with_state(users)
        .merge(page)
        .layer(manager)
}

async fn log_in(
    State(users): State<Users>,
    auth: Auth<User>,
    Form(form): Form<SignIn>,
) -> Result<Response, LoginError> {
    let found = user_in(&form.username, &users);
    let Some(user) = auth.check(&form.username, found, &form.password).await? else {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    };
    auth.login_user(&user).remember(form.remember).await?;
    Ok(auth.redirect_next("/page").into_response())
}

fn axum_login(users: Users) -> Router {
    let backend = Backend::new(users, PASSWORD);
    let log_in = async |mut auth: AuthSession, Form(form): Form<SignIn>| -> Result<_, StatusCode> {
        let credentials = (id_in(&form.username), form.password);
        let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
        match auth.authenticate(credentials).await.map_err(failed)? {
            Some(user) => {
                auth.login(&user).await.map_err(failed)?;
                Ok(Redirect::to("/page"))
            }
            None => Err(StatusCode::UNAUTHORIZED),
        }
    };
    let page = Router::new()
        .route("/page", get(peer_page))
        .route_layer(peer_login_required!(Backend, login_url = "/login"));
    Router::new()
        .route("/login", post(log_in))
        .merge(page)
        .layer(peer::layer(backend))
}

async fn peer_page(auth: AuthSession) -> String {
    greeting(auth.user.map_or("", |user| user.name))
}

/// The user who is meant by a name. Names are numbers here.
fn user_in(name: &str, users: &Users) -> Option<User> {
    users.get(id_in(name))
}

fn id_in(name: &str) -> i64 {
    name.parse().unwrap_or(-1)
}

/// More than log in at once.
pub(crate) const USERS: i64 = 1_024;

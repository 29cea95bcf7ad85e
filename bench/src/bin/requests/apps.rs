use std::path::Path;

use axum::Router;
use axum::extract;
use axum::http::StatusCode;
use axum::routing::get;
use axum_login::login_required as peer_login_required;
use countersign::session::{MemoryStore, SessionStore, SqliteStore};
use countersign::{Auth, CurrentUser, LoginError, LoginManager, login_required};
use countersign_bench::nothing::{NothingLayer, private_page};
use countersign_bench::peer::{self, AuthSession, Backend};
use countersign_bench::users::{NAME, PASSWORD, User, Users, greeting, load_user};

/// An application that is measured: `/open` asks nobody who he is, `/guarded` and `/extracted` are for users, and
/// `/log-in/7` logs user 7 in without a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum App {
    /// Axum, with a layer and a guard that do nothing.
    Bare,
    /// Countersign with its sessions in memory.
    Memory,
    /// Countersign with its sessions in SQLite, in a file of their own.
    Sqlite,
    /// axum-login with its sessions in memory.
    Peer,
}

impl App {
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Memory, Self::Sqlite, Self::Peer];

    /// Its name as an argument.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Memory => "countersign",
            Self::Sqlite => "countersign-sqlite",
            Self::Peer => "axum-login",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|app| app.name() == name)
    }

    /// Whether it needs to know who connects.
    pub(crate) fn asks_for_peer(self) -> bool {
        matches!(self, Self::Memory | Self::Sqlite)
    }

    /// The application, which may keep files in a folder. It has its state, as a server's has: without, a router makes
    /// its routes anew for each request.
    pub(crate) async fn router(self, folder: &Path) -> Router {
        let users = Users::new(USERS, PASSWORD_HASH);
        let router = match self {
            Self::Bare => bare(),
            Self::Memory => countersign(MemoryStore::new(), users),
            Self::Sqlite => {
                let store = SqliteStore::open(folder.join("sessions.db")).await;
                countersign(store.expect("the folder is empty"), users)
            }
            Self::Peer => axum_login(users),
        };
        router.with_state(())
    }
}

fn bare() -> Router {
    let guarded = Router::new()
        .route("/guarded", get(private_page))
        .layer(NothingLayer);
    Router::new()
        .route("/open", get(open))
        .route("/log-in/{id}", get(async || ()))
        .route("/extracted", get(private_page))
        .merge(guarded)
        .layer(NothingLayer)
}

fn countersign(store: impl SessionStore, users: Users) -> Router {
    let manager = LoginManager::new(store)
        .user_loader_with(users.clone(), load_user)
        .login_view("/login")
        .public_url("https://example.com")
        .expect("it is the address of a site");
    let log_in = async move |auth: Auth<User>,
                             extract::Path(id): extract::Path<i64>|
                -> Result<(), LoginError> {
        let user = users.get(id).expect("the measurement asks for users");
        auth.login_user(&user).await
    };
    let guarded = Router::new()
        .route("/guarded", get(async || greeting(NAME)))
        .layer(login_required::<User>());
    Router::new()
        .route("/open", get(open))
        .route("/log-in/{id}", get(log_in))
        .route("/extracted", get(extracted))
        .merge(guarded)
        .layer(manager)
}

async fn extracted(user: CurrentUser<User>) -> String {
    greeting(user.name)
}

fn axum_login(users: Users) -> Router {
    let backend = Backend::new(users.clone(), PASSWORD);
    let log_in = async move |mut auth: AuthSession, extract::Path(id): extract::Path<i64>| {
        let user = users.get(id).expect("the measurement asks for users");
        auth.login(&user)
            .await
            .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
    };
    let guarded = Router::new()
        .route("/guarded", get(async || greeting(NAME)))
        .route_layer(peer_login_required!(Backend, login_url = "/login"));
    Router::new()
        .route("/open", get(open))
        .route("/log-in/{id}", get(log_in))
        .merge(guarded)
        .layer(peer::layer(backend))
}

async fn open() -> &'static str {
    "Hello, whoever you are! Everybody can see this page.\n"
}

/// As many as there are connections: each has a session of its own.
pub(crate) const USERS: i64 = 64;
/// Nobody's: here nobody logs in with a password. It has the length of a real one.
const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                             AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

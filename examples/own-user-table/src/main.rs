//! Accounts in a table of the application's own, in SQLite, and the sessions beside it: register, log in, be remembered,
//! change the password, log out.
//!
//! Run it with `cargo run -p own-user-table`. The database is the file that the variable `DATABASE` names, or
//! `data/own-user-table.db`.

mod error;
mod pages;
mod users;
mod views;

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::routing::get;
use countersign::LoginManager;
use countersign::session::SqliteStore;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use tokio::net::TcpListener;

use crate::users::Users;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let file = std::env::var_os("DATABASE")
        .map_or_else(|| PathBuf::from("data/own-user-table.db"), PathBuf::from);
    let app = app(open(&file).await?).await?;

    let address = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    println!(
        "http://{}/register (choose your own name and password)",
        listener.local_addr()?
    );
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

async fn app(pool: SqlitePool) -> Result<Router, Box<dyn Error>> {
    let users = Users::prepare(pool.clone()).await?;
    let sessions = SqliteStore::from_pool(pool).await?;
    let manager = LoginManager::new(sessions)
        .users(users.clone())
        .login_view("/login");
    Ok(Router::new()
        .route("/", get(views::home))
        .route("/register", get(views::register_form).post(views::register))
        .route("/login", get(views::login_form).post(views::login))
        .route("/logout", axum::routing::post(views::logout))
        .route(
            "/password",
            get(views::password_form).post(views::change_password),
        )
        .layer(manager)
        .with_state(users))
}

/// The database file, which is made when there is none.
async fn open(file: &Path) -> Result<SqlitePool, Box<dyn Error>> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    Ok(SqlitePool::connect_with(options).await?)
}

//! One page of a Flask application, moved: `/reports` is answered here, and all else in Flask, the login's page too.
//! Whoever is logged in there is logged in here.
//!
//! It takes from the environment what Flask has in its configuration: `SECRET_KEY`, and `DATABASE`, the SQLite file with
//! the table `user`; and `PUBLIC_URL`, the address that people type, at which a proxy on this machine stands before both.

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use countersign::secret::SecretKey;
use countersign::session::{FlaskSessions, Session, SessionError};
use countersign::{AuthUser, ClientAddresses, CurrentUser, LoginManager};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{FromRow, SqlitePool};
use tokio::net::TcpListener;

/// A row of the table that Flask-SQLAlchemy made.
#[derive(AuthUser, FromRow)]
struct User {
    id: i64,
    email: String,
    #[auth(password_hash)]
    password: String,
    #[auth(is_active)]
    active: bool,
}

async fn load_user(pool: SqlitePool, id: i64) -> sqlx::Result<Option<User>> {
    sqlx::query_as("SELECT id, email, password, active FROM user WHERE id = ?")
        .bind(id)
        .fetch_optional(&pool)
        .await
}

fn login_manager(pool: SqlitePool) -> Result<LoginManager<User>, Box<dyn Error>> {
    // app.config["SECRET_KEY"], a str.
    let key = SecretKey::new(setting("SECRET_KEY")?)?;
    let sessions = FlaskSessions::new(key)?
        // app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=7)
        .permanent_session_lifetime(Duration::from_secs(7 * 24 * 60 * 60));
    let manager = LoginManager::new(sessions)
        .user_loader_with(pool, load_user)
        // Both are Flask's pages, still.
        .login_view("/login")
        .refresh_view("/reauthenticate")
        .public_url(&setting("PUBLIC_URL")?)?
        .client_addresses(ClientAddresses::from_header(
            "X-Forwarded-For",
            ["127.0.0.1"],
        )?);
    Ok(manager)
}

async fn reports(user: CurrentUser<User>, session: Session) -> Result<String, SessionError> {
    // session["theme"] = "dark", says Flask.
    let theme: Option<String> = session.get("theme").await?;
    let theme = theme.unwrap_or("light".into());
    let visits: u32 = session.update("visits", |visits| *visits += 1).await?;
    let email = &user.email;
    Ok(format!("{email}, {theme}, visit {visits}"))
}

fn setting(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("the environment has no {name}: set it"))
}

/// Errors of the start are for people: what `main` returned would be printed as programmers see it.
#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let file = setting("DATABASE").unwrap_or("instance/app.db".into());
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&file)).await;
    let pool = pool.map_err(|error| format!("can't open the database {file}: {error}"))?;
    let app = Router::new()
        .route("/reports", get(reports))
        .layer(login_manager(pool)?);

    let address = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let listener = TcpListener::bind(address).await?;
    println!("http://{}/reports", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

//! Sign-up, login and account pages beside a page of the application's own. Run it with `cargo run -p full-accounts`.

use axum::{Router, response::Html, routing::get};
use countersign::CurrentUser;
use countersign::accounts::{Account, Accounts};

async fn reports(user: CurrentUser<Account>) -> String {
    format!("Nobody but you sees this, {}!", user.name)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let accounts = Accounts::open("accounts.db").await?;
    let app = Router::new()
        .route("/", get(Html("<a href=/reports>Reports</a>")))
        .route("/reports", get(reports))
        .merge(accounts.routes())
        .layer(accounts.layer())
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    let address = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let socket = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/reports", socket.local_addr()?);
    Ok(axum::serve(socket, app).await?)
}

use axum::routing::post;
use axum::{Form, Router, debug_handler};
use countersign::{Auth, AuthUser, SignIn};

#[derive(AuthUser)]
struct User {
    id: i64,
}

async fn login(Form(_form): Form<SignIn>, _auth: Auth<User>) -> &'static str {
    "welcome"
}

#[debug_handler]
async fn explained(Form(_form): Form<SignIn>, _auth: Auth<User>) -> &'static str {
    "welcome"
}

fn main() {
    let _app: Router = Router::new().route("/login", post(login));
}

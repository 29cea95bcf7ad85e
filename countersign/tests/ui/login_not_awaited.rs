#![deny(unused_must_use)]

use countersign::{Auth, AuthUser};

#[derive(AuthUser)]
struct User {
    id: i64,
}

async fn login(auth: Auth<User>) -> &'static str {
    auth.login_user(&User { id: 7 });
    auth.login_user(&User { id: 7 }).remember(true);
    auth.logout_user();
    "welcome"
}

fn main() {
    let _: axum::Router = axum::Router::new().route("/login", axum::routing::post(login));
}

use countersign::AuthUser;

#[derive(AuthUser)]
struct User {
    user_id: i64,
    password_hash: String,
}

fn main() {}

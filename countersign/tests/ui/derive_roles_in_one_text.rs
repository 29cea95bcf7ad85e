use countersign::AuthUser;

#[derive(AuthUser)]
struct User {
    id: i64,
    roles: String,
}

fn main() {}

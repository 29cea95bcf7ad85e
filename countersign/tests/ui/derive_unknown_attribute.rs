use countersign::AuthUser;

#[derive(AuthUser)]
struct User {
    id: i64,
    #[auth(password)]
    secret: String,
}

fn main() {}

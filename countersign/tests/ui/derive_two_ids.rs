use countersign::AuthUser;

#[derive(AuthUser)]
struct User {
    #[auth(id)]
    number: i64,
    #[auth(id)]
    email: String,
}

fn main() {}

use countersign::AuthUser;

#[derive(AuthUser)]
struct User {
    id: Option<i64>,
}

fn main() {}

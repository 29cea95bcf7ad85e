use countersign::AuthUser;

#[derive(AuthUser)]
struct User {
    id: i64,
    is_active: i32,
}

fn main() {}

use countersign::AuthUser;

#[derive(AuthUser)]
enum User {
    Member { id: i64 },
    Guest,
}

fn main() {}

use countersign::session::MemoryStore;
use countersign::{AuthUser, LoginManager};

#[derive(AuthUser)]
struct User {
    id: i64,
}

async fn never_nobody(id: i64) -> User {
    User { id }
}

async fn by_name(name: String) -> Option<User> {
    Some(User { id: name.len() as i64 })
}

fn not_async(id: i64) -> Option<User> {
    Some(User { id })
}

fn main() {
    let _ = LoginManager::new(MemoryStore::new()).user_loader(never_nobody);
    let _ = LoginManager::new(MemoryStore::new()).user_loader(by_name);
    let _ = LoginManager::new(MemoryStore::new()).user_loader(not_async);
}

use countersign::session::MemoryStore;
use countersign::{AuthUser, LoginManager};

#[derive(AuthUser)]
struct User {
    id: i64,
}

fn main() {
    let known = vec![7];
    let _ = LoginManager::new(MemoryStore::new())
        .user_loader(async move |id: i64| known.contains(&id).then_some(User { id }));
}

use axum::Router;
use countersign::LoginManager;
use countersign::session::MemoryStore;

fn main() {
    let manager = LoginManager::new(MemoryStore::new()).login_view("/login");
    let _app: Router = Router::new().layer(manager);
}

use countersign::{Auth, CurrentUser, FreshUser, login_required};

struct User {
    name: String,
}

async fn page(user: CurrentUser<User>) -> String {
    user.name.clone()
}

async fn settings(FreshUser(user): FreshUser<User>) -> String {
    user.name.clone()
}

async fn logout(auth: Auth<User>) {}

fn main() {
    login_required::<User>();
}

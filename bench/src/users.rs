//! The users of the applications that are measured: a table in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use countersign::AuthUser;

/// A user.
#[derive(AuthUser, Clone)]
pub struct User {
    /// The key of the table.
    pub id: i64,
    /// The same for all, so that all answers have the same bytes.
    pub name: &'static str,
    /// In whatever form the application keeps it.
    pub password_hash: Arc<str>,
    /// Changes with the password.
    pub security_stamp: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The users' table.
#[derive(Clone, Debug)]
pub struct Users(Arc<HashMap<i64, User>>);

impl Users {
    /// Users with the ids from 0 on, who all have the same password.
    pub fn new(number: i64, password_hash: &str) -> Self {
        let password_hash: Arc<str> = password_hash.into();
        let user = |id| User {
            id,
            name: NAME,
            password_hash: Arc::clone(&password_hash),
            security_stamp: format!("stamp of user {id:08}"),
        };
        Self(Arc::new((0..number).map(|id| (id, user(id))).collect()))
    }

    /// The user with an id.
    pub fn get(&self, id: i64) -> Option<User> {
        self.0.get(&id).cloned()
    }
}

/// Loads a user, for `LoginManager::user_loader_with`.
pub async fn load_user(users: Users, id: i64) -> Option<User> {
    users.get(id)
}

/// The page for a user.
pub fn greeting(name: &str) -> String {
    format!("Hello, {name}! Nobody but you can see this page.\n")
}

/// What every user is called.
pub const NAME: &str = "Ada Lovelace";
/// Every user's password.
pub const PASSWORD: &str = "correct horse battery staple";

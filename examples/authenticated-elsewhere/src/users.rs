use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign::AuthUser;

use crate::provider::Identity;

/// Somebody who has been here. There is no password, so nobody can log in with one.
#[derive(AuthUser, Clone)]
pub(crate) struct User {
    pub(crate) id: usize,
    /// Who this is at the provider. Names and addresses there may change hands; the subject does not.
    pub(crate) subject: String,
    pub(crate) name: String,
}

/// This application's own users; a table, in earnest.
#[derive(Clone, Default)]
pub(crate) struct Users {
    rows: Arc<Mutex<Vec<User>>>,
}

impl Users {
    /// The user of an identity, who is added at the first visit.
    pub(crate) fn find_or_add(&self, identity: Identity) -> User {
        let mut rows = self.rows();
        let found = rows.iter().find(|user| user.subject == identity.subject);
        if let Some(user) = found {
            return user.clone();
        }
        let user = User {
            id: rows.len(),
            subject: identity.subject,
            name: identity.name,
        };
        rows.push(user.clone());
        user
    }

    fn rows(&self) -> MutexGuard<'_, Vec<User>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The user loader.
pub(crate) async fn load(users: Users, id: usize) -> Option<User> {
    users.rows().get(id).cloned()
}

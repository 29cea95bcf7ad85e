//! The peer: axum-login 0.18 on tower-sessions 0.14 with its `MemoryStore`, set up as their examples do.

use std::convert::Infallible;

use axum_login::{AuthManagerLayer, AuthManagerLayerBuilder, AuthnBackend};
use tower_sessions::{MemoryStore, SessionManagerLayer};

use crate::argon2id;
use crate::users::{User, Users};

/// What axum-login asks about users.
#[derive(Clone, Debug)]
pub struct Backend {
    users: Users,
    /// The hash of every user's password: a salt of their own would cost the same.
    tag: argon2id::Tag,
}

/// The session of a request.
pub type AuthSession = axum_login::AuthSession<Backend>;

impl Backend {
    /// For these users, who all have this password.
    pub fn new(users: Users, password: &str) -> Self {
        let tag = argon2id::hash_in_fresh_memory(password.as_bytes());
        Self { users, tag }
    }
}

/// The layer for an application.
pub fn layer(backend: Backend) -> AuthManagerLayer<Backend, MemoryStore> {
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    AuthManagerLayerBuilder::new(backend, sessions).build()
}

impl axum_login::AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.password_hash.as_bytes()
    }
}

impl AuthnBackend for Backend {
    type User = User;
    type Credentials = (i64, String);
    type Error = Infallible;

    /// As its examples do: on a thread of tokio's for work that blocks, with memory for each hash.
    async fn authenticate(&self, credentials: (i64, String)) -> Result<Option<User>, Infallible> {
        let (id, password) = credentials;
        let tag = tokio::task::spawn_blocking(move || {
            argon2id::hash_in_fresh_memory(password.as_bytes())
        })
        .await
        .expect("hashing does not panic");
        Ok(self.users.get(id).filter(|_| tag == self.tag))
    }

    async fn get_user(&self, id: &i64) -> Result<Option<User>, Infallible> {
        Ok(self.users.get(*id))
    }
}

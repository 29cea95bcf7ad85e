//! Sessions: the record, the handle that an application's code holds, and the stores that keep them.
//!
//! The cookie holds a random token and nothing else; a store keeps the token's hash, typed columns about the login,
//! and one map of values for the application. What every store must guarantee is written at [`SessionStore`].

mod data;
#[cfg(feature = "flask")]
pub(crate) mod flask;
mod handle;
mod kept;
mod memory;
mod realm;
mod record;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
mod store;

pub(crate) use handle::OpenSession;
pub(crate) use kept::Kept;
pub(crate) use realm::Realm;
pub(crate) use store::DynSessionStore;

pub use data::{Change, DataChanges, SessionData};
#[cfg(feature = "flask")]
pub use flask::FlaskSessions;
pub use handle::{Flash, Session, SessionError};
pub use kept::Sessions;
pub use memory::MemoryStore;
pub use record::{
    ClientRecord, Lifetime, Lifetimes, LoginRecord, Method, Methods, SessionId, SessionRecord,
    UserId,
};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOpenError, SqliteStore};
pub use store::{
    Commit, Committed, Epoch, Loaded, Lookup, NewSession, Replaced, SessionStore, StoreError, Want,
};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

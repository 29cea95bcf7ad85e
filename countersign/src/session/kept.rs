use std::sync::Arc;

use super::{DynSessionStore, SessionStore};
#[cfg(feature = "flask")]
use super::{FlaskSessions, flask::StandIn};
use crate::secret::SecretKey;

/// Where a login manager keeps its sessions: in a [`SessionStore`], or, as `FlaskSessions`, in the browsers.
///
/// Everything that implements `SessionStore` is one; nothing else can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` keeps no sessions",
    label = "neither a `SessionStore` nor `FlaskSessions`",
    note = "for a start, there is `MemoryStore::new()`"
)]
pub trait Sessions: sealed::Sealed {
    #[doc(hidden)]
    fn into_kept(self) -> sealed::KeptSessions;
}

/// What [`Sessions`] come to.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) store: Arc<dyn DynSessionStore>,
    #[cfg(feature = "flask")]
    pub(crate) flask: Option<Arc<FlaskSessions>>,
}

impl Kept {
    /// The key of sessions that the browsers keep.
    pub(crate) fn secret_key(&self) -> Option<SecretKey> {
        #[cfg(feature = "flask")]
        return self.flask.as_ref().map(|flask| flask.key().clone());
        #[cfg(not(feature = "flask"))]
        None
    }
}

impl<S: SessionStore> From<S> for Kept {
    fn from(store: S) -> Self {
        Self {
            store: Arc::new(store),
            #[cfg(feature = "flask")]
            flask: None,
        }
    }
}

impl<S: SessionStore> Sessions for S {
    fn into_kept(self) -> sealed::KeptSessions {
        sealed::KeptSessions(self.into())
    }
}

#[cfg(feature = "flask")]
impl Sessions for FlaskSessions {
    fn into_kept(self) -> sealed::KeptSessions {
        sealed::KeptSessions(Kept {
            store: Arc::new(StandIn),
            flask: Some(Arc::new(self)),
        })
    }
}

mod sealed {
    use super::{Kept, SessionStore};

    /// Keeps others from implementing [`Sessions`](super::Sessions).
    pub trait Sealed {}

    impl<S: SessionStore> Sealed for S {}

    #[cfg(feature = "flask")]
    impl Sealed for super::FlaskSessions {}

    /// Hides [`Kept`], which names what is private.
    #[derive(Debug)]
    pub struct KeptSessions(pub(crate) Kept);
}

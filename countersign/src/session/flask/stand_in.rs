use crate::clock::Timestamp;
use crate::secret::{Token, TokenHash};
use crate::session::{
    BoxFuture, Commit, Committed, DynSessionStore, Epoch, Lookup, SessionId, SessionRecord,
    StoreError, UserId, Want,
};

/// Stands in the place of a session store where the browsers keep the sessions: says of most things that they can't be done.
#[derive(Debug)]
pub(in crate::session) struct StandIn;

impl DynSessionStore for StandIn {
    /// Nobody has a token of a store that is not there.
    fn load<'a>(
        &'a self,
        _: &'a TokenHash,
        _: Want,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        Box::pin(async { Ok(Lookup::Unknown) })
    }

    fn commit(&self, _: Commit, _: Timestamp) -> BoxFuture<'_, Result<Committed, StoreError>> {
        cannot("be kept in a store")
    }

    fn touch<'a>(
        &'a self,
        _: &'a TokenHash,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }

    fn end<'a>(
        &'a self,
        _: &'a TokenHash,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        cannot("be ended by its token")
    }

    fn end_named<'a>(
        &'a self,
        _: &'a UserId,
        _: SessionId,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        cannot("be ended by its name")
    }

    fn end_all_of<'a>(
        &'a self,
        _: &'a UserId,
        _: Option<&'a TokenHash>,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Epoch, StoreError>> {
        cannot("be ended with all others of its user")
    }

    fn end_all(&self, _: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        cannot("be ended with those of everybody")
    }

    fn sessions_of<'a>(
        &'a self,
        _: &'a UserId,
        _: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<SessionRecord>, StoreError>> {
        cannot("be listed")
    }

    /// No ending of all sessions ever began another one.
    fn epoch_of<'a>(&'a self, _: &'a UserId) -> BoxFuture<'a, Result<Epoch, StoreError>> {
        Box::pin(async { Ok(Epoch::default()) })
    }

    fn bucket_of(&self, user: &UserId) -> u16 {
        Token::bucket_of(user.as_str())
    }

    /// There is none whose time could be over.
    fn remove_expired(&self, _: u32, _: Timestamp) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async { Ok(0) })
    }

    /// All nodes have Flask's secret key.
    fn shared_secret(&self, _: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>> {
        cannot("keep a secret for all nodes")
    }
}

fn cannot<'a, T: Send + 'a>(what: &'static str) -> BoxFuture<'a, Result<T, StoreError>> {
    Box::pin(async move { Err(StoreError::ClientSide { what }) })
}

use std::sync::Arc;

use super::{
    BoxFuture, Commit, Committed, DynSessionStore, Epoch, Loaded, Lookup, SessionId, SessionRecord,
    StoreError, UserId, Want,
};
use crate::clock::Timestamp;
use crate::secret::TokenHash;

/// One login manager's part of a store that several share: the sessions of its users, whose ids may be those of another
/// manager's users too.
///
/// A token is kept under a hash in which the realm takes part, and a user under his id behind the realm's name. So the
/// one manager's token is unknown to the other, and ending all sessions of the one's user 1 does nothing to the other's.
#[derive(Debug)]
pub(crate) struct Realm {
    store: Arc<dyn DynSessionStore>,
    name: Arc<str>,
}

impl Realm {
    pub(crate) fn new(store: Arc<dyn DynSessionStore>, name: Arc<str>) -> Self {
        Self { store, name }
    }

    fn token(&self, token: &TokenHash) -> TokenHash {
        token.in_realm(&self.name)
    }

    fn user(&self, user: &UserId) -> UserId {
        UserId::new(format!("{}{SEPARATOR}{user}", self.name))
    }

    /// The record as the manager knows it. `None` when it is another realm's: then the token is not this one's either.
    fn record(&self, record: &SessionRecord) -> Option<SessionRecord> {
        let mut record = record.clone();
        if let Some(login) = &mut record.login {
            let id = login.user_id.as_str().strip_prefix(&*self.name)?;
            login.user_id = UserId::new(id.strip_prefix(SEPARATOR)?);
        }
        Some(record)
    }

    fn loaded(&self, loaded: Loaded) -> Option<Loaded> {
        let record = Arc::new(self.record(&loaded.record)?);
        Some(Loaded { record, ..loaded })
    }

    fn commit_of(&self, commit: Commit) -> Commit {
        match commit {
            Commit::Change { token, changes } => Commit::Change {
                token: self.token(&token),
                changes,
            },
            Commit::Begin {
                mut session,
                mut replaces,
                changes,
            } => {
                session.token = self.token(&session.token);
                if let Some(login) = &mut session.record.login {
                    login.user_id = self.user(&login.user_id);
                }
                if let Some(old) = &mut replaces {
                    old.token = self.token(&old.token);
                }
                Commit::Begin {
                    session,
                    replaces,
                    changes,
                }
            }
        }
    }
}

impl DynSessionStore for Realm {
    fn load<'a>(
        &'a self,
        token: &'a TokenHash,
        want: Want,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        Box::pin(async move {
            let token = self.token(token);
            Ok(match self.store.load(&token, want, now).await? {
                Lookup::Live(loaded) => self.loaded(loaded).map_or(Lookup::Unknown, Lookup::Live),
                Lookup::Fading(loaded) => {
                    self.loaded(loaded).map_or(Lookup::Unknown, Lookup::Fading)
                }
                gone => gone,
            })
        })
    }

    fn commit(
        &self,
        commit: Commit,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Committed, StoreError>> {
        self.store.commit(self.commit_of(commit), now)
    }

    fn touch<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.store.touch(&self.token(token), now).await })
    }

    fn end<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.store.end(&self.token(token), now).await })
    }

    fn end_named<'a>(
        &'a self,
        user: &'a UserId,
        session: SessionId,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { self.store.end_named(&self.user(user), session, now).await })
    }

    fn end_all_of<'a>(
        &'a self,
        user: &'a UserId,
        except: Option<&'a TokenHash>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Epoch, StoreError>> {
        Box::pin(async move {
            let except = except.map(|token| self.token(token));
            self.store
                .end_all_of(&self.user(user), except.as_ref(), now)
                .await
        })
    }

    fn end_all(&self, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store.end_all(now)
    }

    fn sessions_of<'a>(
        &'a self,
        user: &'a UserId,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<SessionRecord>, StoreError>> {
        Box::pin(async move {
            let records = self.store.sessions_of(&self.user(user), now).await?;
            Ok(records
                .iter()
                .filter_map(|record| self.record(record))
                .collect())
        })
    }

    fn epoch_of<'a>(&'a self, user: &'a UserId) -> BoxFuture<'a, Result<Epoch, StoreError>> {
        Box::pin(async move { self.store.epoch_of(&self.user(user)).await })
    }

    fn bucket_of(&self, user: &UserId) -> u16 {
        self.store.bucket_of(&self.user(user))
    }

    fn remove_expired(
        &self,
        at_most: u32,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.store.remove_expired(at_most, now)
    }

    fn shared_secret(&self, proposal: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>> {
        self.store.shared_secret(proposal)
    }
}

/// Between a realm's name and a user's id: ASCII's unit separator, which no realm's name has.
const SEPARATOR: char = '\u{1F}';

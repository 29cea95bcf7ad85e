mod shard;

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use self::shard::Shard;
use super::{
    Commit, Committed, DataChanges, Epoch, Lookup, NewSession, Replaced, SessionData, SessionId,
    SessionRecord, SessionStore, StoreError, UserId, Want,
};
use crate::clock::Timestamp;
use crate::secret::{Token, TokenHash};

/// Sessions in this process's memory: for tests, first tries, and applications of one process whose users may log in
/// again after a restart.
///
/// ```
/// use countersign::session::{MemoryStore, SessionStore};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MemoryStore::new();
/// assert_eq!(store.count().await?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

struct Shared {
    /// One for each bucket: all of a user's sessions are in one shard, under one lock.
    shards: [Mutex<Shard>; Token::BUCKETS as usize],
    global_epoch: AtomicU64,
    /// When everybody's sessions were ended for the last time, in milliseconds since 1970.
    all_ended_at: AtomicI64,
    secret: OnceLock<[u8; 32]>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        let shared = Shared {
            shards,
            global_epoch: AtomicU64::new(0),
            all_ended_at: AtomicI64::new(i64::MIN),
            secret: OnceLock::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    fn shard(&self, bucket: u16) -> MutexGuard<'_, Shard> {
        // No code that runs under the lock is the application's but `DataChanges`, which runs on a copy; so a panic
        // there leaves the shard whole.
        self.shared.shards[usize::from(bucket)]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn shard_of(&self, user: &UserId) -> MutexGuard<'_, Shard> {
        self.shard(Token::bucket_of(user.as_str()))
    }

    fn global_epoch(&self) -> u64 {
        self.shared.global_epoch.load(Ordering::SeqCst)
    }

    fn change(&self, token: &TokenHash, changes: &DataChanges, now: Timestamp) -> Committed {
        let mut shard = self.shard(token.bucket());
        let Some(entry) = shard.live(token, self.global_epoch(), now) else {
            return Committed::Gone;
        };
        let mut data = (*entry.data).clone();
        changes.apply_to(&mut data);
        entry.data = Arc::new(data);
        Committed::Done
    }

    fn begin(
        &self,
        session: NewSession,
        replaces: Option<Replaced>,
        changes: &DataChanges,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let bucket = session.token.bucket();
        let mut shards = Pair::lock(
            self,
            bucket,
            replaces.as_ref().map(|old| old.token.bucket()),
        );
        // A token that was given out before would bring its session back.
        if shards.of(bucket).knows(&session.token) {
            return Err(StoreError::Unavailable("the token is in use".into()));
        }
        let global = self.global_epoch();
        let user = session
            .record
            .login
            .as_ref()
            .map(|login| login.user_id.clone());
        let present = shards.of(bucket).epoch_of(user.as_ref(), global);
        if session.epoch.is_some_and(|epoch| epoch != present) {
            return Ok(Committed::Outdated);
        }

        let mut data = SessionData::default();
        let mut chain = session.record.id;
        if let Some(old) = replaces {
            let shard = shards.of(old.token.bucket());
            match shard.live(&old.token, global, now) {
                Some(entry) if old.keep_data => data = (*entry.data).clone(),
                None if old.must_be_live => return Ok(Committed::Gone),
                _ => {}
            }
            changes.apply_to(&mut data);
            match shard.login_of(&old.token, user.as_ref(), global, now) {
                Some(login) if old.fades => {
                    chain = login;
                    shard.fade(&old.token, global, now);
                }
                _ => _ = shard.end(&old.token, global, now),
            }
        } else {
            changes.apply_to(&mut data);
        }

        let shard = shards.of(bucket);
        if let Some(user) = &user {
            shard.make_room(user, global, now);
        }
        shard.insert(chain, session, data, present);
        shard.clean(CLEANED_AT_A_BEGINNING, now);
        Ok(Committed::Done)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl SessionStore for MemoryStore {
    async fn load(
        &self,
        token: &TokenHash,
        want: Want,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let shard = self.shard(token.bucket());
        // The epoch first: whoever sees the new one then sees the moment at which it began.
        let global = self.global_epoch();
        let all_ended_at = self.shared.all_ended_at.load(Ordering::SeqCst);
        let all_ended_at = Timestamp::from_millis(all_ended_at);
        Ok(shard.look_up(token, want, global, all_ended_at, now))
    }

    async fn commit(&self, commit: Commit, now: Timestamp) -> Result<Committed, StoreError> {
        match commit {
            Commit::Change { token, changes } => Ok(self.change(&token, &changes, now)),
            Commit::Begin {
                session,
                replaces,
                changes,
            } => self.begin(session, replaces, &changes, now),
        }
    }

    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        self.shard(token.bucket())
            .touch(token, self.global_epoch(), now);
        Ok(())
    }

    async fn end(&self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self
            .shard(token.bucket())
            .end(token, self.global_epoch(), now))
    }

    async fn end_named(
        &self,
        user: &UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self
            .shard_of(user)
            .end_named(user, session, self.global_epoch(), now))
    }

    async fn end_all_of(
        &self,
        user: &UserId,
        except: Option<&TokenHash>,
        now: Timestamp,
    ) -> Result<Epoch, StoreError> {
        let mut shard = self.shard_of(user);
        Ok(shard.end_all_of(user, except, self.global_epoch(), now))
    }

    async fn end_all(&self, now: Timestamp) -> Result<(), StoreError> {
        let shared = &self.shared;
        shared
            .all_ended_at
            .fetch_max(now.as_millis(), Ordering::SeqCst);
        shared.global_epoch.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let shard = self.shard_of(user);
        let mut live = shard.live_of(user, self.global_epoch(), now);
        live.sort_by_key(|(record, _)| (record.created_at, record.id));
        Ok(live.iter().map(|(record, _)| (**record).clone()).collect())
    }

    async fn epoch_of(&self, user: &UserId) -> Result<Epoch, StoreError> {
        Ok(self
            .shard_of(user)
            .epoch_of(Some(user), self.global_epoch()))
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let count = |bucket| self.shard(bucket).len() as u64;
        Ok((0..Token::BUCKETS).map(count).sum())
    }

    async fn remove_expired(&self, at_most: u32, now: Timestamp) -> Result<u64, StoreError> {
        let mut removed = 0;
        for bucket in 0..Token::BUCKETS {
            removed += self.shard(bucket).clean(at_most - removed, now);
        }
        Ok(u64::from(removed))
    }

    async fn shared_secret(&self, proposal: [u8; 32]) -> Result<[u8; 32], StoreError> {
        Ok(*self.shared.secret.get_or_init(|| proposal))
    }
}

/// The shards of at most two buckets, locked in the order of their numbers so that no two callers wait for each other.
struct Pair<'a> {
    lower: (u16, MutexGuard<'a, Shard>),
    higher: Option<(u16, MutexGuard<'a, Shard>)>,
}

impl<'a> Pair<'a> {
    fn lock(store: &'a MemoryStore, one: u16, other: Option<u16>) -> Self {
        let other = other.unwrap_or(one);
        let (low, high) = (one.min(other), one.max(other));
        let lower = (low, store.shard(low));
        let higher = (low != high).then(|| (high, store.shard(high)));
        Self { lower, higher }
    }

    fn of(&mut self, bucket: u16) -> &mut Shard {
        match &mut self.higher {
            Some((higher, shard)) if *higher == bucket => shard,
            _ => &mut self.lower.1,
        }
    }
}

/// How many sessions whose time is over a beginning session cleans away: more than one, so that none pile up.
const CLEANED_AT_A_BEGINNING: u32 = 8;

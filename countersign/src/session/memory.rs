use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{
    Commit, Committed, DataChanges, Epoch, Loaded, Lookup, NewSession, Replaced, SessionData,
    SessionId, SessionRecord, SessionStore, StoreError, UserId, Want,
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
    secret: OnceLock<[u8; 32]>,
}

#[derive(Default)]
struct Shard {
    sessions: HashMap<TokenHash, Entry>,
    /// The sessions by the moment at which they can be cleaned away.
    by_end: BTreeSet<(Timestamp, TokenHash)>,
    users: HashMap<UserId, User>,
}

#[derive(Default)]
struct User {
    epoch: u64,
    sessions: BTreeMap<SessionId, TokenHash>,
}

struct Entry {
    record: Arc<SessionRecord>,
    data: Arc<SessionData>,
    epoch: Epoch,
    ended: Option<Ended>,
}

/// A session that was replaced or ended.
struct Ended {
    /// Until when it can still be read; `None` when it can't.
    readable_until: Option<Timestamp>,
    forgotten_at: Timestamp,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        let shared = Shared {
            shards,
            global_epoch: AtomicU64::new(0),
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
        if shards.of(bucket).sessions.contains_key(&session.token) {
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
        if let Some(old) = replaces {
            let shard = shards.of(old.token.bucket());
            match shard.live(&old.token, global, now) {
                Some(entry) if old.keep_data => data = (*entry.data).clone(),
                None if old.must_be_live => return Ok(Committed::Gone),
                _ => {}
            }
            changes.apply_to(&mut data);
            shard.end(&old.token, global, old.fades, now);
        } else {
            changes.apply_to(&mut data);
        }

        let shard = shards.of(bucket);
        shard.insert(session.token, session.record, data, present);
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
        Ok(shard.look_up(token, want, self.global_epoch(), now))
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
            .end(token, self.global_epoch(), false, now))
    }

    async fn end_named(
        &self,
        user: &UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut shard = self.shard_of(user);
        let token = shard
            .users
            .get(user)
            .and_then(|user| user.sessions.get(&session))
            .copied();
        Ok(token.is_some_and(|token| shard.end(&token, self.global_epoch(), false, now)))
    }

    async fn end_all_of(
        &self,
        user: &UserId,
        except: Option<&TokenHash>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut shard = self.shard_of(user);
        let global = self.global_epoch();
        // Only a live session of this user can be spared.
        let spared = except.filter(|token| {
            shard
                .live(token, global, now)
                .is_some_and(|entry| entry.user() == Some(user))
        });
        let epoch = {
            let user = shard.users.entry(user.clone()).or_default();
            user.epoch += 1;
            user.epoch
        };
        if let Some(entry) = spared.and_then(|token| shard.sessions.get_mut(token)) {
            entry.epoch.user = epoch;
        }
        Ok(())
    }

    async fn end_all(&self, _now: Timestamp) -> Result<(), StoreError> {
        self.shared.global_epoch.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let mut shard = self.shard_of(user);
        let tokens: Vec<_> = shard
            .users
            .get(user)
            .map_or_else(Vec::new, |user| user.sessions.values().copied().collect());
        let global = self.global_epoch();
        let live = |token| {
            shard
                .live(token, global, now)
                .map(|entry| (*entry.record).clone())
        };
        Ok(tokens.iter().filter_map(live).collect())
    }

    async fn epoch_of(&self, user: &UserId) -> Result<Epoch, StoreError> {
        Ok(self
            .shard_of(user)
            .epoch_of(Some(user), self.global_epoch()))
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let count = |bucket| self.shard(bucket).sessions.len() as u64;
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

impl Shard {
    fn look_up(&self, token: &TokenHash, want: Want, global: u64, now: Timestamp) -> Lookup {
        let Some(entry) = self.sessions.get(token) else {
            return Lookup::Unknown;
        };
        let loaded = || Loaded {
            record: Arc::clone(&entry.record),
            data: (want == Want::RecordAndData).then(|| (*entry.data).clone()),
        };
        let current = self.is_current(entry, global);
        match &entry.ended {
            Some(ended) if now >= ended.forgotten_at => Lookup::Unknown,
            Some(ended)
                if current
                    && ended.readable_until.is_some_and(|until| now < until)
                    && entry.record.is_live(now) =>
            {
                Lookup::Fading(loaded())
            }
            Some(_) => Lookup::Ended,
            None if !entry.record.is_live(now) => Lookup::Unknown,
            None if !current => Lookup::Ended,
            None => Lookup::Live(loaded()),
        }
    }

    /// Whether no ending of all sessions came over this one.
    fn is_current(&self, entry: &Entry, global: u64) -> bool {
        entry.epoch == self.epoch_of(entry.user(), global)
    }

    fn epoch_of(&self, user: Option<&UserId>, global: u64) -> Epoch {
        let user = user
            .and_then(|user| self.users.get(user))
            .map_or(0, |user| user.epoch);
        Epoch { global, user }
    }

    fn live(&mut self, token: &TokenHash, global: u64, now: Timestamp) -> Option<&mut Entry> {
        let entry = self.sessions.get(token)?;
        let live =
            entry.ended.is_none() && entry.record.is_live(now) && self.is_current(entry, global);
        if live {
            self.sessions.get_mut(token)
        } else {
            None
        }
    }

    fn insert(&mut self, token: TokenHash, record: SessionRecord, data: SessionData, epoch: Epoch) {
        self.by_end.insert((record.ends_at(), token));
        if let Some(login) = &record.login {
            let user = self.users.entry(login.user_id.clone()).or_default();
            user.sessions.insert(record.id, token);
        }
        let entry = Entry {
            record: Arc::new(record),
            data: Arc::new(data),
            epoch,
            ended: None,
        };
        self.sessions.insert(token, entry);
    }

    fn touch(&mut self, token: &TokenHash, global: u64, now: Timestamp) {
        let Some(entry) = self.live(token, global, now) else {
            return;
        };
        let before = entry.cleaned_at();
        Arc::make_mut(&mut entry.record).touch(now);
        let after = entry.cleaned_at();
        self.by_end.remove(&(before, *token));
        self.by_end.insert((after, *token));
    }

    fn end(&mut self, token: &TokenHash, global: u64, fades: bool, now: Timestamp) -> bool {
        let Some(entry) = self.live(token, global, now) else {
            return false;
        };
        let before = entry.cleaned_at();
        entry.ended = Some(Ended {
            readable_until: fades.then(|| now + MemoryStore::GRACE),
            forgotten_at: now + MemoryStore::TOMBSTONE,
        });
        if !fades {
            entry.data = Arc::default();
        }
        let after = entry.cleaned_at();
        let record = Arc::clone(&entry.record);
        self.by_end.remove(&(before, *token));
        self.by_end.insert((after, *token));
        self.leave_user(&record);
        true
    }

    fn clean(&mut self, at_most: u32, now: Timestamp) -> u32 {
        let mut cleaned = 0;
        while cleaned < at_most
            && let Some((end, token)) = self.by_end.first().copied()
            && end <= now
        {
            self.by_end.pop_first();
            if let Some(entry) = self.sessions.remove(&token) {
                self.leave_user(&entry.record);
            }
            cleaned += 1;
        }
        cleaned
    }

    fn leave_user(&mut self, record: &SessionRecord) {
        let Some(login) = &record.login else { return };
        if let Some(user) = self.users.get_mut(&login.user_id) {
            user.sessions.remove(&record.id);
            if user.sessions.is_empty() && user.epoch == 0 {
                self.users.remove(&login.user_id);
            }
        }
    }
}

impl Entry {
    fn user(&self) -> Option<&UserId> {
        self.record.login.as_ref().map(|login| &login.user_id)
    }

    fn cleaned_at(&self) -> Timestamp {
        self.ended
            .as_ref()
            .map_or(self.record.ends_at(), |ended| ended.forgotten_at)
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

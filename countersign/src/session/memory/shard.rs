use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::MemoryStore;
use crate::clock::Timestamp;
use crate::secret::TokenHash;
use crate::session::{
    Epoch, Loaded, Lookup, NewSession, SessionData, SessionId, SessionRecord, SessionStore, UserId,
    Want,
};

/// The sessions of one bucket: all of a user's are in one.
#[derive(Default)]
pub(super) struct Shard {
    sessions: HashMap<TokenHash, Entry>,
    /// The sessions by the moment at which they can be cleaned away.
    by_end: BTreeSet<(Timestamp, TokenHash)>,
    /// The sessions by the login that they are part of.
    by_chain: BTreeSet<(SessionId, TokenHash)>,
    users: HashMap<UserId, User>,
}

#[derive(Default)]
struct User {
    epoch: u64,
    /// Those that neither were replaced nor ended.
    sessions: BTreeMap<SessionId, TokenHash>,
}

/// A session.
pub(super) struct Entry {
    /// The login that it is part of: the name of its first session.
    chain: SessionId,
    record: Arc<SessionRecord>,
    pub(super) data: Arc<SessionData>,
    epoch: Epoch,
    ended: Option<Ended>,
}

/// A session that was replaced or ended.
struct Ended {
    /// Until when it can still be read; `None` when it can't.
    readable_until: Option<Timestamp>,
    forgotten_at: Timestamp,
}

impl Shard {
    pub(super) fn look_up(
        &self,
        token: &TokenHash,
        want: Want,
        global: u64,
        all_ended_at: Timestamp,
        now: Timestamp,
    ) -> Lookup {
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
            Some(ended) if current && ended.is_readable(now) => Lookup::Fading(loaded()),
            Some(_) => Lookup::Ended,
            None if !entry.record.is_live(now) => Lookup::Unknown,
            None if current => Lookup::Live(loaded()),
            // It was ended with everybody's.
            None if now < all_ended_at + MemoryStore::TOMBSTONE => Lookup::Ended,
            None => Lookup::Unknown,
        }
    }

    pub(super) fn knows(&self, token: &TokenHash) -> bool {
        self.sessions.contains_key(token)
    }

    pub(super) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether no ending of all sessions came over this one.
    fn is_current(&self, entry: &Entry, global: u64) -> bool {
        entry.epoch == self.epoch_of(entry.user(), global)
    }

    pub(super) fn epoch_of(&self, user: Option<&UserId>, global: u64) -> Epoch {
        let user = user
            .and_then(|user| self.users.get(user))
            .map_or(0, |user| user.epoch);
        Epoch { global, user }
    }

    pub(super) fn live(
        &mut self,
        token: &TokenHash,
        global: u64,
        now: Timestamp,
    ) -> Option<&mut Entry> {
        let entry = self.sessions.get(token)?;
        if self.is_live(entry, global, now) {
            self.sessions.get_mut(token)
        } else {
            None
        }
    }

    fn is_live(&self, entry: &Entry, global: u64, now: Timestamp) -> bool {
        entry.ended.is_none() && entry.record.is_live(now) && self.is_current(entry, global)
    }

    /// A session that can be read: a live or a fading one.
    fn open(&self, token: &TokenHash, global: u64, now: Timestamp) -> Option<&Entry> {
        let is_open = |entry: &&Entry| match &entry.ended {
            Some(ended) => ended.is_readable(now) && self.is_current(entry, global),
            None => self.is_live(entry, global, now),
        };
        self.sessions.get(token).filter(is_open)
    }

    /// A user's live sessions.
    pub(super) fn live_of(
        &self,
        user: &UserId,
        global: u64,
        now: Timestamp,
    ) -> Vec<(Arc<SessionRecord>, TokenHash)> {
        let tokens = self.users.get(user).map(|user| user.sessions.values());
        tokens
            .into_iter()
            .flatten()
            .filter_map(|token| Some((token, self.sessions.get(token)?)))
            .filter(|(_, entry)| self.is_live(entry, global, now))
            .map(|(token, entry)| (Arc::clone(&entry.record), *token))
            .collect()
    }

    /// The login that an open session of this user is part of.
    pub(super) fn login_of(
        &self,
        token: &TokenHash,
        user: Option<&UserId>,
        global: u64,
        now: Timestamp,
    ) -> Option<SessionId> {
        let is_users = |entry: &&Entry| user.is_some() && entry.user() == user;
        let entry = self.open(token, global, now).filter(is_users)?;
        Some(entry.chain)
    }

    pub(super) fn insert(
        &mut self,
        chain: SessionId,
        session: NewSession,
        data: SessionData,
        epoch: Epoch,
    ) {
        let NewSession { token, record, .. } = session;
        self.by_end.insert((record.ends_at(), token));
        self.by_chain.insert((chain, token));
        if let Some(login) = &record.login {
            let user = self.users.entry(login.user_id.clone()).or_default();
            user.sessions.insert(record.id, token);
        }
        let entry = Entry {
            chain,
            record: Arc::new(record),
            data: Arc::new(data),
            epoch,
            ended: None,
        };
        self.sessions.insert(token, entry);
    }

    pub(super) fn touch(&mut self, token: &TokenHash, global: u64, now: Timestamp) {
        let Some(entry) = self.live(token, global, now) else {
            return;
        };
        let before = entry.cleaned_at();
        Arc::make_mut(&mut entry.record).touch(now);
        let after = entry.cleaned_at();
        self.by_end.remove(&(before, *token));
        self.by_end.insert((after, *token));
    }

    /// Ends an open session, and all open ones of its login.
    pub(super) fn end(&mut self, token: &TokenHash, global: u64, now: Timestamp) -> bool {
        let Some(chain) = self.open(token, global, now).map(|entry| entry.chain) else {
            return false;
        };
        let ends: Vec<_> = self
            .by_chain
            .range((chain, LEAST_TOKEN)..)
            .take_while(|(of, _)| *of == chain)
            .map(|(_, token)| *token)
            .filter(|token| self.open(token, global, now).is_some())
            .collect();
        for token in ends {
            self.bury(&token, None, now);
        }
        true
    }

    pub(super) fn end_named(
        &mut self,
        user: &UserId,
        session: SessionId,
        global: u64,
        now: Timestamp,
    ) -> bool {
        let known = self.users.get(user);
        let token = known.and_then(|user| user.sessions.get(&session)).copied();
        token.is_some_and(|token| self.end(&token, global, now))
    }

    pub(super) fn end_all_of(
        &mut self,
        user: &UserId,
        except: Option<&TokenHash>,
        global: u64,
        now: Timestamp,
    ) -> Epoch {
        // Only a live session of this user can be spared, because only those are among them.
        let mut spared = None;
        for (_, token) in self.live_of(user, global, now) {
            if Some(&token) == except {
                spared = Some(token);
            } else {
                self.bury(&token, None, now);
            }
        }
        let of_user = self.users.entry(user.clone()).or_default();
        of_user.epoch += 1;
        let epoch = Epoch {
            global,
            user: of_user.epoch,
        };
        if let Some(entry) = spared.and_then(|token| self.sessions.get_mut(&token)) {
            entry.epoch = epoch;
        }
        epoch
    }

    /// Lets a live session fade.
    pub(super) fn fade(&mut self, token: &TokenHash, global: u64, now: Timestamp) {
        if let Some(entry) = self.live(token, global, now) {
            let until = (now + MemoryStore::GRACE).min(entry.record.ends_at());
            self.bury(token, Some(until), now);
        }
    }

    /// Ends as many of a user's live sessions as have to give way to one more: those that were used longest ago.
    pub(super) fn make_room(&mut self, user: &UserId, global: u64, now: Timestamp) {
        let known = self.users.get(user).map_or(0, |user| user.sessions.len());
        if known < MemoryStore::SESSIONS_PER_USER {
            return;
        }
        let mut live = self.live_of(user, global, now);
        live.sort_by_key(|(record, _)| (record.last_seen_at, record.id));
        let beyond = (live.len() + 1).saturating_sub(MemoryStore::SESSIONS_PER_USER);
        for (_, token) in live.into_iter().take(beyond) {
            self.end(&token, global, now);
        }
    }

    /// Leaves of a session what is remembered of one that was replaced or ended.
    fn bury(&mut self, token: &TokenHash, readable_until: Option<Timestamp>, now: Timestamp) {
        let Some(entry) = self.sessions.get_mut(token) else {
            return;
        };
        let before = entry.cleaned_at();
        entry.ended = Some(Ended {
            readable_until,
            forgotten_at: now + MemoryStore::TOMBSTONE,
        });
        if readable_until.is_none() {
            entry.data = Arc::default();
        }
        let after = entry.cleaned_at();
        let record = Arc::clone(&entry.record);
        self.by_end.remove(&(before, *token));
        self.by_end.insert((after, *token));
        self.leave_user(&record);
    }

    pub(super) fn clean(&mut self, at_most: u32, now: Timestamp) -> u32 {
        let mut cleaned = 0;
        while cleaned < at_most
            && let Some((end, token)) = self.by_end.first().copied()
            && end <= now
        {
            self.by_end.pop_first();
            if let Some(entry) = self.sessions.remove(&token) {
                self.by_chain.remove(&(entry.chain, token));
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

impl Ended {
    fn is_readable(&self, now: Timestamp) -> bool {
        self.readable_until.is_some_and(|until| now < until)
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

/// No token comes before it.
const LEAST_TOKEN: TokenHash = TokenHash::from_stored(0, [0; 32]);

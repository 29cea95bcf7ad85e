//! Stores that each break exactly one promise, in the way in which such stores are broken out there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::clock::Timestamp;
use countersign::secret::{OperatingSystemRandom, Token, TokenHash};
use countersign::session::{
    Change, ClientRecord, Commit, Committed, DataChanges, Epoch, Lifetime, Loaded, Lookup,
    MemoryStore, NewSession, Replaced, SessionData, SessionId, SessionRecord, SessionStore,
    StoreError, UserId, Want,
};
use serde_json::Value;

/// How a store is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// A change writes the whole session, whether or not it was ended meanwhile.
    ChangeRevives,
    /// A touch does so.
    TouchRevives,
    /// A change writes the whole map as it was read before.
    LastMapWins,
    /// A login keeps the old data.
    DataSurvivesLogin,
    /// The old token opens the new session.
    OldTokenOpensNew,
    /// An end is carried out later, at the next commit.
    EndIsDeferred,
    /// Use moves the absolute deadline as well.
    UseMovesLastDeadline,
    /// A touch writes down whatever moment it is given.
    TouchMovesBack,
    /// The first change of an unknown token begins a session with it.
    UnknownIsAdopted,
    /// The end of all deletes the sessions that are there.
    EndOfAllIsAList,
    /// A look-up of an unknown token writes down an empty session.
    LookupWrites,
    /// What was ended is forgotten.
    NoTombstone,
    /// What fades is live.
    FadingIsLive,
    /// A token is taken for a second session.
    TokenBeginsTwice,
    /// What fades is none of the ends' business.
    FadingOutlivesItsLogin,
    /// An end under a token that fades finds nothing to end.
    FadingTokenEndsNothing,
    /// Whoever takes a session's place lets it fade.
    AnyProofLetsFade,
    /// The end of all asks for the epoch when it is over.
    EpochIsAskedForLater,
    /// Nobody counts a user's sessions.
    SessionsPileUp,
}

impl Fault {
    pub(crate) const ALL: [Fault; 19] = [
        Fault::ChangeRevives,
        Fault::TouchRevives,
        Fault::LastMapWins,
        Fault::DataSurvivesLogin,
        Fault::OldTokenOpensNew,
        Fault::EndIsDeferred,
        Fault::UseMovesLastDeadline,
        Fault::TouchMovesBack,
        Fault::UnknownIsAdopted,
        Fault::EndOfAllIsAList,
        Fault::LookupWrites,
        Fault::NoTombstone,
        Fault::FadingIsLive,
        Fault::TokenBeginsTwice,
        Fault::FadingOutlivesItsLogin,
        Fault::FadingTokenEndsNothing,
        Fault::AnyProofLetsFade,
        Fault::EpochIsAskedForLater,
        Fault::SessionsPileUp,
    ];

    /// The promise that it breaks.
    pub(crate) fn invariant(self) -> u8 {
        match self {
            Fault::ChangeRevives | Fault::TouchRevives | Fault::TokenBeginsTwice => 1,
            Fault::LastMapWins => 2,
            Fault::DataSurvivesLogin | Fault::OldTokenOpensNew => 3,
            Fault::EndIsDeferred | Fault::FadingTokenEndsNothing => 4,
            Fault::UseMovesLastDeadline | Fault::TouchMovesBack => 5,
            Fault::UnknownIsAdopted => 6,
            Fault::EndOfAllIsAList | Fault::EpochIsAskedForLater => 7,
            Fault::LookupWrites => 8,
            Fault::NoTombstone
            | Fault::FadingIsLive
            | Fault::FadingOutlivesItsLogin
            | Fault::AnyProofLetsFade => 9,
            Fault::SessionsPileUp => 10,
        }
    }
}

/// A good store with one fault laid over it.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    good: MemoryStore,
    fault: Fault,
    notes: Mutex<Notes>,
}

/// What a fault has to remember beside the good store.
#[derive(Debug, Default)]
struct Notes {
    /// The records as they began.
    begun: HashMap<TokenHash, SessionRecord>,
    /// Records that the fault answers in the place of the good store's.
    overlaid: HashMap<TokenHash, SessionRecord>,
    /// Which token took the place of which.
    successors: HashMap<TokenHash, TokenHash>,
    /// Sessions that fade whatever the good store says, and until when.
    fading: HashMap<TokenHash, (Loaded, Timestamp)>,
    /// Ends that are still to be carried out.
    deferred: Vec<TokenHash>,
}

impl FaultyStore {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            good: MemoryStore::new(),
            fault,
            notes: Mutex::default(),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn note<T>(&self, note: impl FnOnce(&mut Notes) -> T) -> T {
        note(&mut self.notes.lock().unwrap())
    }

    /// The record as it began, from now on in the place of the good store's.
    fn overlay(&self, token: &TokenHash, change: impl FnOnce(&mut SessionRecord)) {
        self.note(|notes| {
            if let Some(begun) = notes.begun.get(token).cloned() {
                change(notes.overlaid.entry(*token).or_insert(begun));
            }
        });
    }

    /// Lets a session fade that is replaced, whatever happens to it.
    async fn let_fade(
        &self,
        replaced: &Replaced,
        by: Option<UserId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let lookup = self
            .good
            .load(&replaced.token, Want::RecordAndData, now)
            .await?;
        let Lookup::Live(loaded) = lookup else {
            return Ok(());
        };
        let user = user_of(&loaded.record);
        let is_its_own_users = user.is_some() && user == by;
        if self.has(Fault::FadingOutlivesItsLogin) && is_its_own_users
            || self.has(Fault::AnyProofLetsFade) && !is_its_own_users
        {
            let until = now + Self::GRACE;
            self.note(|notes| notes.fading.insert(replaced.token, (loaded, until)));
        }
        Ok(())
    }

    /// Begins a session, and brings back what had to give way to it.
    async fn begin_beside_all(
        &self,
        commit: Commit,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let before = self.good.sessions_of(user, now).await?;
        let committed = self.good.commit(commit, now).await?;
        let after = self.good.sessions_of(user, now).await?;
        let gave_way = before.iter().filter(|record| !after.contains(record));
        for record in gave_way {
            self.note(|notes| {
                let begun = notes.begun.iter().find(|(_, begun)| begun.id == record.id);
                if let Some(token) = begun.map(|(token, _)| *token) {
                    notes.overlaid.insert(token, record.clone());
                }
            });
        }
        Ok(committed)
    }

    async fn carry_out_deferred(&self, now: Timestamp) -> Result<(), StoreError> {
        for token in self.note(|notes| std::mem::take(&mut notes.deferred)) {
            self.good.end(&token, now).await?;
        }
        Ok(())
    }

    async fn change(
        &self,
        token: TokenHash,
        changes: DataChanges,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        if self.has(Fault::LastMapWins) {
            return self.write_whole_map(token, changes, now).await;
        }
        let committed = self
            .good
            .commit(Commit::Change { token, changes }, now)
            .await?;
        if committed == Committed::Gone {
            if self.has(Fault::ChangeRevives) {
                self.overlay(&token, |_| {});
                return Ok(Committed::Done);
            }
            let is_unknown = !self.note(|notes| notes.begun.contains_key(&token));
            if self.has(Fault::UnknownIsAdopted) && is_unknown {
                return begin(&self.good, token, now).await;
            }
        }
        Ok(committed)
    }

    async fn write_whole_map(
        &self,
        token: TokenHash,
        changes: DataChanges,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        let mut before = SessionData::default();
        if let Lookup::Live(loaded) = self.good.load(&token, Want::RecordAndData, now).await? {
            before = loaded.data.unwrap_or_default();
        }
        let mut after = before.clone();
        changes.apply_to(&mut after);
        // Whatever else is to be done between reading and writing.
        tokio::task::yield_now().await;
        let mut whole = DataChanges::default();
        for key in before.keys() {
            whole.push(key, Change::Remove);
        }
        for key in after.keys() {
            let value = after.get(key).cloned().unwrap_or(Value::Null);
            whole.push(key, Change::Insert(value));
        }
        let changes = whole;
        self.good
            .commit(Commit::Change { token, changes }, now)
            .await
    }
}

impl SessionStore for FaultyStore {
    async fn load(
        &self,
        token: &TokenHash,
        want: Want,
        now: Timestamp,
    ) -> Result<Lookup, StoreError> {
        let token = match self.note(|notes| notes.successors.get(token).copied()) {
            Some(successor) if self.has(Fault::OldTokenOpensNew) => successor,
            _ => *token,
        };
        let lookup = self.good.load(&token, want, now).await?;
        if let Some(record) = self.note(|notes| notes.overlaid.get(&token).cloned()) {
            return Ok(overlaid(lookup, record, want, now));
        }
        Ok(match lookup {
            Lookup::Unknown if self.has(Fault::LookupWrites) => {
                let token = Token::generate_anywhere(&OperatingSystemRandom).hash();
                let _ = begin(&self.good, token, now).await?;
                Lookup::Unknown
            }
            Lookup::Ended if self.has(Fault::NoTombstone) => Lookup::Unknown,
            Lookup::Ended => match self.note(|notes| notes.fading.get(&token).cloned()) {
                Some((loaded, until)) if now < until => Lookup::Fading(Loaded {
                    data: loaded.data.filter(|_| want == Want::RecordAndData),
                    ..loaded
                }),
                _ => Lookup::Ended,
            },
            Lookup::Fading(loaded) if self.has(Fault::FadingIsLive) => Lookup::Live(loaded),
            lookup => lookup,
        })
    }

    async fn commit(&self, mut commit: Commit, now: Timestamp) -> Result<Committed, StoreError> {
        self.carry_out_deferred(now).await?;
        match &mut commit {
            Commit::Change { token, changes } => {
                return self.change(*token, changes.clone(), now).await;
            }
            Commit::Begin {
                session, replaces, ..
            } => {
                let (token, record) = (session.token, session.record.clone());
                if self.has(Fault::UseMovesLastDeadline) {
                    session.record.expires_at = record.expires_at + LIFETIME.absolute * 1_000;
                    session.record.idle = LIFETIME.absolute * 1_000;
                }
                if let Some(old) = replaces {
                    old.keep_data |= self.has(Fault::DataSurvivesLogin);
                }
                if self.has(Fault::TokenBeginsTwice)
                    && self.note(|notes| notes.begun.contains_key(&token))
                {
                    self.overlay(&token, |_| {});
                    return Ok(Committed::Done);
                }
                if let Some(old) = replaces
                    && old.fades
                {
                    self.let_fade(old, user_of(&record), now).await?;
                }
                let replaced = replaces.as_ref().map(|old| old.token);
                let committed = match user_of(&record) {
                    Some(user) if self.has(Fault::SessionsPileUp) && replaced.is_none() => {
                        self.begin_beside_all(commit, &user, now).await?
                    }
                    _ => self.good.commit(commit, now).await?,
                };
                if committed == Committed::Done {
                    self.note(|notes| {
                        notes.begun.insert(token, record);
                        if let Some(old) = replaced {
                            notes.successors.insert(old, token);
                        }
                    });
                    if self.has(Fault::UseMovesLastDeadline) {
                        self.overlay(&token, |_| {});
                    }
                }
                Ok(committed)
            }
            _ => self.good.commit(commit, now).await,
        }
    }

    async fn touch(&self, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        self.good.touch(token, now).await?;
        match self.fault {
            Fault::TouchRevives => {
                if let Lookup::Ended = self.good.load(token, Want::Record, now).await? {
                    self.overlay(token, |_| {});
                }
            }
            Fault::UseMovesLastDeadline => self.overlay(token, |record| {
                record.touch(now);
                record.expires_at = record.last_seen_at + LIFETIME.absolute;
            }),
            Fault::TouchMovesBack => {
                if let Lookup::Live(_) = self.good.load(token, Want::Record, now).await? {
                    self.overlay(token, |record| record.last_seen_at = now);
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn end(&self, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
        if self.has(Fault::EndIsDeferred) {
            self.note(|notes| notes.deferred.push(*token));
            let lookup = self.good.load(token, Want::Record, now).await?;
            return Ok(matches!(lookup, Lookup::Live(_)));
        }
        if self.has(Fault::FadingTokenEndsNothing)
            && let Lookup::Fading(_) = self.good.load(token, Want::Record, now).await?
        {
            return Ok(false);
        }
        self.good.end(token, now).await
    }

    async fn end_named(
        &self,
        user: &UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.good.end_named(user, session, now).await
    }

    async fn end_all_of(
        &self,
        user: &UserId,
        except: Option<&TokenHash>,
        now: Timestamp,
    ) -> Result<Epoch, StoreError> {
        if self.has(Fault::EpochIsAskedForLater) {
            let own = self.good.end_all_of(user, except, now).await?;
            // Others that end all at the same time get the time to do so, however busy the machine is.
            for _ in 0..100 {
                tokio::time::sleep(Duration::from_millis(1)).await;
                if self.good.epoch_of(user).await? != own {
                    break;
                }
            }
            return self.good.epoch_of(user).await;
        }
        if !self.has(Fault::EndOfAllIsAList) {
            return self.good.end_all_of(user, except, now).await;
        }
        let spared = except.and_then(|token| self.note(|notes| notes.begun.get(token).cloned()));
        for record in self.good.sessions_of(user, now).await? {
            if spared.as_ref().is_none_or(|spared| spared.id != record.id) {
                self.good.end_named(user, record.id, now).await?;
            }
        }
        self.good.epoch_of(user).await
    }

    async fn end_all(&self, now: Timestamp) -> Result<(), StoreError> {
        self.good.end_all(now).await
    }

    async fn sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        self.good.sessions_of(user, now).await
    }

    async fn epoch_of(&self, user: &UserId) -> Result<Epoch, StoreError> {
        self.good.epoch_of(user).await
    }

    async fn count(&self) -> Result<u64, StoreError> {
        self.good.count().await
    }

    async fn remove_expired(&self, at_most: u32, now: Timestamp) -> Result<u64, StoreError> {
        self.good.remove_expired(at_most, now).await
    }

    async fn shared_secret(&self, proposal: [u8; 32]) -> Result<[u8; 32], StoreError> {
        self.good.shared_secret(proposal).await
    }
}

fn user_of(record: &SessionRecord) -> Option<UserId> {
    record.login.as_ref().map(|login| login.user_id.clone())
}

/// A look-up with another record in it, by which its deadlines are judged.
fn overlaid(lookup: Lookup, record: SessionRecord, want: Want, now: Timestamp) -> Lookup {
    if !record.is_live(now) {
        return Lookup::Unknown;
    }
    let data = match lookup {
        Lookup::Live(loaded) | Lookup::Fading(loaded) => loaded.data,
        _ => (want == Want::RecordAndData).then(SessionData::default),
    };
    Lookup::Live(Loaded {
        record: Arc::new(record),
        data,
    })
}

/// Begins a visitor's session with that token.
async fn begin(
    store: &MemoryStore,
    token: TokenHash,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let record = SessionRecord {
        id: SessionId::generate(now, &OperatingSystemRandom),
        login: None,
        created_at: now,
        last_seen_at: now,
        idle: LIFETIME.idle,
        expires_at: now + LIFETIME.absolute,
        client: ClientRecord::default(),
    };
    let session = NewSession {
        token,
        record,
        epoch: None,
    };
    let commit = Commit::Begin {
        session,
        replaces: None,
        changes: DataChanges::default(),
    };
    store.commit(commit, now).await
}

const LIFETIME: Lifetime = Lifetime::new(
    Duration::from_secs(12 * 3_600),
    Duration::from_secs(7 * 24 * 3_600),
);

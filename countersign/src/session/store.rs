use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{BoxError, BoxFuture, DataChanges, SessionData, SessionId, SessionRecord, UserId};
use crate::clock::Timestamp;
use crate::measure::{Stopwatch, histogram};
use crate::secret::{Token, TokenHash};

/// Keeps sessions. What a store must guarantee, whatever runs side by side:
///
/// 1. A session that was ended is never brought back by a [`Commit`] or a touch. A [`Commit::Begin`] whose token the store
///    knows already is refused with an error.
/// 2. Changes to different keys of the data both survive; of changes to one key, the later commit wins.
/// 3. After a login over an existing session the old token does not open the new session, and unless
///    [`Replaced::keep_data`] says so, the new session has none of the old one's data.
/// 4. When the future of an ending is ready, the session is ended: durable, and seen by every later call. Sessions that
///    replaced one another by their own user's new proofs are one login: to end one of them, live or fading, is to end
///    them all.
/// 5. A touch moves [`SessionRecord::last_seen_at`] forward only, and nothing else; nothing moves
///    [`SessionRecord::expires_at`]. A session whose deadline has passed is never answered as live.
/// 6. A token that no [`Commit::Begin`] brought is [`Lookup::Unknown`].
/// 7. Ending all sessions of a user, or of everybody, is a comparison: it also ends the sessions that are not there
///    yet, because their commit carries an older [`Epoch`].
/// 8. Looking up writes nothing.
/// 9. A session that was replaced or ended answers [`Lookup::Ended`] for [`TOMBSTONE`](Self::TOMBSTONE), and takes no
///    changes. One that was replaced by its own user's new proof answers [`Lookup::Fading`] for the first
///    [`GRACE`](Self::GRACE) of that time, unless its login is ended before. For one that was ended with those of
///    everybody, the time may count from a later ending of that kind, and it is over at the session's own deadline.
/// 10. A user has at most [`SESSIONS_PER_USER`](Self::SESSIONS_PER_USER) live sessions: one that begins beyond them ends
///     the one that was used longest ago, in the same commit.
///
/// Each is a case of the suite in `countersign::testing::conformance` (feature `testing`): run your store through it.
///
/// `now` is the caller's clock. A store that has a clock of its own may use that.
pub trait SessionStore: fmt::Debug + Send + Sync + 'static {
    /// How long a session that was replaced or ended is remembered as such.
    const TOMBSTONE: Duration = Duration::from_secs(60);
    /// How long a session that its own user's new proof replaced can still be read.
    const GRACE: Duration = Duration::from_secs(10);
    /// How many live sessions a user can have.
    const SESSIONS_PER_USER: usize = 100;

    /// What a token stands for.
    ///
    /// # Errors
    /// When the store does not answer, or holds something unreadable.
    fn load(
        &self,
        token: &TokenHash,
        want: Want,
        now: Timestamp,
    ) -> impl Future<Output = Result<Lookup, StoreError>> + Send;

    /// Carries out what one request has staged, wholly or not at all.
    ///
    /// # Errors
    /// When the store does not answer; whether the commit happened is unknown then.
    fn commit(
        &self,
        commit: Commit,
        now: Timestamp,
    ) -> impl Future<Output = Result<Committed, StoreError>> + Send;

    /// Writes down that a live session was used. Does nothing to any other.
    ///
    /// # Errors
    /// When the store does not answer.
    fn touch(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends a session and all that are one login with it. Answers whether it was live or fading: a logout under a token
    /// that was replaced seconds ago is a logout.
    ///
    /// # Errors
    /// When the store does not answer.
    fn end(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends a live session of a user and all that are one login with it, by its public name. Answers whether it was live
    /// and that user's.
    ///
    /// # Errors
    /// When the store does not answer.
    fn end_named(
        &self,
        user: &UserId,
        session: SessionId,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends all sessions of a user, those included whose commit is under way, but not `except`, which must be live.
    /// Answers the epoch that begins with this: only what was verified in it, or in a later one, can begin from now on.
    ///
    /// # Errors
    /// When the store does not answer.
    fn end_all_of(
        &self,
        user: &UserId,
        except: Option<&TokenHash>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Epoch, StoreError>> + Send;

    /// Ends all sessions of everybody, visitors included.
    ///
    /// # Errors
    /// When the store does not answer.
    fn end_all(&self, now: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A user's live sessions, the oldest first.
    ///
    /// # Errors
    /// When the store does not answer, or holds something unreadable.
    fn sessions_of(
        &self,
        user: &UserId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<SessionRecord>, StoreError>> + Send;

    /// The epoch in which a session of that user would begin now, for [`NewSession::epoch`].
    ///
    /// # Errors
    /// When the store does not answer.
    fn epoch_of(&self, user: &UserId) -> impl Future<Output = Result<Epoch, StoreError>> + Send;

    /// How many sessions the store keeps, those included that have ended and are not cleaned away yet.
    ///
    /// # Errors
    /// When the store does not answer.
    fn count(&self) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Cleans away at most so many sessions whose time is over, and answers how many it were. Every
    /// [`Commit::Begin`] cleans away a few as well, so that nothing has to call this.
    ///
    /// # Errors
    /// When the store does not answer.
    fn remove_expired(
        &self,
        at_most: u32,
        now: Timestamp,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// A secret that all nodes of an application share: the one that is kept, or `proposal` when none is kept yet.
    /// Known devices are signed with it when the application has no secret key of its own.
    ///
    /// # Errors
    /// When the store does not answer, or holds something unreadable.
    fn shared_secret(
        &self,
        proposal: [u8; 32],
    ) -> impl Future<Output = Result<[u8; 32], StoreError>> + Send;
}

/// What a look-up has to bring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Want {
    /// The record.
    Record,
    /// The record and the application's data.
    RecordAndData,
}

/// What a token stands for.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// Nothing: it was never given out, or so long ago that nothing is left of it.
    Unknown,
    /// A session that was replaced or ended less than a minute ago. Whoever brings it is anonymous, stores nothing, and is sent no
    /// cookie: the answer may arrive after that of the request that ended it, and must not overwrite it.
    Ended,
    /// A session that its user's new proof replaced seconds ago: readable as it was, never to be written.
    Fading(Loaded),
    /// A live session.
    Live(Loaded),
}

/// A session as a look-up brings it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The record.
    pub record: Arc<SessionRecord>,
    /// The data, when it was wanted.
    pub data: Option<SessionData>,
}

/// What one request has staged: one call of the store, after the handler.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one in a request, and it is moved once"
)]
pub enum Commit {
    /// Changes to the data of a live session.
    Change {
        /// Which session.
        token: TokenHash,
        /// What changes.
        changes: DataChanges,
    },
    /// A session begins, perhaps in the place of another.
    Begin {
        /// The new session.
        session: NewSession,
        /// The session that it replaces.
        replaces: Option<Replaced>,
        /// What changes in the data that the new session begins with.
        changes: DataChanges,
    },
}

/// A session that begins.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its token's hash. No other session ever had it.
    pub token: TokenHash,
    /// Its record.
    pub record: SessionRecord,
    /// The epoch in which its user proved who he is. When all of his sessions were ended since then, this one does not
    /// begin. `None` begins in the present epoch.
    pub epoch: Option<Epoch>,
}

/// A session that another one replaces.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// Its token's hash.
    pub token: TokenHash,
    /// Whether the new session begins with its data.
    pub keep_data: bool,
    /// Whether it stays readable for [`SessionStore::GRACE`], and is one login with the new session: when the same user
    /// proved again. Counts for nothing when the two sessions are not one user's.
    pub fades: bool,
    /// Whether the new session begins only if this one is live: when it is the same login that goes on.
    pub must_be_live: bool,
}

/// What became of a [`Commit`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Committed {
    /// It was carried out.
    Done,
    /// Nothing was written: the session that it changes, or continues, is not live any more.
    Gone,
    /// Nothing was written: all of the user's sessions were ended after the epoch of the new one.
    Outdated,
}

/// A count of how often all sessions of one user, and those of everybody, were ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Epoch {
    /// How often those of everybody.
    pub global: u64,
    /// How often those of this user.
    pub user: u64,
}

impl Epoch {
    /// The epoch that begins when this user's sessions are ended once more.
    pub(crate) fn next_of_user(self) -> Self {
        Self {
            user: self.user.saturating_add(1),
            ..self
        }
    }
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store does not answer, or answers with an error of its own.
    #[error("the session store is unavailable")]
    Unavailable(#[source] BoxError),
    /// There is no store: the session is in a Flask cookie, and only the browser has that. Instead, `FlaskSessions::stamped_user_ids`
    /// lets all logins of one user be ended, and a new secret key ends those of everybody.
    #[error(
        "a session in a Flask cookie can't {what}, because only the browser has it: end logins by `stamped_user_ids`, or keep \
         sessions in a store"
    )]
    ClientSide {
        /// What was asked for.
        what: &'static str,
    },
    /// What the store holds can't be read.
    #[error("the session store holds an unreadable {what}")]
    Corrupt {
        /// What it is.
        what: &'static str,
        /// Why it can't be read.
        #[source]
        source: BoxError,
    },
}

/// A store whose type is forgotten, so that no signature has to name it.
pub(crate) trait DynSessionStore: fmt::Debug + Send + Sync {
    fn load<'a>(
        &'a self,
        token: &'a TokenHash,
        want: Want,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Lookup, StoreError>>;
    fn commit(
        &self,
        commit: Commit,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Committed, StoreError>>;
    fn touch<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<(), StoreError>>;
    fn end<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;
    fn end_named<'a>(
        &'a self,
        user: &'a UserId,
        session: SessionId,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;
    fn end_all_of<'a>(
        &'a self,
        user: &'a UserId,
        except: Option<&'a TokenHash>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Epoch, StoreError>>;
    fn end_all(&self, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>>;
    fn sessions_of<'a>(
        &'a self,
        user: &'a UserId,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<SessionRecord>, StoreError>>;
    fn epoch_of<'a>(&'a self, user: &'a UserId) -> BoxFuture<'a, Result<Epoch, StoreError>>;
    /// The bucket in which a user's sessions are kept.
    fn bucket_of(&self, user: &UserId) -> u16;
    fn remove_expired(
        &self,
        at_most: u32,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<u64, StoreError>>;
    fn shared_secret(&self, proposal: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>>;
}

/// Waits for a store's answer, and measures how long it took.
macro_rules! timed {
    ($operation:literal, $answer:expr) => {{
        let time = Stopwatch::start();
        let answer = $answer.await;
        match &answer {
            Ok(_) => {
                histogram!("countersign_store_seconds", "operation" => $operation, "result" => "ok")
            }
            Err(_) => {
                histogram!("countersign_store_seconds", "operation" => $operation, "result" => "error")
            }
        }
        .record(time.seconds());
        answer
    }};
}

impl<S: SessionStore> DynSessionStore for S {
    fn load<'a>(
        &'a self,
        token: &'a TokenHash,
        want: Want,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Lookup, StoreError>> {
        Box::pin(async move { timed!("load", SessionStore::load(self, token, want, now)) })
    }

    fn commit(
        &self,
        commit: Commit,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<Committed, StoreError>> {
        Box::pin(async move { timed!("commit", SessionStore::commit(self, commit, now)) })
    }

    fn touch<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { timed!("touch", SessionStore::touch(self, token, now)) })
    }

    fn end<'a>(
        &'a self,
        token: &'a TokenHash,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { timed!("end", SessionStore::end(self, token, now)) })
    }

    fn end_named<'a>(
        &'a self,
        user: &'a UserId,
        session: SessionId,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            timed!(
                "end_named",
                SessionStore::end_named(self, user, session, now)
            )
        })
    }

    fn end_all_of<'a>(
        &'a self,
        user: &'a UserId,
        except: Option<&'a TokenHash>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Epoch, StoreError>> {
        Box::pin(async move {
            timed!(
                "end_all_of",
                SessionStore::end_all_of(self, user, except, now)
            )
        })
    }

    fn end_all(&self, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { timed!("end_all", SessionStore::end_all(self, now)) })
    }

    fn sessions_of<'a>(
        &'a self,
        user: &'a UserId,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<SessionRecord>, StoreError>> {
        Box::pin(async move { timed!("sessions_of", SessionStore::sessions_of(self, user, now)) })
    }

    fn epoch_of<'a>(&'a self, user: &'a UserId) -> BoxFuture<'a, Result<Epoch, StoreError>> {
        Box::pin(async move { timed!("epoch_of", SessionStore::epoch_of(self, user)) })
    }

    fn bucket_of(&self, user: &UserId) -> u16 {
        Token::bucket_of(user.as_str())
    }

    fn remove_expired(
        &self,
        at_most: u32,
        now: Timestamp,
    ) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            timed!(
                "remove_expired",
                SessionStore::remove_expired(self, at_most, now)
            )
        })
    }

    fn shared_secret(&self, proposal: [u8; 32]) -> BoxFuture<'_, Result<[u8; 32], StoreError>> {
        Box::pin(
            async move { timed!("shared_secret", SessionStore::shared_secret(self, proposal)) },
        )
    }
}

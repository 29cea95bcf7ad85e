use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::failure::{Failure, ensure, ensure_equal};
use crate::clock::Timestamp;
use crate::secret::{OperatingSystemRandom, Token, TokenHash};
use crate::session::{
    Change, ClientRecord, Commit, Committed, DataChanges, Lifetime, Loaded, LoginRecord, Lookup,
    Method, Methods, NewSession, Replaced, SessionData, SessionId, SessionRecord, SessionStore,
    UserId, Want,
};

/// A store under test, and what a case does to it.
pub(super) struct Bench<S> {
    pub(super) store: Arc<S>,
}

/// A session that the case began.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    pub(super) token: TokenHash,
    pub(super) record: SessionRecord,
}

/// What a token stands for, without what is in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    Unknown,
    Ended,
    Fading,
    Live,
}

impl<S> Clone for Bench<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
        }
    }
}

impl<S: SessionStore> Bench<S> {
    pub(super) fn new(store: S) -> Self {
        Self {
            store: Arc::new(store),
        }
    }

    /// Begins a session of that user now, in the place of none and with data to recognise.
    pub(super) async fn log_in(&self, name: &str, now: Timestamp) -> Result<Begun, Failure> {
        self.begun(login(name, now), now).await
    }

    /// Begins a session of a visitor.
    pub(super) async fn visit(&self, now: Timestamp) -> Result<Begun, Failure> {
        self.begun(visitor(now), now).await
    }

    async fn begun(&self, session: NewSession, now: Timestamp) -> Result<Begun, Failure> {
        let begun = begun(&session);
        let committed = self
            .begin(session, None, insert("mark", json!("first")), now)
            .await?;
        ensure_equal(
            committed,
            Committed::Done,
            "a session that replaces none begins",
        )?;
        Ok(begun)
    }

    pub(super) async fn begin(
        &self,
        session: NewSession,
        replaces: Option<Replaced>,
        changes: DataChanges,
        now: Timestamp,
    ) -> Result<Committed, Failure> {
        let commit = Commit::Begin {
            session,
            replaces,
            changes,
        };
        Ok(self.store.commit(commit, now).await?)
    }

    pub(super) async fn change(
        &self,
        token: TokenHash,
        changes: DataChanges,
        now: Timestamp,
    ) -> Result<Committed, Failure> {
        Ok(self
            .store
            .commit(Commit::Change { token, changes }, now)
            .await?)
    }

    pub(super) async fn look_up(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<Lookup, Failure> {
        Ok(self.store.load(token, Want::RecordAndData, now).await?)
    }

    /// What a token stands for, which must be the same whether or not the data is wanted.
    pub(super) async fn state(&self, token: &TokenHash, now: Timestamp) -> Result<State, Failure> {
        let with_data = State::of(&self.look_up(token, now).await?);
        let alone = State::of(&self.store.load(token, Want::Record, now).await?);
        ensure_equal(
            alone,
            with_data,
            "a token means the same with and without its data",
        )?;
        Ok(alone)
    }

    pub(super) async fn ensure_state(
        &self,
        token: &TokenHash,
        now: Timestamp,
        expected: State,
        promise: &'static str,
    ) -> Result<(), Failure> {
        ensure_equal(self.state(token, now).await?, expected, promise)
    }

    /// The session of a token that must be live.
    pub(super) async fn live(
        &self,
        token: &TokenHash,
        now: Timestamp,
    ) -> Result<(SessionRecord, SessionData), Failure> {
        match self.look_up(token, now).await? {
            Lookup::Live(loaded) => contents(loaded),
            other => Err(broken("the session is live", State::of(&other))),
        }
    }

    pub(super) async fn count(&self) -> Result<u64, Failure> {
        Ok(self.store.count().await?)
    }

    /// Holds the store to it that nothing treats this session as live.
    pub(super) async fn ensure_over(&self, session: &Begun, now: Timestamp) -> Result<(), Failure> {
        const OVER: &str = "no call treats a session that is over as live";
        let token = &session.token;
        ensure(self.state(token, now).await? != State::Live, OVER, "load")?;
        let changed = self
            .change(*token, insert("mark", json!("late")), now)
            .await?;
        ensure_equal(changed, Committed::Gone, OVER)?;
        let next = login("somebody", now);
        let begun = begun(&next);
        let continued = self
            .begin(next, Some(continues(token)), DataChanges::default(), now)
            .await?;
        ensure_equal(continued, Committed::Gone, OVER)?;
        self.ensure_state(
            &begun.token,
            now,
            State::Unknown,
            "what is gone has not begun",
        )
        .await?;
        ensure(!self.store.end(token, now).await?, OVER, "end")?;
        if let Some(login) = &session.record.login {
            let user = &login.user_id;
            let listed = self.store.sessions_of(user, now).await?;
            let is_listed = listed.iter().any(|record| record.id == session.record.id);
            ensure(!is_listed, OVER, "sessions_of")?;
            let ended = self.store.end_named(user, session.record.id, now).await?;
            ensure(!ended, OVER, "end_named")?;
        }
        self.store.touch(token, now).await?;
        let state = self.state(token, now).await?;
        ensure(state != State::Live, "nothing brings a session back", state)
    }
}

impl State {
    pub(super) fn of(lookup: &Lookup) -> Self {
        match lookup {
            Lookup::Unknown => State::Unknown,
            Lookup::Ended => State::Ended,
            Lookup::Fading(_) => State::Fading,
            Lookup::Live(_) => State::Live,
        }
    }
}

/// Record and data of a look-up that asked for both.
pub(super) fn contents(loaded: Loaded) -> Result<(SessionRecord, SessionData), Failure> {
    let Some(data) = loaded.data else {
        return Err(broken("data that is wanted is brought", "no data"));
    };
    Ok(((*loaded.record).clone(), data))
}

/// Runs many tasks at once, and answers what they found.
pub(super) async fn side_by_side<T, F>(
    tasks: impl IntoIterator<Item = F>,
) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let mut running: JoinSet<_> = tasks.into_iter().collect();
    let mut found = Vec::new();
    while let Some(done) = running.join_next().await {
        found.push(done??);
    }
    Ok(found)
}

pub(super) fn broken(
    promise: &'static str,
    found: impl std::fmt::Debug + Send + Sync + 'static,
) -> Failure {
    Failure::Broken {
        promise,
        found: Box::new(found),
    }
}

pub(super) fn user(name: &str) -> UserId {
    UserId::new(name)
}

/// A login of that user which begins in the present epoch.
pub(super) fn login(name: &str, now: Timestamp) -> NewSession {
    let login = LoginRecord {
        user_id: user(name),
        stamp: Some("stamp".into()),
        authenticated_at: Some(now),
        methods: Methods::from(Method::Password),
        remembered: false,
        forced: false,
    };
    let token = Token::generate(Token::bucket_of(name), &OperatingSystemRandom);
    session(token, Some(login), now)
}

pub(super) fn visitor(now: Timestamp) -> NewSession {
    session(Token::generate_anywhere(&OperatingSystemRandom), None, now)
}

fn session(token: Token, login: Option<LoginRecord>, now: Timestamp) -> NewSession {
    let record = SessionRecord {
        id: SessionId::generate(now, &OperatingSystemRandom),
        login,
        created_at: now,
        last_seen_at: now,
        idle: LIFETIME.idle,
        expires_at: now + LIFETIME.absolute,
        client: ClientRecord::new(Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), Some(b"conformance")),
    };
    NewSession {
        token: token.hash(),
        record,
        epoch: None,
    }
}

pub(super) fn begun(session: &NewSession) -> Begun {
    Begun {
        token: session.token,
        record: session.record.clone(),
    }
}

pub(super) fn unknown_token() -> TokenHash {
    Token::generate_anywhere(&OperatingSystemRandom).hash()
}

/// The same login goes on under a new token.
pub(super) fn continues(token: &TokenHash) -> Replaced {
    Replaced {
        token: *token,
        keep_data: true,
        fades: false,
        must_be_live: true,
    }
}

/// The same user proved again: the login goes on, and its old token fades.
pub(super) fn proves_again(token: &TokenHash) -> Replaced {
    Replaced {
        fades: true,
        ..continues(token)
    }
}

/// Somebody logs in where this session was.
pub(super) fn takes_the_place_of(token: &TokenHash) -> Replaced {
    Replaced {
        token: *token,
        keep_data: false,
        fades: false,
        must_be_live: false,
    }
}

pub(super) fn insert(key: &str, value: Value) -> DataChanges {
    let mut changes = DataChanges::default();
    changes.push(key, Change::Insert(value));
    changes
}

/// Adds one to the number under a key.
pub(super) fn count_up(key: &str) -> DataChanges {
    let mut changes = DataChanges::default();
    let next = |value: Option<Value>| value.and_then(|value| value.as_u64()).unwrap_or(0) + 1;
    changes.push(key, Change::update(move |value| Some(json!(next(value)))));
    changes
}

pub(super) const LIFETIME: Lifetime =
    Lifetime::new(HOUR.saturating_mul(12), HOUR.saturating_mul(168));

pub(super) const HOUR: Duration = Duration::from_secs(3_600);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const SECOND: Duration = Duration::from_secs(1);
/// The smallest step of time.
pub(super) const TICK: Duration = Duration::from_millis(1);

/// When every case starts: 2027-01-15, in the morning.
pub(super) const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// How many tasks a case starts at once.
pub(super) const CROWD: usize = 300;

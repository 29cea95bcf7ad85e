use std::time::Duration;

use super::event::Event;
use super::request::Client;
use super::staged::Staged;
use super::stored::{LoggedIn, Standing, State, StoredLogin};
use super::{LoginError, LoginSettings};
use crate::clock::Timestamp;
use crate::secret::Token;
#[cfg(feature = "flask")]
use crate::session::flask::FlaskCookie;
use crate::session::{
    ClientRecord, Commit, Committed, DataChanges, Lifetime, NewSession, SessionId, SessionRecord,
};

/// What the answer to a request has to carry.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// Changes of the client's cookies.
    pub(crate) cookies: Vec<CookieChange>,
    /// Whether somebody asked who is there, so that the answer depends on it.
    pub(crate) asked: bool,
    /// Whether the answer says that it varies with the cookies, although nobody asked.
    pub(crate) varies: bool,
    /// Why what was staged did not happen. The handler's answer is void then.
    pub(crate) refused: Option<LoginError>,
}

/// A change of one of the client's cookies.
#[derive(Debug)]
pub(crate) enum CookieChange {
    /// The session's cookie holds this token; without an age it ends with the browser.
    SetSession {
        token: Token,
        max_age: Option<Duration>,
    },
    /// The session's cookie goes.
    RemoveSession,
    /// The cookie of known devices holds this text.
    SetDevice(String),
    /// One of Flask's cookies.
    #[cfg(feature = "flask")]
    Flask(FlaskCookie),
}

impl<C: Client> StoredLogin<C> {
    /// Ends a request in which nobody asked who is there, so that there is nothing to finish. Answers whether it was one.
    /// Most requests are, and pay for nothing.
    pub(crate) fn finish_untouched(&self) -> bool {
        let Ok(mut state) = self.state.try_lock() else {
            return false;
        };
        state.answered = state.standing.is_none();
        state.answered
    }

    /// Commits what the request staged, if the handler's answer stands (`keep`), and says what the answer has to carry.
    pub(crate) async fn finish(&self, keep: bool) -> Finished {
        let mut state = self.state.lock().await;
        state.answered = true;
        let mut finished = Finished {
            asked: state.standing.is_some(),
            ..Finished::default()
        };
        if keep {
            match self.commit(&mut state).await {
                Ok(cookies) => finished.cookies = cookies,
                Err(error) => finished.refused = Some(error),
            }
        }
        let sets_session =
            |change: &CookieChange| matches!(change, CookieChange::SetSession { .. });
        let begins = finished.cookies.iter().any(sets_session);
        if state.removes_cookie && !begins {
            finished.cookies.push(CookieChange::RemoveSession);
        }
        // What was replaced is not used any more; and a store that has just failed is not asked once more.
        if !begins && finished.refused.is_none() {
            self.touch(&state).await;
        }
        finished
    }

    async fn commit(&self, state: &mut State) -> Result<Vec<CookieChange>, LoginError> {
        let changes = std::mem::take(&mut state.changes);
        match state.staged.take() {
            // Boxed, so that the many requests that change nothing don't have to carry the room for those that do.
            Some(staged) => Box::pin(self.begin_login(*staged, changes)).await,
            None if changes.is_empty() => Ok(Vec::new()),
            None => Box::pin(self.keep_data(state, changes)).await,
        }
    }

    async fn begin_login(
        &self,
        staged: Staged,
        changes: DataChanges,
    ) -> Result<Vec<CookieChange>, LoginError> {
        let now = self.now();
        let bucket = self.settings.store.bucket_of(&staged.login.user_id);
        let token = Token::generate(bucket, &*self.settings.random);
        let mut record = self.record(now, staged.lifetime);
        if let Some(before) = &staged.goes_on {
            record.created_at = before.created_at;
            record.expires_at = before.expires_at;
        }
        record.login = Some(staged.login.clone());
        let max_age = staged
            .login
            .remembered
            .then(|| record.expires_at.since(now));
        let id = record.id;
        let session = NewSession {
            token: token.hash(),
            record,
            epoch: staged.epoch,
        };
        let commit = Commit::Begin {
            session,
            replaces: staged.replaces.clone(),
            changes,
        };
        match self.settings.store.commit(commit, now).await? {
            Committed::Done => {}
            Committed::Gone | Committed::Outdated => return Err(LoginError::Overtaken),
        }
        self.tell(&self.begun(&staged, id));
        let mut cookies = vec![CookieChange::SetSession { token, max_age }];
        if let Some(name) = &staged.device_name {
            cookies.extend(known_device(&self.settings, &self.client, name).await);
        }
        Ok(cookies)
    }

    async fn keep_data(
        &self,
        state: &State,
        changes: DataChanges,
    ) -> Result<Vec<CookieChange>, LoginError> {
        let now = self.now();
        match state.standing.as_ref() {
            Some(Standing::Visitor(opened) | Standing::LoggedIn(LoggedIn { opened, .. }))
                if !opened.read_only =>
            {
                let token = opened.token;
                self.commit_data(Commit::Change { token, changes }, now)
                    .await?;
                Ok(Vec::new())
            }
            Some(Standing::Anonymous { .. })
                if state.data.as_ref().is_some_and(|data| !data.is_empty()) =>
            {
                let token = Token::generate_anywhere(&*self.settings.random);
                let session = NewSession {
                    token: token.hash(),
                    record: self.record(now, self.settings.lifetimes.visitor),
                    epoch: None,
                };
                let commit = Commit::Begin {
                    session,
                    replaces: None,
                    changes,
                };
                self.commit_data(commit, now).await?;
                Ok(vec![CookieChange::SetSession {
                    token,
                    max_age: None,
                }])
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn commit_data(&self, commit: Commit, now: Timestamp) -> Result<(), LoginError> {
        match self.settings.store.commit(commit, now).await? {
            // A session that ended while the handler ran takes no data any more.
            Committed::Done | Committed::Gone | Committed::Outdated => Ok(()),
        }
    }

    /// The record of a session that begins now.
    fn record(&self, now: Timestamp, lifetime: Lifetime) -> SessionRecord {
        SessionRecord {
            id: SessionId::generate(now, &*self.settings.random),
            login: None,
            created_at: now,
            last_seen_at: now,
            idle: lifetime.idle,
            expires_at: now + lifetime.absolute,
            client: ClientRecord::new(self.client.network(), self.client.user_agent()),
        }
    }

    fn begun(&self, staged: &Staged, session: SessionId) -> Event {
        let user = staged.login.user_id.clone();
        let session = Some(session);
        if staged.goes_on.is_some() {
            return Event::LoginConfirmed { user, session };
        }
        Event::LoggedIn {
            user,
            session,
            methods: staged.login.methods,
            remembered: staged.login.remembered,
            address: self.client.address(),
        }
    }

    /// Writes down that a live session was used. A request does not fail because that could not be done.
    async fn touch(&self, state: &State) {
        let now = self.now();
        let opened = state.standing.as_ref().and_then(Standing::opened);
        let Some(opened) = opened.filter(|opened| !opened.read_only) else {
            return;
        };
        if opened.record.wants_touch(now)
            && let Err(error) = self.settings.store.touch(&opened.token, now).await
        {
            tracing::warn!(%error, "the use of a session could not be written down");
        }
    }
}

/// The cookie by which this device is known from now on under a name. Without it the login stands all the same.
pub(super) async fn known_device(
    settings: &LoginSettings,
    client: &impl Client,
    name: &str,
) -> Option<CookieChange> {
    if !settings.has_known_devices {
        return None;
    }
    let devices = settings.devices().await.ok()?;
    let known = client
        .device()
        .and_then(|text| devices.read(text.as_bytes()));
    let device = devices.remember(known.as_ref(), name, &*settings.random);
    Some(CookieChange::SetDevice(device.reveal()))
}

use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::event::Event;
use super::request::Client;
use super::staged::{Proof, Staged};
use super::user::ErasedUser;
use super::user_agent::UserAgentFamily;
use super::{LoginError, LoginSettings, SessionProtection};
use crate::clock::Timestamp;
use crate::secret::{Token, TokenHash};
use crate::session::{
    ClientRecord, DataChanges, Loaded, LoginRecord, Lookup, SessionData, SessionRecord, UserId,
    Want,
};

/// The login of one request whose session a store keeps: what its cookie stands for, and what the request changes about
/// it.
///
/// Nothing is asked of the store before somebody asks who is there, and what was asked once is not asked again. What
/// takes rights away happens when its method returns; what gives them is staged for [`finish`](Self::finish).
pub(crate) struct StoredLogin<C> {
    pub(crate) settings: Arc<LoginSettings>,
    pub(crate) client: C,
    pub(super) token: Option<Token>,
    /// Whether there is a session cookie without a token that could be believed.
    pub(crate) has_unbelieved_cookie: bool,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// `None` until somebody asks.
    pub(super) standing: Option<Standing>,
    /// The session's data as this request sees it: as it was read, with this request's own changes.
    pub(super) data: Option<SessionData>,
    pub(super) changes: DataChanges,
    /// Boxed, because most requests stage no login.
    pub(super) staged: Option<Box<Staged>>,
    pub(super) proof: Option<Proof>,
    /// Whether the answer is made, so that nothing can be staged any more.
    pub(super) answered: bool,
    /// Whether the session that the cookie stands for was ended, so that the cookie has to go.
    pub(super) removes_cookie: bool,
}

impl State {
    /// Who is logged in: by the session that this request begins, or else by the one that it came with.
    pub(super) fn user_id(&self) -> Option<&UserId> {
        let staged = self.staged.as_ref().map(|staged| &staged.login.user_id);
        staged.or_else(|| {
            let login = self.standing.as_ref().and_then(Standing::login);
            login.map(|login| &login.user_id)
        })
    }
}

/// What the request's cookie stands for.
pub(super) enum Standing {
    /// No session that counts. One that is there, but whose login does not count any more, is replaced by the next.
    Anonymous { stale: Option<TokenHash> },
    /// A session that ended moments ago: see [`Lookup::Ended`].
    JustEnded,
    /// A session without a login.
    Visitor(Opened),
    /// A session with a login that counts.
    LoggedIn(LoggedIn),
}

/// A session that can be read.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) token: TokenHash,
    pub(super) record: Arc<SessionRecord>,
    /// Whether it is fading: see [`Lookup::Fading`].
    pub(super) read_only: bool,
}

#[derive(Clone)]
pub(super) struct LoggedIn {
    pub(super) opened: Opened,
    pub(super) user: Arc<dyn ErasedUser>,
    pub(super) fresh: bool,
}

impl LoggedIn {
    /// The login's columns.
    pub(super) fn record(&self) -> &LoginRecord {
        self.opened
            .record
            .login
            .as_ref()
            .expect("a login that counts has its columns")
    }
}

impl<C: Client> StoredLogin<C> {
    pub(crate) fn new(settings: Arc<LoginSettings>, client: C, token: Option<Token>) -> Self {
        Self {
            settings,
            client,
            token,
            has_unbelieved_cookie: false,
            state: Mutex::default(),
        }
    }

    /// Keeps what was proved in this request.
    pub(crate) async fn keep_proof(&self, proof: Proof) {
        self.state.lock().await.proof = Some(proof);
    }

    /// Who is logged in by the session; by the one that this request begins, once it did.
    pub(crate) async fn current_user(&self) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        let mut state = self.state.lock().await;
        if let Some(staged) = &mut state.staged {
            if staged.user.is_none() {
                staged.user = self.load_user(&staged.login.user_id).await?;
            }
            return Ok(staged.user.clone());
        }
        Ok(match self.stand(&mut state).await? {
            Standing::LoggedIn(login) => Some(Arc::clone(&login.user)),
            _ => None,
        })
    }

    /// Whether the user proved who he is a short time ago, and with this client.
    pub(crate) async fn is_fresh(&self) -> Result<bool, LoginError> {
        let mut state = self.state.lock().await;
        if let Some(staged) = &state.staged {
            return Ok(staged.login.authenticated_at.is_some());
        }
        Ok(match self.stand(&mut state).await? {
            Standing::LoggedIn(login) => login.fresh,
            _ => false,
        })
    }

    /// Whether the login is a remembered one.
    pub(crate) async fn is_remembered(&self) -> Result<bool, LoginError> {
        let record = self.login_record().await?;
        let login = record.as_ref().and_then(|record| record.login.as_ref());
        Ok(login.is_some_and(|login| login.remembered))
    }

    /// The record of the session by which somebody is logged in.
    pub(crate) async fn login_record(&self) -> Result<Option<Arc<SessionRecord>>, LoginError> {
        let mut state = self.state.lock().await;
        let login = self.own_login(&mut state).await?;
        Ok(login.map(|login| Arc::clone(&login.opened.record)))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    pub(super) fn tell(&self, event: &Event) {
        self.settings.subscribers.tell(event);
    }

    pub(super) async fn load_user(
        &self,
        id: &UserId,
    ) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        self.settings.load_user(id).await
    }

    /// What the cookie stands for; found out at the first call.
    pub(super) async fn stand<'a>(&self, state: &'a mut State) -> Result<&'a Standing, LoginError> {
        self.stand_with(state, Want::Record).await
    }

    /// The session's login, unless this request logs in somebody else: then that session is a stranger's.
    pub(super) async fn own_login<'a>(
        &self,
        state: &'a mut State,
    ) -> Result<Option<&'a LoggedIn>, LoginError> {
        self.stand(state).await?;
        Ok(match &state.standing {
            Some(Standing::LoggedIn(login)) if state.user_id() == Some(&login.record().user_id) => {
                Some(login)
            }
            _ => None,
        })
    }

    pub(super) async fn stand_with<'a>(
        &self,
        state: &'a mut State,
        want: Want,
    ) -> Result<&'a Standing, LoginError> {
        if state.standing.is_none() {
            if state.answered {
                // The answer went out without a word to caches that it depends on who asks.
                return Err(LoginError::Answered);
            }
            let standing = self.find_standing(state, want).await?;
            if self.settings.subscribers.report_access {
                let user = standing.login().map(|login| login.user_id.clone());
                self.tell(&Event::Accessed { user });
            }
            state.standing = Some(standing);
        }
        Ok(state.standing.as_ref().expect("it was found out just now"))
    }

    async fn find_standing(&self, state: &mut State, want: Want) -> Result<Standing, LoginError> {
        let Some(token) = &self.token else {
            return Ok(Standing::Anonymous { stale: None });
        };
        let token = token.hash();
        let now = self.now();
        let (loaded, read_only) = match self.settings.store.load(&token, want, now).await? {
            Lookup::Unknown => return Ok(Standing::Anonymous { stale: None }),
            Lookup::Ended => return Ok(Standing::JustEnded),
            Lookup::Fading(loaded) => (loaded, true),
            Lookup::Live(loaded) => (loaded, false),
        };
        let Loaded { record, data } = loaded;
        let opened = Opened {
            token,
            record,
            read_only,
        };
        let standing = match &opened.record.login {
            None => Standing::Visitor(opened),
            Some(login) => match self.user_of(login).await? {
                Some(user) => self.protect(state, opened, user, now).await?,
                None => Standing::Anonymous { stale: Some(token) },
            },
        };
        if matches!(standing, Standing::Visitor(_) | Standing::LoggedIn(_)) {
            state.data = data;
        }
        Ok(standing)
    }

    /// The user of a login, if that login still counts.
    async fn user_of(
        &self,
        login: &LoginRecord,
    ) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        let Some(user) = self.load_user(&login.user_id).await? else {
            return Ok(None);
        };
        let counts = (user.is_active() || login.forced)
            && user.security_stamp().as_deref() == login.stamp.as_deref();
        Ok(counts.then_some(user))
    }

    /// Looks whether the session comes from the client that began it.
    async fn protect(
        &self,
        state: &mut State,
        opened: Opened,
        user: Arc<dyn ErasedUser>,
        now: Timestamp,
    ) -> Result<Standing, LoginError> {
        let same = self.is_same_client(&opened.record.client);
        let ends = !same && self.settings.protection == SessionProtection::Strong;
        if ends {
            self.settings.store.end(&opened.token, now).await?;
            state.removes_cookie = true;
        }
        if !same {
            self.tell(&Event::SessionProtected {
                user: user.user_id(),
                session: Some(opened.record.id),
                ended: ends,
                address: self.client.address(),
            });
        }
        if ends {
            return Ok(Standing::Anonymous { stale: None });
        }
        let proved = opened
            .record
            .login
            .as_ref()
            .and_then(|login| login.authenticated_at);
        let recently = proved.is_some_and(|proved| now.since(proved) < self.settings.fresh_for);
        Ok(Standing::LoggedIn(LoggedIn {
            opened,
            user,
            fresh: same && recently,
        }))
    }

    fn is_same_client(&self, beginner: &ClientRecord) -> bool {
        let protection = self.settings.protection;
        if protection == SessionProtection::Off {
            return true;
        }
        let began = beginner.user_agent.as_deref().map(str::as_bytes);
        // It is nearly always the very same text, and then nobody has to read it.
        let same_family = began == self.client.user_agent() || {
            // What was changed in the beginner's before it was kept is changed in this one's.
            let seen = ClientRecord::new(None, self.client.user_agent()).user_agent;
            let seen = seen.as_deref().map(str::as_bytes);
            UserAgentFamily::of(began) == UserAgentFamily::of(seen)
        };
        let same_place = beginner.address == self.client.network();
        same_family && (protection != SessionProtection::Strong || same_place)
    }
}

impl<C: fmt::Debug> fmt::Debug for StoredLogin<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredLogin")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl Standing {
    /// The session that can be read.
    pub(super) fn opened(&self) -> Option<&Opened> {
        match self {
            Standing::Visitor(opened) | Standing::LoggedIn(LoggedIn { opened, .. }) => Some(opened),
            Standing::Anonymous { .. } | Standing::JustEnded => None,
        }
    }

    /// The login that counts.
    pub(super) fn login(&self) -> Option<&LoginRecord> {
        match self {
            Standing::LoggedIn(login) => login.opened.record.login.as_ref(),
            _ => None,
        }
    }
}

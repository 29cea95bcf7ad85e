use std::sync::Arc;
use std::time::Duration;

use tokio::sync::MutexGuard;

use super::LoginError;
use super::event::Event;
use super::request::Client;
use super::stored::{LoggedIn, Opened, Standing, State, StoredLogin};
use super::user::ErasedUser;
use crate::session::{
    DataChanges, Epoch, Lifetime, LoginRecord, Method, Methods, Replaced, SessionId, SessionRecord,
    UserId,
};

/// How somebody is logged in.
#[derive(Clone, Debug)]
pub(crate) struct LoginOptions {
    pub(crate) remember: bool,
    pub(crate) duration: Option<Duration>,
    pub(crate) fresh: bool,
    pub(crate) force: bool,
    /// The name of a user who has just chosen his password.
    pub(crate) chose_password_as: Option<String>,
}

impl Default for LoginOptions {
    fn default() -> Self {
        Self {
            remember: false,
            duration: None,
            fresh: true,
            force: false,
            chose_password_as: None,
        }
    }
}

/// What was proved in this request.
pub(crate) struct Proof {
    pub(super) user_id: UserId,
    pub(super) method: Method,
    /// The stamp that was read with the hash that was verified. The user may have another one by now.
    pub(super) stamp: Option<Box<str>>,
    /// When all sessions of the user were ended for the last time, as it was before anything was verified.
    pub(super) epoch: Epoch,
    /// The name that was typed, under which this device will be known.
    pub(super) name: String,
}

/// What a login rests on.
pub(super) struct Basis {
    pub(super) method: Method,
    /// The stamp that the user had when that was found out.
    pub(super) stamp: Option<Box<str>>,
    /// The epoch of what was proved.
    pub(super) epoch: Option<Epoch>,
    /// The name under which this device will be known.
    pub(super) device_name: Option<String>,
}

impl Basis {
    /// What this request proved of the user, or the password that he has just chosen; else somebody outside vouches for him.
    pub(super) fn of(
        user: &dyn ErasedUser,
        proof: Option<&Proof>,
        chosen_as: Option<&str>,
    ) -> Self {
        let user_id = user.user_id();
        let proof = proof.filter(|proof| proof.user_id == user_id);
        let method = match (proof, chosen_as) {
            (Some(proof), _) => proof.method,
            (None, Some(_)) => Method::Password,
            (None, None) => Method::External,
        };
        // The user may have got another one since the password was verified.
        let stamp = match (proof, chosen_as) {
            (Some(proof), None) => proof.stamp.clone(),
            _ => user.security_stamp().map(|stamp| stamp.into()),
        };
        let name = proof.map(|proof| proof.name.as_str()).or(chosen_as);
        Self {
            method,
            stamp,
            epoch: proof.map(|proof| proof.epoch),
            device_name: name.map(str::to_owned),
        }
    }
}

/// A session that begins when the handler has answered.
pub(super) struct Staged {
    pub(super) login: LoginRecord,
    pub(super) lifetime: Lifetime,
    /// For a login that goes on under a new token: the record of its session until now. `None` for a new login.
    pub(super) goes_on: Option<Arc<SessionRecord>>,
    pub(super) epoch: Option<Epoch>,
    pub(super) replaces: Option<Replaced>,
    /// The name under which this device is known from now on.
    pub(super) device_name: Option<String>,
    /// The user, once somebody asked for it.
    pub(super) user: Option<Arc<dyn ErasedUser>>,
}

impl<C: Client> StoredLogin<C> {
    /// Stages a login.
    pub(crate) async fn login_user(
        &self,
        user: &dyn ErasedUser,
        options: LoginOptions,
    ) -> Result<(), LoginError> {
        if !user.is_active() && !options.force {
            return Err(LoginError::Inactive);
        }
        let mut state = self.state_before_answer().await?;
        self.stand(&mut state).await?;
        let user_id = user.user_id();
        let replaces = replaced_by_login(&state, &user_id);
        if state.user_id().is_some_and(|present| *present != user_id) {
            state.data = None;
            state.changes = DataChanges::default();
        }
        let chosen_as = options.chose_password_as.as_deref();
        let basis = Basis::of(user, state.proof.as_ref(), chosen_as);
        let epoch = match basis.epoch {
            Some(epoch) => epoch,
            None => self.settings.store.epoch_of(&user_id).await?,
        };
        state.staged = Some(Box::new(Staged {
            login: LoginRecord {
                user_id,
                stamp: basis.stamp,
                authenticated_at: options.fresh.then(|| self.now()),
                methods: Methods::from(basis.method),
                remembered: options.remember,
                forced: options.force && !user.is_active(),
            },
            lifetime: self.lifetime(&options),
            goes_on: None,
            epoch: Some(epoch),
            replaces,
            device_name: basis.device_name,
            user: None,
        }));
        Ok(())
    }

    /// Stages a new token for a login whose user proved in this request who he is.
    pub(crate) async fn confirm_login(&self) -> Result<(), LoginError> {
        let mut state = self.state_before_answer().await?;
        let Some(login) = self.own_login(&mut state).await?.cloned() else {
            return Err(LoginError::NotLoggedIn);
        };
        let user_id = login.user.user_id();
        let proof = state
            .proof
            .as_ref()
            .filter(|proof| proof.user_id == user_id);
        let Some(proof) = proof else {
            return Err(LoginError::NotProved);
        };
        if login.opened.read_only {
            // The same form sent twice: the other request has confirmed the login.
            return Ok(());
        }
        let (epoch, name) = (Some(proof.epoch), Some(proof.name.clone()));
        let proved = LoginRecord {
            authenticated_at: Some(self.now()),
            methods: login.record().methods.and(proof.method),
            ..login.record().clone()
        };
        state.staged = Some(Box::new(Staged {
            epoch,
            device_name: name,
            ..self.goes_on(&login, proved, true)
        }));
        Ok(())
    }

    /// Ends the other sessions of the user who is logged in, whose password was changed, and lets this one go on under a
    /// new token, with the stamp that the user has now.
    pub(crate) async fn password_changed(
        &self,
        user_id: UserId,
        stamp: Option<Box<str>>,
    ) -> Result<(), LoginError> {
        let own = {
            let mut state = self.state_before_answer().await?;
            match self.own_login(&mut state).await? {
                Some(login) if login.user.user_id() == user_id => login.clone(),
                _ => return Err(LoginError::NotLoggedIn),
            }
        };
        let epoch = self.end_others(&own.opened, &user_id).await?;
        let changed = LoginRecord {
            stamp,
            authenticated_at: Some(self.now()),
            methods: own.record().methods.and(Method::Password),
            ..own.record().clone()
        };
        let mut state = self.state_before_answer().await?;
        state.staged = Some(Box::new(Staged {
            epoch: Some(epoch),
            ..self.goes_on(&own, changed, false)
        }));
        Ok(())
    }

    /// The session by which a login goes on under a new token.
    fn goes_on(&self, login: &LoggedIn, columns: LoginRecord, fades: bool) -> Staged {
        let record = &login.opened.record;
        Staged {
            login: columns,
            lifetime: Lifetime::new(record.idle, record.expires_at.since(self.now())),
            goes_on: Some(Arc::clone(record)),
            epoch: None,
            replaces: Some(Replaced {
                token: login.opened.token,
                keep_data: true,
                fades,
                must_be_live: true,
            }),
            device_name: None,
            user: Some(Arc::clone(&login.user)),
        }
    }

    /// Ends the session, in the store, before it returns.
    pub(crate) async fn logout_user(&self) -> Result<(), LoginError> {
        let mut state = self.state.lock().await;
        let mut user = None;
        if let Some(token) = &self.token {
            // Whoever logs out must not fail because his user can't be loaded; the event can do without a name.
            if let Ok(standing) = self.stand(&mut state).await {
                user = standing.login().map(|login| login.user_id.clone());
            }
            self.settings.store.end(&token.hash(), self.now()).await?;
        }
        *state = State {
            standing: Some(Standing::Anonymous { stale: None }),
            answered: state.answered,
            removes_cookie: self.token.is_some() || self.has_unbelieved_cookie,
            ..State::default()
        };
        self.tell(&Event::LoggedOut {
            user,
            address: self.client.address(),
        });
        Ok(())
    }

    /// The live sessions of the user who is logged in.
    pub(crate) async fn sessions(&self) -> Result<Vec<SessionRecord>, LoginError> {
        let (_, user_id) = self.own_session().await?;
        Ok(self
            .settings
            .store
            .sessions_of(&user_id, self.now())
            .await?)
    }

    /// Ends one session of the user who is logged in, in the store, before it returns.
    pub(crate) async fn end_session(&self, session: SessionId) -> Result<bool, LoginError> {
        let (own, user_id) = self.own_session().await?;
        if own.record.id == session {
            self.logout_user().await?;
            return Ok(true);
        }
        let ended = self
            .settings
            .store
            .end_named(&user_id, session, self.now())
            .await?;
        if ended {
            self.tell(&Event::SessionEnded {
                user: user_id,
                session: Some(session),
            });
        }
        Ok(ended)
    }

    /// Ends all sessions of the user who is logged in but this one, in the store, before it returns.
    pub(crate) async fn end_other_sessions(&self) -> Result<(), LoginError> {
        let (own, user_id) = self.own_session().await?;
        self.end_others(&own, &user_id).await.map(drop)
    }

    async fn end_others(&self, own: &Opened, user_id: &UserId) -> Result<Epoch, LoginError> {
        let now = self.now();
        let epoch = self
            .settings
            .store
            .end_all_of(user_id, Some(&own.token), now)
            .await?;
        self.tell(&Event::SessionEnded {
            user: user_id.clone(),
            session: None,
        });
        // What this request proved was proved before; the session that it stages is the one that is spared. But when
        // somebody else ended all of them in between, it stays ended.
        let spare = |proved: &mut Epoch| {
            if proved.next_of_user() == epoch {
                *proved = epoch;
            }
        };
        let mut state = self.state.lock().await;
        if let Some(proof) = &mut state.proof
            && proof.user_id == *user_id
        {
            spare(&mut proof.epoch);
        }
        if let Some(staged) = &mut state.staged
            && staged.login.user_id == *user_id
            && let Some(proved) = &mut staged.epoch
        {
            spare(proved);
        }
        Ok(epoch)
    }

    async fn state_before_answer(&self) -> Result<MutexGuard<'_, State>, LoginError> {
        let state = self.state.lock().await;
        if state.answered {
            Err(LoginError::Answered)
        } else {
            Ok(state)
        }
    }

    async fn own_session(&self) -> Result<(Opened, UserId), LoginError> {
        let mut state = self.state.lock().await;
        match self.own_login(&mut state).await? {
            Some(login) => Ok((login.opened.clone(), login.user.user_id())),
            None => Err(LoginError::NotLoggedIn),
        }
    }

    fn lifetime(&self, options: &LoginOptions) -> Lifetime {
        let lifetimes = &self.settings.lifetimes;
        match (options.remember, options.duration) {
            (false, _) => lifetimes.login,
            (true, None) => lifetimes.remembered,
            (true, Some(duration)) => {
                Lifetime::new(lifetimes.remembered.idle.min(duration), duration)
            }
        }
    }
}

/// A login replaces whatever session the request came with. The data stays with a visitor who logs in, and with a user
/// who logs in again; another user's data goes.
fn replaced_by_login(state: &State, user_id: &UserId) -> Option<Replaced> {
    let (token, keep_data, fades) = match state.standing.as_ref()? {
        Standing::Anonymous { stale } => ((*stale)?, false, false),
        Standing::JustEnded => return None,
        Standing::Visitor(opened) => (opened.token, true, false),
        Standing::LoggedIn(login) => {
            let same_user = login.record().user_id == *user_id;
            (login.opened.token, same_user, same_user)
        }
    };
    Some(Replaced {
        token,
        keep_data,
        fades,
        must_be_live: false,
    })
}

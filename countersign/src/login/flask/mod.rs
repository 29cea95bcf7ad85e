//! Flask-Login's logins, in the cookies of a Flask application.

mod changes;
mod data;
mod finish;
mod flashes;
mod open_session;
mod stamped;

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use super::data::NEXT;
use super::event::Event;
use super::request::Client;
use super::staged::Proof;
use super::user::ErasedUser;
use super::{LoginError, LoginSettings, SessionProtection};
use crate::flask::Value;
use crate::session::{FlaskSessions, UserId};
use open_session::{FRESH, IDENTIFIER, OF_LOGIN, OpenSession, REMEMBER, USER_ID};

/// The login of one request whose session is in Flask's cookies: what Flask-Login 0.6.3 does, in the same order.
///
/// Nothing is decoded before somebody asks who is there.
pub(crate) struct FlaskLogin<C> {
    pub(super) settings: Arc<LoginSettings>,
    pub(super) client: C,
    flask: Arc<FlaskSessions>,
    cookies: FlaskCookies,
    state: Mutex<State>,
}

/// What a request has to say beside what all requests have.
#[derive(Default)]
pub(crate) struct FlaskCookies {
    /// The session cookie's value.
    pub(crate) session: Option<String>,
    /// The remember token.
    pub(crate) remember: Option<String>,
    /// `X-Forwarded-For`, where it is to identify the client.
    pub(crate) forwarded_for: Option<Vec<u8>>,
}

#[derive(Default)]
struct State {
    /// The session; `None` until somebody asks for it.
    session: Option<OpenSession>,
    /// Who is there; `None` until somebody asks.
    present: Option<Present>,
    proof: Option<Proof>,
    /// What is to be told when the answer stands.
    events: Vec<Event>,
    /// The name under which this device is known from now on.
    device_name: Option<String>,
    logged_out: bool,
    /// Whether the answer is made, so that nothing can change any more.
    answered: bool,
}

/// Who is there: Flask-Login's `g._login_user`.
#[derive(Clone, Default)]
struct Present {
    user: Option<Arc<dyn ErasedUser>>,
    /// Whom this request logged in, until somebody asks for him.
    to_load: Option<UserId>,
    /// Whether he was logged in by this request although he is not active.
    forced: bool,
}

impl Present {
    /// The user, if his login counts: Flask-Login's `is_authenticated`.
    fn authenticated(&self) -> Option<&Arc<dyn ErasedUser>> {
        self.user
            .as_ref()
            .filter(|user| user.is_active() || self.forced)
    }
}

impl<C: Client> FlaskLogin<C> {
    pub(crate) fn new(
        settings: Arc<LoginSettings>,
        flask: Arc<FlaskSessions>,
        client: C,
        cookies: FlaskCookies,
    ) -> Self {
        Self {
            settings,
            client,
            flask,
            cookies,
            state: Mutex::default(),
        }
    }

    /// Who is logged in.
    pub(crate) async fn current_user(&self) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        let mut state = self.state.lock().await;
        Ok(self.present(&mut state).await?.authenticated().cloned())
    }

    /// Whether the login is fresh.
    pub(crate) async fn is_fresh(&self) -> Result<bool, LoginError> {
        let mut state = self.state.lock().await;
        let authenticated = self.present(&mut state).await?.authenticated().is_some();
        let is_marked = self.session(&mut state)?.is_true(FRESH);
        Ok(is_marked && (authenticated || self.flask.restore_before_lookup))
    }

    /// Whether the login is a remembered one: whether the request has a remember token that is not being taken away.
    pub(crate) async fn is_remembered(&self) -> Result<bool, LoginError> {
        let mut state = self.state.lock().await;
        let present = self.present(&mut state).await?;
        let user_id = present.authenticated().map(|user| user.user_id());
        let Some(remembered) = self.remembered_user(&mut state)? else {
            return Ok(false);
        };
        // Flask-Login does not look whose token it is, nor whether there is such a user.
        Ok(self.flask.restore_before_lookup
            || user_id.is_some_and(|user_id| self.is_of(&remembered, &user_id)))
    }

    /// Who is there; found out at the first call.
    async fn present<'a>(&self, state: &'a mut State) -> Result<&'a Present, LoginError> {
        if state.present.is_none() {
            if state.answered {
                return Err(LoginError::Answered);
            }
            let user = self.load(state).await?;
            if self.settings.subscribers.report_access {
                let user = user.as_ref().map(|user| user.user_id());
                self.tell(&Event::Accessed { user });
            }
            state.present = Some(Present {
                user,
                ..Present::default()
            });
        }
        let present = state.present.as_mut().expect("it was found out just now");
        if let Some(user_id) = &present.to_load {
            present.user = self.settings.load_user(user_id).await?;
            present.to_load = None;
        }
        Ok(present)
    }

    /// Flask-Login's `_load_user`.
    async fn load(&self, state: &mut State) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        if self.is_kept_out(self.session(state)?) {
            return Ok(None);
        }
        let user_id = self.session(state)?.get(USER_ID).and_then(id_text);
        let user = match user_id {
            Some(user_id) => self.user_of(&user_id).await?,
            None => None,
        };
        match user {
            Some(user) => Ok(Some(user)),
            None => self.restore(state).await,
        }
    }

    /// Session protection: Flask-Login's `_session_protection_failed`.
    fn is_kept_out(&self, session: &mut OpenSession) -> bool {
        let protection = self.settings.protection;
        if protection == SessionProtection::Off || session.is_empty() {
            return false;
        }
        let user = session.get(USER_ID).and_then(id_text);
        // A visitor has no login that could be protected.
        if user.is_none() && !self.flask.visitor_cookies {
            return false;
        }
        let identifier = self.identifier();
        let same =
            matches!(session.get(IDENTIFIER), Some(Value::Text(known)) if *known == *identifier);
        if same {
            return false;
        }
        let ends = protection == SessionProtection::Strong && !session.is_permanent();
        tracing::debug!(
            ended = ends,
            "session protection: the session's `_id` is that of another address or `User-Agent`"
        );
        if ends {
            for key in OF_LOGIN.into_iter().chain([NEXT]) {
                session.pop(key);
            }
            session.set(REMEMBER, "clear");
        } else if session.get(FRESH) != Some(&Value::Bool(false)) {
            session.set(FRESH, false);
        }
        let user = user.as_deref();
        if let Some((id, _)) = user.and_then(|user| stamped::parts(&self.flask, user)) {
            self.tell(&Event::SessionProtected {
                user: UserId::new(id),
                session: None,
                ended: ends,
                address: self.client.address(),
            });
        }
        ends
    }

    /// Logs in the user of the remember token: Flask-Login's `_load_user_from_remember_cookie`.
    async fn restore(&self, state: &mut State) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        let Some(user_id) = self.remembered_user(state)? else {
            return Ok(None);
        };
        let mark = |session: &mut OpenSession| {
            session.set(USER_ID, user_id.as_str());
            session.set(FRESH, false);
        };
        if self.flask.restore_before_lookup {
            mark(self.session(state)?);
        }
        let user = self.user_of(&user_id).await?;
        match &user {
            Some(user) => {
                if !self.flask.restore_before_lookup {
                    mark(self.session(state)?);
                }
                let user = user.user_id();
                self.tell(&Event::LoadedFromCookie { user });
            }
            // The token of nobody is of no use to anybody.
            None if !self.flask.restore_before_lookup => {
                self.session(state)?.set(REMEMBER, "clear");
            }
            None => {}
        }
        Ok(user)
    }

    /// The user's id in the remember token, unless that is being taken away.
    fn remembered_user(&self, state: &mut State) -> Result<Option<String>, LoginError> {
        let Some(token) = &self.cookies.remember else {
            return Ok(None);
        };
        if is_cleared(self.session(state)?) {
            return Ok(None);
        }
        match self.flask.remember_tokens.decode(token) {
            Ok(user_id) => Ok(Some(user_id.to_owned())),
            Err(error) => {
                tracing::debug!(%error, "a remember token does not count");
                Ok(None)
            }
        }
    }

    /// Whether what stands for a user in a session or a token stands for that one, whatever his stamp is.
    fn is_of(&self, text: &str, user_id: &UserId) -> bool {
        stamped::parts(&self.flask, text).is_some_and(|(id, _)| *user_id == UserId::new(id))
    }

    /// The user with that id and, where ids are stamped, with that stamp.
    async fn user_of(&self, user_id: &str) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        let Some((id, stamp)) = stamped::parts(&self.flask, user_id) else {
            tracing::debug!("a login does not count: its user id has no stamp");
            return Ok(None);
        };
        let Some(user) = self.settings.load_user(&UserId::new(id)).await? else {
            tracing::debug!(
                user = id,
                "a login does not count: the user loader knows nobody with that id"
            );
            return Ok(None);
        };
        if stamp.is_some_and(|stamp| !stamped::has_stamp(&*user, stamp)) {
            tracing::debug!(
                user = id,
                "a login does not count: the user has another stamp by now"
            );
            return Ok(None);
        }
        Ok(Some(user))
    }

    /// The session; decoded at the first call.
    fn session<'a>(&self, state: &'a mut State) -> Result<&'a mut OpenSession, LoginError> {
        if state.session.is_none() {
            if state.answered {
                // The answer went out without a word to caches that it depends on who asks.
                return Err(LoginError::Answered);
            }
            state.session = Some(self.open());
        }
        Ok(state.session.as_mut().expect("it was opened just now"))
    }

    fn open(&self) -> OpenSession {
        let cookie = self.cookies.session.as_deref();
        let values = cookie.and_then(|cookie| self.flask.read(cookie, self.settings.clock.now()));
        OpenSession::of(values.unwrap_or_default())
    }

    /// The text by which the client is recognised again: Flask-Login's `_create_identifier`.
    fn identifier(&self) -> String {
        let address = self.client.address().map(|address| address.to_string());
        self.flask.identifier.identifier(
            address.as_deref(),
            self.cookies.forwarded_for.as_deref(),
            self.client.user_agent(),
        )
    }

    fn tell(&self, event: &Event) {
        self.settings.subscribers.tell(event);
    }

    async fn state_before_answer(&self) -> Result<MutexGuard<'_, State>, LoginError> {
        let state = self.state.lock().await;
        if state.answered {
            Err(LoginError::Answered)
        } else {
            Ok(state)
        }
    }
}

impl<C: fmt::Debug> fmt::Debug for FlaskLogin<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlaskLogin")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// Whether the remember token goes with this answer.
fn is_cleared(session: &OpenSession) -> bool {
    session.get(REMEMBER) == Some(&Value::from("clear"))
}

/// The text of a user's id: Flask-Login keeps whatever `get_id` gives, a text as a rule.
fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => text.as_str().map(str::to_owned),
        Value::Integer(number) => Some(number.to_string()),
        Value::Uuid(uuid) => Some(uuid.to_string()),
        _ => None,
    }
}

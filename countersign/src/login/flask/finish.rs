use std::borrow::Cow;
use std::time::Duration;

use super::open_session::{OpenSession, REMEMBER, REMEMBER_SECONDS, USER_ID};
use super::{FlaskLogin, State, id_text};
use crate::clock::Timestamp;
use crate::flask::Value;
use crate::login::LoginError;
use crate::login::commit::{CookieChange, Finished, known_device};
use crate::login::request::Client;
use crate::session::SessionError;
use crate::session::flask::{FlaskCookie, WhichCookie};

impl<C: Client> FlaskLogin<C> {
    /// Ends a request in which nobody asked for the session, and which would not change it. Answers whether it was one.
    pub(crate) fn finish_untouched(&self) -> bool {
        let Ok(mut state) = self.state.try_lock() else {
            return false;
        };
        state.answered = state.session.is_none()
            && self.cookies.session.is_none()
            && self.cookies.remember.is_none()
            && !self.flask.visitor_cookies;
        state.answered
    }

    /// Writes the cookies, if the handler's answer stands (`keep`): Flask-Login's `_update_remember_cookie`, then Flask's `save_session`.
    pub(crate) async fn finish(&self, keep: bool) -> Finished {
        let mut state = self.state.lock().await;
        let asked = state.session.is_some();
        let now = self.settings.clock.now();
        let mut finished = Finished {
            asked,
            varies: self.flask.visitor_cookies,
            ..Finished::default()
        };
        let written = match self.write(&mut state, keep, now).await {
            Err(error) if keep => {
                finished.refused = Some(error);
                self.write(&mut state, false, now).await
            }
            written => written,
        };
        state.answered = true;
        match written {
            Ok(cookies) => {
                // What is sent to this client must not be kept for another one.
                finished.asked |= !cookies.is_empty();
                finished.cookies = cookies;
            }
            Err(error) => finished.refused = Some(error),
        }
        finished
    }

    async fn write(
        &self,
        state: &mut State,
        keep: bool,
        now: Timestamp,
    ) -> Result<Vec<CookieChange>, LoginError> {
        let mut cookies = self.changes(state, keep, now)?;
        if keep {
            for event in state.events.drain(..) {
                self.settings.subscribers.tell(&event);
            }
            if let Some(name) = &state.device_name {
                cookies.extend(known_device(&self.settings, &self.client, name).await);
            }
        }
        Ok(cookies)
    }

    /// What becomes of the remember token and of the session.
    fn changes(
        &self,
        state: &State,
        keep: bool,
        now: Timestamp,
    ) -> Result<Vec<CookieChange>, LoginError> {
        let session = match &state.session {
            Some(session) if keep => Cow::Borrowed(session),
            _ => Cow::Owned(self.as_it_came(state)),
        };
        let has_operation = session.get(REMEMBER).is_some();
        let refreshes = !has_operation && self.refreshes_token(&session);
        // Most requests change nothing, and so copy nothing.
        if !(has_operation || refreshes || self.is_sent(&session)) {
            return Ok(Vec::new());
        }
        let mut session = session.into_owned();
        if refreshes {
            // Taken out again at once; but the session counts as changed, and is written anew, too.
            session.set(REMEMBER, "set");
        }
        let remember = self.remember(&mut session, now);
        let mut saved = self.save(session, now)?;
        if state.logged_out && saved.as_ref().is_some_and(|saved| self.is_too_long(saved)) {
            // The browser would not take it, and go on with the login that it has.
            let mut session = self.as_it_came(state);
            session.pop(REMEMBER);
            saved = self.save(session, now)?;
        }
        let cookies = [remember, saved].into_iter().flatten();
        Ok(cookies.map(CookieChange::Flask).collect())
    }

    /// The session without anything that the handler did, but for the logout.
    fn as_it_came(&self, state: &State) -> OpenSession {
        let mut session = self.open();
        if state.logged_out {
            self.take_login_out(&mut session);
        }
        session
    }

    /// What becomes of the remember token.
    fn remember(&self, session: &mut OpenSession, now: Timestamp) -> Option<FlaskCookie> {
        let operation = session.pop(REMEMBER);
        match operation.as_ref().and_then(Value::as_str) {
            Some("set") => self.token(session, now),
            Some("clear") => Some(FlaskCookie {
                which: WhichCookie::Remember,
                value: None,
                expires: None,
            }),
            _ => None,
        }
    }

    /// Whether the token that came along is to live longer.
    fn refreshes_token(&self, session: &OpenSession) -> bool {
        let is_own = |token: &String| {
            let user_id = self.flask.remember_tokens.decode(token).ok();
            user_id.is_some_and(|user_id| {
                session.get(USER_ID).and_then(id_text).as_deref() == Some(user_id)
            })
        };
        self.flask.remember_cookie_refresh_each_request
            && self.cookies.remember.as_ref().is_some_and(is_own)
    }

    /// The token of whoever is logged in.
    fn token(&self, session: &OpenSession, now: Timestamp) -> Option<FlaskCookie> {
        let user_id = session.get(USER_ID).and_then(id_text)?;
        let duration = match session.get(REMEMBER_SECONDS) {
            Some(Value::Float(seconds)) => Duration::try_from_secs_f64(*seconds).ok(),
            Some(Value::Integer(seconds)) => seconds
                .as_i64()
                .and_then(|seconds| u64::try_from(seconds).ok())
                .map(Duration::from_secs),
            _ => None,
        };
        Some(FlaskCookie {
            which: WhichCookie::Remember,
            value: Some(self.flask.remember_tokens.encode(&user_id)),
            expires: Some(now + duration.unwrap_or(self.flask.remember_cookie_duration)),
        })
    }

    /// What becomes of the session's cookie.
    fn save(
        &self,
        session: OpenSession,
        now: Timestamp,
    ) -> Result<Option<FlaskCookie>, LoginError> {
        let cookie = |value, expires| FlaskCookie {
            which: WhichCookie::Session,
            value,
            expires,
        };
        if session.is_empty() {
            // A visitor without a cookie has none that could be taken away.
            let goes = session.is_modified()
                && (self.cookies.session.is_some() || self.flask.visitor_cookies);
            return Ok(goes.then(|| cookie(None, None)));
        }
        if !self.is_sent(&session) {
            return Ok(None);
        }
        let is_permanent = session.is_permanent();
        let expires = is_permanent.then(|| now + self.flask.permanent_session_lifetime);
        let value = self.flask.write(session.into_values(), now);
        let value = value.map_err(|source| LoginError::Session(SessionError::Flask(source)))?;
        let bytes = value.len();
        let cookie = cookie(Some(value), expires);
        if self.is_too_long(&cookie) {
            tracing::warn!(
                bytes,
                "the session has grown larger than the {LONGEST} bytes that browsers keep: keep less in it"
            );
        }
        Ok(Some(cookie))
    }

    /// Whether the answer has the session's cookie: Flask's `should_set_cookie`.
    fn is_sent(&self, session: &OpenSession) -> bool {
        session.is_modified() || (session.is_permanent() && self.flask.session_refresh_each_request)
    }

    /// Whether browsers pass over the session's cookie and keep the one that they have.
    fn is_too_long(&self, cookie: &FlaskCookie) -> bool {
        let value = cookie.value.as_ref().map_or(0, String::len);
        self.flask.session_cookie.name.len() + value > LONGEST
    }
}

/// What browsers keep of a cookie, name and value together: Flask's `MAX_COOKIE_SIZE`.
const LONGEST: usize = 4093;

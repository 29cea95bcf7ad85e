use serde_json::Value as Json;

use super::open_session::{FLASHES, IDENTIFIER, OF_LOGIN, OpenSession};
use super::{FlaskLogin, flashes};
use crate::flask::Value;
use crate::login::LoginError;
use crate::login::data::NEXT;
use crate::login::request::{Client, SentTo};
use crate::session::{Change, SessionError};

impl<C: Client> FlaskLogin<C> {
    /// The value under a key of the session.
    pub(crate) async fn value(&self, key: &str) -> Result<Option<Json>, SessionError> {
        let mut state = self.state.lock().await;
        Ok(json_under(key, self.session(&mut state)?))
    }

    /// Changes a value, and answers the value that it makes.
    pub(crate) async fn change(
        &self,
        key: &str,
        change: Change,
    ) -> Result<Option<Json>, SessionError> {
        if OF_LOGIN.contains(&key) {
            return Err(SessionError::Reserved {
                key: key.to_owned(),
            });
        }
        let mut state = self.state_before_answer().await?;
        let session = self.session(&mut state)?;
        let present = json_under(key, session);
        let value = match change {
            Change::Insert(value) => Some(value),
            Change::Remove => None,
            Change::Update(change) => change(present),
        };
        match &value {
            Some(value) => session.set(key, from_json(key, value.clone())),
            None => drop(session.pop(key)),
        }
        Ok(value)
    }

    /// Takes the application's values away.
    pub(crate) async fn clear(&self) -> Result<(), SessionError> {
        let mut state = self.state_before_answer().await?;
        self.session(&mut state)?.clear();
        Ok(())
    }

    /// Keeps the page that a stranger wanted, as Flask-Login does under `USE_SESSION_FOR_NEXT`: with the client's identifier, so that
    /// strong session protection leaves it there.
    pub(crate) async fn keep_next(&self, page: String) -> Result<(), LoginError> {
        let identifier = self.identifier();
        let mut state = self.state_before_answer().await?;
        let session = self.session(&mut state)?;
        session.set(IDENTIFIER, identifier);
        session.set(NEXT, page);
        Ok(())
    }

    /// Keeps a message for somebody who is sent to another page, if visitors get cookies for such a thing.
    pub(crate) async fn keep_message(&self, to: SentTo, message: &str) -> Result<(), LoginError> {
        // Flask-Login, too, flashes nothing where there are no words.
        if self.flask.visitor_cookies && !message.is_empty() {
            let category = match to {
                SentTo::LoginView => &self.flask.login_message_category,
                SentTo::RefreshView => &self.flask.needs_refresh_message_category,
            };
            let mut state = self.state_before_answer().await?;
            flashes::flash(self.session(&mut state)?, category, message);
        }
        Ok(())
    }
}

fn json_under(key: &str, session: &OpenSession) -> Option<Json> {
    let value = session.get(key)?;
    Some(match key {
        FLASHES => flashes::to_json(value),
        _ => value.to_json(),
    })
}

fn from_json(key: &str, value: Json) -> Value {
    match key {
        FLASHES => flashes::from_json(&value),
        _ => None,
    }
    .unwrap_or_else(|| Value::from_json(value))
}

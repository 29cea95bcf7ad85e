use serde_json::Value;

use super::LoginError;
use super::request::{Client, SentTo};
use super::stored::{Standing, State, StoredLogin};
use crate::session::{Change, Lookup, SessionData, SessionError, Want};

impl<C: Client> StoredLogin<C> {
    /// The value under a key of the session's data, as this request sees it.
    pub(crate) async fn value(&self, key: &str) -> Result<Option<Value>, SessionError> {
        let mut state = self.state.lock().await;
        Ok(self.data(&mut state).await?.get(key).cloned())
    }

    /// Stages a change of a value, and answers the value that it makes.
    pub(crate) async fn change(
        &self,
        key: &str,
        change: Change,
    ) -> Result<Option<Value>, SessionError> {
        let mut state = self.state.lock().await;
        if state.answered {
            return Err(SessionError::Answered);
        }
        let present = self.data(&mut state).await?;
        let mut data = present.clone();
        change.apply_to(key, &mut data);
        let bytes = data.to_json().len();
        // What requests beside each other kept can be too large together. It must be possible to take some of it away.
        if bytes > SessionData::LIMIT && bytes >= present.to_json().len() {
            return Err(SessionError::TooLarge { bytes });
        }
        let value = data.get(key).cloned();
        state.data = Some(data);
        state.changes.push(key, change);
        Ok(value)
    }

    /// Stages the removal of all values.
    pub(crate) async fn clear(&self) -> Result<(), SessionError> {
        let mut state = self.state.lock().await;
        if state.answered {
            return Err(SessionError::Answered);
        }
        *self.data(&mut state).await? = SessionData::default();
        state.changes.clear();
        Ok(())
    }

    /// Keeps the page that a stranger wanted.
    pub(crate) async fn keep_next(&self, page: String) -> Result<(), LoginError> {
        self.change(NEXT, Change::Insert(page.into())).await?;
        Ok(())
    }

    /// Keeps nothing: what such a visitor is told comes from `next`.
    pub(crate) async fn keep_message(&self, _: SentTo, _message: &str) -> Result<(), LoginError> {
        Ok(())
    }

    async fn data<'a>(&self, state: &'a mut State) -> Result<&'a mut SessionData, LoginError> {
        if state.data.is_none() {
            self.stand_with(state, Want::RecordAndData).await?;
        }
        if state.data.is_none() {
            let data = self.read_data(state).await?;
            state.data = Some(data);
        }
        Ok(state.data.get_or_insert_default())
    }

    /// Reads the data of a session that was asked for without it.
    async fn read_data(&self, state: &mut State) -> Result<SessionData, LoginError> {
        let drops_data = state
            .staged
            .as_ref()
            .and_then(|staged| staged.replaces.as_ref());
        if drops_data.is_some_and(|replaced| !replaced.keep_data) {
            return Ok(SessionData::default());
        }
        let Some(opened) = state.standing.as_ref().and_then(Standing::opened) else {
            return Ok(SessionData::default());
        };
        let token = opened.token;
        match self
            .settings
            .store
            .load(&token, Want::RecordAndData, self.now())
            .await?
        {
            Lookup::Live(loaded) | Lookup::Fading(loaded) => Ok(loaded.data.unwrap_or_default()),
            Lookup::Ended | Lookup::Unknown => {
                // It ended since this request asked who is there.
                state.standing = Some(Standing::JustEnded);
                Ok(SessionData::default())
            }
        }
    }
}

/// Where `next` is kept in the session; Flask-Login's name.
pub(crate) const NEXT: &str = "next";

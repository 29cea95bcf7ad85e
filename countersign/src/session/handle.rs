use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BoxError, BoxFuture, Change, SessionData, StoreError};

/// The session of the request at hand: values of the application that stay with a client from request to request.
///
/// It is an extractor of handlers. Nothing is read before something is asked of it, and a visitor for whom nothing is
/// kept has no session, no cookie, and costs the store nothing.
///
/// Changes are kept in one call of the store after the handler, and dropped when the handler answers with a 5xx,
/// panics, or the client goes away. While an answer's body streams, it is too late for them. Prefer [`update`](Session::update), which loses nothing when several requests of
/// one client run side by side:
///
/// ```
/// # use countersign::session::{Session, SessionError};
/// async fn add_to_cart(session: Session) -> Result<String, SessionError> {
///     let cart = session.update("cart", |cart: &mut Vec<u32>| cart.push(7)).await?;
///     Ok(format!("{} articles", cart.len()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Session {
    open: Arc<dyn OpenSession>,
}

impl Session {
    pub(crate) fn new(open: Arc<dyn OpenSession>) -> Self {
        Self { open }
    }

    /// Changes the value under a key by a function, beginning with the default value when there is none, and answers
    /// the new value. Safe beside other requests: at the commit, the function runs again on the value as it is then,
    /// so it may run several times and should do nothing but change the value.
    ///
    /// # Errors
    /// When the store or the user loader fails, when the value under the key is of another type, or when the data
    /// would grow beyond [`SessionData::LIMIT`].
    pub async fn update<T, F>(&self, key: &str, change: F) -> Result<T, SessionError>
    where
        T: Default + DeserializeOwned + Serialize,
        F: Fn(&mut T) + Send + Sync + 'static,
    {
        if let Some(present) = self.open.get(key).await? {
            decode::<T>(key, present)?;
        }
        let change = Change::update(move |present| changed(present, &change));
        match self.open.change(key, change).await? {
            Some(value) => decode(key, value),
            None => Err(SessionError::Unwritable {
                key: key.to_owned(),
            }),
        }
    }

    /// The value under a key.
    ///
    /// # Errors
    /// When the store or the user loader fails, or when the value is of another type.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, SessionError> {
        self.open
            .get(key)
            .await?
            .map(|value| decode(key, value))
            .transpose()
    }

    /// Puts a value under a key, whatever stood there.
    ///
    /// # Errors
    /// When the store or the user loader fails, when the value can't be written as JSON, or when the data would grow
    /// beyond [`SessionData::LIMIT`].
    pub async fn insert<T: Serialize>(&self, key: &str, value: T) -> Result<(), SessionError> {
        let value = serde_json::to_value(value).map_err(|source| SessionError::Encode {
            key: key.to_owned(),
            source,
        })?;
        self.open.change(key, Change::Insert(value)).await.map(drop)
    }

    /// Takes the value under a key away, and answers it.
    ///
    /// # Errors
    /// When the store or the user loader fails, or when the value is of another type; it is taken away all the same.
    pub async fn remove<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, SessionError> {
        let Some(value) = self.open.get(key).await? else {
            return Ok(None);
        };
        self.open.change(key, Change::Remove).await?;
        decode(key, value).map(Some)
    }

    /// Takes all values away. Who is logged in stays logged in.
    ///
    /// # Errors
    /// When the store or the user loader fails.
    pub async fn clear(&self) -> Result<(), SessionError> {
        self.open.clear().await
    }

    /// Keeps a message for the next page that asks for [`flashes`](Session::flashes). Of more than
    /// [`Flash::LIMIT`], the oldest are dropped.
    ///
    /// # Errors
    /// As [`insert`](Session::insert).
    pub async fn flash(
        &self,
        category: impl Into<String>,
        message: impl Into<String>,
    ) -> Result<(), SessionError> {
        let flash = Flash {
            category: category.into(),
            message: message.into(),
        };
        self.update(FLASHES, move |flashes: &mut Vec<Flash>| {
            flashes.push(flash.clone());
            let excess = flashes.len().saturating_sub(Flash::LIMIT);
            flashes.drain(..excess);
        })
        .await
        .map(drop)
    }

    /// The messages that were kept, the oldest first. They are taken away.
    ///
    /// # Errors
    /// When the store or the user loader fails.
    pub async fn flashes(&self) -> Result<Vec<Flash>, SessionError> {
        Ok(self.remove(FLASHES).await?.unwrap_or_default())
    }
}

/// A message that is shown once.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Flash {
    /// What kind of message it is, for its looks: `message`, `error`, whatever the pages know.
    pub category: String,
    /// The message.
    pub message: String,
}

impl Flash {
    /// How many messages a session keeps.
    pub const LIMIT: usize = 20;
}

/// Why a session could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The session belongs to a login, and whether that login still counts could not be found out: the application's
    /// user loader failed.
    #[error("the user loader failed")]
    UserLoader(#[source] BoxError),
    /// The value under the key can't be read as the type that was asked for.
    #[error("the session's value {key:?} is of another type")]
    Decode {
        /// The key.
        key: String,
        /// What does not fit.
        #[source]
        source: serde_json::Error,
    },
    /// The value can't be written as JSON.
    #[error("the session's value {key:?} can't be written as JSON")]
    Encode {
        /// The key.
        key: String,
        /// What can't be written.
        #[source]
        source: serde_json::Error,
    },
    /// The function that was to change the value made one that can't be written as JSON.
    #[error("the session's value {key:?} was changed to something that can't be written as JSON")]
    Unwritable {
        /// The key.
        key: String,
    },
    /// The key is one of Flask-Login's, by which Flask says who is logged in: a session that is shared with Flask can't have
    /// another value there.
    #[error("the session's key {key:?} says who is logged in: log in or out instead")]
    Reserved {
        /// The key.
        key: String,
    },
    /// The session can't be written as a Flask cookie.
    #[cfg(feature = "flask")]
    #[error("the session can't be written as Flask's")]
    Flask(#[source] crate::flask::FlaskError),
    /// The request was answered before, and its changes are committed.
    #[error("the request has been answered: change the session before the handler returns")]
    Answered,
    /// The data would take more than [`SessionData::LIMIT`] bytes.
    #[error("the session's data would take {bytes} bytes, and {limit} is the limit", limit = SessionData::LIMIT)]
    TooLarge {
        /// How many bytes it would take.
        bytes: usize,
    },
}

/// What a [`Session`] needs of the request that it belongs to. Values are JSON here; the types stay above.
pub(crate) trait OpenSession: fmt::Debug + Send + Sync {
    /// The value under a key, with the changes that were staged.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Value>, SessionError>>;
    /// Stages a change, and answers the value that it makes.
    fn change<'a>(
        &'a self,
        key: &'a str,
        change: Change,
    ) -> BoxFuture<'a, Result<Option<Value>, SessionError>>;
    /// Stages the removal of all values.
    fn clear(&self) -> BoxFuture<'_, Result<(), SessionError>>;
}

/// Flask keeps its flashes under the same name.
const FLASHES: &str = "_flashes";

fn decode<T: DeserializeOwned>(key: &str, value: Value) -> Result<T, SessionError> {
    serde_json::from_value(value).map_err(|source| SessionError::Decode {
        key: key.to_owned(),
        source,
    })
}

/// The value after the change. A value of another type, which can only come from a request beside this one, is left
/// as it is.
fn changed<T>(present: Option<Value>, change: impl Fn(&mut T)) -> Option<Value>
where
    T: Default + DeserializeOwned + Serialize,
{
    let mut value = match &present {
        Some(present) => match T::deserialize(present) {
            Ok(value) => value,
            Err(_) => return Some(present.clone()),
        },
        None => T::default(),
    };
    change(&mut value);
    serde_json::to_value(value).ok().or(present)
}

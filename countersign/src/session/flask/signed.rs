//! What the key of Flask's sessions signs and verifies.

use subtle::ConstantTimeEq as _;

use super::FlaskSessions;
use crate::clock::Timestamp;
use crate::flask::{Dict, FlaskError, Value};
use crate::secret::SecretKey;

impl FlaskSessions {
    pub(in crate::session) fn key(&self) -> &SecretKey {
        &self.key
    }

    /// Whether what one of them signed can count at the other.
    pub(crate) fn shares_a_key_with(&self, other: &Self) -> bool {
        let mut keys = self.key.newest_first();
        keys.any(|key| other.key.newest_first().any(|own| own.ct_eq(key).into()))
    }

    /// The values of a session cookie that counts at that time. Whatever is wrong with another one, it is no session.
    pub(crate) fn read(&self, cookie: &str, now: Timestamp) -> Option<Dict> {
        match self
            .serializer
            .loads(cookie, now, self.permanent_session_lifetime)
        {
            Ok(signed) => match signed.value {
                Value::Dict(values) => Some(values),
                _ => None,
            },
            Err(error) => {
                tracing::debug!(%error, "a session cookie does not count");
                None
            }
        }
    }

    /// The session cookie for these values.
    pub(crate) fn write(&self, values: Dict, now: Timestamp) -> Result<String, FlaskError> {
        self.serializer.dumps(&Value::Dict(values), now)
    }
}

use std::time::Duration;

use super::error::{FlaskError, Malformed, Unwritable};
use super::json::PayloadFormat;
use super::limits::Limits;
use super::payload;
use super::signer::{Signer, SignerSettings};
use super::timestamp_signer::{Signed, TimestampSigner};
use super::value::Value;
use crate::clock::Timestamp;
use crate::secret::SecretKey;

/// Signs values together with the time, as text for cookies and URLs: itsdangerous' `URLSafeTimedSerializer`.
///
/// Whoever has the text can read the values: they are signed and not encrypted.
///
/// ```
/// use std::time::Duration;
/// use countersign::clock::Timestamp;
/// use countersign::flask::{Dict, UrlSafeTimedSerializer, Value};
/// use countersign::secret::SecretKey;
///
/// # let key = SecretKey::danger_unchecked("deterministic");
/// let serializer = UrlSafeTimedSerializer::flask_session(&key);
/// let now = Timestamp::from_millis(1_700_000_000_000);
/// let session: Dict = [("_user_id", "1")].into_iter().collect();
/// let cookie = serializer.dumps(&session.into(), now)?;
/// assert_eq!(cookie, "eyJfdXNlcl9pZCI6IjEifQ.ZVPxAA.dlSWEs3z-rSsORe4n9RLR5bz2rg");
///
/// let month = Duration::from_secs(31 * 24 * 60 * 60);
/// let session = serializer.loads(&cookie, now, month)?;
/// let user_id = session.value.as_dict().and_then(|session| session.get("_user_id"));
/// assert_eq!(user_id, Some(&Value::from("1")));
/// # Ok::<(), countersign::flask::FlaskError>(())
/// ```
#[derive(Clone, Debug)]
pub struct UrlSafeTimedSerializer {
    signer: TimestampSigner,
    format: PayloadFormat,
    limits: Limits,
}

impl UrlSafeTimedSerializer {
    /// A serializer with a key and its fallbacks. `SignerSettings::itsdangerous().salt("itsdangerous")` and
    /// [`PayloadFormat::Plain`] make that which itsdangerous makes by itself.
    pub fn new(key: &SecretKey, settings: SignerSettings, format: PayloadFormat) -> Self {
        Self {
            signer: TimestampSigner::new(key, settings),
            format,
            limits: Limits::default(),
        }
    }

    /// The one of Flask's `SecureCookieSessionInterface`, as it is unless an application replaces it: the salt
    /// `cookie-session`, the key derivation `hmac`, SHA-1, and tagged JSON.
    ///
    /// A `SECRET_KEY` that is a `str` is signed with as UTF-8, which is what [`SecretKey`] takes from a `&str`.
    pub fn flask_session(key: &SecretKey) -> Self {
        Self::new(key, SignerSettings::flask_session(), PayloadFormat::Tagged)
    }

    /// Sets how large a value may be.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Signs a value.
    ///
    /// # Errors
    /// [`FlaskError::Unwritable`] when it could not be read again.
    pub fn dumps(&self, value: &Value, now: Timestamp) -> Result<String, FlaskError> {
        let payload = payload::write(value, self.format, &self.limits)?;
        into_text(self.signer.sign(payload, now), &self.limits)
    }

    /// The value that was signed at most `max_age` ago, of which whole seconds count. Nothing is decoded before the
    /// signature was found to be good.
    ///
    /// # Errors
    /// [`FlaskError::BadSignature`], [`FlaskError::Expired`], [`FlaskError::FromTheFuture`] or
    /// [`FlaskError::Malformed`], of which the first that fits.
    pub fn loads(
        &self,
        text: impl AsRef<[u8]>,
        now: Timestamp,
        max_age: Duration,
    ) -> Result<Signed<Value>, FlaskError> {
        let text = checked(text.as_ref(), &self.limits)?;
        self.read(self.signer.unsign(text, now, max_age)?)
    }

    /// The value that was signed at any time, even one that is yet to come: for whoever looks at a value and lets nobody
    /// in by it.
    ///
    /// # Errors
    /// [`FlaskError::BadSignature`] or [`FlaskError::Malformed`].
    pub fn danger_loads_of_any_age(
        &self,
        text: impl AsRef<[u8]>,
    ) -> Result<Signed<Value>, FlaskError> {
        let text = checked(text.as_ref(), &self.limits)?;
        self.read(self.signer.danger_unsign_of_any_age(text)?)
    }

    fn read(&self, unsigned: Signed<&[u8]>) -> Result<Signed<Value>, FlaskError> {
        Ok(Signed {
            value: payload::read(unsigned.value, self.format, &self.limits)?,
            signed_at: unsigned.signed_at,
        })
    }
}

/// Signs values as text for cookies and URLs, without the time: itsdangerous' `URLSafeSerializer`. What was signed counts
/// for ever.
///
/// ```
/// use countersign::flask::{PayloadFormat, SignerSettings, UrlSafeSerializer};
/// use countersign::secret::SecretKey;
///
/// let key = SecretKey::new("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")?;
/// let settings = SignerSettings::itsdangerous().salt("unsubscribe");
/// let serializer = UrlSafeSerializer::new(&key, settings, PayloadFormat::Plain);
/// let text = serializer.dumps(&"alice@example.com".into())?;
/// assert_eq!(text, "ImFsaWNlQGV4YW1wbGUuY29tIg.2GFL6cqSVzPH-GODlDAb3bNOyjs");
/// assert_eq!(serializer.loads(&text)?.as_str(), Some("alice@example.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct UrlSafeSerializer {
    signer: Signer,
    format: PayloadFormat,
    limits: Limits,
}

impl UrlSafeSerializer {
    /// A serializer with a key and its fallbacks.
    pub fn new(key: &SecretKey, settings: SignerSettings, format: PayloadFormat) -> Self {
        Self {
            signer: Signer::new(key, settings),
            format,
            limits: Limits::default(),
        }
    }

    /// Sets how large a value may be.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Signs a value.
    ///
    /// # Errors
    /// [`FlaskError::Unwritable`] when it could not be read again.
    pub fn dumps(&self, value: &Value) -> Result<String, FlaskError> {
        let payload = payload::write(value, self.format, &self.limits)?;
        into_text(self.signer.sign(payload), &self.limits)
    }

    /// The value that was signed. Nothing is decoded before the signature was found to be good.
    ///
    /// # Errors
    /// [`FlaskError::BadSignature`] or [`FlaskError::Malformed`].
    pub fn loads(&self, text: impl AsRef<[u8]>) -> Result<Value, FlaskError> {
        let text = checked(text.as_ref(), &self.limits)?;
        let payload = self.signer.unsign(text)?;
        Ok(payload::read(payload, self.format, &self.limits)?)
    }
}

fn checked<'a>(text: &'a [u8], limits: &Limits) -> Result<&'a [u8], FlaskError> {
    match text.len() <= limits.input {
        true => Ok(text),
        false => Err(Malformed::TooLong {
            limit: limits.input,
        }
        .into()),
    }
}

/// A separator may be any bytes, so this can fail where a payload, a time and a signature never do.
fn into_text(signed: Vec<u8>, limits: &Limits) -> Result<String, FlaskError> {
    if signed.len() > limits.input {
        return Err(Unwritable::TooLong.into());
    }
    String::from_utf8(signed).map_err(|_| FlaskError::Separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_longer_than_the_limit_is_refused_before_its_signature_is_looked_at() {
        let limit = 40;
        let serializer = serializer().limits(Limits::default().input(limit));
        let refused = serializer.loads("x".repeat(limit + 1), NOW, Duration::ZERO);
        assert_eq!(refused, Err(Malformed::TooLong { limit }.into()));
        let refused = serializer.loads("x".repeat(limit), NOW, Duration::ZERO);
        assert_eq!(refused, Err(FlaskError::BadSignature));
        let too_long = serializer.dumps(&"longer".into(), NOW);
        assert_eq!(too_long, Err(Unwritable::TooLong.into()));
    }

    #[test]
    fn an_age_is_judged_before_the_payload_is_read() {
        let signed = serializer().signer.sign("nope", Timestamp::from_millis(0));
        let refused = serializer().loads(&signed, NOW, Duration::ZERO);
        assert!(matches!(refused, Err(FlaskError::Expired { .. })));
        let refused = serializer().danger_loads_of_any_age(&signed);
        assert!(matches!(refused, Err(FlaskError::Malformed(_))));
    }

    /// Made by `URLSafeTimedSerializer(KEY, salt="wtf-csrf-token")` of itsdangerous 2.2, with the key `deterministic`.
    #[test]
    fn the_csrf_token_of_flask_wtf_is_read_and_written() {
        let token = "ImRhMzlhM2VlNWU2YjRiMGQzMjU1YmZlZjk1NjAxODkwYWZkODA3MDki.ZVPxAA.hPfnev2VZP3Q4_6EzVjXXJMT9VY";
        let settings = SignerSettings::itsdangerous().salt("wtf-csrf-token");
        let serializer = UrlSafeTimedSerializer::new(&key(), settings, PayloadFormat::Plain);
        let raw = Value::from("da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(serializer.dumps(&raw, NOW).as_deref(), Ok(token));
        let hour = Duration::from_secs(3600);
        assert_eq!(
            serializer.loads(token, NOW + hour, hour).unwrap().value,
            raw
        );
        assert!(serializer.loads(token, NOW + 2 * hour, hour).is_err());
    }

    fn serializer() -> UrlSafeTimedSerializer {
        UrlSafeTimedSerializer::flask_session(&key())
    }

    fn key() -> SecretKey {
        SecretKey::danger_unchecked("deterministic")
    }

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
}

//! Flask's wire formats: what itsdangerous, Flask and Flask-Login sign, read and written byte for byte.
//!
//! Nothing here knows of requests or stores: bytes and a moment go in, values come out. Feature `flask`.
//!
//! ```
//! use std::time::Duration;
//! use countersign::clock::Timestamp;
//! use countersign::flask::{UrlSafeTimedSerializer, Value};
//! use countersign::secret::SecretKey;
//!
//! // The same `SECRET_KEY` as in Flask. Keys of 16 to 31 bytes need `danger_short`.
//! let key = SecretKey::new("6c7a1c1a7d9de7f6f0b8ae5f7a3d8c0f")?;
//! let sessions = UrlSafeTimedSerializer::flask_session(&key);
//!
//! // Signed by Flask 3.1.3: `session["when"] = (2, b"\x00\xff", Markup("<b>"))`.
//! let cookie = "eyJ3aGVuIjp7IiB0IjpbMix7IiBiIjoiQVA4PSJ9LHsiIG0iOiI8Yj4ifV19fQ.ZVPxAA.t2trro76f1Wwym-lcGItLsSfPBY";
//! let now = Timestamp::from_millis(1_700_000_060_000);
//! let session = sessions.loads(cookie, now, Duration::from_secs(31 * 24 * 60 * 60))?;
//!
//! assert_eq!(session.signed_at, Timestamp::from_millis(1_700_000_000_000));
//! let dict = session.value.as_dict().ok_or("Flask's sessions are dicts")?;
//! let tuple = vec![Value::from(2), Value::Bytes(vec![0x00, 0xff]), Value::Markup("<b>".into())];
//! assert_eq!(dict.get("when"), Some(&Value::Tuple(tuple)));
//! assert_eq!(sessions.dumps(&session.value, session.signed_at)?, cookie);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Names
//!
//! | in Python | here |
//! | --- | --- |
//! | `itsdangerous.Signer` | [`Signer`] |
//! | `itsdangerous.TimestampSigner` | [`TimestampSigner`] |
//! | `itsdangerous.URLSafeSerializer` | [`UrlSafeSerializer`] |
//! | `itsdangerous.URLSafeTimedSerializer` | [`UrlSafeTimedSerializer`] |
//! | `salt`, `sep`, `key_derivation`, `digest_method` | [`SignerSettings`], [`KeyDerivation`], [`Digest`] |
//! | `SECRET_KEY`, `SECRET_KEY_FALLBACKS` | [`SecretKey`](crate::secret::SecretKey) and its fallbacks |
//! | `BadSignature` | [`FlaskError::BadSignature`] |
//! | `SignatureExpired` | [`FlaskError::Expired`], [`FlaskError::FromTheFuture`] |
//! | `BadTimeSignature`, `BadPayload` | [`FlaskError::Malformed`] |
//! | `flask.sessions.SecureCookieSessionInterface` | [`UrlSafeTimedSerializer::flask_session`] |
//! | `flask.json.tag.TaggedJSONSerializer` | [`tagged_json`], [`PayloadFormat::Tagged`] |
//! | `flask_login.encode_cookie`, `decode_cookie` | [`RememberTokens`] |
//! | `LoginManager._session_identifier_generator` | [`IdentifierVersion`] |
//! | `werkzeug.http.parse_cookie`, `dump_cookie` | [`cookie_value`], [`SetCookie`] |
//!
//! | Python value | in JSON | here |
//! | --- | --- | --- |
//! | `None`, `bool` | as in JSON | [`Value::Null`], [`Value::Bool`] |
//! | `int` | its digits | [`Value::Integer`] |
//! | `float` | its `repr`; `NaN`, `Infinity` | [`Value::Float`] |
//! | `str` | text | [`Value::Text`] |
//! | `bytes` | `{" b": base64}` | [`Value::Bytes`] |
//! | `Markup` | `{" m": text}` | [`Value::Markup`] |
//! | `UUID` | `{" u": 32 hexadecimal digits}` | [`Value::Uuid`] |
//! | `datetime` | `{" d": HTTP date}` | [`Value::DateTime`] |
//! | `list` | a list | [`Value::List`] |
//! | `tuple` | `{" t": list}` | [`Value::Tuple`] |
//! | `dict` | an object with its keys sorted | [`Value::Dict`] |
//! | a `dict` whose only key is one of these tags | `{" di": {key + "__": value}}` | [`Value::Dict`] |
//!
//! # What differs
//!
//! - Sizes and nesting are bounded, by [`Limits`].
//! - What stands under a tag must be what Flask writes there. Flask itself makes of `{" m": 5}`, which it never writes, the
//!   `Markup` `5`; here it is [`Malformed::Tag`].
//! - A date in another form than HTTP's can be `None` here where Python makes one of it; Flask writes no other.
//! - A timestamp beyond the year 9999 is [`Malformed::Timestamp`]; in itsdangerous it ends in a `ValueError`.
//! - Compressed bytes are those of zlib's usual build at its level 6, but for some in a thousand; in Python, too, they
//!   depend on the build. Both sides read both.

mod base64;
mod bytes;
pub mod cookie_value;
mod date;
mod error;
mod identifier;
mod json;
mod limits;
mod mac;
mod payload;
mod remember;
mod serializer;
mod set_cookie;
mod signer;
pub mod tagged_json;
mod timestamp_signer;
mod value;

pub use error::{FlaskError, Malformed, Unwritable};
pub use identifier::IdentifierVersion;
pub use json::PayloadFormat;
pub use limits::Limits;
pub use mac::Digest;
pub use remember::RememberTokens;
pub use serializer::{UrlSafeSerializer, UrlSafeTimedSerializer};
pub use set_cookie::{SameSite, SetCookie, SetCookieError};
pub use signer::{KeyDerivation, Signer, SignerSettings};
pub use timestamp_signer::{Signed, TimestampSigner};
pub use value::{Dict, Integer, NotAnInteger, Text, Value};

//! Cookies signed by a secret key, which no visitor has: for those that are old, or strange, or of another key.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use countersign::clock::Timestamp;
use countersign::flask::{Dict, FlaskError, RememberTokens, UrlSafeTimedSerializer};
use countersign::secret::SecretKey;

use crate::sequence::{Forgery, Key};

/// Signs what is in a session, or nothing, with changes.
pub(crate) fn session(cookie: &str, forgery: &Forgery) -> anyhow::Result<String> {
    let mut session = match forgery.is_new {
        true => Dict::new(),
        false => read_session(cookie)?.0,
    };
    for (key, value) in &forgery.changes {
        match value {
            Some(value) => session.insert(*key, value.clone()),
            None => session.remove(key),
        };
    }
    let signed_at = now()?.as_millis() - forgery.seconds_ago * 1000;
    let serializer = UrlSafeTimedSerializer::flask_session(&forgery.key.secret());
    Ok(serializer.dumps(&session.into(), Timestamp::from_millis(signed_at))?)
}

/// Flask-Login's cookie for a user, as Werkzeug writes it: what is no ASCII stands as octal numbers, in quotes.
pub(crate) fn remember(user_id: &str, key: Key) -> anyhow::Result<String> {
    let token = RememberTokens::of_text(&key.secret())?.encode(user_id);
    if token.is_ascii() {
        return Ok(token);
    }
    let written = token.bytes().map(|byte| match byte.is_ascii() {
        true => char::from(byte).to_string(),
        false => format!("\\{byte:03o}"),
    });
    Ok(format!("\"{}\"", written.collect::<String>()))
}

/// What is in a session cookie that a server set, when it was signed, and by which key.
pub(crate) fn read_session(cookie: &str) -> anyhow::Result<(Dict, Timestamp, Key)> {
    for key in [Key::Current, Key::Older] {
        let serializer = UrlSafeTimedSerializer::flask_session(&key.secret());
        let session = match serializer.danger_loads_of_any_age(cookie) {
            Err(FlaskError::BadSignature) => continue,
            session => session?,
        };
        let values = session.value.as_dict().context("a session is a dict")?;
        return Ok((values.clone(), session.signed_at, key));
    }
    anyhow::bail!("no key of a server signed this session")
}

impl Key {
    /// As `TWIN_SECRET_KEY` takes it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Current => "9f2c4e6a8b0d1f3e5c7a9b8d6f4e2c1a",
            Self::Older => "the-key-of-last-year-it-was",
            Self::Unknown => "a-key-that-nobody-has-ever-had",
        }
    }

    fn secret(self) -> SecretKey {
        SecretKey::danger_unchecked(self.text())
    }
}

fn now() -> anyhow::Result<Timestamp> {
    let since: Duration = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(since.as_millis().try_into()?))
}

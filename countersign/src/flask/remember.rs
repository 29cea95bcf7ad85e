use std::fmt::Write as _;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::error::{FlaskError, Malformed};
use super::limits::Limits;
use super::mac::{Digest, MacKey};
use crate::secret::SecretKey;

/// Flask-Login's `remember_token`: its `encode_cookie` and `decode_cookie`. The user's id, `|`, and its signature by
/// HMAC-SHA-512 in hexadecimal digits.
///
/// There is no time in it and no chance: the token of a user is always the same, and counts until the secret key
/// changes, also after a logout. Flask-Login never verifies with `SECRET_KEY_FALLBACKS`, so the key's fallbacks are not
/// used here.
///
/// ```
/// use countersign::flask::{FlaskError, RememberTokens};
/// use countersign::secret::SecretKey;
///
/// let key = SecretKey::new("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")?;
/// let tokens = RememberTokens::of_text(&key)?;
/// let token = tokens.encode("a|b");
/// assert!(token.starts_with("a|b|"));
/// assert_eq!(tokens.decode(&token), Ok("a|b"));
/// assert_eq!(tokens.decode("a|b|00"), Err(FlaskError::BadSignature));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RememberTokens {
    key: MacKey,
}

impl RememberTokens {
    /// For a `SECRET_KEY` that is a `str` in Flask, and so UTF-8 here: Flask-Login signs with it as Latin-1.
    ///
    /// # Errors
    /// [`FlaskError::KeyIsNotLatin1`] when the key is no UTF-8, or has a character above U+00FF: Flask-Login fails too.
    pub fn of_text(key: &SecretKey) -> Result<Self, FlaskError> {
        let text = std::str::from_utf8(key.newest()).map_err(|_| FlaskError::KeyIsNotLatin1)?;
        let latin1 = text
            .chars()
            .map(u8::try_from)
            .collect::<Result<Vec<_>, _>>();
        let latin1 = Zeroizing::new(latin1.map_err(|_| FlaskError::KeyIsNotLatin1)?);
        Ok(Self::with_key(&latin1))
    }

    /// For a `SECRET_KEY` that is `bytes` in Flask.
    pub fn of_bytes(key: &SecretKey) -> Self {
        Self::with_key(key.newest())
    }

    /// The token of a user.
    pub fn encode(&self, user_id: &str) -> String {
        format!("{user_id}|{}", self.digest(user_id))
    }

    /// The user's id of a token.
    ///
    /// # Errors
    /// [`FlaskError::BadSignature`] when it was not signed with this key; [`Malformed::TooLong`] when it is longer than
    /// 65,536 bytes.
    pub fn decode<'a>(&self, token: &'a str) -> Result<&'a str, FlaskError> {
        let limit = Limits::default().input;
        if token.len() > limit {
            return Err(Malformed::TooLong { limit }.into());
        }
        let (user_id, digest) = token.rsplit_once('|').ok_or(FlaskError::BadSignature)?;
        let expected = self.digest(user_id);
        match bool::from(expected.as_bytes().ct_eq(digest.as_bytes())) {
            true => Ok(user_id),
            false => Err(FlaskError::BadSignature),
        }
    }

    fn with_key(key: &[u8]) -> Self {
        Self {
            key: MacKey::new(Digest::Sha512, key),
        }
    }

    fn digest(&self, user_id: &str) -> String {
        self.key.with_signature(&[user_id.as_bytes()], |signature| {
            signature
                .iter()
                .fold(String::with_capacity(128), |mut digits, byte| {
                    write!(digits, "{byte:02x}").expect("writing into a string can't fail");
                    digits
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Flask-Login 0.6.3 with the key `deterministic`.
    const TOKEN: &str = "1|0e9e6e9855fbe6df7906ec4737578a1d491b38d3fd5246c1561016e189d6516043286501ca43257c938e60aad77acec5ce916b94ca9d00c0bb6f9883ae4b82ae";

    #[test]
    fn a_token_of_flask_login_is_read_and_written() {
        let tokens = RememberTokens::of_bytes(&SecretKey::danger_unchecked("deterministic"));
        assert_eq!(tokens.encode("1"), TOKEN);
        assert_eq!(tokens.decode(TOKEN), Ok("1"));
    }

    #[test]
    fn what_was_not_signed_is_refused() {
        let tokens = RememberTokens::of_bytes(&SecretKey::danger_unchecked("deterministic"));
        let other_user = TOKEN.replacen('1', "2", 1);
        let upper_case = TOKEN.to_uppercase();
        for token in [
            "",
            "1",
            "|",
            "1|",
            &TOKEN[..TOKEN.len() - 1],
            &other_user,
            &upper_case,
            "1|é",
        ] {
            assert_eq!(
                tokens.decode(token),
                Err(FlaskError::BadSignature),
                "{token}"
            );
        }
        let long = format!("{}|00", "1".repeat(70_000));
        assert_eq!(
            tokens.decode(&long),
            Err(Malformed::TooLong { limit: 65_536 }.into())
        );
    }

    #[test]
    fn a_text_key_is_latin1_and_its_fallbacks_do_not_count() {
        let text = SecretKey::danger_unchecked("clé");
        let bytes = SecretKey::danger_unchecked(b"cl\xe9");
        let of_text = RememberTokens::of_text(&text).unwrap();
        assert_eq!(
            of_text.encode("1"),
            RememberTokens::of_bytes(&bytes).encode("1")
        );
        assert_ne!(
            of_text.encode("1"),
            RememberTokens::of_bytes(&text).encode("1")
        );
        for key in [bytes, SecretKey::danger_unchecked("密")] {
            let refused = RememberTokens::of_text(&key).map(|_| ());
            assert_eq!(refused, Err(FlaskError::KeyIsNotLatin1));
        }
        let rotated = text.clone().danger_unchecked_fallback("old");
        let old = RememberTokens::of_bytes(&SecretKey::danger_unchecked("old")).encode("1");
        let rotated = RememberTokens::of_text(&rotated).unwrap();
        assert_eq!(rotated.decode(&old), Err(FlaskError::BadSignature));
    }
}

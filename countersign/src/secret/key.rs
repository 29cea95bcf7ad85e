use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Random;

/// An application's secret key, and the keys it had before.
///
/// The newest key signs; the fallbacks only verify, so a key can be replaced without logging anybody out.
///
/// ```
/// use countersign::secret::SecretKey;
///
/// let old = SecretKey::new("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")?;
/// let new = SecretKey::new("e0d4f3c6a1b84d2f9e7a6c5b4a39281706f5")?.fallback("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")?;
/// assert!(new.verify("purpose", b"message", &old.sign("purpose", b"message")));
/// assert!(!old.verify("purpose", b"message", &new.sign("purpose", b"message")));
/// assert!(SecretKey::new("dev").is_err());
/// # Ok::<(), countersign::secret::KeyError>(())
/// ```
#[derive(Clone)]
pub struct SecretKey {
    /// Never empty; the first one signs.
    keys: Vec<Zeroizing<Vec<u8>>>,
}

impl SecretKey {
    /// The fewest bytes in a key: as many as the output of the hash that it keys (RFC 2104, section 3).
    pub const MINIMUM_LENGTH: usize = 32;
    /// The fewest bytes that [`SecretKey::danger_short`] accepts.
    pub const DANGER_MINIMUM_LENGTH: usize = 16;

    /// A key of at least [`SecretKey::MINIMUM_LENGTH`] bytes, taken as they are.
    ///
    /// # Errors
    /// When it is shorter, or is an example that everybody knows.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Ok(Self {
            keys: vec![checked(key.as_ref(), Self::MINIMUM_LENGTH)?],
        })
    }

    /// A new random key of 32 bytes.
    pub fn generate(random: &dyn Random) -> Self {
        let mut key = Zeroizing::new(vec![0; Self::MINIMUM_LENGTH]);
        random.fill(&mut key);
        Self { keys: vec![key] }
    }

    /// A key of at least [`SecretKey::DANGER_MINIMUM_LENGTH`] bytes: for an application that shares its key with a
    /// Flask application whose key is short. Whoever guesses the key can forge what it signs, so lengthen it soon.
    ///
    /// # Errors
    /// When it is shorter still, or is an example that everybody knows.
    pub fn danger_short(key: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Ok(Self {
            keys: vec![checked(key.as_ref(), Self::DANGER_MINIMUM_LENGTH)?],
        })
    }

    /// Adds a key that was used before, which verifies and never signs.
    ///
    /// # Errors
    /// As [`SecretKey::new`].
    pub fn fallback(mut self, key: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        self.keys.push(checked(key.as_ref(), Self::MINIMUM_LENGTH)?);
        Ok(self)
    }

    /// Adds a key that was used before and is short: as [`SecretKey::danger_short`] and [`SecretKey::fallback`].
    ///
    /// # Errors
    /// As [`SecretKey::danger_short`].
    pub fn danger_short_fallback(mut self, key: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = checked(key.as_ref(), Self::DANGER_MINIMUM_LENGTH)?;
        self.keys.push(key);
        Ok(self)
    }

    /// A key of any length, however well known: for a tool that looks at what another application signed, and lets
    /// nobody in by it. Whoever guesses the key can forge what it signs.
    pub fn danger_unchecked(key: impl AsRef<[u8]>) -> Self {
        Self {
            keys: vec![Zeroizing::new(key.as_ref().to_vec())],
        }
    }

    /// Adds a key that was used before, of any length: as [`SecretKey::danger_unchecked`] and [`SecretKey::fallback`].
    pub fn danger_unchecked_fallback(mut self, key: impl AsRef<[u8]>) -> Self {
        self.keys.push(Zeroizing::new(key.as_ref().to_vec()));
        self
    }

    /// Signs a message for a purpose: HMAC-SHA-256 (RFC 2104) under a key that is derived for that purpose alone, so a
    /// signature made for one purpose is worth nothing for another.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        mac(&self.keys[0], purpose, message)
            .finalize()
            .into_bytes()
            .into()
    }

    /// What this key and then each of its fallbacks signs: to recognise a message by a part of a signature that an older
    /// key made. Compare in constant time what came from outside.
    pub fn signatures(&self, purpose: &str, message: &[u8]) -> impl Iterator<Item = [u8; 32]> {
        self.keys
            .iter()
            .map(move |key| mac(key, purpose, message).finalize().into_bytes().into())
    }

    /// Whether a signature was made by this key or one of its fallbacks. Takes the same time wherever they differ.
    pub fn verify(&self, purpose: &str, message: &[u8], signature: &[u8]) -> bool {
        self.keys
            .iter()
            .any(|key| mac(key, purpose, message).verify_slice(signature).is_ok())
    }

    /// The bytes of the key and then of its fallbacks: for formats of others, which derive keys in their own ways.
    #[cfg(feature = "flask")]
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &[u8]> {
        self.keys.iter().map(|key| key.as_slice())
    }

    /// The bytes of the key that signs.
    #[cfg(feature = "flask")]
    pub(crate) fn newest(&self) -> &[u8] {
        &self.keys[0]
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SecretKey([redacted], {} fallbacks)",
            self.keys.len() - 1
        )
    }
}

/// Why a secret key was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It has too few bytes.
    #[error(
        "the secret key has {found} bytes and needs at least {needed}: make one with `openssl rand -hex 32`"
    )]
    TooShort {
        /// How many bytes it has.
        found: usize,
        /// How many it needs.
        needed: usize,
    },
    /// It stands in a tutorial or a template, or is one character repeated.
    #[error("the secret key is one that everybody knows: make one with `openssl rand -hex 32`")]
    WellKnown,
}

fn checked(key: &[u8], needed: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let known = String::from_utf8_lossy(key).trim().to_lowercase();
    let first = key.first();
    if WELL_KNOWN.contains(&known.as_str())
        || (first.is_some() && key.iter().all(|byte| Some(byte) == first))
    {
        return Err(KeyError::WellKnown);
    }
    if key.len() < needed {
        return Err(KeyError::TooShort {
            found: key.len(),
            needed,
        });
    }
    Ok(Zeroizing::new(key.to_vec()))
}

fn mac(key: &[u8], purpose: &str, message: &[u8]) -> Hmac<Sha256> {
    let derived = Zeroizing::new(<[u8; 32]>::from(
        keyed(key).chain_update(purpose).finalize().into_bytes(),
    ));
    keyed(&*derived).chain_update(message)
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// Keys that stand in documentation, tutorials and templates, in lower case: the lists that forgers try first.
const WELL_KNOWN: &[&str] = &[
    "_5#y2l\"f4q8z\\n\\xec]/",
    "_5#y2l\"f4q8z\n\u{fffd}]/",
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
    "changeme",
    "changeme_changeme_changeme_changeme",
    "ch@nge_me_now_this_is_not_a_secret",
    "dev",
    "development key",
    "django-insecure-change-me-please-change-me-please",
    "secret",
    "secret key",
    "secret-key-goes-here",
    "secret_key",
    "super secret key",
    "temporary_superset_secret_key",
    "the quick brown fox jumps over the lazy dog",
    "this is a secret key please change me",
    "thisismysecretkeydonottellanyone",
    "thisisaverysecretkeythatshouldbechanged",
    "this_should_be_a_long_random_secret_key",
    "you-will-never-guess",
    "your secret key here",
    "your-256-bit-secret",
    "your-secret-key-at-least-32-characters-long",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_well_known_keys_are_refused() {
        assert_eq!(
            SecretKey::new("x1").unwrap_err(),
            KeyError::TooShort {
                found: 2,
                needed: 32
            }
        );
        assert_eq!(
            SecretKey::danger_short("x1").unwrap_err(),
            KeyError::TooShort {
                found: 2,
                needed: 16
            }
        );
        let short = SecretKey::danger_short("sixteen bytes ok").unwrap();
        assert!(short.clone().fallback("sixteen bytes no").is_err());
        assert!(
            short
                .clone()
                .danger_short_fallback("sixteen bytes no")
                .is_ok()
        );
        assert!(short.danger_short_fallback("dev").is_err());
        for known in [
            "dev",
            "You-Will-Never-Guess",
            "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        ] {
            assert_eq!(
                SecretKey::new(known).unwrap_err(),
                KeyError::WellKnown,
                "{known}"
            );
        }
        assert_eq!(
            SecretKey::new("a".repeat(64)).unwrap_err(),
            KeyError::WellKnown
        );
    }

    #[test]
    fn a_signature_counts_for_its_purpose_alone() {
        let key = SecretKey::new([7u8, 1].repeat(16)).unwrap();
        let signature = key.sign("one", b"message");
        assert!(key.verify("one", b"message", &signature));
        assert!(!key.verify("other", b"message", &signature));
        assert!(!key.verify("one", b"massage", &signature));
        assert!(!key.verify("one", b"message", &signature[..31]));
        assert!(!key.verify("one", b"message", b""));
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SecretKey::new("hunter2 hunter2 hunter2 hunter2 hunter2").unwrap();
        assert_eq!(format!("{key:?}"), "SecretKey([redacted], 0 fallbacks)");
    }
}

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

use super::PasswordError;
use super::imported::PasswordNormalization;
use super::scheme::StoredHash;
use super::text::{to_base64, to_hex};
use super::worker::WorkMemory;

/// A hash of something that is made of the password, and not of the password itself.
pub(super) struct Prepared {
    preparation: Preparation,
    hash: Arc<dyn StoredHash>,
}

impl Prepared {
    pub(super) fn new(preparation: Preparation, hash: Arc<dyn StoredHash>) -> Self {
        Self { preparation, hash }
    }
}

impl StoredHash for Prepared {
    /// That of the hash: a digest of a few bytes is nothing beside it.
    fn cost(&self) -> String {
        self.hash.cost()
    }

    fn cost_of(&self, password: &[u8]) -> String {
        self.hash.cost_of(&self.preparation.apply(password))
    }

    fn memory_kib(&self) -> u64 {
        self.hash.memory_kib()
    }

    fn verify(&self, password: &[u8], memory: &mut WorkMemory) -> Result<bool, PasswordError> {
        self.hash.verify(&self.preparation.apply(password), memory)
    }
}

/// What is made of a password before it is hashed.
pub(super) enum Preparation {
    /// Nothing: only the string is another.
    None,
    /// Django's `bcrypt_sha256`, and Flask-Bcrypt for long passwords.
    HexSha256,
    /// Passlib's `bcrypt-sha256`, first version.
    Base64Sha256,
    /// Its second version: HMAC with this key.
    Base64HmacSha256(Vec<u8>),
    /// Flask-Security: of the normalised password, HMAC with this key, cut to so many bytes.
    FlaskSecurity {
        salt: Zeroizing<Vec<u8>>,
        normalization: PasswordNormalization,
        length: usize,
    },
    /// Devise: the password and this, cut to so many bytes.
    Pepper {
        pepper: Zeroizing<Vec<u8>>,
        length: usize,
    },
}

impl Preparation {
    fn apply(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut made = match self {
            Self::None => password.to_vec(),
            Self::HexSha256 => to_hex(&Sha256::digest(password)).into_bytes(),
            Self::Base64Sha256 => to_base64(&Sha256::digest(password)).into_bytes(),
            Self::Base64HmacSha256(key) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).expect(ANY_KEY);
                mac.update(password);
                to_base64(&mac.finalize().into_bytes()).into_bytes()
            }
            Self::FlaskSecurity {
                salt,
                normalization,
                ..
            } => {
                let mut mac = Hmac::<Sha512>::new_from_slice(salt).expect(ANY_KEY);
                mac.update(&normalization.apply(password));
                to_base64(&mac.finalize().into_bytes()).into_bytes()
            }
            Self::Pepper { pepper, .. } => [password, pepper].concat(),
        };
        if let Self::FlaskSecurity { length, .. } | Self::Pepper { length, .. } = self {
            made.truncate(*length);
        }
        Zeroizing::new(made)
    }
}

const ANY_KEY: &str = "HMAC takes keys of any length";

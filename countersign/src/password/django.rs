//! What `django.contrib.auth.hashers` writes: `algorithm$…`, each part after a `$`. Salts are used as their own text.

use std::sync::Arc;

use super::prepared::{Preparation, Prepared};
use super::scheme::{Known, Reading};
use super::scrypt::{self, ScryptCost};
use super::text::{from_base64, number};
use super::{PasswordError, argon2id, bcrypt, pbkdf2};

/// Reads a hash of Django 4 to 6, or the `!…` of a user who has no password.
pub(super) fn read(stored: &str) -> Option<Known> {
    if stored.starts_with('!') {
        return Some(Known::new("unusable", Err(PasswordError::NoUsablePassword)));
    }
    let (algorithm, rest) = stored.split_once('$')?;
    let (scheme, hash) = match algorithm {
        "pbkdf2_sha256" => ("django-pbkdf2", read_pbkdf2(&pbkdf2::SHA256, rest)),
        "pbkdf2_sha1" => ("django-pbkdf2", read_pbkdf2(&pbkdf2::SHA1, rest)),
        "argon2" => ("django-argon2", read_argon2(stored)),
        "bcrypt" => ("django-bcrypt", read_bcrypt(rest)),
        "bcrypt_sha256" => ("django-bcrypt-sha256", read_bcrypt_sha256(rest)),
        "scrypt" => ("django-scrypt", read_scrypt(rest)),
        _ => return None,
    };
    Some(Known::new(scheme, hash))
}

/// `iterations$salt$tag`
fn read_pbkdf2(digest: &'static pbkdf2::Digest, rest: &str) -> Reading {
    let parts: Vec<_> = rest.split('$').collect();
    let [iterations, salt, tag] = parts[..] else {
        return Err(MALFORMED);
    };
    let iterations = number(iterations).ok_or(MALFORMED)?;
    let tag = from_base64(tag).ok_or(MALFORMED)?;
    pbkdf2::stored(digest, iterations, salted(salt)?, tag)
}

/// `argon2` and then a PHC string. It is never as good as a new one, which has nothing before it.
fn read_argon2(stored: &str) -> Reading {
    let phc = stored.strip_prefix("argon2").unwrap_or(stored);
    let hash = argon2id::read(phc).map_or(Err(MALFORMED), |known| known.hash)?;
    Ok(Arc::new(Prepared::new(Preparation::None, hash)))
}

/// A string of bcrypt's own.
fn read_bcrypt(rest: &str) -> Reading {
    bcrypt::read(rest).map_or(Err(MALFORMED), |known| known.hash)
}

/// The same, of the password's SHA-256 in hexadecimal digits.
fn read_bcrypt_sha256(rest: &str) -> Reading {
    let hash = read_bcrypt(rest)?;
    Ok(Arc::new(Prepared::new(Preparation::HexSha256, hash)))
}

/// `N$salt$r$p$tag`
fn read_scrypt(rest: &str) -> Reading {
    let parts: Vec<_> = rest.split('$').collect();
    let [n, salt, r, p, tag] = parts[..] else {
        return Err(MALFORMED);
    };
    let cost = ScryptCost {
        n: number(n).ok_or(MALFORMED)?,
        r: number(r).ok_or(MALFORMED)?,
        p: number(p).ok_or(MALFORMED)?,
    };
    let tag = from_base64(tag).ok_or(MALFORMED)?;
    if tag.len() != SCRYPT_LENGTH {
        return Err(MALFORMED);
    }
    scrypt::stored(cost, salted(salt)?, tag)
}

/// Django refuses to hash without a salt.
fn salted(salt: &str) -> Result<Vec<u8>, PasswordError> {
    match salt {
        "" => Err(MALFORMED),
        salt => Ok(salt.into()),
    }
}

const MALFORMED: PasswordError = PasswordError::MalformedHash("it is not a hash of Django");
/// `django/contrib/auth/hashers.py`
const SCRYPT_LENGTH: usize = 64;

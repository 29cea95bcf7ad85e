//! What passlib writes in formats of its own: `$scheme$…`, each part after a `$`. What it writes as others do is read
//! with theirs.

use std::sync::Arc;

use super::prepared::{Preparation, Prepared};
use super::scheme::{Known, Reading};
use super::scrypt::{self, ScryptCost};
use super::text::{from_ab64, from_unpadded_base64, number};
use super::{PasswordError, bcrypt, pbkdf2};

/// Reads a hash of passlib 1.7 or libpass 1.9.
pub(super) fn read(stored: &str) -> Option<Known> {
    let (scheme, rest) = stored.strip_prefix('$')?.split_once('$')?;
    let (scheme, hash) = match scheme {
        "pbkdf2" => ("passlib-pbkdf2", read_pbkdf2(&pbkdf2::SHA1, rest)),
        "pbkdf2-sha256" => ("passlib-pbkdf2", read_pbkdf2(&pbkdf2::SHA256, rest)),
        "pbkdf2-sha512" => ("passlib-pbkdf2", read_pbkdf2(&pbkdf2::SHA512, rest)),
        "scrypt" => ("passlib-scrypt", read_scrypt(rest)),
        "bcrypt-sha256" => ("passlib-bcrypt-sha256", read_bcrypt_sha256(rest)),
        _ => return None,
    };
    Some(Known::new(scheme, hash))
}

/// `iterations$salt$tag`
fn read_pbkdf2(digest: &'static pbkdf2::Digest, rest: &str) -> Reading {
    let [iterations, salt, tag] = parts(rest)?;
    let iterations = number(iterations).ok_or(MALFORMED)?;
    let salt = from_ab64(salt).ok_or(MALFORMED)?;
    let tag = from_ab64(tag).ok_or(MALFORMED)?;
    pbkdf2::stored(digest, iterations, salt, tag)
}

/// `ln=log₂ N,r=…,p=…$salt$tag`
fn read_scrypt(rest: &str) -> Reading {
    let [parameters, salt, tag] = parts(rest)?;
    let [log_n, r, p] = values(parameters, ["ln=", "r=", "p="]).ok_or(MALFORMED)?;
    let log_n = number(log_n).ok_or(MALFORMED)?;
    let n = u32::try_from(log_n)
        .ok()
        .and_then(|log_n| 1u64.checked_shl(log_n));
    let cost = ScryptCost {
        n: n.unwrap_or(u64::MAX),
        r: number(r).ok_or(MALFORMED)?,
        p: number(p).ok_or(MALFORMED)?,
    };
    let salt = from_unpadded_base64(salt).ok_or(MALFORMED)?;
    let tag = from_unpadded_base64(tag).ok_or(MALFORMED)?;
    if tag.len() != SCRYPT_LENGTH {
        return Err(MALFORMED);
    }
    scrypt::stored(cost, salt, tag)
}

/// `v=2,t=2b,r=cost$salt$tag`, or in the first version `2b,cost$salt$tag`. What bcrypt hashes is the password's digest in
/// base64, so that it has no NUL and is not cut short: SHA-256, and since the second version HMAC with the salt's text.
fn read_bcrypt_sha256(rest: &str) -> Reading {
    let [parameters, salt, tag] = parts(rest)?;
    let second = values(parameters, ["v=2", "t=2b", "r="]);
    let first = values(parameters, ["2b", ""]).or_else(|| values(parameters, ["2a", ""]));
    let (cost, preparation) = match (second, first) {
        (Some(["", "", cost]), _) => (cost, Preparation::Base64HmacSha256(salt.into())),
        (None, Some(["", cost])) => (cost, Preparation::Base64Sha256),
        _ => return Err(MALFORMED),
    };
    let cost = number(cost).ok_or(MALFORMED)?;
    let hash = bcrypt::of_parts(cost, salt, tag)?;
    Ok(Arc::new(Prepared::new(preparation, hash)))
}

/// Three parts with `$` between them.
fn parts(rest: &str) -> Result<[&str; 3], PasswordError> {
    let parts: Vec<_> = rest.split('$').collect();
    parts.try_into().map_err(|_| MALFORMED)
}

/// What stands after these words, with commas between.
fn values<'a, const COUNT: usize>(text: &'a str, names: [&str; COUNT]) -> Option<[&'a str; COUNT]> {
    let texts: Vec<_> = text.split(',').collect();
    let texts: [&str; COUNT] = texts.try_into().ok()?;
    let mut values = [""; COUNT];
    for ((value, text), name) in values.iter_mut().zip(texts).zip(names) {
        *value = text.strip_prefix(name)?;
    }
    Some(values)
}

const MALFORMED: PasswordError = PasswordError::MalformedHash("it is not a hash of passlib");
/// `passlib/handlers/scrypt.py`
const SCRYPT_LENGTH: usize = 32;

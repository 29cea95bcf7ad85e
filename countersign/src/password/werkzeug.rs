//! What `werkzeug.security.generate_password_hash` writes: `method$salt$digest`, the method with its parameters after
//! colons, the salt as its own text, the digest in hexadecimal.

use super::PasswordError;
use super::pbkdf2::{self, Digest};
use super::scheme::{Known, Reading};
use super::scrypt::{self, ScryptCost};
use super::text::{from_hex, number_with_zeros};

/// Reads a hash of Werkzeug 1 to 3 by scrypt or PBKDF2. Older methods, which Werkzeug 3 refuses too, are of no known
/// format.
pub(super) fn read(stored: &str) -> Option<Known> {
    let mut parts = stored.splitn(3, '$');
    let (method, salt, digest) = (parts.next()?, parts.next()?, parts.next()?);
    let mut method = method.split(':');
    let name = method.next()?;
    let parameters: Vec<_> = method.collect();
    match name {
        // Django's scrypt has its parameters after the name too, but each after a `$`.
        "scrypt" if !(parameters.is_empty() && digest.contains('$')) => Some(Known::new(
            "werkzeug-scrypt",
            read_scrypt(&parameters, salt, digest),
        )),
        "pbkdf2" => Some(Known::new(
            "werkzeug-pbkdf2",
            read_pbkdf2(&parameters, salt, digest),
        )),
        _ => None,
    }
}

fn read_scrypt(parameters: &[&str], salt: &str, digest: &str) -> Reading {
    let cost = match parameters {
        [] => DEFAULT_SCRYPT,
        [n, r, p] => ScryptCost {
            n: number_with_zeros(n).ok_or(NO_NUMBER)?,
            r: number_with_zeros(r).ok_or(NO_NUMBER)?,
            p: number_with_zeros(p).ok_or(NO_NUMBER)?,
        },
        _ => {
            return Err(PasswordError::MalformedHash(
                "Werkzeug's scrypt has three parameters or none",
            ));
        }
    };
    let digest = from_hex(digest).ok_or(NO_HEX)?;
    if digest.len() != SCRYPT_LENGTH {
        return Err(PasswordError::MalformedHash(
            "Werkzeug's scrypt has a digest of 64 bytes",
        ));
    }
    scrypt::stored(cost, salt.into(), digest)
}

fn read_pbkdf2(parameters: &[&str], salt: &str, tag: &str) -> Reading {
    let (digest, iterations) = match parameters {
        [] => (DEFAULT_DIGEST, DEFAULT_ITERATIONS),
        [digest] => (*digest, DEFAULT_ITERATIONS),
        [digest, iterations] => (*digest, number_with_zeros(iterations).ok_or(NO_NUMBER)?),
        _ => {
            return Err(PasswordError::MalformedHash(
                "Werkzeug's PBKDF2 has two parameters at most",
            ));
        }
    };
    let digest = Digest::named(digest).ok_or(PasswordError::MalformedHash(
        "PBKDF2 with this digest is not known here",
    ))?;
    let tag = from_hex(tag).ok_or(NO_HEX)?;
    pbkdf2::stored(digest, iterations, salt.into(), tag)
}

const NO_NUMBER: PasswordError = PasswordError::MalformedHash("one of its parameters is no number");
const NO_HEX: PasswordError =
    PasswordError::MalformedHash("its digest is not in small hexadecimal digits");

/// Werkzeug 2.3 to 3.1, `werkzeug/security.py`; bytes of the digest as of `hashlib.scrypt`.
const DEFAULT_SCRYPT: ScryptCost = ScryptCost {
    n: 32_768,
    r: 8,
    p: 1,
};
const SCRYPT_LENGTH: usize = 64;
/// The same file.
const DEFAULT_DIGEST: &str = "sha256";
/// Werkzeug 3.1. A string without the number stands for another one in each version.
const DEFAULT_ITERATIONS: u64 = 1_000_000;

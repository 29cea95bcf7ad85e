//! HMAC (RFC 2104) with a digest that is chosen at run time. Each key's first block is hashed once, not for each cookie.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac as _};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

/// The hash in a signature and in the derivation of its key: Flask's `digest_method`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Digest {
    /// SHA-1, as Flask and itsdangerous do unless told otherwise. In HMAC, no attack on it is known.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// The hash of texts, one after the other.
    pub(super) fn hash(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        fn hash_with<D: sha2::Digest>(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
            let mut hash = D::new();
            for part in parts {
                hash.update(part);
            }
            Zeroizing::new(hash.finalize().to_vec())
        }
        match self {
            Self::Sha1 => hash_with::<Sha1>(parts),
            Self::Sha256 => hash_with::<Sha256>(parts),
            Self::Sha512 => hash_with::<Sha512>(parts),
        }
    }
}

/// A key that is ready to sign.
#[derive(Clone)]
pub(super) enum MacKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl MacKey {
    pub(super) fn new(digest: Digest, key: &[u8]) -> Self {
        match digest {
            Digest::Sha1 => Self::Sha1(keyed(key)),
            Digest::Sha256 => Self::Sha256(keyed(key)),
            Digest::Sha512 => Self::Sha512(keyed(key)),
        }
    }

    /// The signature of the parts as if they were one.
    pub(super) fn with_signature<T>(&self, parts: &[&[u8]], read: impl FnOnce(&[u8]) -> T) -> T {
        match self {
            Self::Sha1(mac) => read(&updated(mac, parts).finalize().into_bytes()),
            Self::Sha256(mac) => read(&updated(mac, parts).finalize().into_bytes()),
            Self::Sha512(mac) => read(&updated(mac, parts).finalize().into_bytes()),
        }
    }

    /// Whether this is the signature. Takes the same time wherever they differ.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Sha1(mac) => updated(mac, &[message]).verify_slice(signature).is_ok(),
            Self::Sha256(mac) => updated(mac, &[message]).verify_slice(signature).is_ok(),
            Self::Sha512(mac) => updated(mac, &[message]).verify_slice(signature).is_ok(),
        }
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

fn keyed<M: KeyInit>(key: &[u8]) -> M {
    M::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn updated<M: hmac::Mac + Clone>(mac: &M, parts: &[&[u8]]) -> M {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(part);
    }
    mac
}

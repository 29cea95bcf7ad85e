//! PBKDF2 (RFC 8018, section 5.2) with HMAC, as Werkzeug, Django and passlib use it.

use std::sync::Arc;

use blake2::{Blake2b512, Blake2s256};
use hmac::SimpleHmac;
use md5::Md5;
use pbkdf2::pbkdf2_hmac;
use ripemd::Ripemd160;
use sha1::Sha1;
use sha2::digest::block_api::BlockSizeUser;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};
use sm3::Sm3;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::PasswordError;
use super::scheme::{Reading, StoredHash};
use super::worker::WorkMemory;

/// A hash that was stored with these parameters, if they are within bounds.
pub(super) fn stored(
    digest: &'static Digest,
    iterations: u64,
    salt: Vec<u8>,
    tag: Vec<u8>,
) -> Reading {
    if iterations > MOST_ITERATIONS {
        return Err(PasswordError::TooCostly {
            what: "iterations of PBKDF2",
            found: iterations,
            limit: MOST_ITERATIONS,
        });
    }
    let iterations = u32::try_from(iterations).expect("the limit is far below");
    if iterations == 0 {
        return Err(PasswordError::MalformedHash(
            "PBKDF2 needs one iteration at least",
        ));
    }
    if tag.len() != digest.length {
        return Err(PasswordError::MalformedHash(
            "its tag has not the length of its digest",
        ));
    }
    Ok(Arc::new(Pbkdf2Hash {
        digest,
        iterations,
        salt,
        tag,
    }))
}

/// What HMAC is made with.
pub(super) struct Digest {
    name: &'static str,
    /// What else `hashlib` understands, by way of OpenSSL 3.
    other_names: &'static [&'static str],
    /// Bytes of the digest, which are those of a tag.
    length: usize,
    derive: Derive,
}

impl Digest {
    /// The digest that Python's `hashlib` has by this name, in small or capital letters.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        DIGESTS.into_iter().find(|digest| {
            let mut names = digest.other_names.iter().chain([&digest.name]);
            names.any(|own| own.eq_ignore_ascii_case(name))
        })
    }
}

struct Pbkdf2Hash {
    digest: &'static Digest,
    iterations: u32,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

impl StoredHash for Pbkdf2Hash {
    fn cost(&self) -> String {
        format!("pbkdf2-{} {}", self.digest.name, self.iterations)
    }

    /// Next to nothing: the states of two digests.
    fn memory_kib(&self) -> u64 {
        1
    }

    fn verify(&self, password: &[u8], _memory: &mut WorkMemory) -> Result<bool, PasswordError> {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        (self.digest.derive)(password, &self.salt, self.iterations, &mut tag);
        Ok(tag.ct_eq(&self.tag).into())
    }
}

/// Password, salt, iterations, and where the tag is written.
type Derive = fn(&[u8], &[u8], u32, &mut [u8]);

const fn digest(
    name: &'static str,
    other_names: &'static [&'static str],
    length: usize,
    derive: Derive,
) -> Digest {
    Digest {
        name,
        other_names,
        length,
        derive,
    }
}

/// SHA-3 and BLAKE2 have no block function of their own that HMAC could be kept ready with: it is begun anew each time.
fn simple<D>(password: &[u8], salt: &[u8], iterations: u32, tag: &mut [u8])
where
    D: sha2::Digest + BlockSizeUser + Clone,
{
    pbkdf2::pbkdf2::<SimpleHmac<D>>(password, salt, iterations, tag)
        .expect("HMAC takes keys of any length");
}

pub(super) static SHA1: Digest = digest("sha1", &["sha-1"], 20, pbkdf2_hmac::<Sha1>);
pub(super) static SHA256: Digest = digest(
    "sha256",
    &["sha-256", "sha2-256"],
    32,
    pbkdf2_hmac::<Sha256>,
);
pub(super) static SHA512: Digest = digest(
    "sha512",
    &["sha-512", "sha2-512"],
    64,
    pbkdf2_hmac::<Sha512>,
);
static MD5: Digest = digest("md5", &[], 16, pbkdf2_hmac::<Md5>);
static SHA224: Digest = digest(
    "sha224",
    &["sha-224", "sha2-224"],
    28,
    pbkdf2_hmac::<Sha224>,
);
static SHA384: Digest = digest(
    "sha384",
    &["sha-384", "sha2-384"],
    48,
    pbkdf2_hmac::<Sha384>,
);
static SHA512_224: Digest = digest(
    "sha512_224",
    &["sha512-224", "sha-512/224", "sha2-512/224"],
    28,
    pbkdf2_hmac::<Sha512_224>,
);
static SHA512_256: Digest = digest(
    "sha512_256",
    &["sha512-256", "sha-512/256", "sha2-512/256"],
    32,
    pbkdf2_hmac::<Sha512_256>,
);
static SHA3_224: Digest = digest("sha3_224", &["sha3-224"], 28, simple::<Sha3_224>);
static SHA3_256: Digest = digest("sha3_256", &["sha3-256"], 32, simple::<Sha3_256>);
static SHA3_384: Digest = digest("sha3_384", &["sha3-384"], 48, simple::<Sha3_384>);
static SHA3_512: Digest = digest("sha3_512", &["sha3-512"], 64, simple::<Sha3_512>);
static BLAKE2B: Digest = digest(
    "blake2b",
    &["blake2b512", "blake2b-512"],
    64,
    simple::<Blake2b512>,
);
static BLAKE2S: Digest = digest(
    "blake2s",
    &["blake2s256", "blake2s-256"],
    32,
    simple::<Blake2s256>,
);
static RIPEMD160: Digest = digest(
    "ripemd160",
    &["ripemd-160", "rmd160", "ripemd"],
    20,
    pbkdf2_hmac::<Ripemd160>,
);
static SM3: Digest = digest("sm3", &[], 32, pbkdf2_hmac::<Sm3>);

/// Those of `hashlib` that have a length of their own, but for `md5-sha1`, which TLS 1.0 had and nobody keeps passwords with.
static DIGESTS: [&Digest; 16] = [
    &SHA256,
    &SHA512,
    &SHA1,
    &MD5,
    &SHA224,
    &SHA384,
    &SHA512_224,
    &SHA512_256,
    &SHA3_224,
    &SHA3_256,
    &SHA3_384,
    &SHA3_512,
    &BLAKE2B,
    &BLAKE2S,
    &RIPEMD160,
    &SM3,
];

/// Five times the most that is a default somewhere, Werkzeug's 1,000,000: a few seconds.
const MOST_ITERATIONS: u64 = 5_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::text::to_hex;

    #[test]
    fn pbkdf2_gives_the_keys_of_rfc_6070() {
        let cases = [
            (1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (4096, "4b007901b765489abead49d926f721d065a429c1"),
        ];
        for (iterations, expected) in cases {
            let mut tag = [0; 20];
            (SHA1.derive)(b"password", b"salt", iterations, &mut tag);
            assert_eq!(to_hex(&tag), expected);
        }
    }

    #[test]
    fn every_digest_gives_what_hashlib_gives() {
        // `hashlib.pbkdf2_hmac(name, b"password", b"salt", 3)` of Python 3.11.
        let expected = include_str!("pbkdf2-digests.txt");
        let mut count = 0;
        for line in expected.lines() {
            let (name, expected) = line.split_once(' ').unwrap();
            let digest = Digest::named(name).expect(name);
            let mut tag = vec![0; digest.length];
            (digest.derive)(b"password", b"salt", 3, &mut tag);
            assert_eq!(to_hex(&tag), expected, "{name}");
            count += 1;
        }
        assert_eq!(count, DIGESTS.len());
        for name in ["SHA256", "sha2-512/256", "SHA3-512", "blake2b512", "RMD160"] {
            assert!(Digest::named(name).is_some(), "{name}");
        }
        for name in ["", "sha", "sha_256", "shake_128", "md5-sha1", "md4"] {
            assert!(Digest::named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn costs_and_shapes_out_of_bounds_are_refused() {
        let of = |iterations, length| {
            stored(&SHA256, iterations, b"salt".to_vec(), vec![0; length]).err()
        };
        assert_eq!(of(1, 32), None);
        assert_eq!(of(5_000_000, 32), None);
        for iterations in [5_000_001, u64::from(u32::MAX) + 1, u64::MAX] {
            assert_eq!(
                of(iterations, 32),
                Some(PasswordError::TooCostly {
                    what: "iterations of PBKDF2",
                    found: iterations,
                    limit: 5_000_000
                })
            );
        }
        for (iterations, length) in [(0, 32), (1, 31), (1, 33), (1, 0)] {
            assert!(matches!(
                of(iterations, length),
                Some(PasswordError::MalformedHash(_))
            ));
        }
    }
}

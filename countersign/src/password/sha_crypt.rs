//! SHA-crypt (Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6): passlib's `sha256_crypt` and
//! `sha512_crypt`, and the `crypt` of most Unix systems.

use std::sync::Arc;

use ::sha_crypt::{Params, sha256_crypt, sha512_crypt};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::PasswordError;
use super::scheme::{Known, Reading, StoredHash};
use super::text::number;
use super::worker::WorkMemory;

/// Reads `$5$` or `$6$`, then perhaps `rounds=…$`, and `salt$tag`.
pub(super) fn read(stored: &str) -> Option<Known> {
    let known = [
        ("$5$", "sha256-crypt", Digest::Sha256),
        ("$6$", "sha512-crypt", Digest::Sha512),
    ];
    known.into_iter().find_map(|(prefix, scheme, digest)| {
        let rest = stored.strip_prefix(prefix)?;
        Some(Known::new(scheme, bounded(digest, rest)))
    })
}

fn bounded(digest: Digest, rest: &str) -> Reading {
    let (rounds, rest) = match rest.strip_prefix("rounds=") {
        Some(rest) => rest.split_once('$').ok_or(MALFORMED)?,
        None => (DEFAULT_ROUNDS, rest),
    };
    let rounds = number(rounds).ok_or(MALFORMED)?;
    if rounds > MOST_ROUNDS {
        return Err(PasswordError::TooCostly {
            what: "rounds of SHA-crypt",
            found: rounds,
            limit: MOST_ROUNDS,
        });
    }
    let (salt, tag) = rest.split_once('$').ok_or(MALFORMED)?;
    let is_tag =
        tag.len() == digest.tag_length() && tag.bytes().all(|byte| ALPHABET.contains(&byte));
    if salt.len() > LONGEST_SALT || !is_tag {
        return Err(MALFORMED);
    }
    let rounds = u32::try_from(rounds).map_err(|_| MALFORMED)?;
    Ok(Arc::new(ShaCryptHash {
        digest,
        rounds,
        params: Params::new(rounds).map_err(|_| MALFORMED)?,
        salt: salt.into(),
        tag: tag.into(),
    }))
}

#[derive(Clone, Copy, Debug)]
enum Digest {
    Sha256,
    Sha512,
}

impl Digest {
    const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256-crypt",
            Self::Sha512 => "sha512-crypt",
        }
    }

    /// Characters of a tag: each stands for six bits.
    const fn tag_length(self) -> usize {
        match self {
            Self::Sha256 => 43,
            Self::Sha512 => 86,
        }
    }

    fn tag(self, password: &[u8], salt: &[u8], params: Params) -> String {
        match self {
            Self::Sha256 => encode_sha256(&sha256_crypt(password, salt, params)),
            Self::Sha512 => encode_sha512(&sha512_crypt(password, salt, params)),
        }
    }
}

struct ShaCryptHash {
    digest: Digest,
    rounds: u32,
    params: Params,
    salt: String,
    tag: String,
}

impl StoredHash for ShaCryptHash {
    fn cost(&self) -> String {
        format!("{} {}", self.digest.name(), self.rounds)
    }

    /// Each round takes the whole password in: a long one can take twenty times as long as a short one.
    fn cost_of(&self, password: &[u8]) -> String {
        let length = password.len().next_power_of_two().max(SHORT);
        format!("{} for {length} bytes", self.cost())
    }

    /// Next to nothing: the states of two digests.
    fn memory_kib(&self) -> u64 {
        1
    }

    fn verify(&self, password: &[u8], _memory: &mut WorkMemory) -> Result<bool, PasswordError> {
        let tag = self.digest.tag(password, self.salt.as_bytes(), self.params);
        Ok(Zeroizing::new(tag)
            .as_bytes()
            .ct_eq(self.tag.as_bytes())
            .into())
    }
}

/// Three bytes become four characters, and which three turns from group to group.
fn encode_sha256(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(43);
    let (mut a, mut b, mut c) = (0, 10, 20);
    for _ in 0..10 {
        push(&mut text, [bytes[a], bytes[b], bytes[c]], 4);
        (a, b, c) = (c + 1, a + 1, b + 1);
    }
    push(&mut text, [0, bytes[31], bytes[30]], 3);
    text
}

fn encode_sha512(bytes: &[u8; 64]) -> String {
    let mut text = String::with_capacity(86);
    let (mut a, mut b, mut c) = (0, 21, 42);
    for _ in 0..21 {
        push(&mut text, [bytes[a], bytes[b], bytes[c]], 4);
        (a, b, c) = (b + 1, c + 1, a + 1);
    }
    push(&mut text, [0, 0, bytes[63]], 2);
    text
}

/// The six lowest bits come first.
fn push(text: &mut String, [high, middle, low]: [u8; 3], characters: u32) {
    let bits = u32::from(high) << 16 | u32::from(middle) << 8 | u32::from(low);
    for position in 0..characters {
        let six = bits >> (6 * position) & 63;
        text.push(char::from(ALPHABET[six as usize]));
    }
}

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const MALFORMED: PasswordError = PasswordError::MalformedHash("it is not a hash of SHA-crypt");
/// Up to here the length of a password hardly matters.
const SHORT: usize = 64;
/// The specification; a longer one is cut short before it is written.
const LONGEST_SALT: usize = 16;
/// The specification, for a string that has no number.
const DEFAULT_ROUNDS: &str = "5000";
/// Three times passlib's default for SHA-512, which is 656,000: a few seconds. The specification allows 999,999,999.
const MOST_ROUNDS: u64 = 2_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha_crypt_gives_the_tags_of_its_specification() {
        // The inputs of its test vectors, through `crypt` of libxcrypt 4.4.33.
        for (password, stored) in [
            (
                "Hello world!",
                "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
            ),
            (
                "This is just a test",
                "$5$rounds=5000$toolongsaltstrin$Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5",
            ),
            (
                "Hello world!",
                "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            ),
            (
                "we have a short salt string but not a short password",
                "$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0",
            ),
        ] {
            let hash = read(stored).unwrap().hash.unwrap();
            let mut memory = WorkMemory::new(0);
            assert!(hash.verify(password.as_bytes(), &mut memory).unwrap());
            assert!(!hash.verify(b"Hello world", &mut memory).unwrap());
        }
    }

    #[test]
    fn a_long_password_is_of_another_cost_than_a_short_one() {
        let hash = read(&format!("$6$salt${}", ".".repeat(86)));
        let hash = hash.unwrap().hash.unwrap();
        let cost = |length| hash.cost_of(&vec![b'x'; length]);
        assert_eq!(cost(0), cost(64));
        assert_eq!(cost(65), cost(128));
        assert_ne!(cost(64), cost(65));
        assert_ne!(cost(512), cost(1_024));
    }
}

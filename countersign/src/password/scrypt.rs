//! Scrypt (RFC 7914), as Werkzeug, Django and passlib use it.

use std::sync::Arc;

use ::scrypt::Params;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::PasswordError;
use super::cost::MEMORY_LIMIT_KIB;
use super::scheme::{Reading, StoredHash};
use super::worker::WorkMemory;

/// The parameters of scrypt by the names that RFC 7914 gives them.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScryptCost {
    /// How many blocks are kept: a power of two.
    pub(super) n: u64,
    /// The size of a block, in 128 bytes.
    pub(super) r: u64,
    /// How often the whole is done.
    pub(super) p: u64,
}

/// A hash that was stored with these parameters, if they are within bounds.
pub(super) fn stored(cost: ScryptCost, salt: Vec<u8>, tag: Vec<u8>) -> Reading {
    let params = cost.bounded()?;
    if !TAG_LENGTHS.contains(&tag.len()) {
        return Err(PasswordError::MalformedHash(
            "its tag has not 16 to 64 bytes",
        ));
    }
    Ok(Arc::new(ScryptHash {
        cost,
        params,
        salt,
        tag,
    }))
}

impl ScryptCost {
    fn bounded(self) -> Result<Params, PasswordError> {
        let work = self.n.saturating_mul(self.r).saturating_mul(self.p) / BLOCKS_PER_KIB;
        for (what, found, limit) in [
            ("a block size of scrypt", self.r, LARGEST_BLOCK),
            ("repetitions of scrypt", self.p, MOST_REPETITIONS),
            ("memory in KiB", self.memory_kib(), MEMORY_LIMIT_KIB),
            ("memory in KiB times repetitions", work, MEMORY_LIMIT_KIB),
        ] {
            if found > limit {
                return Err(PasswordError::TooCostly { what, found, limit });
            }
        }
        let malformed = PasswordError::MalformedHash("scrypt is not defined for its parameters");
        if self.n < 2 || !self.n.is_power_of_two() {
            return Err(malformed);
        }
        let within = |value| u32::try_from(value).expect("the limits are far below");
        let log_n = u8::try_from(self.n.ilog2()).expect("a u64 has 64 bits");
        Params::new(log_n, within(self.r), within(self.p)).map_err(|_| malformed)
    }

    /// The blocks that are kept, those that are worked on, and one more.
    fn memory_kib(self) -> u64 {
        let blocks = self.n.saturating_add(self.p).saturating_add(1);
        blocks.saturating_mul(self.r).div_ceil(BLOCKS_PER_KIB)
    }
}

struct ScryptHash {
    cost: ScryptCost,
    params: Params,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

impl StoredHash for ScryptHash {
    fn cost(&self) -> String {
        let ScryptCost { n, r, p } = self.cost;
        format!("scrypt N={n},r={r},p={p}")
    }

    fn memory_kib(&self) -> u64 {
        self.cost.memory_kib()
    }

    fn verify(&self, password: &[u8], memory: &mut WorkMemory) -> Result<bool, PasswordError> {
        // Scrypt has memory of its own: what this hash was granted is not for both.
        memory.give_back();
        self.can_have_memory()?;
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        ::scrypt::scrypt(password, &self.salt, &self.params, &mut tag)
            .map_err(|_| PasswordError::MalformedHash("its tag is too long"))?;
        Ok(tag.ct_eq(&self.tag).into())
    }
}

impl ScryptHash {
    /// The library ends the process when there is no memory, so it is asked for before.
    fn can_have_memory(&self) -> Result<(), PasswordError> {
        let bytes = usize::try_from(self.memory_kib() * 1_024);
        let mut probe = Vec::<u8>::new();
        bytes
            .ok()
            .and_then(|bytes| probe.try_reserve_exact(bytes).ok())
            .ok_or(PasswordError::OutOfMemory)
    }
}

/// The unit of the block size is 128 bytes.
const BLOCKS_PER_KIB: u64 = 8;
/// 128 times the usual 8.
const LARGEST_BLOCK: u64 = 1_024;
/// As many as Argon2 may have lanes; Django's default is 5.
const MOST_REPETITIONS: u64 = 64;
/// Passlib and Django write 32 and 64 bytes.
const TAG_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::argon2id;
    use crate::password::cost::Argon2Cost;
    use crate::password::text::from_hex;

    fn matches(n: u64, r: u64, p: u64, salt: &str, password: &str, tag: &str) -> bool {
        let cost = ScryptCost { n, r, p };
        let hash = stored(cost, salt.into(), from_hex(tag).unwrap()).unwrap();
        hash.verify(password.as_bytes(), &mut WorkMemory::new(0))
            .unwrap()
    }

    #[test]
    fn scrypt_gives_the_keys_of_rfc_7914() {
        // RFC 7914, section 12.
        let empty = "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442\
                     fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906";
        let nacl = "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
                    2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640";
        assert!(matches(16, 1, 1, "", "", empty));
        assert!(matches(1_024, 8, 16, "NaCl", "password", nacl));
        assert!(!matches(1_024, 8, 16, "NaCl", "passwort", nacl));
    }

    #[test]
    fn a_worker_does_not_keep_its_own_memory_beside_that_of_scrypt() {
        let mut memory = WorkMemory::new(1_024);
        let cost = Argon2Cost::danger_weak(64, 1, 1).unwrap();
        argon2id::hash(b"password", &[1; 16], cost, &mut memory).unwrap();
        assert!(memory.is_held());
        let hash = stored(ScryptCost { n: 16, r: 1, p: 1 }, Vec::new(), vec![0; 64]);
        assert!(!hash.unwrap().verify(b"password", &mut memory).unwrap());
        assert!(!memory.is_held());
    }

    #[test]
    fn memory_is_that_of_the_blocks() {
        let kib = |n, r, p| ScryptCost { n, r, p }.memory_kib();
        assert_eq!(kib(32_768, 8, 1), 32 * 1_024 + 2);
        assert_eq!(kib(2, 1, 1), 1);
        assert_eq!(kib(u64::MAX, u64::MAX, 1), u64::MAX / 8 + 1);
    }

    #[test]
    fn costs_beyond_the_limits_are_refused_before_any_work() {
        let refusal = |n, r, p| stored(ScryptCost { n, r, p }, Vec::new(), vec![0; 64]).err();
        let costly = |n, r, p| {
            let refusal = refusal(n, r, p);
            assert!(
                matches!(refusal, Some(PasswordError::TooCostly { .. })),
                "{n} {r} {p} {refusal:?}"
            );
        };
        assert_eq!(refusal(1 << 19, 8, 2), None);
        assert_eq!(refusal(1 << 14, 8, 64), None);
        costly(1 << 20, 8, 1);
        costly(1 << 19, 8, 3);
        costly(1 << 19, 16, 1);
        costly(1 << 30, 8, 1);
        costly(16, 1_073_741_823, 1);
        costly(16, 8, 65);
        costly(16, 8, u64::MAX);
        costly(1 << 63, 1, 1);
        costly(u64::MAX, u64::MAX, u64::MAX);
        costly(1 << 32, 1 << 32, 1 << 32);
        for (n, r, p) in [
            (0, 8, 1),
            (1, 8, 1),
            (3, 8, 1),
            (16, 0, 1),
            (16, 8, 0),
            (0, 0, 0),
        ] {
            let refusal = refusal(n, r, p);
            assert!(
                matches!(refusal, Some(PasswordError::MalformedHash(_))),
                "{n} {r} {p}"
            );
        }
        let short = stored(ScryptCost { n: 16, r: 8, p: 1 }, Vec::new(), vec![0; 15]);
        assert!(matches!(short.err(), Some(PasswordError::MalformedHash(_))));
    }
}

use std::sync::Arc;

use argon2_rust::params::Memory;
use argon2_rust::{Algorithm, Argon2, Decoded, Params, Version};
use subtle::ConstantTimeEq as _;

use super::scheme::StoredHash;
use super::worker::WorkMemory;
use super::{PasswordError, PasswordHash};

/// What a new hash costs whoever makes it, and whoever guesses passwords: Argon2id (RFC 9106), version 1.3.
///
/// The default is 19,456 KiB, two passes and one lane: the first of the equally strong settings in the OWASP Password
/// Storage Cheat Sheet that leave room for many logins at once.
///
/// ```
/// use countersign::password::Argon2Cost;
///
/// assert!(Argon2Cost::new(65_536, 3, 4).is_ok());
/// assert!(Argon2Cost::new(1_024, 1, 1).is_err());
/// assert_eq!(Argon2Cost::default(), Argon2Cost::new(19_456, 2, 1)?);
/// # Ok::<(), countersign::password::PasswordError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Argon2Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Argon2Cost {
    /// A cost: memory in KiB, passes over it, and lanes. The lanes of one hash are worked through by one thread; many
    /// logins run side by side instead.
    ///
    /// # Errors
    /// When it is weaker than the weakest that the OWASP Password Storage Cheat Sheet allows (at least 7,168 KiB, and
    /// memory times passes at least 35,840 KiB), or costlier than any hash that can be verified (see
    /// [the limits](super#limits)).
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PasswordError> {
        let refused = |what, found: u64, allowed| {
            Err(PasswordError::Configuration {
                what,
                found,
                allowed,
            })
        };
        if memory_kib < LEAST_MEMORY_KIB {
            return refused(
                "the memory of Argon2id in KiB",
                memory_kib.into(),
                "at least 7168",
            );
        }
        let work = u64::from(memory_kib) * u64::from(passes);
        if work < LEAST_WORK_KIB {
            return refused(
                "the memory of Argon2id in KiB times its passes",
                work,
                "at least 35840",
            );
        }
        Self::danger_weak(memory_kib, passes, lanes)
    }

    /// A cost that may be weak, even [8 KiB](https://www.rfc-editor.org/rfc/rfc9106#section-3.1): for tests, which hash
    /// much and protect nobody.
    ///
    /// # Errors
    /// When Argon2 is not defined for it, or it is costlier than any hash that can be verified.
    pub fn danger_weak(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PasswordError> {
        let cost = Self {
            memory_kib,
            passes,
            lanes,
        };
        let least = u64::from(lanes).saturating_mul(8).max(8);
        if lanes == 0 || passes == 0 || u64::from(memory_kib) < least {
            return Err(PasswordError::Configuration {
                what: "the memory of Argon2id in KiB",
                found: memory_kib.into(),
                allowed: "at least 8 for each lane, with at least one lane and one pass",
            });
        }
        within_limits(memory_kib, passes, lanes)?;
        Ok(cost)
    }

    pub(super) fn memory_kib(self) -> u64 {
        self.memory_kib.into()
    }

    fn params(self) -> Result<Params, PasswordError> {
        Params::builder()
            .memory(Memory::kib(self.memory_kib.into()))
            .passes(self.passes)
            .lanes(self.lanes)
            .threads(1)
            .build()
            .map_err(from_library)
    }
}

impl Default for Argon2Cost {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

/// A new hash of a password: a PHC string with a tag of 32 bytes.
pub(super) fn hash(
    password: &[u8],
    salt: &[u8],
    cost: Argon2Cost,
    memory: &mut WorkMemory,
) -> Result<PasswordHash, PasswordError> {
    memory.argon2.set_argon2(Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        cost.params()?,
    ));
    memory
        .argon2
        .hash_encoded(password, salt)
        .map(PasswordHash)
        .map_err(from_library)
}

/// A hash of the given cost that no password is known to match.
pub(super) fn dummy(
    salt: [u8; SALT_LENGTH],
    tag: [u8; TAG_LENGTH],
    cost: Argon2Cost,
) -> Result<Arc<dyn StoredHash>, PasswordError> {
    Ok(Arc::new(Argon2Hash(Decoded {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        params: cost.params()?,
        salt: salt.into(),
        hash: tag.into(),
        ad: Vec::new(),
    })))
}

/// Reads a PHC string of Argon2id, Argon2i or Argon2d, of version 1.3 or 1.0.
pub(super) fn read(stored: &str) -> Option<Result<Arc<dyn StoredHash>, PasswordError>> {
    let known = ["$argon2id$", "$argon2i$", "$argon2d$"];
    known
        .iter()
        .any(|prefix| stored.starts_with(prefix))
        .then(|| bounded(stored))
}

fn bounded(stored: &str) -> Result<Arc<dyn StoredHash>, PasswordError> {
    let mut hash = argon2_rust::decode_phc(stored).map_err(from_library)?;
    let params = hash.params;
    within_limits(params.memory_kib(), params.passes(), params.lanes())?;
    if !SALT_LENGTHS.contains(&hash.salt.len()) {
        return Err(PasswordError::MalformedHash(
            "its salt has not 8 to 48 bytes",
        ));
    }
    if !TAG_LENGTHS.contains(&hash.hash.len()) {
        return Err(PasswordError::MalformedHash(
            "its tag has not 12 to 64 bytes",
        ));
    }
    hash.params = params
        .to_builder()
        .threads(1)
        .build()
        .map_err(from_library)?;
    Ok(Arc::new(Argon2Hash(hash)))
}

fn within_limits(memory_kib: u32, passes: u32, lanes: u32) -> Result<(), PasswordError> {
    let work = u64::from(memory_kib) * u64::from(passes);
    for (what, found, limit) in [
        ("memory in KiB", memory_kib.into(), MEMORY_LIMIT_KIB),
        ("passes", passes.into(), PASSES_LIMIT),
        ("memory in KiB times passes", work, WORK_LIMIT_KIB),
        ("lanes", lanes.into(), LANES_LIMIT),
    ] {
        if found > limit {
            return Err(PasswordError::TooCostly { what, found, limit });
        }
    }
    Ok(())
}

struct Argon2Hash(Decoded);

impl StoredHash for Argon2Hash {
    fn cost(&self) -> String {
        let Decoded {
            algorithm, params, ..
        } = &self.0;
        format!(
            "{} m={},t={},p={}",
            algorithm.as_str(),
            params.memory_kib(),
            params.passes(),
            params.lanes()
        )
    }

    fn memory_kib(&self) -> u64 {
        self.0.params.memory_kib().into()
    }

    fn verify(&self, password: &[u8], memory: &mut WorkMemory) -> Result<bool, PasswordError> {
        let Decoded {
            algorithm,
            version,
            params,
            salt,
            hash,
            ad,
        } = &self.0;
        memory
            .argon2
            .set_argon2(Argon2::new(*algorithm, *version, *params));
        let mut tag = vec![0; hash.len()];
        memory
            .argon2
            .hash_into_with_ad(password, salt, &[], ad, &mut tag)
            .map_err(from_library)?;
        Ok(tag.ct_eq(hash).into())
    }

    fn is_outdated(&self, current: Argon2Cost) -> bool {
        let Decoded {
            algorithm,
            version,
            params,
            salt,
            hash,
            ad,
        } = &self.0;
        let cost = Argon2Cost {
            memory_kib: params.memory_kib(),
            passes: params.passes(),
            lanes: params.lanes(),
        };
        *algorithm != Algorithm::Argon2id
            || *version != Version::V0x13
            || cost != current
            || salt.len() < SALT_LENGTH
            || hash.len() < TAG_LENGTH
            || !ad.is_empty()
    }
}

fn from_library(error: argon2_rust::Error) -> PasswordError {
    match error {
        argon2_rust::Error::MemoryAllocationError => PasswordError::OutOfMemory,
        _ => PasswordError::MalformedHash("it is not a PHC string of Argon2"),
    }
}

/// Bytes of salt in a new hash (RFC 9106, section 3.1).
pub(super) const SALT_LENGTH: usize = 16;
/// Bytes of tag in a new hash (RFC 9106, section 4).
pub(super) const TAG_LENGTH: usize = 32;

/// The most memory that one hash may take, and that all may take at once beyond the workers' own: 1 GiB, as the
/// costliest preset in common use, libsodium's "sensitive".
pub(super) const MEMORY_LIMIT_KIB: u64 = 1_048_576;

const LEAST_MEMORY_KIB: u32 = 7_168;
const LEAST_WORK_KIB: u64 = 35_840;
const PASSES_LIMIT: u64 = 1_000;
/// Four passes over 1 GiB, again as libsodium's "sensitive".
const WORK_LIMIT_KIB: u64 = 4 * MEMORY_LIMIT_KIB;
const LANES_LIMIT: u64 = 64;
/// The PHC string format's specification, on Argon2.
const SALT_LENGTHS: std::ops::RangeInclusive<usize> = 8..=48;
/// The PHC string format's specification, on the output.
const TAG_LENGTHS: std::ops::RangeInclusive<usize> = 12..=64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argon2_gives_the_tags_of_rfc_9106() {
        // RFC 9106, sections 5.1 to 5.3.
        let params = Params::builder()
            .memory(Memory::kib(32))
            .passes(3)
            .lanes(4)
            .threads(1)
            .build()
            .unwrap();
        let expected = [
            (
                Algorithm::Argon2d,
                "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb",
            ),
            (
                Algorithm::Argon2i,
                "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8",
            ),
            (
                Algorithm::Argon2id,
                "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
            ),
        ];
        for (algorithm, expected) in expected {
            let mut memory = WorkMemory::new(0);
            memory
                .argon2
                .set_argon2(Argon2::new(algorithm, Version::V0x13, params));
            let mut tag = [0; 32];
            memory
                .argon2
                .hash_into_with_ad(&[1; 32], &[2; 16], &[3; 8], &[4; 12], &mut tag)
                .unwrap();
            let tag: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(tag, expected, "{algorithm:?}");
        }
    }

    #[test]
    fn hashes_of_flask_argon2_are_verified() {
        let stored = "$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4";
        let mut memory = WorkMemory::new(0);
        let hash = read(stored).unwrap().unwrap();
        assert!(hash.verify(b"password", &mut memory).unwrap());
        assert!(!hash.verify(b"Password", &mut memory).unwrap());
        assert!(!hash.verify(b"password\0", &mut memory).unwrap());
        assert!(hash.is_outdated(Argon2Cost::default()));
        assert!(!hash.is_outdated(Argon2Cost::new(65_536, 3, 4).unwrap()));
    }

    /// The implementation in use is young and full of hand-written vector code. Another one, written by others, must
    /// agree with it wherever they both are defined.
    #[test]
    fn two_implementations_agree_on_every_variant_version_and_shape() {
        let mut memory = WorkMemory::new(0);
        for (ours, theirs) in [
            (Algorithm::Argon2d, argon2::Algorithm::Argon2d),
            (Algorithm::Argon2i, argon2::Algorithm::Argon2i),
            (Algorithm::Argon2id, argon2::Algorithm::Argon2id),
        ] {
            for (version, their_version) in [
                (Version::V0x10, argon2::Version::V0x10),
                (Version::V0x13, argon2::Version::V0x13),
            ] {
                for (memory_kib, passes, lanes) in [
                    (8, 1, 1),
                    (19, 4, 1),
                    (64, 1, 3),
                    (100, 2, 4),
                    (1_031, 3, 2),
                    (19_456, 2, 1),
                ] {
                    for length in [0, 1, 64, 129, 1_024] {
                        let password: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
                        let params = Argon2Cost {
                            memory_kib,
                            passes,
                            lanes,
                        }
                        .params()
                        .unwrap();
                        memory.argon2.set_argon2(Argon2::new(ours, version, params));
                        let (mut one, mut other) = ([0; 32], [1; 32]);
                        memory
                            .argon2
                            .hash_into(&password, b"salt of 16 bytes", &mut one)
                            .unwrap();
                        argon2::Argon2::new(
                            theirs,
                            their_version,
                            argon2::Params::new(memory_kib, passes, lanes, None).unwrap(),
                        )
                        .hash_password_into(&password, b"salt of 16 bytes", &mut other)
                        .unwrap();
                        assert_eq!(
                            one, other,
                            "{ours:?} {version:?} {memory_kib} {passes} {lanes} {length}"
                        );
                        if memory_kib > 10_000 {
                            break;
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_hash_without_a_version_is_of_version_1_0() {
        let mut memory = WorkMemory::new(0);
        // The test vector of the reference implementation for version 1.0 with these parameters.
        let stored =
            "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY";
        let hash = read(stored).unwrap().unwrap();
        assert!(hash.verify(b"password", &mut memory).unwrap());
        assert!(hash.is_outdated(Argon2Cost::default()));
    }

    #[test]
    fn costs_beyond_the_limits_are_refused_before_any_work() {
        let with = |parameters: &str| {
            let stored = format!(
                "$argon2id$v=19${parameters}$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4"
            );
            read(&stored).unwrap().err()
        };
        let too_costly = |what, found, limit| Some(PasswordError::TooCostly { what, found, limit });
        assert_eq!(with("m=1048576,t=4,p=1"), None);
        assert_eq!(
            with("m=1048577,t=1,p=1"),
            too_costly("memory in KiB", 1_048_577, 1_048_576)
        );
        assert_eq!(
            with("m=4294967295,t=1,p=1"),
            too_costly("memory in KiB", 4_294_967_295, 1_048_576)
        );
        assert_eq!(
            with("m=1048576,t=5,p=1"),
            too_costly("memory in KiB times passes", 5_242_880, 4_194_304)
        );
        assert_eq!(with("m=8,t=1001,p=1"), too_costly("passes", 1_001, 1_000));
        assert_eq!(with("m=1000,t=1,p=65"), too_costly("lanes", 65, 64));
    }

    #[test]
    fn salts_and_tags_of_odd_lengths_are_refused() {
        for stored in [
            "$argon2id$v=19$m=64,t=1,p=1$MDEy$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4",
            "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN4",
            "$argon2id$v=20$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4",
            "$argon2id$v=19$m=64,t=1$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4",
            "$argon2id$v=19$m=64,t=1,p=0$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4",
        ] {
            assert!(
                matches!(
                    read(stored).unwrap().err(),
                    Some(PasswordError::MalformedHash(_))
                ),
                "{stored}"
            );
        }
        let long_tag = format!(
            "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg${}",
            "uKZL".repeat(30)
        );
        assert!(read(&long_tag).unwrap().is_err());
    }

    #[test]
    fn weak_and_undefined_costs_are_refused_and_weak_ones_can_be_forced() {
        for (memory_kib, passes, lanes) in
            [(47_104, 1, 1), (12_288, 3, 1), (9_216, 4, 1), (7_168, 5, 1)]
        {
            assert!(Argon2Cost::new(memory_kib, passes, lanes).is_ok());
        }
        for (memory_kib, passes, lanes) in [
            (7_167, 5, 1),
            (7_168, 4, 1),
            (19_456, 0, 1),
            (19_456, 2, 0),
            (2_000_000, 1, 1),
        ] {
            assert!(
                Argon2Cost::new(memory_kib, passes, lanes).is_err(),
                "{memory_kib} {passes} {lanes}"
            );
        }
        assert!(Argon2Cost::danger_weak(8, 1, 1).is_ok());
        assert!(Argon2Cost::danger_weak(15, 1, 2).is_err());
        assert!(Argon2Cost::danger_weak(8, 1, u32::MAX).is_err());
    }
}

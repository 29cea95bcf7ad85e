use std::sync::Arc;

use argon2_rust::params::Memory;
use argon2_rust::{Algorithm, Argon2, Decoded, Params, Version};
use subtle::ConstantTimeEq as _;

use super::cost::Argon2Cost;
use super::scheme::{Known, Reading, StoredHash};
use super::worker::WorkMemory;
use super::{PasswordError, PasswordHash};

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
        params(cost)?,
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
    let decoded = Decoded {
        algorithm: Algorithm::Argon2id,
        version: Version::V0x13,
        params: params(cost)?,
        salt: salt.into(),
        hash: tag.into(),
        ad: Vec::new(),
    };
    Ok(Arc::new(Argon2Hash { cost, decoded }))
}

/// Reads a PHC string of Argon2id, Argon2i or Argon2d, of version 1.3 or 1.0.
pub(super) fn read(stored: &str) -> Option<Known> {
    let scheme = stored.strip_prefix('$')?.split('$').next()?;
    let scheme = ["argon2id", "argon2i", "argon2d"]
        .into_iter()
        .find(|known| *known == scheme)?;
    Some(Known::new(scheme, bounded(stored)))
}

fn bounded(stored: &str) -> Reading {
    if !has_parameters_in_order(stored) {
        return Err(PasswordError::MalformedHash(
            "its parameters are not m, t and p in this order",
        ));
    }
    let mut decoded = argon2_rust::decode_phc(stored).map_err(from_library)?;
    let found = decoded.params;
    let cost = Argon2Cost::of_stored_hash(found.memory_kib(), found.passes(), found.lanes())?;
    if !SALT_LENGTHS.contains(&decoded.salt.len()) {
        return Err(PasswordError::MalformedHash(
            "its salt has not 8 to 48 bytes",
        ));
    }
    if !TAG_LENGTHS.contains(&decoded.hash.len()) {
        return Err(PasswordError::MalformedHash(
            "its tag has not 12 to 64 bytes",
        ));
    }
    decoded.params = on_one_thread(found)?;
    Ok(Arc::new(Argon2Hash { cost, decoded }))
}

/// The PHC string format has one spelling for one hash; the library reads others too.
fn has_parameters_in_order(stored: &str) -> bool {
    let mut sections = stored.split('$').skip(2);
    let parameters = sections.find(|section| !section.starts_with("v="));
    let names = parameters.unwrap_or_default().split(',');
    names
        .map(|parameter| parameter.split('=').next())
        .take(3)
        .eq([Some("m"), Some("t"), Some("p")])
}

struct Argon2Hash {
    cost: Argon2Cost,
    decoded: Decoded,
}

impl StoredHash for Argon2Hash {
    fn cost(&self) -> String {
        format!("{} {}", self.decoded.algorithm.as_str(), self.cost)
    }

    fn memory_kib(&self) -> u64 {
        self.cost.memory_kib().into()
    }

    fn verify(&self, password: &[u8], memory: &mut WorkMemory) -> Result<bool, PasswordError> {
        let Decoded {
            algorithm,
            version,
            params,
            salt,
            hash,
            ad,
        } = &self.decoded;
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
        self.cost != current
            || self.decoded.algorithm != Algorithm::Argon2id
            || self.decoded.version != Version::V0x13
            || self.decoded.salt.len() < SALT_LENGTH
            || self.decoded.hash.len() < TAG_LENGTH
            || !self.decoded.ad.is_empty()
    }
}

fn params(cost: Argon2Cost) -> Result<Params, PasswordError> {
    let params = Params::builder()
        .memory(Memory::kib(cost.memory_kib().into()))
        .passes(cost.passes())
        .lanes(cost.lanes());
    on_one_thread(params.build().map_err(from_library)?)
}

/// The lanes of a hash are worked through by the worker alone: the pool decides how many threads hash.
fn on_one_thread(params: Params) -> Result<Params, PasswordError> {
    let builder = params.to_builder().threads(1);
    builder.build().map_err(from_library)
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
        let hash = read(stored).unwrap().hash.unwrap();
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
                        let cost = Argon2Cost::danger_weak(memory_kib, passes, lanes).unwrap();
                        let params = params(cost).unwrap();
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
        let hash = read(stored).unwrap().hash.unwrap();
        assert!(hash.verify(b"password", &mut memory).unwrap());
        assert!(hash.is_outdated(Argon2Cost::default()));
    }

    #[test]
    fn costs_beyond_the_limits_are_refused_before_any_work() {
        let with = |parameters: &str| {
            let stored = format!(
                "$argon2id$v=19${parameters}$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4"
            );
            read(&stored).unwrap().hash.err()
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
            "$argon2id$v=19$t=1,m=64,p=1$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4",
            "$argon2id$v=19$m=64,t=1,p=0$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4",
        ] {
            assert!(
                matches!(
                    read(stored).unwrap().hash.err(),
                    Some(PasswordError::MalformedHash(_))
                ),
                "{stored}"
            );
        }
        let long_tag = format!(
            "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg${}",
            "uKZL".repeat(30)
        );
        assert!(read(&long_tag).unwrap().hash.is_err());
    }
}

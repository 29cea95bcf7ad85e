use std::fmt;

use super::PasswordError;

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

    /// A cost as it stands in a stored hash, whatever it is.
    ///
    /// # Errors
    /// When it is beyond the limits.
    pub(super) fn of_stored_hash(
        memory_kib: u32,
        passes: u32,
        lanes: u32,
    ) -> Result<Self, PasswordError> {
        within_limits(memory_kib, passes, lanes)?;
        Ok(Self {
            memory_kib,
            passes,
            lanes,
        })
    }

    pub(super) const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    pub(super) const fn passes(self) -> u32 {
        self.passes
    }

    pub(super) const fn lanes(self) -> u32 {
        self.lanes
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

impl fmt::Display for Argon2Cost {
    /// As it stands in a PHC string: `m=19456,t=2,p=1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "m={},t={},p={}",
            self.memory_kib, self.passes, self.lanes
        )
    }
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

/// The most memory that one hash may take, and that all may take at once beyond the workers' own: 1 GiB, as the
/// costliest preset in common use, libsodium's "sensitive".
pub(super) const MEMORY_LIMIT_KIB: u64 = 1_048_576;

const LEAST_MEMORY_KIB: u32 = 7_168;
const LEAST_WORK_KIB: u64 = 35_840;
const PASSES_LIMIT: u64 = 1_000;
/// Four passes over 1 GiB, again as libsodium's "sensitive".
const WORK_LIMIT_KIB: u64 = 4 * MEMORY_LIMIT_KIB;
const LANES_LIMIT: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

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

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::PasswordError;
use super::cost::Argon2Cost;
use super::scheme::StoredHash;
use super::worker::WorkMemory;

/// Reads a hash of bcrypt: `$2b$`, and the names that it had before, `$2a$` and `$2y$`. `$2x$` marks hashes of an old
/// implementation with a fault that shows in passwords beyond ASCII; of those hashes, passwords in ASCII match.
pub(super) fn read(stored: &str) -> Option<Result<Arc<dyn StoredHash>, PasswordError>> {
    let known = ["$2a$", "$2b$", "$2x$", "$2y$"];
    let rest = known
        .iter()
        .find_map(|prefix| stored.strip_prefix(prefix))?;
    Some(bounded(rest).map(|hash| Arc::new(hash) as Arc<dyn StoredHash>))
}

fn bounded(rest: &str) -> Result<BcryptHash, PasswordError> {
    let malformed = PasswordError::MalformedHash("it is not a hash of bcrypt");
    let [tens, ones, b'$', encoded @ ..] = rest.as_bytes() else {
        return Err(malformed);
    };
    if !tens.is_ascii_digit() || !ones.is_ascii_digit() || encoded.len() != SALT_TEXT + TAG_TEXT {
        return Err(malformed);
    }
    let cost = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
    if cost > HIGHEST_COST {
        return Err(PasswordError::TooCostly {
            what: "a bcrypt cost",
            found: cost.into(),
            limit: HIGHEST_COST.into(),
        });
    }
    let (salt, tag) = encoded.split_at(SALT_TEXT);
    match (decode(salt), decode(tag)) {
        (Some(salt), Some(tag)) if cost >= LOWEST_COST => Ok(BcryptHash { cost, salt, tag }),
        _ => Err(malformed),
    }
}

fn decode<const LENGTH: usize>(text: &[u8]) -> Option<[u8; LENGTH]> {
    // The decoder asks for room for whole groups of three bytes.
    let mut bytes = [0; 24];
    let length = BASE64.decode_slice(text, &mut bytes).ok()?;
    bytes[..length].try_into().ok()
}

struct BcryptHash {
    cost: u32,
    salt: [u8; 16],
    tag: [u8; 23],
}

impl StoredHash for BcryptHash {
    fn cost(&self) -> String {
        format!("bcrypt {}", self.cost)
    }

    /// Next to nothing: the state of Blowfish.
    fn memory_kib(&self) -> u64 {
        4
    }

    fn verify(&self, password: &[u8], _memory: &mut WorkMemory) -> Result<bool, PasswordError> {
        // Bcrypt would cut the one short, and end the other at its NUL: several passwords would then match.
        let defined = password.len() <= LONGEST_PASSWORD && !password.contains(&0);
        let mut key = Zeroizing::new([0; LONGEST_PASSWORD]);
        let length = if defined { password.len() } else { 0 };
        key[..length].copy_from_slice(&password[..length]);
        // The NUL at the end belongs to the key, where there is room for it.
        let key = &key[..LONGEST_PASSWORD.min(length + 1)];
        let tag = Zeroizing::new(::bcrypt::bcrypt(self.cost, self.salt, key));
        Ok(bool::from(tag[..23].ct_eq(&self.tag)) && defined)
    }

    fn is_outdated(&self, _current: Argon2Cost) -> bool {
        true
    }
}

/// Bcrypt's own alphabet. Both texts end in a character with bits to spare, which some implementations leave set.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    NO_PAD.with_decode_allow_trailing_bits(true),
);

const SALT_TEXT: usize = 22;
const TAG_TEXT: usize = 31;
/// Bytes of a password that bcrypt takes in.
const LONGEST_PASSWORD: usize = 72;
const LOWEST_COST: u32 = 4;
/// Sixteen times the work of the usual cost of 12: some seconds.
const HIGHEST_COST: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(stored: &str, password: &str) -> bool {
        let hash = read(stored).unwrap().unwrap();
        hash.verify(password.as_bytes(), &mut WorkMemory::new(0))
            .unwrap()
    }

    #[test]
    fn hashes_of_flask_bcrypt_are_verified_by_every_name() {
        for name in ["2a", "2b", "2x", "2y"] {
            let stored =
                format!("${name}$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm");
            assert!(matches(&stored, "password"), "{stored}");
            assert!(!matches(&stored, "Password"), "{stored}");
            assert!(!matches(&stored, ""), "{stored}");
        }
        // Flask-Bcrypt's mode for long passwords hashes the hexadecimal SHA-256 of the password.
        assert!(matches(
            "$2b$04$abcdefghijklmnopqrstuuavYyybW8SwBYgHrVfEOHIljvgCGgHr2",
            "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
        ));
    }

    #[test]
    fn what_bcrypt_can_not_take_in_never_matches() {
        // Made of the 72 bytes that bcrypt takes in, so both longer passwords would match if they were cut short.
        let seventy_two = "x".repeat(72);
        let stored = ::bcrypt::hash_with_salt(&seventy_two, 4, [7; 16])
            .unwrap()
            .to_string();
        assert!(matches(&stored, &seventy_two));
        assert!(!matches(&stored, &"x".repeat(73)));
        assert!(!matches(&stored, &"x".repeat(71)));
        let stored = ::bcrypt::hash_with_salt("pass", 4, [7; 16])
            .unwrap()
            .to_string();
        assert!(matches(&stored, "pass"));
        assert!(!matches(&stored, "pass\0word"));
        assert!(!matches(&stored, "pass\0"));
        let empty = ::bcrypt::hash_with_salt("", 4, [7; 16])
            .unwrap()
            .to_string();
        assert!(matches(&empty, ""));
        assert!(!matches(&empty, "\0"));
        assert!(!matches(&empty, &"x".repeat(73)));
    }

    #[test]
    fn passwords_beyond_ascii_are_taken_as_utf_8() {
        let stored = ::bcrypt::hash_with_salt("pässwörd 🔑", 4, [9; 16])
            .unwrap()
            .to_string();
        assert!(matches(&stored, "pässwörd 🔑"));
        assert!(!matches(&stored, "passwörd 🔑"));
    }

    #[test]
    fn spare_bits_in_the_salt_do_not_matter() {
        assert!(matches(
            "$2b$04$abcdefghijklmnopqrstuvghE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
            "password"
        ));
    }

    #[test]
    fn costs_and_shapes_out_of_bounds_are_refused() {
        let with_cost = |cost: &str| {
            let stored =
                format!("$2b${cost}$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm");
            read(&stored).unwrap().err()
        };
        assert_eq!(with_cost("16"), None);
        assert!(matches!(
            with_cost("17"),
            Some(PasswordError::TooCostly { found: 17, .. })
        ));
        assert!(matches!(
            with_cost("31"),
            Some(PasswordError::TooCostly { .. })
        ));
        for cost in ["03", "00", "4", "1x", "+4", "-1", "004", ""] {
            assert!(
                matches!(with_cost(cost), Some(PasswordError::MalformedHash(_))),
                "{cost}"
            );
        }
    }
}

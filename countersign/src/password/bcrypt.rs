use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::PasswordError;
use super::scheme::{Known, Reading, StoredHash};
use super::text::number_with_zeros;
use super::worker::WorkMemory;

/// Reads a hash of bcrypt: `$2b$`, and the names that it had before, `$2a$` and `$2y$`. `$2x$` marks hashes of an old
/// implementation with a fault that shows in passwords beyond ASCII; of those hashes, passwords in ASCII match.
pub(super) fn read(stored: &str) -> Option<Known> {
    let known = ["$2a$", "$2b$", "$2x$", "$2y$"];
    let rest = known
        .iter()
        .find_map(|prefix| stored.strip_prefix(prefix))?;
    Some(Known::new("bcrypt", of_text(rest)))
}

/// A cost of two digits, `$`, and salt and tag without anything between.
fn of_text(rest: &str) -> Reading {
    let (cost, encoded) = rest.split_once('$').ok_or(MALFORMED)?;
    let (salt, tag) = encoded.split_at_checked(SALT_TEXT).ok_or(MALFORMED)?;
    let cost = (cost.len() == 2).then(|| number_with_zeros(cost));
    of_parts(cost.flatten().ok_or(MALFORMED)?, salt, tag)
}

/// A hash of these parts, if its cost is within bounds.
pub(super) fn of_parts(cost: u64, salt: &str, tag: &str) -> Reading {
    if cost > HIGHEST_COST {
        return Err(PasswordError::TooCostly {
            what: "a bcrypt cost",
            found: cost,
            limit: HIGHEST_COST,
        });
    }
    let salt = decode(&SALT_BASE64, salt);
    let tag = decode(&TAG_BASE64, tag);
    match (u32::try_from(cost), salt, tag) {
        (Ok(cost @ LOWEST_COST..), Some(salt), Some(tag)) => {
            Ok(Arc::new(BcryptHash { cost, salt, tag }))
        }
        _ => Err(MALFORMED),
    }
}

fn decode<const LENGTH: usize>(base64: &GeneralPurpose, text: &str) -> Option<[u8; LENGTH]> {
    // The decoder asks for room for whole groups of three bytes.
    let mut bytes = [0; 24];
    let length = base64.decode_slice(text, &mut bytes).ok()?;
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
        // Bcrypt would cut it short: several passwords would then match.
        let fits = self.refuses(password).is_none();
        let mut key = Zeroizing::new([0; LONGEST_PASSWORD]);
        let length = if fits { password.len() } else { 0 };
        key[..length].copy_from_slice(&password[..length]);
        // The NUL at the end belongs to the key, where there is room for it.
        let key = &key[..LONGEST_PASSWORD.min(length + 1)];
        let tag = Zeroizing::new(::bcrypt::bcrypt(self.cost, self.salt, key));
        Ok(bool::from(tag[..23].ct_eq(&self.tag)) && fits)
    }

    fn refuses(&self, password: &[u8]) -> Option<PasswordError> {
        (password.len() > LONGEST_PASSWORD).then_some(PasswordError::TooLongForBcrypt {
            found: password.len(),
        })
    }
}

/// Bcrypt's own alphabet. A salt ends in a character with bits to spare, which some implementations leave set.
const SALT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    NO_PAD.with_decode_allow_trailing_bits(true),
);
/// In a tag all clear them, and compare text.
const TAG_BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, NO_PAD);

const SALT_TEXT: usize = 22;
/// Bytes of a password that bcrypt takes in.
pub(super) const LONGEST_PASSWORD: usize = 72;
const LOWEST_COST: u32 = 4;
/// Sixteen times the work of the usual cost of 12: some seconds.
const HIGHEST_COST: u64 = 16;
const MALFORMED: PasswordError = PasswordError::MalformedHash("it is not a hash of bcrypt");

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(stored: &str, password: &str) -> bool {
        let hash = read(stored).unwrap().hash.unwrap();
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
    fn what_bcrypt_can_not_take_in_whole_never_matches() {
        // Made of the 72 bytes that bcrypt takes in, so both longer passwords would match if they were cut short.
        let seventy_two = "x".repeat(72);
        let stored = ::bcrypt::hash_with_salt(&seventy_two, 4, [7; 16])
            .unwrap()
            .to_string();
        assert!(matches(&stored, &seventy_two));
        assert!(!matches(&stored, &"x".repeat(73)));
        assert!(!matches(&stored, &"x".repeat(71)));
        let empty = ::bcrypt::hash_with_salt("", 4, [7; 16])
            .unwrap()
            .to_string();
        assert!(matches(&empty, ""));
        assert!(!matches(&empty, &"x".repeat(73)));
    }

    #[test]
    fn a_nul_is_a_byte_like_others() {
        // By bcrypt 5.0.0 of Python.
        let stored = "$2b$04$9pm5n8wZTcXdEnFozBqssulKxg1OyYMt78kiUURYQwjH1LCp10Lvy";
        assert!(matches(stored, "a\0b"));
        for other in ["a\0c", "a", "a\0", "a\0b\0"] {
            assert!(!matches(stored, other), "{other:?}");
        }
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
    fn spare_bits_in_the_tag_do() {
        let stored = "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdn";
        assert!(read(stored).unwrap().hash.is_err());
    }

    #[test]
    fn costs_and_shapes_out_of_bounds_are_refused() {
        let with_cost = |cost: &str| {
            let stored =
                format!("$2b${cost}$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm");
            read(&stored).unwrap().hash.err()
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

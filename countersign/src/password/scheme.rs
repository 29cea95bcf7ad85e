use std::sync::Arc;

use super::cost::Argon2Cost;
use super::worker::WorkMemory;
use super::{PasswordError, argon2id, bcrypt};

/// A stored hash that was read and whose cost is within bounds.
pub(super) trait StoredHash: Send + Sync {
    /// What makes its verification as fast or slow as it is: equal for hashes that take equally long.
    fn cost(&self) -> String;

    /// How much memory a verification takes, in KiB.
    fn memory_kib(&self) -> u64;

    /// Whether the password is the one that was hashed. Does all the work whatever the password is.
    fn verify(&self, password: &[u8], memory: &mut WorkMemory) -> Result<bool, PasswordError>;

    /// Whether a hash made today would be of another kind or cost.
    fn is_outdated(&self, current: Argon2Cost) -> bool;
}

/// Reads a stored hash of any known format. It is untrusted: bounded here, before any work is done for it.
pub(super) fn read(stored: &str) -> Result<Arc<dyn StoredHash>, PasswordError> {
    if stored.len() > LONGEST {
        return Err(PasswordError::MalformedHash("it is too long"));
    }
    SCHEMES
        .iter()
        .find_map(|read| read(stored))
        .unwrap_or(Err(PasswordError::UnknownScheme))
}

/// Reads a stored hash of one format. `None` when it is of another.
type Read = fn(&str) -> Option<Result<Arc<dyn StoredHash>, PasswordError>>;

/// The formats that are understood. Another one is another file and another line.
const SCHEMES: &[Read] = &[argon2id::read, bcrypt::read];

/// The longest stored hash in bytes. Those of the known formats have fewer than 150.
const LONGEST: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_no_known_format_say_so() {
        for stored in [
            "",
            "!",
            "!kQz7",
            "plain text",
            "scrypt:32768:8:1$salt$00",
            "$1$md5",
            "$argon2$",
            "$2$10$abcdefghijklmnopqrstuu",
            "\u{0}",
        ] {
            assert_eq!(
                read(stored).err(),
                Some(PasswordError::UnknownScheme),
                "{stored}"
            );
        }
        assert_eq!(
            read(&"$argon2id$".repeat(100)).err(),
            Some(PasswordError::MalformedHash("it is too long"))
        );
    }

    #[test]
    fn garbage_is_an_error_and_never_a_panic() {
        let good = [
            "$argon2id$v=19$m=64,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$uKZLaN6muIyoyIYr5waqw3y+zaDbe9aLSPj6Ln/rbz4",
            "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
        ];
        let replacements = [
            "",
            "$",
            "=",
            ",",
            "0",
            "9",
            "99999999999",
            "é",
            "\u{0}",
            "-",
            "v=",
            "m=",
        ];
        let mut memory = WorkMemory::new(64);
        let mut good_ones = 0;
        let mut try_out = |stored: &str| {
            if let Ok(hash) = read(stored) {
                good_ones += 1;
                // No password is known to match what was changed. Some hash with the same meaning may still be the same.
                hash.verify(b"wrong", &mut memory)
                    .map(|matches| assert!(!matches, "{stored}"))
                    .unwrap();
                hash.is_outdated(Argon2Cost::default());
                hash.cost();
            }
        };
        for stored in good {
            try_out(stored);
            for position in 0..=stored.len() {
                let (head, tail) = stored.split_at(position);
                try_out(head);
                try_out(tail);
                for replacement in replacements {
                    try_out(&format!("{head}{replacement}{tail}"));
                    try_out(&format!(
                        "{head}{replacement}{}",
                        tail.get(1..).unwrap_or("")
                    ));
                }
            }
        }
        assert!(
            good_ones > 100,
            "changes to salts and tags leave hashes that can be read"
        );
    }
}

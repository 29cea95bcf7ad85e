use std::borrow::Cow;
use std::sync::Arc;

use super::cost::Argon2Cost;
use super::imported::ImportedHashes;
use super::worker::WorkMemory;
use super::{PasswordError, argon2id, bcrypt, django, marked, passlib, sha_crypt, werkzeug};

/// A stored hash that was read and whose cost is within bounds.
pub(super) trait StoredHash: Send + Sync {
    /// What makes its verification as fast or slow as it is: equal for hashes that take equally long.
    fn cost(&self) -> String;

    /// The same for a password, where its length matters.
    fn cost_of(&self, _password: &[u8]) -> String {
        self.cost()
    }

    /// How much memory a verification takes, in KiB.
    fn memory_kib(&self) -> u64;

    /// Whether the password is the one that was hashed. Does all the work whatever the password is.
    fn verify(&self, password: &[u8], memory: &mut WorkMemory) -> Result<bool, PasswordError>;

    /// Whether a hash made today would be of another kind or cost.
    fn is_outdated(&self, _current: Argon2Cost) -> bool {
        true
    }

    /// Why this password can't be compared with it, and so matches it in no case.
    fn refuses(&self, _password: &[u8]) -> Option<PasswordError> {
        None
    }
}

/// A stored string whose format is known.
pub(super) struct Known {
    /// The name of the format.
    pub(super) scheme: Cow<'static, str>,
    /// What it says, or what keeps it from being verified.
    pub(super) hash: Reading,
}

impl Known {
    pub(super) fn new(scheme: &'static str, hash: Reading) -> Self {
        Self {
            scheme: Cow::Borrowed(scheme),
            hash,
        }
    }
}

/// What came of reading a stored hash.
pub(super) type Reading = Result<Arc<dyn StoredHash>, PasswordError>;

/// Reads a stored hash of any known format. It is untrusted: bounded here, before any work is done for it.
pub(super) fn read(stored: &str, imported: &ImportedHashes) -> Reading {
    recognise(stored, imported)?.hash
}

/// Tells the format of a stored hash, and reads it.
///
/// # Errors
/// When it is of no known format.
pub(super) fn recognise(stored: &str, imported: &ImportedHashes) -> Result<Known, PasswordError> {
    if stored.len() > LONGEST {
        return Err(PasswordError::MalformedHash("it is too long"));
    }
    marked::read(stored, imported)
        .or_else(|| recognise_unmarked(stored))
        .ok_or(PasswordError::UnknownScheme)
}

/// The same for a hash that says itself how it was made. `None` when it is of no known format.
pub(super) fn recognise_unmarked(stored: &str) -> Option<Known> {
    SCHEMES.iter().find_map(|read| read(stored))
}

/// Reads a stored hash of one system. `None` when it is of another.
type Read = fn(&str) -> Option<Known>;

/// The systems whose formats are understood. Another one is another file and another line.
const SCHEMES: &[Read] = &[
    argon2id::read,
    bcrypt::read,
    werkzeug::read,
    django::read,
    passlib::read,
    sha_crypt::read,
];

/// The longest stored hash in bytes. Those of the known formats have fewer than 250, unless somebody chose long salts.
const LONGEST: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_no_known_format_say_so() {
        for stored in [
            "",
            "plain text",
            "plain$$password",
            "md5$salt$00",
            "sha256$salt$00",
            "scrypt:32768:8:1",
            "SCRYPT:128:8:1$salt$00",
            "foo$1$2$3",
            "flask_security$$2b$",
            "$nope$",
            "$1$md5",
            "$argon2$1$2",
            "$7$C6..../....salt$tag",
            "{SSHA}",
            "$2$10$abcdefghijklmnopqrstuu",
            "\u{0}",
        ] {
            assert_eq!(
                read(stored, &ImportedHashes::new()).err(),
                Some(PasswordError::UnknownScheme),
                "{stored}"
            );
        }
        assert_eq!(
            read(&"$argon2id$".repeat(103), &ImportedHashes::new()).err(),
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
        let imported = ImportedHashes::new()
            .flask_security_salt("salt")
            .devise_pepper("pepper");
        let mut memory = WorkMemory::new(64);
        let mut good_ones = 0;
        let mut try_out = |stored: &str| {
            if let Ok(hash) = read(stored, &imported) {
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

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::marked::{DEVISE, FLASK_SECURITY};

/// What hashes from elsewhere were made with beside the password: secrets of that system. `Debug` does not show them.
///
/// ```
/// use countersign::password::{HashOrigin, ImportedHashes, Passwords};
///
/// let passwords = Passwords::builder()
///     .imported(ImportedHashes::new().devise_pepper("a pepper"))
///     .build()?;
/// let stored = "$2a$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";
/// let marked = HashOrigin::Devise.mark(stored);
/// assert!(passwords.describe(&marked).is_usable());
/// assert!(!Passwords::shared().describe(&marked).is_usable());
/// # Ok::<(), countersign::password::PasswordError>(())
/// ```
#[derive(Clone, Default)]
pub struct ImportedHashes {
    pub(super) flask_security_salt: Option<Zeroizing<Vec<u8>>>,
    pub(super) flask_security_normalization: PasswordNormalization,
    pub(super) devise_pepper: Option<Zeroizing<Vec<u8>>>,
}

impl ImportedHashes {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Flask-Security's `SECURITY_PASSWORD_SALT`: needed for hashes with the mark of [`HashOrigin::FlaskSecurity`].
    #[must_use]
    pub fn flask_security_salt(mut self, salt: impl AsRef<[u8]>) -> Self {
        self.flask_security_salt = Some(Zeroizing::new(salt.as_ref().to_vec()));
        self
    }

    /// Flask-Security's `SECURITY_PASSWORD_NORMALIZE_FORM`: what its forms make of a password beyond ASCII before it is
    /// hashed. By default NFKD, as there.
    #[must_use]
    pub fn flask_security_normalization(mut self, form: PasswordNormalization) -> Self {
        self.flask_security_normalization = form;
        self
    }

    /// Devise's `config.pepper`: needed for hashes with the mark of [`HashOrigin::Devise`].
    #[must_use]
    pub fn devise_pepper(mut self, pepper: impl AsRef<[u8]>) -> Self {
        self.devise_pepper = Some(Zeroizing::new(pepper.as_ref().to_vec()));
        self
    }
}

impl fmt::Debug for ImportedHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacted = |secret: &Option<_>| secret.as_ref().map(|_| format_args!("[redacted]"));
        f.debug_struct("ImportedHashes")
            .field("flask_security_salt", &redacted(&self.flask_security_salt))
            .field(
                "flask_security_normalization",
                &self.flask_security_normalization,
            )
            .field("devise_pepper", &redacted(&self.devise_pepper))
            .finish()
    }
}

/// A system whose hashes look like those of others and were made otherwise. They are stored with a mark before them, so
/// that one table can hold hashes of several origins, and new ones.
///
/// ```
/// use countersign::password::HashOrigin;
///
/// let stored = "$2b$12$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";
/// let marked = HashOrigin::FlaskSecurity.mark(stored);
/// assert_eq!(marked, format!("flask-security${stored}"));
/// // Once is enough.
/// assert_eq!(HashOrigin::FlaskSecurity.mark(&marked), marked);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HashOrigin {
    /// Flask-Bcrypt with `BCRYPT_HANDLE_LONG_PASSWORDS`: bcrypt of the password's SHA-256 in hexadecimal digits. Django
    /// makes the same under a mark of its own, `bcrypt_sha256$`, and so it is this one.
    ///
    /// Flask-Bcrypt itself takes every hash for one of the mode that is set: those from before the setting was changed
    /// match nothing there, and should be left without the mark.
    FlaskBcryptLongPasswords,
    /// Flask-Security, which hashes the password's HMAC-SHA-512 by `SECURITY_PASSWORD_SALT`, in base64. The mark is
    /// `flask-security$`, before any hash that begins with `$`. Its schemes from Django begin otherwise: it hashes the
    /// password itself by them, and so they get no mark.
    ///
    /// Hashes of other schemes that the site names in `SECURITY_PASSWORD_SINGLE_HASH` should be left without the mark,
    /// and all of them when it is `True`.
    FlaskSecurity,
    /// Devise with a pepper, which is put behind the password before bcrypt cuts both to 72 bytes. The mark is `devise$`.
    /// Without a pepper its hashes are ordinary ones.
    Devise,
}

impl HashOrigin {
    /// The string to store for a hash of this origin. One that this origin did not make, or that has the mark already,
    /// comes back as it is.
    pub fn mark(self, stored: &str) -> Cow<'_, str> {
        let (mark, first) = match self {
            Self::FlaskBcryptLongPasswords => (LONG_PASSWORDS, "$2"),
            Self::FlaskSecurity => (FLASK_SECURITY, "$"),
            Self::Devise => (DEVISE, "$2"),
        };
        match stored.starts_with(first) {
            true => Cow::Owned(format!("{mark}{stored}")),
            false => Cow::Borrowed(stored),
        }
    }
}

/// A form of Unicode (Unicode Standard Annex #15) that a password is brought into before it is hashed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum PasswordNormalization {
    /// As it was typed.
    None,
    /// Composed.
    Nfc,
    /// Decomposed.
    Nfd,
    /// Composed, after letters that look alike were made one.
    Nfkc,
    /// Decomposed, after letters that look alike were made one.
    #[default]
    Nfkd,
}

impl PasswordNormalization {
    /// What is no UTF-8 stays as it is.
    pub(super) fn apply(self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let normalized = str::from_utf8(password).ok().map(|text| match self {
            Self::None => text.to_owned(),
            Self::Nfc => text.nfc().collect(),
            Self::Nfd => text.nfd().collect(),
            Self::Nfkc => text.nfkc().collect(),
            Self::Nfkd => text.nfkd().collect(),
        });
        Zeroizing::new(normalized.map_or_else(|| password.to_vec(), String::into_bytes))
    }
}

const LONG_PASSWORDS: &str = "bcrypt_sha256$";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_printed_shows_a_secret() {
        let imported = ImportedHashes::new()
            .flask_security_salt("salt of a site")
            .devise_pepper("hot");
        let printed = format!("{imported:?}");
        assert!(printed.contains("[redacted]"), "{printed}");
        assert!(
            !printed.contains("site") && !printed.contains("hot"),
            "{printed}"
        );
    }

    #[test]
    fn only_what_an_origin_made_gets_its_mark() {
        let cases = [
            (
                HashOrigin::FlaskBcryptLongPasswords,
                "$2b$…",
                "bcrypt_sha256$$2b$…",
            ),
            (
                HashOrigin::FlaskBcryptLongPasswords,
                "$argon2id$…",
                "$argon2id$…",
            ),
            (HashOrigin::Devise, "$2a$…", "devise$$2a$…"),
            (HashOrigin::Devise, "devise$$2a$…", "devise$$2a$…"),
            (HashOrigin::Devise, "", ""),
            (
                HashOrigin::FlaskSecurity,
                "$argon2id$…",
                "flask-security$$argon2id$…",
            ),
            (
                HashOrigin::FlaskSecurity,
                "$pbkdf2-sha512$…",
                "flask-security$$pbkdf2-sha512$…",
            ),
            (
                HashOrigin::FlaskSecurity,
                "pbkdf2_sha256$…",
                "pbkdf2_sha256$…",
            ),
        ];
        for (origin, stored, expected) in cases {
            assert_eq!(origin.mark(stored), expected, "{origin:?}");
        }
    }

    #[test]
    fn passwords_are_normalised_as_they_were_where_the_hash_was_made() {
        let apply = |form: PasswordNormalization, text: &str| {
            String::from_utf8(form.apply(text.as_bytes()).to_vec()).unwrap()
        };
        assert_eq!(apply(PasswordNormalization::None, "é①"), "é①");
        assert_eq!(apply(PasswordNormalization::Nfc, "e\u{301}①"), "é①");
        assert_eq!(apply(PasswordNormalization::Nfd, "é①"), "e\u{301}①");
        assert_eq!(apply(PasswordNormalization::Nfkc, "e\u{301}①"), "é1");
        assert_eq!(apply(PasswordNormalization::default(), "é①"), "e\u{301}1");
        assert_eq!(*PasswordNormalization::Nfkd.apply(&[0xff]), [0xff]);
    }
}

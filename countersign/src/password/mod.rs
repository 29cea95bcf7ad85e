//! Passwords: hashed, verified, and judged before they are taken.
//!
//! Hashing is meant to be slow and to need memory, so it is done by a pool of its own, never on a thread that serves
//! requests. The pool has as many threads as the process may use cores, each tied to a core, at low priority, and with
//! one block of memory that is used again for every hash and given back when there is nothing to do. The queue before it
//! is bounded: beyond it the answer is [`PasswordError::Busy`], for known and unknown users alike.
//!
//! ```
//! use countersign::password::{Passwords, PasswordPolicy, Requester};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let passwords = Passwords::shared();
//! let typed = "correct horse battery staple";
//! PasswordPolicy::only_factor().check(typed, &["anna", "Example Shop"])?;
//! let stored = String::from(passwords.hash(typed).await?);
//!
//! let who = Requester::client(0x7f00_0001);
//! assert!(passwords.verify(typed, Some(&stored), who).await?.matches);
//! assert!(!passwords.verify("a guess", Some(&stored), who).await?.matches);
//! assert!(!passwords.verify("a guess", None, who).await?.matches);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A password is taken exactly as it was typed, as UTF-8: never cut short, never normalised, NUL and emoji included. It
//! may have [`MAXIMUM_PASSWORD_LENGTH`] bytes.
//!
//! # Formats
//!
//! New hashes are PHC strings of Argon2id. These are verified too, so that users of another system keep their passwords;
//! each should be replaced by a new one at the next login, as [`Verdict::needs_rehash`] says.
//! [`Passwords::describe`] names the format of a string, and whether it can be verified.
//!
//! | name | string | made by |
//! | --- | --- | --- |
//! | `argon2id`, `argon2i`, `argon2d` | `$argon2id$v=19$m=…,t=…,p=…$salt$tag` | Flask-Argon2, passlib, argon2-cffi |
//! | `bcrypt` | `$2b$12$…`, and `$2a$`, `$2x$`, `$2y$` | Flask-Bcrypt, passlib, Devise without a pepper |
//! | `werkzeug-scrypt` | `scrypt:N:r:p$salt$hex`; `scrypt$salt$hex` is `32768:8:1` | Werkzeug 2.3 and later |
//! | `werkzeug-pbkdf2` | `pbkdf2:digest:iterations$salt$hex` | Werkzeug 1 and later |
//! | `django-pbkdf2` | `pbkdf2_sha256$…`, `pbkdf2_sha1$…` | Django 4 and later |
//! | `django-argon2` | `argon2$argon2id$…` | the same |
//! | `django-bcrypt` | `bcrypt$$2b$…` | the same |
//! | `django-bcrypt-sha256` | `bcrypt_sha256$$2b$…` | the same; [Flask-Bcrypt for long passwords](HashOrigin::FlaskBcryptLongPasswords) |
//! | `django-scrypt` | `scrypt$N$salt$r$p$tag` | Django 4 and later |
//! | `passlib-pbkdf2` | `$pbkdf2$…`, `$pbkdf2-sha256$…`, `$pbkdf2-sha512$…` | passlib 1.7, libpass 1.9 |
//! | `passlib-scrypt` | `$scrypt$ln=…,r=…,p=…$…` | the same |
//! | `passlib-bcrypt-sha256` | `$bcrypt-sha256$v=2,t=2b,r=…$…`, and `$bcrypt-sha256$2b,…$…` before it | the same |
//! | `sha512-crypt`, `sha256-crypt` | `$6$…`, `$5$…` | the same; the `crypt` of Unix systems |
//! | `flask-security-…` | `flask-security$` and any of these that begins with `$` | [Flask-Security](HashOrigin::FlaskSecurity) |
//! | `devise-bcrypt` | `devise$$2a$…` | [Devise with a pepper](HashOrigin::Devise) |
//! | `unusable` | `!…` | Django, for users without a password: nothing matches |
//!
//! Some systems make strings that look like those of others: what they store needs a mark before it, which [`HashOrigin`]
//! puts there, and perhaps a secret, which [`ImportedHashes`] holds. Without the secret such a hash is
//! [`PasswordError::MissingSecret`].
//!
//! Werkzeug's PBKDF2 is read with the digests md5, sha1, sha224, sha256, sha384, sha512, sha512_224, sha512_256, sha3_224,
//! sha3_256, sha3_384, sha3_512, blake2b, blake2s, ripemd160 and sm3, by all names that Python knows them by; a string
//! without iterations has Werkzeug 3.1's default, 1,000,000, and was of another number in other versions. What is no longer
//! thought safe anywhere is of no known format: Werkzeug's `plain`, `md5` and `sha1`, Django's `md5` and `sha1`.
//!
//! Bcrypt takes in 72 bytes. A longer password matches no hash of bcrypt and is [`PasswordError::TooLongForBcrypt`], also
//! where the hash was made of its first 72 bytes, as libraries did without a word until a few years ago: any password
//! with the same beginning would match. The formats that hash a digest first take passwords of any length. Bcrypt itself
//! can't tell the empty password from a NUL, nor a password from the same written twice with a NUL between.
//!
//! # Limits
//!
//! A stored hash is untrusted input. Before any work is done for it, it must keep within these; otherwise it is
//! [`PasswordError::TooCostly`] or [`PasswordError::MalformedHash`].
//!
//! | what | limit | after |
//! | --- | --- | --- |
//! | memory of one Argon2 or scrypt hash | 1 GiB | libsodium's costliest presets |
//! | memory of all running hashes, beyond one block a worker | 1 GiB | the same |
//! | Argon2: memory times passes | 4 GiB | the same: a few seconds |
//! | Argon2: passes, lanes | 1,000, 64 | beyond all presets |
//! | Argon2: salt, tag | 8 to 48 bytes, 12 to 64 bytes | the PHC string format |
//! | scrypt: memory times repetitions (N·r·p·128 bytes) | 1 GiB | libsodium's costliest preset: a few seconds |
//! | scrypt: block size r, repetitions p | 1,024, 64 | beyond all presets |
//! | PBKDF2: iterations | 5,000,000 | five times Werkzeug's default: a few seconds |
//! | cost of bcrypt | 4 to 16 | sixteen times the usual 12: a few seconds |
//! | SHA-crypt: rounds | 1,000 to 2,000,000 | the specification; three times passlib's default |
//! | length of a stored hash | 1,024 bytes | four times the longest |

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::secret::Random;
use argon2id::SALT_LENGTH;
use floor::Durations;
use pool::{Kind, Pool};
use scheme::StoredHash;

pub use builder::PasswordsBuilder;
pub use cost::Argon2Cost;
pub use description::HashDescription;
pub use error::PasswordError;
pub use imported::{HashOrigin, ImportedHashes, PasswordNormalization};
pub use policy::{PasswordPolicy, PolicyViolation};
pub use pool::PoolStatistics;
pub use queue::Requester;

mod argon2id;
mod bcrypt;
mod builder;
mod cost;
mod description;
mod django;
mod error;
mod floor;
mod imported;
mod marked;
mod passlib;
mod pbkdf2;
mod policy;
mod pool;
mod prepared;
mod queue;
mod scheme;
mod scrypt;
mod sha_crypt;
mod text;
mod werkzeug;
mod worker;

/// Hashes and verifies passwords: a handle on a pool of threads and on the cost of new hashes. Cheap to clone; the
/// threads start at the first use and end with the last handle.
#[derive(Clone, Debug)]
pub struct Passwords {
    inner: Arc<Inner>,
}

impl Passwords {
    /// The pool that the whole process shares, with the defaults of [`PasswordsBuilder`].
    pub fn shared() -> Self {
        static SHARED: LazyLock<Passwords> = LazyLock::new(|| {
            Passwords::builder()
                .build()
                .expect("the defaults are within bounds")
        });
        SHARED.clone()
    }

    /// A pool of its own, with other settings than the shared one's.
    pub fn builder() -> PasswordsBuilder {
        PasswordsBuilder::default()
    }

    /// Hashes a new password, with a random salt of 16 bytes and a tag of 32.
    ///
    /// # Errors
    /// [`PasswordError::TooLong`] for a password that is; [`PasswordError::Busy`] when too many wait;
    /// [`PasswordError::OutOfMemory`], [`PasswordError::NoThreads`] or [`PasswordError::Crashed`] when the machine fails.
    pub async fn hash(&self, password: &str) -> Result<PasswordHash, PasswordError> {
        self.hash_for(password, Requester::anonymous()).await
    }

    /// [`Passwords::hash`], in the lane and within the bounds of whoever asked for it.
    ///
    /// # Errors
    /// As [`Passwords::hash`].
    pub async fn hash_for(
        &self,
        password: &str,
        requester: Requester,
    ) -> Result<PasswordHash, PasswordError> {
        if password.len() > MAXIMUM_PASSWORD_LENGTH {
            return Err(PasswordError::TooLong {
                found: password.len(),
                limit: MAXIMUM_PASSWORD_LENGTH,
            });
        }
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let cost = self.inner.cost;
        let mut salt = [0; SALT_LENGTH];
        self.inner.random.fill(&mut salt);
        let work = move |memory: &mut _| argon2id::hash(&password, &salt, cost, memory);
        self.inner
            .pool
            .run(Kind::Hash, requester, cost.memory_kib().into(), work)
            .await?
    }

    /// Verifies a password against the stored hash of a user, or against none when there is no such user.
    ///
    /// Exactly one verification is spent whatever the answer: for an unknown user, and for a stored hash that can't be
    /// read, on a hash of the current cost that nothing matches; for a password that is too long, on the stored hash,
    /// which it then does not match. A stored hash that can't be read is no error of this function, because an answer that
    /// differs tells strangers that the user exists: it matches nothing, and [`Verdict::problem`] says what is wrong with
    /// it, for the log.
    ///
    /// Whoever drops the future before the work has begun gives the place in the queue up, and no work is done.
    ///
    /// # Errors
    /// [`PasswordError::Busy`] when too many wait; [`PasswordError::OutOfMemory`], [`PasswordError::NoThreads`] or
    /// [`PasswordError::Crashed`] when the machine fails.
    pub async fn verify(
        &self,
        password: &str,
        stored: Option<&str>,
        requester: Requester,
    ) -> Result<Verdict, PasswordError> {
        self.verify_bytes(password.as_bytes(), stored, requester)
            .await
    }

    /// [`Passwords::verify`] for a password that may be no UTF-8. No form and no JSON brings one; commands and tests do.
    ///
    /// # Errors
    /// As [`Passwords::verify`].
    pub async fn verify_bytes(
        &self,
        password: &[u8],
        stored: Option<&str>,
        requester: Requester,
    ) -> Result<Verdict, PasswordError> {
        let (known, problem) = match stored.map(|stored| self.read(stored)).transpose() {
            Ok(known) => (known, None),
            // Nothing is wrong with that hash, and nobody needs to be told.
            Err(PasswordError::NoUsablePassword) => (None, None),
            Err(problem) => (None, Some(problem)),
        };
        let is_known = known.is_some();
        let hash = known.unwrap_or_else(|| Arc::clone(&self.inner.dummy));
        let fits = password.len() <= MAXIMUM_PASSWORD_LENGTH;
        let password_problem = match fits {
            true => hash.refuses(password),
            false => Some(PasswordError::TooLong {
                found: password.len(),
                limit: MAXIMUM_PASSWORD_LENGTH,
            }),
        };
        let password = Zeroizing::new(if fits { password } else { &[] }.to_vec());
        let (clock, durations) = (
            Arc::clone(&self.inner.clock),
            Arc::clone(&self.inner.durations),
        );
        let is_outdated = hash.is_outdated(self.inner.cost);
        let memory_kib = hash.memory_kib();
        let work = move |memory: &mut _| {
            let start = clock.now();
            let equal = hash.verify(&password, memory);
            durations.record(&hash.cost_of(&password), clock.now().since(start));
            equal
        };
        let equal = self
            .inner
            .pool
            .run(Kind::Verification, requester, memory_kib, work)
            .await??;
        let matches = equal && is_known && fits;
        Ok(Verdict {
            matches,
            needs_rehash: matches && is_outdated,
            problem,
            password_problem,
        })
    }

    /// Whether a stored hash differs in kind or cost from those made now, or can't be read: at the next login, when the
    /// password is at hand, store a new one. All hashes then cost the same, stronger ones from elsewhere included, and the
    /// time of a login tells nothing.
    pub fn needs_rehash(&self, stored: &str) -> bool {
        self.read(stored)
            .map_or(true, |hash| hash.is_outdated(self.inner.cost))
    }

    /// What a stored hash is: its format, its cost, and whether it can be verified here. No work is done for it.
    ///
    /// ```
    /// use countersign::password::{PasswordError, Passwords};
    ///
    /// let passwords = Passwords::shared();
    /// let digest = "0".repeat(128);
    /// let description = passwords.describe(&format!("scrypt:32768:8:1$salt${digest}"));
    /// assert_eq!(description.scheme.as_deref(), Some("werkzeug-scrypt"));
    /// assert_eq!(description.cost.as_deref(), Some("scrypt N=32768,r=8,p=1"));
    /// assert!(description.is_usable());
    /// let costly = passwords.describe(&format!("scrypt:1073741824:8:1$salt${digest}"));
    /// assert!(matches!(costly.problem, Some(PasswordError::TooCostly { .. })));
    /// ```
    pub fn describe(&self, stored: &str) -> HashDescription {
        HashDescription::of(stored, &self.inner.imported)
    }

    /// How long a failed login must take at least, from its beginning, so that its time does not tell which hash the
    /// account has, and so whether it exists: what hardly any of the slowest verifications seen takes longer than. `None` while all
    /// took place at one cost, which is the rule unless hashes come from elsewhere or the cost was changed.
    pub fn failure_floor(&self) -> Option<Duration> {
        self.inner.durations.floor()
    }

    /// Starts the threads, unless they run already: to know at once, and not at the first login, whether that can be done.
    ///
    /// # Errors
    /// [`PasswordError::NoThreads`] when the machine gives none.
    pub fn start_threads(&self) -> Result<(), PasswordError> {
        self.inner.pool.start()
    }

    /// What the pool has done and is doing: for tests and metrics.
    pub fn statistics(&self) -> PoolStatistics {
        self.inner.pool.statistics()
    }

    fn read(&self, stored: &str) -> scheme::Reading {
        scheme::read(stored, &self.inner.imported)
    }
}

/// What came of a verification.
#[derive(Clone, Debug)]
#[must_use = "whether the password is right stands in it"]
#[non_exhaustive]
pub struct Verdict {
    /// Whether the password is the user's.
    pub matches: bool,
    /// Whether it is, and should be hashed anew and stored: see [`Passwords::needs_rehash`].
    pub needs_rehash: bool,
    /// Why the stored hash could not be read. It then matches nothing until the user sets a new password: log it.
    pub problem: Option<PasswordError>,
    /// Why this password can't be compared with the stored hash, which it then does not match:
    /// [`PasswordError::TooLong`] or [`PasswordError::TooLongForBcrypt`]. Strangers bring it about: no case for the log.
    pub password_problem: Option<PasswordError>,
}

/// A hash to be stored: a PHC string.
#[derive(Clone, Eq, PartialEq)]
pub struct PasswordHash(String);

impl AsRef<str> for PasswordHash {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<PasswordHash> for String {
    fn from(hash: PasswordHash) -> Self {
        hash.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

/// The most bytes in a password: a bound on what strangers can have copied. ASVS 5.0, 6.2.9, asks for 64 characters at
/// least.
pub const MAXIMUM_PASSWORD_LENGTH: usize = 1_024;

struct Inner {
    pool: Pool,
    cost: Argon2Cost,
    /// What is verified when there is nothing else to verify.
    dummy: Arc<dyn StoredHash>,
    imported: ImportedHashes,
    durations: Arc<Durations>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("pool", &self.pool)
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

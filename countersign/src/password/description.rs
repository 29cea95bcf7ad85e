use super::PasswordError;
use super::imported::ImportedHashes;
use super::scheme;

/// What a stored hash is, as far as can be told without the password and without any work: see
/// [`Passwords::describe`](super::Passwords::describe).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct HashDescription {
    /// The name of its format, such as `werkzeug-scrypt`: those of [the table](super#formats). `None` when it is of no
    /// known format.
    pub scheme: Option<String>,
    /// What a verification costs, such as `scrypt N=32768,r=8,p=1`. `None` when it can't be verified.
    pub cost: Option<String>,
    /// How much memory a verification takes, in KiB. Zero when it can't be verified.
    pub memory_kib: u64,
    /// Why it can't be verified.
    pub problem: Option<PasswordError>,
}

impl HashDescription {
    pub(super) fn of(stored: &str, imported: &ImportedHashes) -> Self {
        let (scheme, hash) = match scheme::recognise(stored, imported) {
            Ok(known) => (Some(known.scheme.into_owned()), known.hash),
            Err(problem) => (None, Err(problem)),
        };
        Self {
            scheme,
            cost: hash.as_ref().ok().map(|hash| hash.cost()),
            memory_kib: hash.as_ref().map_or(0, |hash| hash.memory_kib()),
            problem: hash.err(),
        }
    }

    /// Whether passwords can be verified against it.
    pub fn is_usable(&self) -> bool {
        self.problem.is_none()
    }
}

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Makes bytes that nobody can guess. The library takes randomness from nowhere else.
pub trait Random: fmt::Debug + Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// A new security stamp: 128 random bits as 22 characters of base64url (RFC 4648, section 5). Give a user another one
/// whenever his password changes.
///
/// ```
/// use countersign::secret::{OperatingSystemRandom, security_stamp};
///
/// let stamp = security_stamp(&OperatingSystemRandom);
/// assert_eq!(stamp.len(), 22);
/// assert_ne!(stamp, security_stamp(&OperatingSystemRandom));
/// ```
pub fn security_stamp(random: &dyn Random) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The operating system's generator: `getrandom(2)` on Linux, its like elsewhere.
///
/// ```
/// use countersign::secret::{OperatingSystemRandom, Random};
///
/// let (mut one, mut other) = ([0; 32], [0; 32]);
/// OperatingSystemRandom.fill(&mut one);
/// OperatingSystemRandom.fill(&mut other);
/// assert_ne!(one, other);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OperatingSystemRandom;

impl Random for OperatingSystemRandom {
    /// # Panics
    /// When the operating system has no randomness to give: no secret made after that could be trusted.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system must provide randomness");
    }
}

/// Bytes that anybody can foretell: a counter, different at each call. For tests only.
#[derive(Debug, Default)]
pub struct SequenceRandom {
    calls: AtomicU64,
}

impl Random for SequenceRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        for (position, byte) in bytes.iter_mut().rev().enumerate() {
            *byte = u32::try_from(position * 8)
                .ok()
                .and_then(|shift| call.checked_shr(shift))
                .unwrap_or(0) as u8;
        }
    }
}

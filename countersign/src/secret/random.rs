use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes bytes that nobody can guess. The library takes randomness from nowhere else.
pub trait Random: fmt::Debug + Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
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

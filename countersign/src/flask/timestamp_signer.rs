use std::time::Duration;

use super::error::{FlaskError, Malformed};
use super::signer::{Signer, SignerSettings};
use super::{base64, bytes};
use crate::clock::Timestamp;
use crate::secret::SecretKey;

/// Signs bytes together with the time: itsdangerous' `TimestampSigner`.
///
/// Times are whole seconds, as there.
///
/// ```
/// use std::time::Duration;
/// use countersign::clock::Timestamp;
/// use countersign::flask::{FlaskError, SignerSettings, TimestampSigner};
/// use countersign::secret::SecretKey;
///
/// let key = SecretKey::new("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1")?;
/// let signer = TimestampSigner::new(&key, SignerSettings::itsdangerous());
/// let morning = Timestamp::from_millis(1_700_000_000_000);
/// let signed = signer.sign("alice", morning);
///
/// let day = Duration::from_secs(24 * 60 * 60);
/// let unsigned = signer.unsign(&signed, morning + day, day)?;
/// assert_eq!((unsigned.value, unsigned.signed_at), (&b"alice"[..], morning));
/// let late = signer.unsign(&signed, morning + 2 * day, day);
/// assert_eq!(late, Err(FlaskError::Expired { signed_at: morning, age: 2 * day, max_age: day }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TimestampSigner(Signer);

impl TimestampSigner {
    /// A signer with a key and its fallbacks.
    pub fn new(key: &SecretKey, settings: SignerSettings) -> Self {
        Self(Signer::new(key, settings))
    }

    /// The value, the time and the signature of both. A time before 1970 counts as its first second.
    pub fn sign(&self, value: impl AsRef<[u8]>, now: Timestamp) -> Vec<u8> {
        let seconds = seconds(now).to_be_bytes();
        let leading_zeros = seconds.iter().take_while(|byte| **byte == 0).count();
        let mut time = String::new();
        base64::encode_url_safe(&seconds[leading_zeros..], &mut time);
        let timed = [value.as_ref(), self.0.separator(), time.as_bytes()].concat();
        self.0.sign(timed)
    }

    /// The value of what was signed at most `max_age` ago, of which whole seconds count.
    ///
    /// # Errors
    /// [`FlaskError::BadSignature`], [`FlaskError::Expired`], [`FlaskError::FromTheFuture`], or
    /// [`Malformed::Timestamp`].
    pub fn unsign<'a>(
        &self,
        signed: &'a [u8],
        now: Timestamp,
        max_age: Duration,
    ) -> Result<Signed<&'a [u8]>, FlaskError> {
        let unsigned = self.danger_unsign_of_any_age(signed)?;
        check_age(unsigned.signed_at, now, max_age)?;
        Ok(unsigned)
    }

    /// The value of what was signed at any time, even one that is yet to come: for whoever looks at a value and lets
    /// nobody in by it.
    ///
    /// # Errors
    /// [`FlaskError::BadSignature`] or [`Malformed::Timestamp`].
    pub fn danger_unsign_of_any_age<'a>(
        &self,
        signed: &'a [u8],
    ) -> Result<Signed<&'a [u8]>, FlaskError> {
        let timed = self.0.unsign(signed)?;
        let (value, time) =
            bytes::rsplit_once(timed, self.0.separator()).ok_or(Malformed::Timestamp)?;
        let signed_at = base64::with_decoded_url_safe(time, read_seconds)
            .flatten()
            .ok_or(Malformed::Timestamp)?;
        Ok(Signed { value, signed_at })
    }
}

/// What was signed, and when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Signed<T> {
    /// What was signed.
    pub value: T,
    /// When it was signed; whole seconds.
    pub signed_at: Timestamp,
}

fn check_age(signed_at: Timestamp, now: Timestamp, max_age: Duration) -> Result<(), FlaskError> {
    let (now, then) = (seconds(now), seconds(signed_at));
    if then > now {
        return Err(FlaskError::FromTheFuture {
            signed_at,
            ahead: Duration::from_secs(then - now),
        });
    }
    let age = Duration::from_secs(now - then);
    let max_age = Duration::from_secs(max_age.as_secs());
    match age > max_age {
        true => Err(FlaskError::Expired {
            signed_at,
            age,
            max_age,
        }),
        false => Ok(()),
    }
}

/// Reads a number of at most eight bytes, the highest first, of seconds up to the year 9999: Python's `datetime` has no
/// other.
fn read_seconds(bytes: &[u8]) -> Option<Timestamp> {
    let mut padded = [0; 8];
    let start = padded.len().checked_sub(bytes.len())?;
    padded[start..].copy_from_slice(bytes);
    let seconds = i64::from_be_bytes(padded);
    (0..=LAST_SECOND)
        .contains(&seconds)
        .then(|| Timestamp::from_millis(seconds * 1_000))
}

fn seconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millis().div_euclid(1_000)).unwrap_or(0)
}

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_of_exactly_the_maximum_counts_and_a_second_more_does_not() {
        let signed = signer().sign("v", at(1_000));
        let unsign = |now| signer().unsign(&signed, at(now), Duration::from_secs(100));
        assert_eq!(unsign(1_000).unwrap().value, b"v");
        assert_eq!(unsign(1_100).unwrap().signed_at, at(1_000));
        let expired = FlaskError::Expired {
            signed_at: at(1_000),
            age: Duration::from_secs(101),
            max_age: Duration::from_secs(100),
        };
        assert_eq!(unsign(1_101), Err(expired));
    }

    #[test]
    fn a_signature_from_the_future_is_refused_however_little_it_is() {
        let signed = signer().sign("v", at(1_000));
        let refused = signer().unsign(&signed, at(999), Duration::MAX);
        let future = FlaskError::FromTheFuture {
            signed_at: at(1_000),
            ahead: Duration::from_secs(1),
        };
        assert_eq!(refused, Err(future));
        assert!(signer().danger_unsign_of_any_age(&signed).is_ok());
    }

    #[test]
    fn parts_of_a_second_do_not_count() {
        let late_in_the_second = Timestamp::from_millis(1_000_999);
        let signed = signer().sign("v", late_in_the_second);
        assert_eq!(signed, signer().sign("v", at(1_000)));
        let now = Timestamp::from_millis(1_001_000);
        assert!(
            signer()
                .unsign(&signed, now, Duration::from_millis(1_900))
                .is_ok()
        );
        assert!(
            signer()
                .unsign(&signed, now, Duration::from_millis(900))
                .is_err()
        );
    }

    #[test]
    fn a_time_that_can_not_be_read_is_malformed_although_it_is_signed() {
        let signer = signer();
        // Nine bytes; more than the year 9999; not base64.
        for time in ["AQEBAQEBAQEB", "OwAAAAAA", "__________8", "A"] {
            let signed = signer.0.sign(format!("v.{time}"));
            let refused = signer.unsign(&signed, at(1_000), Duration::MAX);
            assert_eq!(refused, Err(Malformed::Timestamp.into()), "{time}");
        }
        let untimed = signer.0.sign("v");
        let refused = signer.unsign(&untimed, at(1_000), Duration::MAX);
        assert_eq!(refused, Err(Malformed::Timestamp.into()));
    }

    #[test]
    fn the_first_second_of_1970_is_written_as_nothing() {
        let signed = signer().sign("v", at(0));
        assert!(signed.starts_with(b"v.."));
        assert_eq!(
            signer()
                .unsign(&signed, at(0), Duration::ZERO)
                .unwrap()
                .signed_at,
            at(0)
        );
        assert_eq!(signer().sign("v", at(-5)), signed);
    }

    fn signer() -> TimestampSigner {
        let key = SecretKey::new("c6a0ecbb5a2bd0b1ac7fe2fd6ef0a6d1f2b1").unwrap();
        TimestampSigner::new(&key, SignerSettings::itsdangerous())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }
}

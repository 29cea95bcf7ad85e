use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

use super::Random;

/// A session's token: what the cookie holds and no store ever sees.
///
/// It is 2 bytes of *bucket* and 32 random bytes, written as 46 characters of base64url without padding (RFC 4648,
/// section 5). The bucket decides only where a clustered store keeps the session; it is not secret and proves nothing.
///
/// ```
/// use countersign::secret::{OperatingSystemRandom, Token};
///
/// let token = Token::generate(Token::bucket_of("42"), &OperatingSystemRandom);
/// let cookie = token.reveal();
/// assert_eq!(cookie.len(), Token::TEXT_LENGTH);
/// assert_eq!(Token::parse(cookie.as_bytes()).unwrap().hash(), token.hash());
/// assert_eq!(format!("{token:?}"), "Token([redacted])");
/// ```
#[derive(Clone)]
pub struct Token([u8; Token::LENGTH]);

impl Token {
    /// Bytes in a token.
    pub const LENGTH: usize = 34;
    /// Characters in a token's text.
    pub const TEXT_LENGTH: usize = 46;
    /// How many buckets there are. All of one user's sessions are in one.
    pub const BUCKETS: u16 = 64;

    /// A new token in a bucket.
    pub fn generate(bucket: u16, random: &dyn Random) -> Self {
        let mut bytes = [0; Self::LENGTH];
        bytes[..2].copy_from_slice(&(bucket % Self::BUCKETS).to_be_bytes());
        random.fill(&mut bytes[2..]);
        Self(bytes)
    }

    /// A new token in a bucket drawn by chance: for a visitor, who has no user id.
    pub fn generate_anywhere(random: &dyn Random) -> Self {
        let mut bucket = [0; 2];
        random.fill(&mut bucket);
        Self::generate(u16::from_be_bytes(bucket), random)
    }

    /// The bucket of a user: CRC-16/XMODEM of the id, as Redis Cluster computes it (its cluster specification,
    /// appendix A), modulo [`Token::BUCKETS`].
    pub fn bucket_of(user_id: &str) -> u16 {
        crc16(user_id.as_bytes()) % Self::BUCKETS
    }

    /// Reads a token's text. `None` when it is none: a wrong length, a wrong character, padding, or a bucket that
    /// does not exist. Allocates nothing.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() != Self::TEXT_LENGTH {
            return None;
        }
        // The decoder asks for room for whole groups of three bytes.
        let mut bytes = [0; 36];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let token = Self(bytes[..length].try_into().ok()?);
        bytes.zeroize();
        (token.bucket() < Self::BUCKETS).then_some(token)
    }

    /// The token's bucket.
    pub fn bucket(&self) -> u16 {
        u16::from_be_bytes([self.0[0], self.0[1]])
    }

    /// What a store keeps of this token.
    pub fn hash(&self) -> TokenHash {
        TokenHash {
            bucket: self.bucket(),
            digest: Sha256::digest(self.0).into(),
        }
    }

    /// The token's text, for the cookie. The one way to see a token.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The SHA-256 of a [`Token`], beside its bucket: what stores keep, so that a leaked database is not a set of live
/// logins.
///
/// A token has 256 random bits, so a fast hash without salt is enough (NIST SP 800-63B-4 asks for 112).
#[derive(Clone, Copy, Eq)]
pub struct TokenHash {
    bucket: u16,
    digest: [u8; 32],
}

impl TokenHash {
    /// A hash as it was read from a store.
    pub const fn from_stored(bucket: u16, digest: [u8; 32]) -> Self {
        Self { bucket, digest }
    }

    /// The hash under which a realm keeps the token: another one in each realm, so that a token is worth nothing but
    /// where it was given out.
    pub(crate) fn in_realm(&self, realm: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(self.digest)
            .chain_update(realm)
            .finalize();
        Self {
            bucket: self.bucket,
            digest: digest.into(),
        }
    }

    /// The bucket of the token. The digest covers it, so one digest has one bucket.
    pub const fn bucket(&self) -> u16 {
        self.bucket
    }

    /// The SHA-256 of the whole token.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.digest.ct_eq(&other.digest).into()
    }
}

impl Ord for TokenHash {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digest.cmp(&other.digest)
    }
}

impl PartialOrd for TokenHash {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for TokenHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash([redacted])")
    }
}

fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            };
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{OperatingSystemRandom, SequenceRandom};

    #[test]
    fn the_bucket_is_that_of_redis_cluster() {
        // The check value in appendix A of the Redis Cluster specification.
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(Token::bucket_of("123456789"), 0x31C3 % 64);
    }

    #[test]
    fn text_that_is_no_token_is_refused() {
        let good = Token::generate(63, &SequenceRandom::default()).reveal();
        assert!(Token::parse(good.as_bytes()).is_some());
        let padded = format!("{}==", &good[..44]);
        let wrong_bucket = format!("AEA{}", &good[3..]);
        for bad in [
            "",
            "x",
            &good[1..],
            &format!("{good}A"),
            &padded,
            &good.replace('A', "+"),
            &wrong_bucket,
        ] {
            assert!(Token::parse(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(Token::parse(&[0xFF; Token::TEXT_LENGTH]).is_none());
    }

    #[test]
    fn one_token_has_one_text() {
        // 34 bytes leave four unused bits in the last character: a text that sets them is another text, not this token.
        let token = Token::generate(1, &SequenceRandom::default());
        let mut text = token.reveal().into_bytes();
        text[45] += 1;
        assert!(Token::parse(&text).is_none());
    }

    #[test]
    fn a_hundred_thousand_tokens_differ() {
        let tokens: std::collections::HashSet<_> = (0..100_000)
            .map(|_| Token::generate(7, &OperatingSystemRandom).hash())
            .collect();
        assert_eq!(tokens.len(), 100_000);
    }
}

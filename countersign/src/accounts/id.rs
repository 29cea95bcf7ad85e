use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::secret::Random;
use crate::session::UserId;

/// An account's id: a UUID of version 7 (RFC 9562, section 5.7). It is never given to another account.
///
/// ```
/// use countersign::accounts::AccountId;
///
/// let id: AccountId = "0190163d-8694-739b-aea5-966c26f8ad91".parse()?;
/// assert_eq!(id.to_string(), "0190163d-8694-739b-aea5-966c26f8ad91");
/// assert!("7".parse::<AccountId>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AccountId(Uuid);

impl AccountId {
    pub(super) fn generate(now: Timestamp, random: &dyn Random) -> Self {
        let mut bytes = [0; 10];
        random.fill(&mut bytes);
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// An id as it was read from a store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The id's bytes, for a store.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id as sessions keep it.
    pub fn user_id(&self) -> UserId {
        UserId::new(self.to_string())
    }

    /// The account of a session's user; `None` when the user is no account.
    pub(super) fn of(user: &UserId) -> Option<Self> {
        user.as_str().parse().ok()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AccountId {
    type Err = AccountIdError;

    /// Reads what `Display` writes, and no other notation of a UUID, so that one id has one text.
    fn from_str(text: &str) -> Result<Self, AccountIdError> {
        let id = Uuid::try_parse(text).map_err(|_| AccountIdError)?;
        let mut buffer = Uuid::encode_buffer();
        match id.hyphenated().encode_lower(&mut buffer) == text {
            true => Ok(Self(id)),
            false => Err(AccountIdError),
        }
    }
}

/// A text that is no account's id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an account's id is a UUID in lower case, such as `0190163d-8694-739b-aea5-966c26f8ad91`")]
pub struct AccountIdError;

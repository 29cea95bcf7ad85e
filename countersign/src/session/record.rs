use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::secret::Random;

/// What is known of a session, without the application's data.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionRecord {
    /// The name by which pages, logs and commands speak of the session. It opens nothing.
    pub id: SessionId,
    /// The login; `None` for a visitor who is not logged in and has data.
    pub login: Option<LoginRecord>,
    /// When the session began.
    pub created_at: Timestamp,
    /// When it was last used, to within a twentieth of [`SessionRecord::idle`].
    pub last_seen_at: Timestamp,
    /// How long it lives without being used.
    pub idle: Duration,
    /// When it ends whatever happens. Nothing moves this deadline.
    pub expires_at: Timestamp,
    /// Who began it.
    pub client: ClientRecord,
}

impl SessionRecord {
    /// When the session ends if nobody uses it any more: the earlier one of its two deadlines.
    pub fn ends_at(&self) -> Timestamp {
        self.expires_at.min(self.last_seen_at + self.idle)
    }

    /// Whether its deadlines have not passed yet.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.ends_at()
    }

    /// Whether its use should be written down: once in a twentieth of the idle time, so that most requests write
    /// nothing.
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        now.since(self.last_seen_at) >= self.idle / 20
    }

    /// Writes its use down. A clock that stepped back moves nothing.
    pub fn touch(&mut self, now: Timestamp) {
        self.last_seen_at = self.last_seen_at.max(now);
    }
}

/// The columns of a login.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoginRecord {
    /// Who is logged in.
    pub user_id: UserId,
    /// The user's security stamp as it was read together with the password hash that was verified. The login counts
    /// only while the user still has this stamp. `None` for users that have none.
    pub stamp: Option<Box<str>>,
    /// When the user last proved who he is; `None` when this login rests on no proof of its own (`fresh(false)`).
    pub authenticated_at: Option<Timestamp>,
    /// How he proved it.
    pub methods: Methods,
    /// Whether it is a remembered login, whose cookie outlives the browser.
    pub remembered: bool,
    /// Whether an inactive user was logged in on purpose, so that being inactive does not end this login.
    pub forced: bool,
}

/// The client that began a session, as people recognise it in a list of sessions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClientRecord {
    /// Its address, when known.
    pub address: Option<IpAddr>,
    /// Its `User-Agent`, at most [`ClientRecord::USER_AGENT_LIMIT`] bytes of it.
    pub user_agent: Option<Box<str>>,
}

impl ClientRecord {
    /// How many bytes of a `User-Agent` are kept.
    pub const USER_AGENT_LIMIT: usize = 256;

    /// The client with that address and that `User-Agent` as it came. What is not UTF-8 in it is replaced, control
    /// characters are dropped, and what is beyond the limit is cut off at a character's boundary.
    pub fn new(address: Option<IpAddr>, user_agent: Option<&[u8]>) -> Self {
        let user_agent = user_agent.map(|bytes| {
            let mut text: String =
                String::from_utf8_lossy(&bytes[..bytes.len().min(Self::USER_AGENT_LIMIT)])
                    .chars()
                    .filter(|character| !character.is_control())
                    .collect();
            text.truncate(text.floor_char_boundary(Self::USER_AGENT_LIMIT));
            text.into_boxed_str()
        });
        Self {
            address,
            user_agent,
        }
    }
}

/// A session's public name: a UUID of version 7 (RFC 9562, section 5.7), so that names sort by their age.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionId(Uuid);

impl SessionId {
    /// A new name.
    pub fn generate(now: Timestamp, random: &dyn Random) -> Self {
        let mut bytes = [0; 10];
        random.fill(&mut bytes);
        let millis = u64::try_from(now.as_millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// A name as it was read from a store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The name's bytes, for a store.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SessionId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A user's id as sessions keep it: the text that the application's own id type displays.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UserId(Arc<str>);

impl UserId {
    /// The id with this text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One way of proving who one is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Method {
    /// A password that this application verified.
    Password,
    /// Somebody else vouches for the user: an identity provider, a client certificate.
    External,
}

impl Method {
    const ALL: [Method; 2] = [Method::Password, Method::External];

    /// The method's name in stores and events.
    pub const fn name(self) -> &'static str {
        match self {
            Method::Password => "password",
            Method::External => "external",
        }
    }
}

/// The ways in which a login was proved.
///
/// ```
/// use countersign::session::{Method, Methods};
///
/// let methods = Methods::from(Method::Password).and(Method::External);
/// assert_eq!(methods.to_string(), "password+external");
/// assert!(methods.contains(Method::External));
/// assert_eq!("password+unheard-of".parse::<Methods>()?, Methods::from(Method::Password));
/// # Ok::<(), std::convert::Infallible>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Methods(u8);

impl Methods {
    /// These and one more.
    #[must_use]
    pub const fn and(self, method: Method) -> Self {
        Self(self.0 | 1 << method as u8)
    }

    /// Whether a method is among them.
    pub const fn contains(self, method: Method) -> bool {
        self.0 & (1 << method as u8) != 0
    }
}

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self::default().and(method)
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for method in Method::ALL
            .into_iter()
            .filter(|method| self.contains(*method))
        {
            write!(f, "{separator}{}", method.name())?;
            separator = "+";
        }
        Ok(())
    }
}

impl FromStr for Methods {
    type Err = std::convert::Infallible;

    /// Reads what `Display` wrote. A name that this version does not know is left out: it proves nothing here.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |name: &str| Method::ALL.into_iter().find(|method| method.name() == name);
        Ok(text
            .split('+')
            .filter_map(known)
            .fold(Self::default(), Self::and))
    }
}

/// How long sessions live, by their kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lifetimes {
    /// A login whose cookie ends with the browser: 12 hours idle, 7 days in all.
    pub login: Lifetime,
    /// A remembered login: 14 days idle, 30 days in all (NIST SP 800-63B-4, section 2.1.3: re-authenticate within
    /// 30 days).
    pub remembered: Lifetime,
    /// A visitor with data: 2 hours idle, a day in all.
    pub visitor: Lifetime,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(3_600);
        Self {
            login: Lifetime::new(12 * HOUR, 7 * 24 * HOUR),
            remembered: Lifetime::new(14 * 24 * HOUR, 30 * 24 * HOUR),
            visitor: Lifetime::new(2 * HOUR, 24 * HOUR),
        }
    }
}

/// How long one kind of session lives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lifetime {
    /// Without being used.
    pub idle: Duration,
    /// In all, however often it is used.
    pub absolute: Duration,
}

impl Lifetime {
    /// A lifetime of that idle and that absolute length.
    pub const fn new(idle: Duration, absolute: Duration) -> Self {
        Self { idle, absolute }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_kept_short_and_harmless() {
        let long = "ä".repeat(300);
        let client = ClientRecord::new(None, Some(long.as_bytes()));
        assert_eq!(
            client.user_agent.unwrap().len(),
            ClientRecord::USER_AGENT_LIMIT
        );
        let hostile = ClientRecord::new(None, Some(b"curl\r\nlevel=error \x1b[2J\xFF"));
        assert_eq!(
            hostile.user_agent.unwrap().as_ref(),
            "curllevel=error [2J\u{FFFD}"
        );
        let invalid = ClientRecord::new(None, Some(&[0xFF; 100_000]));
        assert!(invalid.user_agent.unwrap().len() <= ClientRecord::USER_AGENT_LIMIT);
    }

    #[test]
    fn names_of_sessions_sort_by_age() {
        let random = crate::secret::SequenceRandom::default();
        let older = SessionId::generate(Timestamp::from_millis(1_000), &random);
        let newer = SessionId::generate(Timestamp::from_millis(2_000), &random);
        assert!(older < newer);
        assert_eq!(older.to_string().parse::<SessionId>().unwrap(), older);
    }
}

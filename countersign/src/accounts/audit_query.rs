use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;

use super::{AccountError, AccountId, Accounts, Actor, AuditEvent, AuditKind};
use crate::clock::Timestamp;
use crate::session::StoreError;

/// Which events are asked for: those that fit all that is said here.
///
/// ```
/// use countersign::accounts::{AuditFilter, AuditKind};
///
/// let filter = AuditFilter {
///     kinds: vec![AuditKind::Disabled, AuditKind::Enabled],
///     network: Some("192.0.2.0/24".parse()?),
///     ..AuditFilter::default()
/// };
/// assert_eq!(filter.limit, 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditFilter {
    /// Only those of this account.
    pub account: Option<AccountId>,
    /// Only those of these kinds; of all, when it is empty.
    pub kinds: Vec<AuditKind>,
    /// Only what this one did.
    pub actor: Option<Actor>,
    /// Only what came from there. An IPv4 address that is written as IPv6 is in the network of the IPv4 address.
    pub network: Option<IpNet>,
    /// Only what happened then or later.
    pub since: Option<Timestamp>,
    /// Only what happened before.
    pub until: Option<Timestamp>,
    /// Only what stands before this: for the next page, the position of the last event of the one before.
    pub before: Option<AuditPosition>,
    /// How many at most; more than [`AuditFilter::MOST`] count as that.
    pub limit: u32,
}

/// Where an event stands in the audit: by its moment, and among the events of that moment by its number.
///
/// It is written as both, for the address of a page:
///
/// ```
/// use countersign::accounts::AuditPosition;
///
/// let position: AuditPosition = "1800000000000-17".parse()?;
/// assert_eq!(position.to_string(), "1800000000000-17");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct AuditPosition {
    pub(super) at: Timestamp,
    pub(super) id: i64,
}

/// A text that is no position in the audit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a position in the audit is written as two numbers, such as `1800000000000-17`")]
pub struct AuditPositionError;

/// All events that a filter asks for, page by page, the oldest first, however many they are. Made by
/// [`Accounts::export_audit`].
#[derive(Debug)]
#[must_use = "it reads nothing until `next` is called"]
pub struct AuditExport {
    accounts: Accounts,
    filter: AuditFilter,
    after: Option<AuditPosition>,
    /// What has a greater number came after the export had begun. Known from the first page on.
    newest: Option<i64>,
    is_over: bool,
}

impl AuditFilter {
    /// The most events in one answer.
    pub const MOST: u32 = 1_000;

    /// Whether an event that the database found comes from the right network. It can only ask for texts.
    fn fits(&self, event: &AuditEvent) -> bool {
        self.network.is_none_or(|network| {
            let address = event.client.address;
            address.is_some_and(|address| network.contains(&address.to_canonical()))
        })
    }
}

impl Default for AuditFilter {
    /// The last hundred events.
    fn default() -> Self {
        Self {
            account: None,
            kinds: Vec::new(),
            actor: None,
            network: None,
            since: None,
            until: None,
            before: None,
            limit: 100,
        }
    }
}

impl fmt::Display for AuditPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.as_millis(), self.id)
    }
}

impl FromStr for AuditPosition {
    type Err = AuditPositionError;

    fn from_str(text: &str) -> Result<Self, AuditPositionError> {
        // The last hyphen: a moment before 1970 has one of its own.
        let (at, id) = text.rsplit_once('-').ok_or(AuditPositionError)?;
        Ok(Self {
            at: Timestamp::from_millis(at.parse().map_err(|_| AuditPositionError)?),
            id: id.parse().map_err(|_| AuditPositionError)?,
        })
    }
}

impl Accounts {
    /// What was done, the latest first.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn audit(&self, filter: AuditFilter) -> Result<Vec<AuditEvent>, AccountError> {
        let limit = filter.limit.min(AuditFilter::MOST) as usize;
        // Of what is found for a network, much may be thrown away.
        let at_once = match filter.network {
            Some(_) => AuditFilter::MOST as usize,
            None => limit,
        };
        let mut filter = filter;
        let mut fitting = Vec::new();
        loop {
            let found = self.database().audit(&filter, at_once).await?;
            let is_last = found.len() < at_once;
            filter.before = found.last().map(AuditEvent::position);
            fitting.extend(found.into_iter().filter(|event| filter.fits(event)));
            if is_last || fitting.len() >= limit {
                fitting.truncate(limit);
                return Ok(fitting);
            }
        }
    }

    /// All that a filter asks for and that was written down until the first page is read, the oldest first. It reads a page at a time, so
    /// that it takes as little memory for a million events as for a thousand; `limit` is the size of a page.
    ///
    /// ```
    /// # use countersign::accounts::{Accounts, AuditFilter, By};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// # accounts.define_role("editor", ["write"], &By::system("an example")).await?;
    /// let mut export = accounts.export_audit(AuditFilter::default());
    /// let mut lines = Vec::new();
    /// while let Some(events) = export.next().await? {
    ///     lines.extend(events.iter().map(|event| format!("{} {}", event.at.as_millis(), event.kind.name())));
    /// }
    /// assert!(lines[0].ends_with(" role_defined"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export_audit(&self, filter: AuditFilter) -> AuditExport {
        AuditExport {
            accounts: self.clone(),
            filter,
            after: None,
            newest: None,
            is_over: false,
        }
    }
}

impl AuditExport {
    /// The next events; `None` after the last. A page may be empty where a network is asked for.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable. The next call tries again.
    pub async fn next(&mut self) -> Result<Option<Vec<AuditEvent>>, AccountError> {
        if self.is_over {
            return Ok(None);
        }
        let limit = self.filter.limit.clamp(1, AuditFilter::MOST) as usize;
        let newest = self.newest().await?;
        let database = self.accounts.database();
        let mut events = database
            .audit_after(&self.filter, self.after, newest, limit)
            .await?;
        self.is_over = events.len() < limit;
        self.after = events.last().map(AuditEvent::position).or(self.after);
        events.retain(|event| self.filter.fits(event));
        Ok((!events.is_empty() || !self.is_over).then_some(events))
    }

    async fn newest(&mut self) -> Result<i64, StoreError> {
        match self.newest {
            Some(newest) => Ok(newest),
            None => {
                let newest = self.accounts.database().newest_event().await?;
                Ok(*self.newest.insert(newest))
            }
        }
    }
}

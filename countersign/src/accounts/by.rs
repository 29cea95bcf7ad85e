use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::AccountId;
use crate::login::{Client, network};
use crate::session::ClientRecord;

/// Who wants something done, and from where: what every verb of [`Accounts`](super::Accounts) is told for the audit,
/// and for counting failures.
///
/// ```
/// use countersign::accounts::{Actor, By};
/// use countersign::session::ClientRecord;
///
/// let visitor = By::anonymous(ClientRecord::new("192.0.2.7".parse().ok(), Some(b"curl/8.17")));
/// assert_eq!(visitor.actor, Actor::Anonymous);
/// let command = By::system("import");
/// assert_eq!(command.client, ClientRecord::default());
/// ```
#[derive(Clone)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// From where; nothing is known of the client of a command.
    pub client: ClientRecord,
    device: Option<Box<str>>,
}

/// Who does something to an account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Actor {
    /// Somebody who is not logged in.
    Anonymous,
    /// The owner of an account.
    Account(AccountId),
    /// An administrator, by the name under which he is known there. It is trusted: whoever calls a verb in the name of
    /// an administrator has made sure that it is one.
    Administrator(Arc<str>),
    /// The application itself: a command, a job, an import. As trusted as an administrator.
    System(Arc<str>),
}

impl By {
    /// Somebody who is not logged in.
    pub fn anonymous(client: ClientRecord) -> Self {
        Self::new(Actor::Anonymous, client)
    }

    /// The owner of an account.
    pub fn account(id: AccountId, client: ClientRecord) -> Self {
        Self::new(Actor::Account(id), client)
    }

    /// An administrator, by his name.
    pub fn administrator(name: impl Into<Arc<str>>, client: ClientRecord) -> Self {
        Self::new(Actor::Administrator(name.into()), client)
    }

    /// The application itself: what it does, in a word or two.
    pub fn system(what: impl Into<Arc<str>>) -> Self {
        Self::new(Actor::System(what.into()), ClientRecord::default())
    }

    /// An actor and a client.
    pub fn new(actor: Actor, client: ClientRecord) -> Self {
        Self {
            actor,
            client,
            device: None,
        }
    }

    /// The value of the cookie of known devices that came along. A device that has logged in before is not refused
    /// because strangers fail.
    #[must_use]
    pub fn device(mut self, cookie: Option<&str>) -> Self {
        self.device = cookie.map(Box::from);
        self
    }
}

impl fmt::Debug for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("By")
            .field("actor", &self.actor)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

impl Client for By {
    fn address(&self) -> Option<IpAddr> {
        self.client.address
    }

    fn network(&self) -> Option<IpAddr> {
        self.client.address.map(network)
    }

    fn user_agent(&self) -> Option<&[u8]> {
        self.client.user_agent.as_deref().map(str::as_bytes)
    }

    fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }
}

use std::net::IpAddr;

use ipnet::IpNet;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{QueryBuilder, Sqlite};

use super::{Database, rows};
use crate::accounts::{
    AccountId, Actor, AuditEvent, AuditFilter, AuditKind, AuditPosition, By, SignInRecord,
};
use crate::clock::Timestamp;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::{corrupt, get, get_optional, moment};
use crate::session::sqlite::writing::Writing;
use crate::session::{BoxError, ClientRecord, SessionId, StoreError};

macro_rules! events {
    ($rest:literal) => {
        concat!(
            "SELECT id, at, kind, account, actor_kind, actor, address, user_agent, session, detail \
             FROM countersign_audit ",
            $rest
        )
    };
}

/// An event that is about to be written down.
pub(in crate::accounts) struct Entry<'a> {
    pub(in crate::accounts) kind: AuditKind,
    pub(in crate::accounts) account: Option<AccountId>,
    pub(in crate::accounts) by: &'a By,
    pub(in crate::accounts) session: Option<SessionId>,
    pub(in crate::accounts) detail: Option<String>,
}

impl<'a> Entry<'a> {
    /// What was done to an account, and no more than that.
    pub(in crate::accounts) fn new(kind: AuditKind, account: AccountId, by: &'a By) -> Self {
        Self {
            kind,
            account: Some(account),
            by,
            session: None,
            detail: None,
        }
    }
}

/// Writes an event down, in the transaction of what it records, and cleans a few away whose time is over.
pub(in crate::accounts) async fn record(
    writing: &mut Writing,
    entry: Entry<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (actor_kind, actor) = stored_actor(&entry.by.actor);
    let client = &entry.by.client;
    let cleaned_at = entry
        .kind
        .is_of_logins()
        .then(|| (now + SignInRecord::KEPT).as_millis());
    let insert = sqlx::query(INSERT)
        .bind(now.as_millis())
        .bind(entry.kind.name())
        .bind(entry.account.map(|account| account.as_bytes().to_vec()))
        .bind(actor_kind)
        .bind(actor)
        .bind(
            client
                .address
                .map(|address| address.to_canonical().to_string()),
        )
        .bind(client.user_agent.as_deref().map(str::to_owned))
        .bind(entry.session.map(|session| session.as_bytes().to_vec()))
        .bind(entry.detail)
        .bind(cleaned_at);
    writing.execute(insert).await?;
    writing
        .execute(sqlx::query(CLEAN).bind(now.as_millis()))
        .await
}

/// Takes away what the audit knows of a person whose account is deleted: his logins, and from where he or others did
/// what was done to his account and by it.
pub(super) async fn forget(writing: &mut Writing, account: AccountId) -> Result<(), StoreError> {
    let id = account.as_bytes().to_vec();
    writing
        .execute(sqlx::query(DELETE_LOGINS).bind(id.clone()))
        .await?;
    let strip = sqlx::query(STRIP).bind(id).bind(account.to_string());
    writing.execute(strip).await
}

/// A statement with its values, which is read from its builder.
type BuiltQuery<'a> = sqlx::query::Query<'a, Sqlite, SqliteArguments>;

impl Database {
    /// Events that fit a filter, the latest first. Where a network is asked for, more may be found than lie in it.
    pub(in crate::accounts) async fn audit(
        &self,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let mut query = fitting(filter);
        query.push(" ORDER BY at DESC, id DESC LIMIT ");
        self.events(query.push_bind(limit as i64).build()).await
    }

    /// Events that fit a filter, the oldest first: those behind a position, with a number that is not greater than `newest`.
    pub(in crate::accounts) async fn audit_after(
        &self,
        filter: &AuditFilter,
        after: Option<AuditPosition>,
        newest: i64,
        limit: usize,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let mut query = fitting(filter);
        query.push(" AND id <= ").push_bind(newest);
        if let Some(after) = after {
            push_position(query.push(" AND (at, id) > "), after);
        }
        query.push(" ORDER BY at, id LIMIT ");
        self.events(query.push_bind(limit as i64).build()).await
    }

    /// The greatest number of an event.
    pub(in crate::accounts) async fn newest_event(&self) -> Result<i64, StoreError> {
        sqlx::query_scalar(NEWEST)
            .fetch_one(self.sessions.pool())
            .await
            .map_err(failed)
    }

    /// The events of an account that belong to the history of sign-ins, the latest first.
    pub(in crate::accounts) async fn sign_ins(
        &self,
        account: AccountId,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let query = sqlx::query(SIGN_INS)
            .bind(account.as_bytes().to_vec())
            .bind(now.as_millis())
            .bind(limit);
        self.events(query).await
    }

    async fn events(&self, query: BuiltQuery<'_>) -> Result<Vec<AuditEvent>, StoreError> {
        let rows = query
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)?;
        rows.iter().map(event).collect()
    }
}

/// The beginning of a statement that reads the events which fit a filter.
fn fitting(filter: &AuditFilter) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(events!("WHERE TRUE"));
    if let Some(account) = filter.account {
        query.push(" AND account = ");
        query.push_bind(account.as_bytes().to_vec());
    }
    if !filter.kinds.is_empty() {
        query.push(" AND kind IN (");
        let mut kinds = query.separated(", ");
        for kind in &filter.kinds {
            kinds.push_bind(kind.name());
        }
        query.push(")");
    }
    if let Some(actor) = &filter.actor {
        let (kind, name) = stored_actor(actor);
        query.push(" AND actor_kind = ").push_bind(kind);
        query.push(" AND actor IS ").push_bind(name);
    }
    if let Some(network) = filter.network {
        let (first, beyond) = texts_of(network);
        query.push(" AND address >= ").push_bind(first);
        query.push(" AND address < ").push_bind(beyond);
    }
    if let Some(since) = filter.since {
        query.push(" AND at >= ").push_bind(since.as_millis());
    }
    if let Some(until) = filter.until {
        query.push(" AND at < ").push_bind(until.as_millis());
    }
    if let Some(before) = filter.before {
        push_position(query.push(" AND (at, id) < "), before);
    }
    query
}

fn push_position(query: &mut QueryBuilder<Sqlite>, position: AuditPosition) {
    query.push("(").push_bind(position.at.as_millis());
    query.push(", ").push_bind(position.id).push(")");
}

/// A range of texts, without its end, in which all addresses of a network lie, and others may too: the part of the network that is the
/// same in the texts of all its addresses (RFC 5952, section 4, leaves out the longest run of zeros in an IPv6 address).
fn texts_of(network: IpNet) -> (String, String) {
    let length = usize::from(network.prefix_len());
    let beginning: String = match network.network() {
        IpAddr::V4(address) if length == 32 => return (address.to_string(), format!("{address}!")),
        IpAddr::V6(address) if length == 128 => {
            return (address.to_string(), format!("{address}!"));
        }
        IpAddr::V4(address) => address.octets()[..length / 8]
            .iter()
            .map(|octet| format!("{octet}."))
            .collect(),
        IpAddr::V6(address) => address.segments()[..length / 16]
            .iter()
            .take_while(|segment| **segment != 0)
            .map(|segment| format!("{segment:x}:"))
            .collect(),
    };
    // Behind every digit, letter, point and colon.
    let beyond = format!("{beginning}~");
    (beginning, beyond)
}

fn event(row: &SqliteRow) -> Result<AuditEvent, StoreError> {
    let kind = get::<&str>(row, "kind")?;
    Ok(AuditEvent {
        id: get(row, "id")?,
        at: moment(row, "at")?,
        kind: AuditKind::named(kind)
            .ok_or_else(|| corrupt("kind of event", BoxError::from("nobody knows it")))?,
        account: get_optional::<&[u8]>(row, "account")?
            .map(rows::account_id)
            .transpose()?,
        actor: actor(row)?,
        client: ClientRecord {
            address: get_optional::<&str>(row, "address")?
                .map(str::parse)
                .transpose()
                .map_err(|error| corrupt("address of a client", error))?,
            user_agent: get_optional::<&str>(row, "user_agent")?.map(Box::from),
        },
        session: get_optional::<&[u8]>(row, "session")?
            .map(<[u8; 16]>::try_from)
            .transpose()
            .map_err(|error| corrupt("session id", error))?
            .map(SessionId::from_bytes),
        detail: get_optional(row, "detail")?,
    })
}

fn stored_actor(actor: &Actor) -> (&'static str, Option<String>) {
    match actor {
        Actor::Anonymous => ("anonymous", None),
        Actor::Account(id) => ("account", Some(id.to_string())),
        Actor::Administrator(name) => ("administrator", Some(name.to_string())),
        Actor::System(what) => ("system", Some(what.to_string())),
    }
}

fn actor(row: &SqliteRow) -> Result<Actor, StoreError> {
    let kind = get::<&str>(row, "actor_kind")?;
    let name = || get::<&str>(row, "actor");
    Ok(match kind {
        "anonymous" => Actor::Anonymous,
        "account" => Actor::Account(
            name()?
                .parse()
                .map_err(|error| corrupt("account id", BoxError::from(error)))?,
        ),
        "administrator" => Actor::Administrator(name()?.into()),
        "system" => Actor::System(name()?.into()),
        _ => return Err(corrupt("kind of actor", BoxError::from("nobody knows it"))),
    })
}

const INSERT: &str = "INSERT INTO countersign_audit \
     (at, kind, account, actor_kind, actor, address, user_agent, session, detail, cleaned_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const NEWEST: &str = "SELECT ifnull(max(id), 0) FROM countersign_audit";

const SIGN_INS: &str = events!(
    "WHERE account = ?1 AND cleaned_at > ?2 AND kind IN ('logged_in', 'authenticated') \
     ORDER BY at DESC, id DESC LIMIT ?3"
);

const CLEAN: &str = "DELETE FROM countersign_audit WHERE id IN \
     (SELECT id FROM countersign_audit WHERE cleaned_at <= ?1 ORDER BY cleaned_at LIMIT 8)";

const DELETE_LOGINS: &str =
    "DELETE FROM countersign_audit WHERE account = ?1 AND cleaned_at IS NOT NULL";

const STRIP: &str = "UPDATE countersign_audit SET address = NULL, user_agent = NULL, session = NULL \
     WHERE account = ?1 OR (actor_kind = 'account' AND actor = ?2)";

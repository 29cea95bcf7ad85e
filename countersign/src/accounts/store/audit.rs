use sqlx::sqlite::SqliteRow;

use super::{Database, rows};
use crate::accounts::{AccountId, Actor, AuditEvent, AuditFilter, AuditKind, By, SignIn};
use crate::clock::Timestamp;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::{Query, corrupt, get, get_optional, moment};
use crate::session::sqlite::writing::Writing;
use crate::session::{BoxError, ClientRecord, SessionId, StoreError};

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
        .then(|| (now + SignIn::KEPT).as_millis());
    let insert = sqlx::query(INSERT)
        .bind(now.as_millis())
        .bind(entry.kind.name())
        .bind(entry.account.map(|account| account.as_bytes().to_vec()))
        .bind(actor_kind)
        .bind(actor)
        .bind(client.address.map(|address| address.to_string()))
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

impl Database {
    pub(in crate::accounts) async fn audit(
        &self,
        filter: AuditFilter,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let statement = match filter.account {
            Some(_) => OF_ACCOUNT,
            None => OF_ALL,
        };
        let query = sqlx::query(statement)
            .bind(filter.account.map(|account| account.as_bytes().to_vec()))
            .bind(filter.before.unwrap_or(i64::MAX))
            .bind(filter.limit.min(AuditFilter::MOST));
        self.events(query).await
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

    async fn events(&self, query: Query) -> Result<Vec<AuditEvent>, StoreError> {
        let rows = query
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)?;
        rows.iter().map(event).collect()
    }
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

macro_rules! events {
    ($rest:literal) => {
        concat!(
            "SELECT id, at, kind, account, actor_kind, actor, address, user_agent, session, detail \
             FROM countersign_audit ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO countersign_audit \
     (at, kind, account, actor_kind, actor, address, user_agent, session, detail, cleaned_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const OF_ALL: &str = events!("WHERE ?1 IS NULL AND id < ?2 ORDER BY id DESC LIMIT ?3");

const OF_ACCOUNT: &str = events!("WHERE account = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");

const SIGN_INS: &str = events!(
    "WHERE account = ?1 AND cleaned_at > ?2 AND kind IN ('logged_in', 'authenticated') ORDER BY id DESC LIMIT ?3"
);

const CLEAN: &str = "DELETE FROM countersign_audit WHERE id IN \
     (SELECT id FROM countersign_audit WHERE cleaned_at <= ?1 ORDER BY cleaned_at LIMIT 8)";

const DELETE_LOGINS: &str =
    "DELETE FROM countersign_audit WHERE account = ?1 AND cleaned_at IS NOT NULL";

const STRIP: &str = "UPDATE countersign_audit SET address = NULL, user_agent = NULL, session = NULL \
     WHERE account = ?1 OR (actor_kind = 'account' AND actor = ?2)";

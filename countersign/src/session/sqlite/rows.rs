use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Decode, Row as _, Sqlite, Type};

use super::{failed, statements};
use crate::clock::Timestamp;
use crate::session::{
    BoxError, ClientRecord, Epoch, Loaded, LoginRecord, Lookup, NewSession, SessionData, SessionId,
    SessionRecord, SessionStore as _, SqliteStore, StoreError, UserId, Want,
};

/// A statement with its values.
pub(crate) type Query = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

/// The statement that makes a row of a session that begins.
pub(super) fn insert(
    session: &NewSession,
    chain: [u8; 16],
    data: &SessionData,
    epoch: [i64; 2],
) -> Query {
    let NewSession { token, record, .. } = session;
    let login = record.login.as_ref();
    let [global, user] = epoch;
    sqlx::query(statements::INSERT)
        .bind(token.digest().to_vec())
        .bind(token.bucket())
        .bind(record.id.as_bytes().to_vec())
        .bind(chain.to_vec())
        .bind(login.map(|login| login.user_id.as_str().to_owned()))
        .bind(login.and_then(|login| login.stamp.as_deref().map(str::to_owned)))
        .bind(login.and_then(|login| login.authenticated_at.map(Timestamp::as_millis)))
        .bind(login.map(|login| login.methods.to_string()))
        .bind(login.map(|login| login.remembered))
        .bind(login.map(|login| login.forced))
        .bind(record.created_at.as_millis())
        .bind(record.last_seen_at.as_millis())
        .bind(i64::try_from(record.idle.as_millis()).unwrap_or(i64::MAX))
        .bind(record.expires_at.as_millis())
        .bind(record.client.address.map(|address| address.to_string()))
        .bind(record.client.user_agent.as_deref().map(str::to_owned))
        .bind(global)
        .bind(user)
        .bind(record.ends_at().as_millis())
        .bind(data.to_json())
}

/// What the row of a token says at that moment.
pub(super) fn look_up(row: &SqliteRow, want: Want, now: Timestamp) -> Result<Lookup, StoreError> {
    let ended: Option<i64> = get_optional(row, "ended_at")?;
    let readable_until = get_optional::<i64>(row, "readable_until")?.map(Timestamp::from_millis);
    let cleaned_at = moment(row, "cleaned_at")?;
    let is_current: bool = get(row, "is_current")?;
    let all_ended_at = moment(row, "all_ended_at")?;
    let record = record(row)?;
    let loaded = |record| {
        let data = (want == Want::RecordAndData)
            .then(|| data(row))
            .transpose()?;
        Ok::<_, StoreError>(Loaded {
            record: Arc::new(record),
            data,
        })
    };
    Ok(if ended.is_some() {
        let is_readable = readable_until.is_some_and(|until| now < until);
        if now >= cleaned_at {
            Lookup::Unknown
        } else if is_current && is_readable {
            Lookup::Fading(loaded(record)?)
        } else {
            Lookup::Ended
        }
    } else if !record.is_live(now) {
        Lookup::Unknown
    } else if is_current {
        Lookup::Live(loaded(record)?)
    } else if now < all_ended_at + SqliteStore::TOMBSTONE {
        // It was ended with everybody's.
        Lookup::Ended
    } else {
        Lookup::Unknown
    })
}

/// The record in a row.
pub(super) fn record(row: &SqliteRow) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        id: SessionId::from_bytes(
            <[u8; 16]>::try_from(get::<&[u8]>(row, "id")?)
                .map_err(|error| corrupt("session id", error))?,
        ),
        login: login(row)?,
        created_at: moment(row, "created_at")?,
        last_seen_at: moment(row, "last_seen_at")?,
        idle: Duration::from_millis(
            u64::try_from(get::<i64>(row, "idle_ms")?)
                .map_err(|error| corrupt("idle time of a session", error))?,
        ),
        expires_at: moment(row, "expires_at")?,
        client: ClientRecord {
            address: get_optional::<&str>(row, "address")?
                .map(str::parse)
                .transpose()
                .map_err(|error| corrupt("address of a client", error))?,
            user_agent: get_optional::<&str>(row, "user_agent")?.map(Box::from),
        },
    })
}

/// A session that can be read.
pub(super) struct Open {
    pub(super) data: SessionData,
    /// The login that it is part of.
    pub(super) chain: [u8; 16],
    pub(super) user: Option<UserId>,
    /// Whether it is live, and not fading.
    pub(super) is_live: bool,
}

/// The open session in a row.
pub(super) fn open(row: &SqliteRow) -> Result<Open, StoreError> {
    Ok(Open {
        data: data(row)?,
        chain: <[u8; 16]>::try_from(get::<&[u8]>(row, "chain")?)
            .map_err(|error| corrupt("chain of sessions", error))?,
        user: get_optional::<&str>(row, "user_id")?.map(UserId::new),
        is_live: get(row, "is_live")?,
    })
}

/// The data in a row.
pub(super) fn data(row: &SqliteRow) -> Result<SessionData, StoreError> {
    SessionData::from_json(get(row, "data")?).map_err(|error| corrupt("data of a session", error))
}

/// The epochs in a row, as they stand there.
pub(super) fn stored_epoch(row: &SqliteRow) -> Result<[i64; 2], StoreError> {
    Ok([get(row, "global_epoch")?, get(row, "user_epoch")?])
}

/// Epochs as everybody else knows them.
pub(super) fn epoch(stored: [i64; 2]) -> Result<Epoch, StoreError> {
    let count = |stored| u64::try_from(stored).map_err(|error| corrupt("epoch", error));
    let [global, user] = stored;
    Ok(Epoch {
        global: count(global)?,
        user: count(user)?,
    })
}

/// How many sessions a row counts.
pub(super) fn sessions(row: &SqliteRow) -> Result<i64, StoreError> {
    get(row, "sessions")
}

/// The shared secret in a row, when there is one.
pub(super) fn shared_secret(row: &SqliteRow) -> Result<Option<[u8; 32]>, StoreError> {
    get_optional::<&[u8]>(row, "shared_secret")?
        .map(<[u8; 32]>::try_from)
        .transpose()
        .map_err(|error| corrupt("shared secret", error))
}

fn login(row: &SqliteRow) -> Result<Option<LoginRecord>, StoreError> {
    let Some(user_id) = get_optional::<&str>(row, "user_id")? else {
        return Ok(None);
    };
    let Ok(methods) = get::<&str>(row, "methods")?.parse();
    Ok(Some(LoginRecord {
        user_id: UserId::new(user_id),
        stamp: get_optional::<&str>(row, "stamp")?.map(Box::from),
        authenticated_at: get_optional::<i64>(row, "authenticated_at")?.map(Timestamp::from_millis),
        methods,
        remembered: get(row, "remembered")?,
        forced: get(row, "forced")?,
    }))
}

pub(crate) fn moment(row: &SqliteRow, column: &'static str) -> Result<Timestamp, StoreError> {
    get(row, column).map(Timestamp::from_millis)
}

/// The value of a column that is never empty.
pub(crate) fn get<'r, T>(row: &'r SqliteRow, column: &'static str) -> Result<T, StoreError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    // sqlx reads NULL as zero or as no text when nothing is said of it.
    get_optional(row, column)?.ok_or_else(|| corrupt("row", format!("it has no {column}")))
}

/// The value of a column that may be empty.
pub(crate) fn get_optional<'r, T>(
    row: &'r SqliteRow,
    column: &'static str,
) -> Result<Option<T>, StoreError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
{
    row.try_get(column).map_err(failed)
}

/// The error for a value that nobody of ours wrote.
pub(crate) fn corrupt(what: &'static str, source: impl Into<BoxError>) -> StoreError {
    StoreError::Corrupt {
        what,
        source: source.into(),
    }
}

use sqlx::sqlite::SqliteRow;

use crate::accounts::{Account, AccountId};
use crate::clock::Timestamp;
use crate::session::StoreError;
use crate::session::sqlite::rows::{corrupt, get, get_optional, moment};

pub(super) fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    Ok(Account {
        id: account_id(get(row, "id")?)?,
        name: get(row, "name")?,
        name_key: get(row, "name_key")?,
        email: get_optional(row, "email")?,
        email_confirmed_at: optional_moment(row, "email_confirmed_at")?,
        locale: get_optional(row, "locale")?,
        created_at: moment(row, "created_at")?,
        last_login_at: Some(moment(row, "last_login_at")?).filter(|at| at.as_millis() != 0),
        is_active: get_optional::<i64>(row, "disabled_at")?.is_none(),
        password_hash: get(row, "password_hash")?,
        security_stamp: get(row, "stamp")?,
        failure_epoch: count(row, "failure_epoch")?,
        roles: texts(row, "roles")?,
        permissions: texts(row, "permissions")?,
    })
}

pub(super) fn account_id(bytes: &[u8]) -> Result<AccountId, StoreError> {
    <[u8; 16]>::try_from(bytes)
        .map(AccountId::from_bytes)
        .map_err(|error| corrupt("account id", error))
}

pub(super) fn optional_moment(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<Timestamp>, StoreError> {
    Ok(get_optional::<i64>(row, column)?.map(Timestamp::from_millis))
}

/// A number that is never negative.
pub(super) fn count(row: &SqliteRow, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(get::<i64>(row, column)?).map_err(|error| corrupt("number", error))
}

/// A JSON array of texts.
pub(super) fn texts(row: &SqliteRow, column: &'static str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(get(row, column)?).map_err(|error| corrupt("list of texts", error))
}

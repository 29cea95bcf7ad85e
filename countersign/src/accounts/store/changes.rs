//! What is done to an account that exists, within a transaction.

use super::{audit, tokens};
use crate::accounts::AccountId;
use crate::accounts::email::EmailAddress;
use crate::accounts::name::LoginName;
use crate::clock::Timestamp;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::{Query, get, get_optional};
use crate::session::sqlite::writing::Writing;
use crate::session::{LoginRecord, StoreError};

/// Replaces the password's hash and the stamp, if the stamp is still the old one, and takes the links away by which it
/// could be set. Answers whether it was.
pub(in crate::accounts) async fn set_password(
    writing: &mut Writing,
    id: AccountId,
    old_stamp: &str,
    hash: &str,
    new_stamp: &str,
) -> Result<bool, StoreError> {
    let update = of(SET_PASSWORD, id)
        .bind(old_stamp.to_owned())
        .bind(hash.to_owned())
        .bind(new_stamp.to_owned());
    tokens::delete_all_of(writing, id).await?;
    changed(writing, update).await
}

/// Has all failures forgotten that were counted against an account. Answers whether there is one.
pub(in crate::accounts) async fn forget_failures(
    writing: &mut Writing,
    id: AccountId,
) -> Result<bool, StoreError> {
    changed(writing, of(FORGET_FAILURES, id)).await
}

/// Writes down that the owner came in.
pub(in crate::accounts) async fn came_in(
    writing: &mut Writing,
    id: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    writing.execute(of(CAME_IN, id).bind(now.as_millis())).await
}

/// Answers whether it was done: it is not when somebody else has the name.
pub(in crate::accounts) async fn rename(
    writing: &mut Writing,
    id: AccountId,
    name: &LoginName,
) -> Result<bool, StoreError> {
    let update = of(RENAME, id)
        .bind(name.shown.clone())
        .bind(name.key.clone())
        .bind(name.lookalike.clone());
    changed(writing, update).await
}

pub(in crate::accounts) async fn set_locale(
    writing: &mut Writing,
    id: AccountId,
    locale: Option<&str>,
) -> Result<bool, StoreError> {
    let update = of(SET_LOCALE, id).bind(locale.map(str::to_owned));
    changed(writing, update).await
}

/// The address is not confirmed then.
pub(in crate::accounts) async fn set_email(
    writing: &mut Writing,
    id: AccountId,
    email: Option<&EmailAddress>,
) -> Result<bool, StoreError> {
    let update = of(SET_EMAIL, id)
        .bind(email.map(|email| email.shown.clone()))
        .bind(email.map(|email| email.key.clone()));
    changed(writing, update).await
}

/// Answers whether it was done: it is not when somebody else's address is confirmed to be the same, or the account has
/// another one.
pub(in crate::accounts) async fn confirm_email(
    writing: &mut Writing,
    id: AccountId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let update = of(CONFIRM_EMAIL, id)
        .bind(email.key.clone())
        .bind(now.as_millis());
    changed(writing, update).await
}

/// Takes the links away too by which the password could be set. Answers whether it was active.
pub(in crate::accounts) async fn disable(
    writing: &mut Writing,
    id: AccountId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    tokens::delete_all_of(writing, id).await?;
    changed(writing, of(DISABLE, id).bind(now.as_millis())).await
}

/// Answers whether it was disabled.
pub(in crate::accounts) async fn enable(
    writing: &mut Writing,
    id: AccountId,
) -> Result<bool, StoreError> {
    changed(writing, of(ENABLE, id)).await
}

/// Takes away the account and what belongs to it, but for its sessions. Answers whether there was one.
pub(in crate::accounts) async fn delete(
    writing: &mut Writing,
    id: AccountId,
) -> Result<bool, StoreError> {
    for statement in [DELETE_ROLES, DELETE_FAILURES] {
        writing.execute(of(statement, id)).await?;
    }
    tokens::delete_all_of(writing, id).await?;
    audit::forget(writing, id).await?;
    changed(writing, of(DELETE, id)).await
}

/// Whether a login may begin: the account is there, is active or logged in on purpose all the same, and has the stamp
/// that was read with the hash that was verified.
pub(in crate::accounts) async fn counts(
    writing: &mut Writing,
    id: AccountId,
    login: &LoginRecord,
) -> Result<bool, StoreError> {
    let row = of(STANDING, id)
        .fetch_optional(writing.connection())
        .await
        .map_err(failed)?;
    let Some(row) = row else {
        return Ok(false);
    };
    let is_active = get_optional::<i64>(&row, "disabled_at")?.is_none();
    let stamp = get::<&str>(&row, "stamp")?;
    Ok((is_active || login.forced) && login.stamp.as_deref() == Some(stamp))
}

fn of(statement: &'static str, id: AccountId) -> Query {
    sqlx::query(statement).bind(id.as_bytes().to_vec())
}

async fn changed(writing: &mut Writing, update: Query) -> Result<bool, StoreError> {
    Ok(writing.write(update).await? > 0)
}

// `?1` is the account.

/// `?2` is the old stamp.
const SET_PASSWORD: &str =
    "UPDATE countersign_accounts SET password_hash = ?3, stamp = ?4 WHERE id = ?1 AND stamp = ?2";

const FORGET_FAILURES: &str =
    "UPDATE countersign_accounts SET failure_epoch = failure_epoch + 1 WHERE id = ?1";

const CAME_IN: &str =
    "UPDATE countersign_accounts SET last_login_at = max(last_login_at, ?2) WHERE id = ?1";

/// Does nothing when somebody else has the name.
const RENAME: &str = "UPDATE OR IGNORE countersign_accounts \
     SET name = ?2, name_key = ?3, name_lookalike = ?4 WHERE id = ?1";

const SET_LOCALE: &str = "UPDATE countersign_accounts SET locale = ?2 WHERE id = ?1";

const SET_EMAIL: &str = "UPDATE countersign_accounts \
     SET email = ?2, email_key = ?3, email_confirmed_at = NULL WHERE id = ?1";

/// Does nothing when the address is confirmed to be somebody else's.
const CONFIRM_EMAIL: &str = "UPDATE OR IGNORE countersign_accounts \
     SET email_confirmed_at = coalesce(email_confirmed_at, ?3) WHERE id = ?1 AND email_key = ?2";

const DISABLE: &str =
    "UPDATE countersign_accounts SET disabled_at = ?2 WHERE id = ?1 AND disabled_at IS NULL";

const ENABLE: &str =
    "UPDATE countersign_accounts SET disabled_at = NULL WHERE id = ?1 AND disabled_at IS NOT NULL";

const DELETE: &str = "DELETE FROM countersign_accounts WHERE id = ?1";

const DELETE_ROLES: &str = "DELETE FROM countersign_account_roles WHERE account = ?1";

const DELETE_FAILURES: &str = "DELETE FROM countersign_sign_in_failures WHERE account = ?1";

const STANDING: &str = "SELECT stamp, disabled_at FROM countersign_accounts WHERE id = ?1";

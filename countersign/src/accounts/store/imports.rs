//! What is written for an account that comes from elsewhere.

use super::audit::{Entry, record};
use super::rows::account_id;
use crate::accounts::email::EmailAddress;
use crate::accounts::name::LoginName;
use crate::accounts::{AccountId, AuditKind, By};
use crate::clock::Timestamp;
use crate::session::StoreError;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::get;
use crate::session::sqlite::writing::Writing;

/// An account as it came.
pub(in crate::accounts) struct ImportedRow<'a> {
    pub(in crate::accounts) id: AccountId,
    pub(in crate::accounts) email: Option<&'a EmailAddress>,
    pub(in crate::accounts) email_confirmed_at: Option<Timestamp>,
    pub(in crate::accounts) created_at: Timestamp,
    pub(in crate::accounts) disabled_at: Option<Timestamp>,
    pub(in crate::accounts) password_hash: &'a str,
    pub(in crate::accounts) stamp: &'a str,
}

/// What is known of where an account came from.
pub(in crate::accounts) struct KnownOrigin {
    pub(in crate::accounts) account: AccountId,
    /// Whether the account is there still.
    pub(in crate::accounts) exists: bool,
    /// The event of the import that brought it.
    pub(in crate::accounts) import: i64,
}

/// Makes an account under a name. Answers whether it was made: it is not when somebody has the name, or the address is confirmed to be
/// somebody else's.
pub(in crate::accounts) async fn insert(
    writing: &mut Writing,
    row: &ImportedRow<'_>,
    name: &LoginName,
    email_confirmed_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let insert = sqlx::query(INSERT)
        .bind(row.id.as_bytes().to_vec())
        .bind(name.shown.clone())
        .bind(name.key.clone())
        .bind(name.lookalike.clone())
        .bind(row.email.map(|email| email.shown.clone()))
        .bind(row.email.map(|email| email.key.clone()))
        .bind(email_confirmed_at.map(Timestamp::as_millis))
        .bind(row.created_at.as_millis())
        .bind(row.disabled_at.map(Timestamp::as_millis))
        .bind(row.password_hash.to_owned())
        .bind(row.stamp.to_owned());
    Ok(writing.write(insert).await? > 0)
}

/// Whether an address is confirmed to be somebody's.
pub(in crate::accounts) async fn address_is_taken(
    writing: &mut Writing,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    sqlx::query_scalar(ADDRESS_IS_TAKEN)
        .bind(email.key.clone())
        .fetch_one(writing.connection())
        .await
        .map_err(failed)
}

/// Whether whoever has a name, or one that looks like it, also gave this address, confirmed or not.
pub(in crate::accounts) async fn is_of_the_same_address(
    writing: &mut Writing,
    name: &LoginName,
    email: &EmailAddress,
) -> Result<bool, StoreError> {
    sqlx::query_scalar(IS_OF_THE_SAME_ADDRESS)
        .bind(name.key.clone())
        .bind(name.lookalike.clone())
        .bind(email.key.clone())
        .fetch_one(writing.connection())
        .await
        .map_err(failed)
}

/// Notes where an account comes from. Answers whether that was not known yet.
pub(in crate::accounts) async fn note_origin(
    writing: &mut Writing,
    origin: &[u8; 16],
    account: AccountId,
    import: i64,
) -> Result<bool, StoreError> {
    let insert = sqlx::query(NOTE_ORIGIN)
        .bind(origin.to_vec())
        .bind(account.as_bytes().to_vec())
        .bind(import);
    Ok(writing.write(insert).await? > 0)
}

/// What is known of an origin.
pub(in crate::accounts) async fn known_origin(
    writing: &mut Writing,
    origin: &[u8; 16],
) -> Result<Option<KnownOrigin>, StoreError> {
    let find = sqlx::query(KNOWN_ORIGIN).bind(origin.to_vec());
    let Some(row) = writing.one(find).await? else {
        return Ok(None);
    };
    Ok(Some(KnownOrigin {
        account: account_id(get(&row, "account")?)?,
        exists: get(&row, "is_there")?,
        import: get(&row, "import")?,
    }))
}

/// Takes the note back: no account was made after all.
pub(in crate::accounts) async fn forget_origin(
    writing: &mut Writing,
    origin: &[u8; 16],
) -> Result<(), StoreError> {
    let delete = sqlx::query("DELETE FROM countersign_imported_accounts WHERE origin = ?1");
    writing.execute(delete.bind(origin.to_vec())).await
}

/// Writes down that an import began, and answers the event's number.
pub(in crate::accounts) async fn record_beginning(
    writing: &mut Writing,
    by: &By,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let entry = Entry {
        kind: AuditKind::Imported,
        account: None,
        by,
        session: None,
        detail: None,
    };
    record(writing, entry, now).await?;
    sqlx::query_scalar("SELECT last_insert_rowid()")
        .fetch_one(writing.connection())
        .await
        .map_err(failed)
}

/// Writes down how far an import came.
pub(in crate::accounts) async fn record_progress(
    writing: &mut Writing,
    event: i64,
    detail: String,
) -> Result<(), StoreError> {
    let update = sqlx::query("UPDATE countersign_audit SET detail = ?2 WHERE id = ?1");
    writing.execute(update.bind(event).bind(detail)).await
}

const INSERT: &str = "INSERT INTO countersign_accounts \
     (id, name, name_key, name_lookalike, email, email_key, email_confirmed_at, created_at, disabled_at, password_hash, stamp) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";

const ADDRESS_IS_TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM countersign_accounts \
     WHERE email_key = ?1 AND email_confirmed_at IS NOT NULL)";

const IS_OF_THE_SAME_ADDRESS: &str = "SELECT EXISTS (SELECT 1 FROM countersign_accounts \
     WHERE (name_key = ?1 OR name_lookalike = ?2) AND email_key = ?3)";

const NOTE_ORIGIN: &str = "INSERT INTO countersign_imported_accounts (origin, account, import) \
     VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

const KNOWN_ORIGIN: &str = "SELECT i.account, i.import, a.id IS NOT NULL AS is_there \
     FROM countersign_imported_accounts AS i LEFT JOIN countersign_accounts AS a ON a.id = i.account \
     WHERE i.origin = ?1";

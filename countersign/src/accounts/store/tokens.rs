use sqlx::sqlite::SqliteRow;

use super::{Database, rows};
use crate::accounts::AccountId;
use crate::clock::Timestamp;
use crate::secret::TokenHash;
use crate::session::StoreError;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::{Query, get, get_optional, moment};
use crate::session::sqlite::writing::Writing;

/// What a one-time token is good for. One that was given out for one purpose is good for no other.
#[derive(Clone, Copy, Debug)]
pub(in crate::accounts) enum Purpose {
    Invitation,
    Password,
    Proof,
}

/// What is kept with a one-time token.
#[derive(Debug)]
pub(in crate::accounts) struct TokenRow {
    pub(in crate::accounts) expires_at: Timestamp,
    pub(in crate::accounts) email: Option<String>,
    pub(in crate::accounts) roles: Vec<String>,
    /// Whose it is; nobody's, where it is an invitation.
    pub(in crate::accounts) account: Option<AccountId>,
    /// Whether an administrator or the application itself gave it out.
    pub(in crate::accounts) is_trusted: bool,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Purpose::Invitation => "invitation",
            Purpose::Password => "password",
            Purpose::Proof => "proof",
        }
    }
}

/// Keeps a token's hash, and cleans a few tokens away whose time is over.
pub(in crate::accounts) async fn insert(
    writing: &mut Writing,
    token: &TokenHash,
    purpose: Purpose,
    row: &TokenRow,
    now: Timestamp,
) -> Result<(), StoreError> {
    let roles = serde_json::to_string(&row.roles).expect("texts can be written as JSON");
    let insert = sqlx::query(INSERT)
        .bind(token.digest().to_vec())
        .bind(purpose.name())
        .bind(now.as_millis())
        .bind(row.expires_at.as_millis())
        .bind(row.email.clone())
        .bind(roles)
        .bind(row.account.map(|account| account.as_bytes().to_vec()))
        .bind(row.is_trusted);
    writing.execute(insert).await?;
    writing
        .execute(sqlx::query(CLEAN).bind(now.as_millis()))
        .await
}

/// Uses a token up, and answers what was kept with it; `None` when it can't be used (any more).
pub(in crate::accounts) async fn take(
    writing: &mut Writing,
    token: &TokenHash,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<TokenRow>, StoreError> {
    let row = of(TAKE, token, purpose, now)
        .fetch_optional(writing.connection())
        .await
        .map_err(failed)?;
    row.as_ref().map(token_row).transpose()
}

/// Takes away all tokens that are an account's.
pub(in crate::accounts) async fn delete_all_of(
    writing: &mut Writing,
    account: AccountId,
) -> Result<(), StoreError> {
    let delete = sqlx::query(DELETE_ALL_OF).bind(account.as_bytes().to_vec());
    writing.execute(delete).await
}

/// Takes away the invitations by which somebody gets a role.
pub(in crate::accounts) async fn delete_invitations_to(
    writing: &mut Writing,
    role: &str,
) -> Result<u64, StoreError> {
    let delete = sqlx::query(DELETE_INVITATIONS_TO)
        .bind(Purpose::Invitation.name())
        .bind(role.to_owned());
    writing.write(delete).await
}

impl Database {
    /// What was kept with a token that can be used.
    pub(in crate::accounts) async fn token(
        &self,
        token: &TokenHash,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<TokenRow>, StoreError> {
        let row = of(LOOK, token, purpose, now)
            .fetch_optional(self.sessions.pool())
            .await
            .map_err(failed)?;
        row.as_ref().map(token_row).transpose()
    }
}

fn of(statement: &'static str, token: &TokenHash, purpose: Purpose, now: Timestamp) -> Query {
    sqlx::query(statement)
        .bind(token.digest().to_vec())
        .bind(purpose.name())
        .bind(now.as_millis())
}

fn token_row(row: &SqliteRow) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        expires_at: moment(row, "expires_at")?,
        email: get_optional(row, "email")?,
        roles: rows::texts(row, "roles")?,
        account: get_optional::<&[u8]>(row, "account")?
            .map(rows::account_id)
            .transpose()?,
        is_trusted: get(row, "trusted")?,
    })
}

const INSERT: &str = "INSERT INTO countersign_one_time_tokens \
     (digest, purpose, created_at, expires_at, email, roles, account, trusted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// `?1` is the digest, `?2` the purpose, `?3` the present moment.
const LOOK: &str = "SELECT expires_at, email, roles, account, trusted FROM countersign_one_time_tokens \
     WHERE digest = ?1 AND purpose = ?2 AND ?3 < expires_at";

const TAKE: &str = "DELETE FROM countersign_one_time_tokens \
     WHERE digest = ?1 AND purpose = ?2 AND ?3 < expires_at \
     RETURNING expires_at, email, roles, account, trusted";

const DELETE_ALL_OF: &str = "DELETE FROM countersign_one_time_tokens WHERE account = ?1";

/// `?1` is the purpose, `?2` the role.
const DELETE_INVITATIONS_TO: &str = "DELETE FROM countersign_one_time_tokens \
     WHERE purpose = ?1 AND EXISTS (SELECT 1 FROM json_each(roles) WHERE value = ?2)";

const CLEAN: &str = "DELETE FROM countersign_one_time_tokens WHERE digest IN \
     (SELECT digest FROM countersign_one_time_tokens WHERE expires_at <= ?1 ORDER BY expires_at LIMIT 8)";

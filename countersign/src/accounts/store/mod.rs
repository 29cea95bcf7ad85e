//! The accounts' database: every statement is in this folder.

pub(super) mod audit;
pub(super) mod changes;
pub(super) mod failures;
pub(super) mod health;
pub(super) mod imports;
mod listing;
pub(super) mod maintenance;
pub(super) mod roles;
mod rows;
mod statements;
mod statistics;
pub(super) mod tokens;

use sqlx::SqlitePool;

use super::email::EmailAddress;
use super::name::LoginName;
use super::{Account, AccountError, AccountId};
use crate::clock::Timestamp;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::Query;
use crate::session::sqlite::schema::{Schema, migrate};
use crate::session::sqlite::writing::Writing;
use crate::session::{SqliteOpenError, SqliteStore, StoreError};

/// The tables of accounts, beside those of their sessions.
#[derive(Clone, Debug)]
pub(super) struct Database {
    pub(super) sessions: SqliteStore,
}

/// An account that is about to be made.
pub(super) struct AccountRow<'a> {
    pub(super) id: AccountId,
    pub(super) name: &'a LoginName,
    pub(super) email: Option<&'a EmailAddress>,
    pub(super) locale: Option<&'a str>,
    pub(super) created_at: Timestamp,
    pub(super) password_hash: &'a str,
    pub(super) stamp: &'a str,
}

impl Database {
    pub(super) async fn from_pool(pool: SqlitePool) -> Result<Self, SqliteOpenError> {
        let sessions = SqliteStore::from_pool(pool).await?;
        migrate(sessions.pool(), &ACCOUNTS).await?;
        Ok(Self { sessions })
    }

    /// A transaction that may write.
    pub(super) async fn begin(&self) -> Result<Writing, StoreError> {
        self.sessions.begin_writing().await
    }

    pub(super) async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let query = sqlx::query(statements::BY_ID).bind(id.as_bytes().to_vec());
        self.find(query).await
    }

    /// The account with that key: of its name, or of its confirmed e-mail address.
    pub(super) async fn account_by_key(&self, key: &str) -> Result<Option<Account>, StoreError> {
        let query = sqlx::query(statements::BY_KEY).bind(key.to_owned());
        self.find(query).await
    }

    /// Whether somebody has the name, or one that looks like it.
    pub(super) async fn name_is_taken(&self, name: &LoginName) -> Result<bool, StoreError> {
        sqlx::query_scalar(statements::NAME_IS_TAKEN)
            .bind(name.key.clone())
            .bind(name.lookalike.clone())
            .fetch_one(self.sessions.pool())
            .await
            .map_err(failed)
    }

    /// Replaces a password's hash, if it is still the old one.
    pub(super) async fn replace_hash(
        &self,
        id: AccountId,
        old: &str,
        new: &str,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let replace = sqlx::query(statements::REPLACE_HASH)
            .bind(id.as_bytes().to_vec())
            .bind(old.to_owned())
            .bind(new.to_owned());
        writing.execute(replace).await?;
        commit(writing).await
    }

    async fn find(&self, query: Query) -> Result<Option<Account>, StoreError> {
        let row = query
            .fetch_optional(self.sessions.pool())
            .await
            .map_err(failed)?;
        row.as_ref().map(rows::account).transpose()
    }
}

pub(super) async fn commit(writing: Writing) -> Result<(), StoreError> {
    writing.commit().await.map_err(failed)
}

pub(super) async fn roll_back(writing: Writing) -> Result<(), StoreError> {
    writing.roll_back().await.map_err(failed)
}

/// Whether there is an account.
pub(super) async fn exists(writing: &mut Writing, id: AccountId) -> Result<bool, StoreError> {
    sqlx::query_scalar(statements::EXISTS)
        .bind(id.as_bytes().to_vec())
        .fetch_one(writing.connection())
        .await
        .map_err(failed)
}

/// Refuses accounts that are not there, or are disabled.
pub(super) async fn must_be_active(
    writing: &mut Writing,
    id: AccountId,
) -> Result<(), AccountError> {
    let is_active: Option<bool> = sqlx::query_scalar(statements::IS_ACTIVE)
        .bind(id.as_bytes().to_vec())
        .fetch_optional(writing.connection())
        .await
        .map_err(failed)?;
    match is_active {
        Some(true) => Ok(()),
        Some(false) => Err(AccountError::Disabled),
        None => Err(AccountError::NoSuchAccount),
    }
}

/// Makes an account. Answers whether it was made: it is not when somebody has the name.
pub(super) async fn insert_account(
    writing: &mut Writing,
    account: &AccountRow<'_>,
) -> Result<bool, StoreError> {
    let insert = sqlx::query(statements::INSERT)
        .bind(account.id.as_bytes().to_vec())
        .bind(account.name.shown.clone())
        .bind(account.name.key.clone())
        .bind(account.name.lookalike.clone())
        .bind(account.email.map(|email| email.shown.clone()))
        .bind(account.email.map(|email| email.key.clone()))
        .bind(account.locale.map(str::to_owned))
        .bind(account.created_at.as_millis())
        .bind(account.password_hash.to_owned())
        .bind(account.stamp.to_owned());
    Ok(writing.write(insert).await? > 0)
}

const ACCOUNTS: Schema = Schema {
    tables: "accounts",
    steps: &[
        include_str!("schema_1.sql"),
        include_str!("schema_2.sql"),
        include_str!("schema_3.sql"),
    ],
};

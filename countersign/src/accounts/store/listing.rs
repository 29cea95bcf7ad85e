//! Statements that list accounts. They are put together from what is asked for, so that SQLite chooses its way by that.

use sqlx::{QueryBuilder, Sqlite};

use super::{Database, rows, statements};
use crate::accounts::listing::Needle;
use crate::accounts::paging::{Key, Stretch};
use crate::accounts::{Account, AccountId, AccountQuery, AccountSort};
use crate::session::StoreError;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::get;

impl Database {
    /// The accounts of a stretch of a list, nearest first.
    pub(in crate::accounts) async fn list(
        &self,
        query: &AccountQuery,
        needle: Option<&Needle>,
        stretch: &Stretch<'_>,
    ) -> Result<Vec<Account>, StoreError> {
        // Roles and all else are read only for those that are on the page.
        let mut statement = QueryBuilder::new(statements::ACCOUNTS_THAT);
        statement.push("a.id IN (SELECT a.id FROM countersign_accounts AS a WHERE TRUE");
        push_filters(&mut statement, query, needle);
        let is_down = query.descending != stretch.is_back;
        push_start(&mut statement, query.sort, is_down, stretch);
        push_order(&mut statement, query.sort, is_down);
        statement.push(" LIMIT ");
        statement.push_bind(stretch.lines_to_read()).push(")");
        push_order(&mut statement, query.sort, is_down);
        let rows = statement
            .build()
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)?;
        rows.iter().map(rows::account).collect()
    }

    /// How many accounts a query asks for, on all pages.
    pub(in crate::accounts) async fn how_many(
        &self,
        query: &AccountQuery,
        needle: Option<&Needle>,
    ) -> Result<u64, StoreError> {
        let mut statement =
            QueryBuilder::new("SELECT count(*) FROM countersign_accounts AS a WHERE TRUE");
        push_filters(&mut statement, query, needle);
        let count: i64 = statement
            .build_query_scalar()
            .fetch_one(self.sessions.pool())
            .await
            .map_err(failed)?;
        Ok(count.unsigned_abs())
    }

    /// The names of accounts.
    pub(in crate::accounts) async fn names_of(
        &self,
        accounts: &[AccountId],
    ) -> Result<Vec<(AccountId, String)>, StoreError> {
        let mut statement =
            QueryBuilder::new("SELECT id, name FROM countersign_accounts WHERE id IN (");
        let mut ids = statement.separated(", ");
        for account in accounts {
            ids.push_bind(account.as_bytes().to_vec());
        }
        let rows = statement
            .push(")")
            .build()
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| Ok((rows::account_id(get(row, "id")?)?, get(row, "name")?)))
            .collect()
    }
}

fn push_filters(
    statement: &mut QueryBuilder<Sqlite>,
    query: &AccountQuery,
    needle: Option<&Needle>,
) {
    if let Some(needle) = needle {
        // Unlike LIKE, it knows no wildcards.
        statement.push(" AND (instr(a.name_key, ");
        statement.push_bind(needle.in_names.clone());
        statement.push(") > 0 OR instr(a.email_key, ");
        statement.push_bind(needle.in_emails.clone());
        statement.push(") > 0)");
    }
    match query.active {
        Some(true) => statement.push(" AND a.disabled_at IS NULL"),
        Some(false) => statement.push(" AND a.disabled_at IS NOT NULL"),
        None => statement,
    };
    if let Some(role) = &query.role {
        statement.push(" AND a.id IN (SELECT account FROM countersign_account_roles WHERE role = ");
        statement.push_bind(role.clone()).push(")");
    }
}

fn push_start(
    statement: &mut QueryBuilder<Sqlite>,
    sort: AccountSort,
    is_down: bool,
    stretch: &Stretch<'_>,
) {
    let Some(place) = stretch.from else {
        return;
    };
    let beyond = if is_down { "<" } else { ">" };
    statement.push(format_args!(" AND ({}, a.id) {beyond} (", column(sort)));
    match &place.key {
        Key::Number(number) => statement.push_bind(*number),
        Key::Text(text) => statement.push_bind(text.clone()),
    };
    statement.push(", ").push_bind(place.id.to_vec()).push(")");
}

fn push_order(statement: &mut QueryBuilder<Sqlite>, sort: AccountSort, is_down: bool) {
    let direction = if is_down { "DESC" } else { "ASC" };
    statement.push(format_args!(
        " ORDER BY {} {direction}, a.id {direction}",
        column(sort)
    ));
}

/// By what an order sorts, as it stands in its index.
fn column(sort: AccountSort) -> &'static str {
    match sort {
        AccountSort::Name => "a.name_key",
        AccountSort::Created => "a.created_at",
        AccountSort::LastLogin => "ifnull(a.last_login_at, 0)",
    }
}

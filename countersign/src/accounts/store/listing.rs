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
        let mut statement = page(query, needle, stretch);
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

/// The statement that reads a page.
fn page(
    query: &AccountQuery,
    needle: Option<&Needle>,
    stretch: &Stretch<'_>,
) -> QueryBuilder<Sqlite> {
    // Roles and all else are read only for those that are on the page.
    let mut statement = QueryBuilder::new(statements::ACCOUNTS_THAT);
    statement.push("a.id IN (SELECT a.id FROM countersign_accounts AS a");
    // Left alone, SQLite takes the index that keeps names unique, and has to look at each account for the rest.
    if query.sort == AccountSort::Name && query.role.is_none() {
        statement.push(" INDEXED BY countersign_accounts_by_name");
    }
    statement.push(" WHERE TRUE");
    push_filters(&mut statement, query, needle);
    let is_down = query.descending != stretch.is_back;
    push_start(&mut statement, query.sort, is_down, stretch);
    push_order(&mut statement, query.sort, is_down);
    statement.push(" LIMIT ");
    statement.push_bind(stretch.lines_to_read()).push(")");
    push_order(&mut statement, query.sort, is_down);
    statement
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

/// By what an order sorts.
fn column(sort: AccountSort) -> &'static str {
    match sort {
        AccountSort::Name => "a.name_key",
        AccountSort::Created => "a.created_at",
        AccountSort::LastLogin => "a.last_login_at",
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row as _};

    use super::*;
    use crate::accounts::paging::{PageCursor, Place};
    use crate::session::sqlite::open;

    #[tokio::test]
    async fn a_page_is_found_in_the_index_of_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let pool = open::open(&folder.path().join("accounts.db"))
            .await
            .unwrap();
        let database = Database::from_pool(pool).await.unwrap();
        for (sort, key, index) in [
            (AccountSort::Name, Key::Text("ada".to_owned()), "by_name"),
            (AccountSort::Created, Key::Number(7), "by_creation"),
            (AccountSort::LastLogin, Key::Number(7), "by_last_login"),
        ] {
            let place = Place { key, id: [7; 16] };
            for cursor in [None, Some(PageCursor::at("order", place))] {
                for (is_down, search) in [(false, None), (true, Some("ada"))] {
                    let query = AccountQuery {
                        sort,
                        descending: is_down,
                        active: Some(true),
                        ..AccountQuery::default()
                    };
                    let needle = search.and_then(Needle::new);
                    let stretch = Stretch::new("order", cursor.as_ref(), 10);
                    let statement = page(&query, needle.as_ref(), &stretch);
                    let plan = format!("EXPLAIN QUERY PLAN {}", statement.sql().as_str());
                    let rows = sqlx::query(AssertSqlSafe(plan)).fetch_all(database.sessions.pool());
                    let rows = rows.await.unwrap();
                    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
                    let way = if cursor.is_some() { "SEARCH" } else { "SCAN" };
                    let found = |step: &&String| {
                        step.starts_with(way)
                            && step
                                .contains(&format!("COVERING INDEX countersign_accounts_{index}"))
                    };
                    assert!(
                        steps.iter().any(|step| found(&step)),
                        "{sort:?}: {steps:#?}"
                    );
                    // Only the page itself is sorted once more.
                    let sorted = steps
                        .iter()
                        .filter(|step| step.contains("USE TEMP B-TREE FOR ORDER BY"));
                    assert_eq!(sorted.count(), 1, "{sort:?}: {steps:#?}");
                }
            }
        }
    }
}

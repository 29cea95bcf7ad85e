//! Tables in SQLite and PostgreSQL. They are only read.

use std::path::Path;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, ColumnIndex, ConnectOptions as _, Connection as _, Database, Decode,
    Executor as _, PgPool, SqlitePool, Type,
};

use super::ImportError;
use super::mapping::{Column, Field, Mapping};
use super::record::{BadRow, Position, Record, Row};
use super::source::full;
use super::text::with_negation;

/// A table that has the accounts.
pub(super) struct Table {
    place: Place,
    /// What the database is called.
    database: String,
    /// In PostgreSQL, with its schema.
    name: TableName,
    pub(super) columns: Vec<String>,
    /// The types of the columns, as PostgreSQL calls them.
    types: Vec<String>,
    pub(super) links: Vec<Link>,
}

enum Place {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The name of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TableName {
    schema: Option<String>,
    name: String,
}

/// Two tables in which the roles are: which account has which, and what they are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) table: String,
    account: String,
    role: String,
    roles: String,
}

/// A column of some table.
struct Found {
    table: TableName,
    column: String,
    kind: String,
}

impl Table {
    pub(super) async fn in_sqlite(path: &Path, wanted: Option<&str>) -> Result<Self, ImportError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .create_if_missing(false)
            .disable_statement_logging();
        if let Err(source) = path.metadata() {
            let path = path.to_owned();
            return Err(ImportError::File { path, source });
        }
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect_with(options).await.map_err(failed)?;
        let tables: Vec<String> = sqlx::query_scalar(SQLITE_TABLES)
            .fetch_all(&pool)
            .await
            .map_err(failed)?;
        let mut found = Vec::new();
        for name in tables {
            let columns: Result<Vec<(String, String)>, _> = sqlx::query_as(SQLITE_COLUMNS)
                .bind(name.clone())
                .fetch_all(&pool)
                .await;
            // Views of what is gone and tables of modules that are not here are in the way of nothing else.
            let Ok(columns) = columns else { continue };
            found.extend(columns.into_iter().map(|(column, kind)| Found {
                table: TableName {
                    schema: None,
                    name: name.clone(),
                },
                column,
                kind,
            }));
        }
        Self::new(Place::Sqlite(pool), full(path), found, wanted)
    }

    pub(super) async fn in_postgres(
        options: PgConnectOptions,
        wanted: Option<&str>,
    ) -> Result<Self, ImportError> {
        let options = options.disable_statement_logging();
        let (host, port) = (options.get_host(), options.get_port());
        let name = options.get_database().unwrap_or(options.get_username());
        let database = format!("postgresql://{host}:{port}/{name}");
        // A pool would try again for a while, where nobody answers.
        let first = options.connect().await.map_err(failed)?;
        first.close().await.map_err(failed)?;
        let pool = PgPoolOptions::new().max_connections(1);
        // As a statement, because poolers between here and there refuse it as an option of the connection.
        let pool = pool.after_connect(|connection, _| {
            Box::pin(async move { connection.execute(READ_ONLY).await.map(drop) })
        });
        let pool = pool.connect_with(options).await.map_err(failed)?;
        let found: Vec<(String, bool, String, String, String)> = sqlx::query_as(POSTGRES_COLUMNS)
            .fetch_all(&pool)
            .await
            .map_err(failed)?;
        let found = found
            .into_iter()
            .map(|(schema, is_usual, name, column, kind)| Found {
                table: TableName {
                    schema: (!is_usual).then_some(schema),
                    name,
                },
                column,
                kind,
            });
        Self::new(Place::Postgres(pool), database, found.collect(), wanted)
    }

    fn new(
        place: Place,
        database: String,
        found: Vec<Found>,
        wanted: Option<&str>,
    ) -> Result<Self, ImportError> {
        let name = choose(&found, wanted)?;
        let own = found.iter().filter(|found| found.table == name);
        let (columns, types) = own
            .map(|found| (found.column.clone(), found.kind.clone()))
            .unzip();
        let links = links(&found, &name);
        Ok(Self {
            place,
            database,
            name,
            columns,
            types,
            links,
        })
    }

    /// The database and the table.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.database, self.shown())
    }

    pub(super) fn shown(&self) -> String {
        self.name.shown()
    }

    pub(super) async fn count(&self) -> Result<u64, ImportError> {
        let sql = format!("SELECT count(*) FROM {}", self.name.quoted());
        let sql = AssertSqlSafe(sql);
        let count: Result<i64, _> = match &self.place {
            Place::Sqlite(pool) => sqlx::query_scalar(sql).fetch_one(pool).await,
            Place::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await,
        };
        Ok(u64::try_from(count.map_err(failed)?).unwrap_or(0))
    }

    /// Begins to read. The database sends a row when it is asked for, and nothing has to have room for all.
    pub(super) fn rows<'a>(&'a self, mapping: &'a Mapping) -> Rows<'a> {
        let columns: Vec<_> = mapping.columns().collect();
        let has_link = mapping.link.is_some();
        let sql = AssertSqlSafe(self.statement(mapping, &columns));
        let stream: BoxStream<'a, _> = match &self.place {
            Place::Sqlite(pool) => {
                let rows = sqlx::query(sql).fetch(pool).enumerate();
                rows.map(move |(index, row)| {
                    row.map(|row: SqliteRow| record(&row, index, &columns, has_link))
                })
                .boxed()
            }
            Place::Postgres(pool) => {
                let rows = sqlx::query(sql).fetch(pool).enumerate();
                rows.map(move |(index, row)| {
                    row.map(|row: PgRow| record(&row, index, &columns, has_link))
                })
                .boxed()
            }
        };
        Rows {
            stream,
            position: 0,
        }
    }

    /// Asks for every value as a text: they are of whatever type an application chose.
    fn statement(&self, mapping: &Mapping, columns: &[(Field, &Column)]) -> String {
        let mut values: Vec<String> = columns
            .iter()
            .map(|(field, column)| self.as_text(*field, column.index))
            .collect();
        let mut tables = format!("{} AS u", self.name.quoted());
        let id = mapping
            .column(Field::Id)
            .map(|id| quoted(&self.columns[id.index]));
        if let (Some(link), Some(id)) = (&mapping.link, &id) {
            values.push("r.roles".to_owned());
            let array = match self.place {
                Place::Sqlite(_) => "json_group_array(CAST(o.name AS TEXT))",
                Place::Postgres(_) => "json_agg(o.name::text)::text",
            };
            let beside = |name: &str| self.name.beside(name).quoted();
            let (table, roles) = (beside(&link.table), beside(&link.roles));
            let (account, role) = (quoted(&link.account), quoted(&link.role));
            // Put together once: such a table seldom has an index by account.
            tables.push_str(&format!(
                " LEFT JOIN (SELECT l.{account} AS account, {array} AS roles FROM {table} AS l \
                 JOIN {roles} AS o ON o.id = l.{role} GROUP BY l.{account}) AS r ON r.account = u.{id}"
            ));
        }
        let order = id.map_or_else(String::new, |id| format!(" ORDER BY u.{id}"));
        format!("SELECT {} FROM {tables}{order}", values.join(", "))
    }

    fn as_text(&self, field: Field, index: usize) -> String {
        let column = quoted(&self.columns[index]);
        match (&self.place, &*self.types[index]) {
            // Such ids are most often the bytes of a UUID.
            (Place::Sqlite(_), _) if field == Field::Id => format!(
                "CASE typeof(u.{column}) WHEN 'blob' THEN lower(hex(u.{column})) ELSE CAST(u.{column} AS TEXT) END"
            ),
            (Place::Postgres(_), "bytea") if field == Field::Id => {
                format!("encode(u.{column}, 'hex')")
            }
            (Place::Sqlite(_), _) => format!("CAST(u.{column} AS TEXT)"),
            // Flask-Bcrypt's hashes are bytes, and so are kept by many.
            (Place::Postgres(_), "bytea") => format!("encode(u.{column}, 'escape')"),
            (Place::Postgres(_), "ARRAY") => format!("array_to_json(u.{column})::text"),
            (Place::Postgres(_), _) => format!("u.{column}::text"),
        }
    }
}

/// The rows of a table.
pub(super) struct Rows<'a> {
    stream: BoxStream<'a, Result<Row, sqlx::Error>>,
    position: u64,
}

impl Rows<'_> {
    pub(super) async fn next(&mut self) -> Result<Option<Row>, ImportError> {
        let row = self.stream.next().await.transpose().map_err(failed)?;
        self.position += u64::from(row.is_some());
        Ok(row)
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }
}

impl TableName {
    /// A table in the same schema.
    fn beside(&self, name: &str) -> Self {
        Self {
            schema: self.schema.clone(),
            name: name.to_owned(),
        }
    }

    fn shown(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{schema}.{}", self.name),
            None => self.name.clone(),
        }
    }

    fn quoted(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&self.name)),
            None => quoted(&self.name),
        }
    }
}

/// The table that is wanted, or else the one that is likely to have accounts.
fn choose(found: &[Found], wanted: Option<&str>) -> Result<TableName, ImportError> {
    let mut tables: Vec<&TableName> = Vec::new();
    for found in found {
        if !tables.contains(&&found.table) {
            tables.push(&found.table);
        }
    }
    if tables.is_empty() {
        return Err(ImportError::NoTables);
    }
    let shown = |tables: &[&TableName]| tables.iter().map(|table| table.shown()).collect();
    if let Some(wanted) = wanted {
        let table = tables.iter().find(|table| table.shown() == wanted);
        return table
            .map(|table| (*table).clone())
            .ok_or_else(|| ImportError::NoTable {
                wanted: wanted.to_owned(),
                found: shown(&tables),
            });
    }
    let usual = |table: &&&TableName| USUAL_TABLES.contains(&&*table.name.to_lowercase());
    let has_passwords = |table: &&&TableName| {
        let mut own = found.iter().filter(|found| found.table == ***table);
        own.any(|found| found.column.to_lowercase().contains("passw"))
    };
    let mut likely: Vec<_> = tables.iter().filter(usual).copied().collect();
    if likely.is_empty() {
        likely = tables.iter().filter(has_passwords).copied().collect();
    }
    match likely[..] {
        [one] => Ok(one.clone()),
        [] => Err(ImportError::WhichTable(shown(&tables))),
        _ => Err(ImportError::WhichTable(shown(&likely))),
    }
}

/// The tables that say which of the accounts has which role: of Django, of Flask-Security, and of whoever calls them alike. The
/// table of the roles has to have the columns `id` and `name`.
fn links(found: &[Found], accounts: &TableName) -> Vec<Link> {
    let columns_of = |name: &str| -> Vec<&str> {
        let own = found
            .iter()
            .filter(|found| found.table.schema == accounts.schema && found.table.name == name);
        own.map(|found| &*found.column).collect()
    };
    let mut links = Vec::new();
    for (table, account, role, roles) in USUAL_LINKS {
        let (own, names) = (columns_of(table), columns_of(roles));
        let is_there = own.contains(account) && own.contains(role);
        if is_there && names.contains(&"id") && names.contains(&"name") {
            links.push(Link {
                table: (*table).to_owned(),
                account: (*account).to_owned(),
                role: (*role).to_owned(),
                roles: (*roles).to_owned(),
            });
        }
    }
    links
}

fn record<R>(row: &R, index: usize, columns: &[(Field, &Column)], has_link: bool) -> Row
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    for<'r> Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    let position = Position::Row(index as u64 + 1);
    let mut record = Record::new(position);
    let text = |index: usize| {
        row.try_get::<Option<String>, _>(index)
            .map_err(|_| BadRow::new(position, "a value is no text in UTF-8"))
    };
    for (index, (field, column)) in columns.iter().enumerate() {
        let value = text(index)?.unwrap_or_default();
        record.set(*field, with_negation(*field, column, value));
    }
    if has_link {
        record.set(Field::Roles, text(columns.len())?);
    }
    Ok(record)
}

/// A name in a statement (SQL-92, section 5.2), whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn failed(error: sqlx::Error) -> ImportError {
    ImportError::Database(error)
}

/// A million rows take as long as their accounts take here, whatever is usual for that database's own application.
const READ_ONLY: &str = "SET default_transaction_read_only = on; SET statement_timeout = 0";

const SQLITE_TABLES: &str = "SELECT name FROM sqlite_schema \
     WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

const SQLITE_COLUMNS: &str = "SELECT name, type FROM pragma_table_info(?1) ORDER BY cid";

const POSTGRES_COLUMNS: &str = "SELECT table_schema::text, table_schema = ANY (current_schemas(false)::text[]), \
     table_name::text, column_name::text, data_type::text FROM information_schema.columns \
     WHERE table_schema NOT IN ('information_schema', 'pg_catalog') \
     ORDER BY 2 DESC, table_schema, table_name, ordinal_position";

const USUAL_TABLES: &[&str] = &["user", "users", "auth_user", "account", "accounts"];

/// The table, its column for accounts, its column for roles, and the table of the roles.
const USUAL_LINKS: &[(&str, &str, &str, &str)] = &[
    ("roles_users", "user_id", "role_id", "role"),
    ("roles_users", "user_id", "role_id", "roles"),
    ("user_roles", "user_id", "role_id", "role"),
    ("user_roles", "user_id", "role_id", "roles"),
    ("users_roles", "user_id", "role_id", "roles"),
    ("auth_user_groups", "user_id", "group_id", "auth_group"),
];

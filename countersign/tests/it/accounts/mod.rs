//! Accounts: registered, authenticated, changed, ended, and what is written down of it.

mod administrators;
mod audit;
mod audit_queries;
mod authenticating;
mod backups;
mod health;
mod importing;
mod invitations;
mod listing;
mod logins;
mod password_links;
mod passwords;
mod profile;
mod proofs;
mod registering;
mod session_lists;
mod sign_ins;
mod standing;
mod starts;
mod statistics;
mod unlocking;

use std::path::PathBuf;
use std::sync::Arc;

use countersign::accounts::{
    Account, Accounts, By, NewAccount, Refusals, Registered, Registration,
};
use countersign::clock::{Clock as _, ManualClock, Timestamp};
use countersign::password::{Argon2Cost, Passwords};
use countersign::session::ClientRecord;
use sqlx::{AssertSqlSafe, SqlitePool};

use crate::sqlite::Folder;

/// Accounts in a file of their own, with a clock that stands still and hashes that cost nothing.
pub(crate) struct Fixture {
    pub(crate) accounts: Accounts,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) passwords: Passwords,
    pub(crate) file: PathBuf,
    _folder: Folder,
}

pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const OTHER_PASSWORD: &str = "incorrect zebra socket pin";
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

impl Fixture {
    pub(crate) async fn new() -> Self {
        let folder = Folder::new();
        let file = folder.fresh_file();
        let clock = Arc::new(ManualClock::at(NOW));
        let passwords = cheap(8);
        let accounts = Accounts::open(&file)
            .await
            .unwrap()
            .registration(Registration::Open)
            .application_name("Example Shop")
            .clock(clock.clone())
            .passwords(passwords.clone());
        Self {
            accounts,
            clock,
            passwords,
            file,
            _folder: folder,
        }
    }

    pub(crate) async fn register(&self, name: &str) -> Account {
        created(register(&self.accounts, NewAccount::new(name, PASSWORD)).await)
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn pool(&self) -> &SqlitePool {
        self.accounts.pool()
    }

    /// All rows of all our tables but the version, as texts, without those of a few tables.
    pub(crate) async fn dump(&self, without: &[&str]) -> Vec<String> {
        dump(self.pool(), without).await
    }

    /// Makes every further event of the audit fail to be written.
    pub(crate) async fn break_audit(&self) {
        let trigger = "CREATE TRIGGER no_audit BEFORE INSERT ON countersign_audit \
                       BEGIN SELECT RAISE(ABORT, 'no room'); END";
        sqlx::raw_sql(trigger).execute(self.pool()).await.unwrap();
    }
}

pub(crate) async fn dump(pool: &SqlitePool, without: &[&str]) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'countersign!_%' ESCAPE '!' ORDER BY name",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut rows = Vec::new();
    for table in tables
        .iter()
        .filter(|table| !without.contains(&table.as_str()))
    {
        let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT name FROM pragma_table_info('{table}')"
        )))
        .fetch_all(pool)
        .await
        .unwrap();
        let quoted: Vec<String> = columns
            .iter()
            .map(|name| format!("quote({name})"))
            .collect();
        let select = format!(
            "SELECT '{table} ' || {} FROM {table}",
            quoted.join(" || ' ' || ")
        );
        let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(select))
            .fetch_all(pool)
            .await
            .unwrap();
        rows.extend(found);
    }
    rows
}

/// Hashes of that many KiB.
pub(crate) fn cheap(kib: u32) -> Passwords {
    let cost = Argon2Cost::danger_weak(kib, 1, 1).unwrap();
    Passwords::builder().argon2id(cost).build().unwrap()
}

pub(crate) async fn register(accounts: &Accounts, new: NewAccount<'_>) -> Registered {
    accounts.register(new, &visitor()).await.unwrap()
}

#[track_caller]
pub(crate) fn created(registered: Registered) -> Account {
    match registered {
        Registered::Created(account) => account,
        other => panic!("not created: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused(registered: Registered) -> Refusals {
    match registered {
        Registered::Refused(refusals) => refusals,
        other => panic!("not refused: {other:?}"),
    }
}

/// Somebody who is not logged in.
pub(crate) fn visitor() -> By {
    By::anonymous(client())
}

pub(crate) fn administrator() -> By {
    By::administrator("root of the house", ClientRecord::default())
}

pub(crate) fn client() -> ClientRecord {
    ClientRecord::new("192.0.2.7".parse().ok(), Some(b"Mozilla/5.0 (of a test)"))
}

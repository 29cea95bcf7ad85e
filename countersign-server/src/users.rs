use countersign::clock::Timestamp;
use countersign::secret::{OperatingSystemRandom, security_stamp};
use countersign::{AuthUser, UserLoader};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{SqlSafeStr as _, SqlitePool};

use crate::name::Name;

/// The users' table.
#[derive(Clone, Debug)]
pub(crate) struct Users {
    pool: SqlitePool,
}

/// Somebody who has an account.
#[derive(AuthUser)]
pub(crate) struct User {
    id: i64,
    pub(crate) name: String,
    password_hash: String,
    security_stamp: String,
    pub(crate) created_at: Timestamp,
}

impl Users {
    /// The table in a database, which is made or brought up to date first.
    pub(crate) async fn prepare(pool: SqlitePool) -> Result<Self, MigrateError> {
        let migrations = MIGRATIONS
            .iter()
            .zip(1..)
            .map(|(statements, version)| {
                let kind = MigrationType::Simple;
                let no_transaction = false;
                Migration::new(
                    version,
                    "users".into(),
                    kind,
                    statements.into_sql_str(),
                    no_transaction,
                )
            })
            .collect();
        Migrator::with_migrations(migrations).run(&pool).await?;
        Ok(Self { pool })
    }

    /// The user of a name.
    pub(crate) async fn named(&self, name: &Name) -> sqlx::Result<Option<User>> {
        let row = sqlx::query_as(BY_NAME)
            .bind(name.canonical().to_owned())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(user))
    }

    /// Adds a user. `None` when the name is taken.
    pub(crate) async fn add(
        &self,
        name: &Name,
        password_hash: &str,
        now: Timestamp,
    ) -> sqlx::Result<Option<User>> {
        let row = sqlx::query_as(ADD)
            .bind(name.shown().to_owned())
            .bind(name.canonical().to_owned())
            .bind(password_hash.to_owned())
            .bind(security_stamp(&OperatingSystemRandom))
            .bind(now.as_millis())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(user))
    }

    /// Gives a user another password, and with it another stamp, so that no login of the old password counts any more.
    /// Answers the user as it is then; `None` when the password was changed in the meantime.
    pub(crate) async fn change_password(
        &self,
        before: &User,
        password_hash: &str,
    ) -> sqlx::Result<Option<User>> {
        let row = sqlx::query_as(CHANGE_PASSWORD)
            .bind(before.id)
            .bind(before.security_stamp.clone())
            .bind(password_hash.to_owned())
            .bind(security_stamp(&OperatingSystemRandom))
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(user))
    }
}

impl UserLoader for Users {
    type User = User;
    type Error = sqlx::Error;

    async fn load(&self, id: i64) -> sqlx::Result<Option<User>> {
        let row = sqlx::query_as(BY_ID)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(user))
    }

    async fn store_password_hash(&self, before: &User, hash: &str) -> sqlx::Result<()> {
        sqlx::query(UPGRADE_HASH)
            .bind(before.id)
            .bind(before.password_hash.clone())
            .bind(hash.to_owned())
            .execute(&self.pool)
            .await
            .map(drop)
    }
}

/// A row of the table: its columns as [`BY_ID`] and the others name them.
type Row = (i64, String, String, String, i64);

fn user((id, name, password_hash, security_stamp, created_at): Row) -> User {
    User {
        id,
        name,
        password_hash,
        security_stamp,
        created_at: Timestamp::from_millis(created_at),
    }
}

/// The n-th brings the table from version n - 1 to version n. Once released, none is ever edited.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/1_users.sql")];

const BY_ID: &str =
    "SELECT id, name, password_hash, security_stamp, created_at FROM users WHERE id = ?1";

const BY_NAME: &str = "SELECT id, name, password_hash, security_stamp, created_at FROM users \
    WHERE canonical_name = ?1";

const ADD: &str = "INSERT INTO users (name, canonical_name, password_hash, security_stamp, created_at) \
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (canonical_name) DO NOTHING \
    RETURNING id, name, password_hash, security_stamp, created_at";

const CHANGE_PASSWORD: &str = "UPDATE users SET password_hash = ?3, security_stamp = ?4 \
    WHERE id = ?1 AND security_stamp = ?2 \
    RETURNING id, name, password_hash, security_stamp, created_at";

const UPGRADE_HASH: &str =
    "UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";

#[cfg(test)]
mod tests {
    use countersign::session::SqliteStore;

    use super::*;

    #[tokio::test]
    async fn one_name_is_one_user_however_it_is_written() {
        let (_folder, users) = users().await;
        let ada = add(&users, "Ada").await.unwrap();
        assert!(add(&users, " ADA ").await.is_none());
        let found = users.named(&name("ａｄａ")).await.unwrap().unwrap();
        assert_eq!((found.id, found.name.as_str()), (ada.id, "Ada"));
        assert_eq!(found.created_at, NOW);
        assert!(users.named(&name("bob")).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn of_two_who_register_one_name_at_once_one_gets_it() {
        let (_folder, users) = users().await;
        let tries = (0..20).map(|_| {
            let users = users.clone();
            tokio::spawn(async move { add(&users, "ada").await.is_some() })
        });
        let mut successes = 0;
        for attempt in tries.collect::<Vec<_>>() {
            successes += u32::from(attempt.await.unwrap());
        }
        assert_eq!(successes, 1);
    }

    #[tokio::test]
    async fn a_new_password_brings_a_new_stamp_and_is_set_once() {
        let (_folder, users) = users().await;
        let before = add(&users, "ada").await.unwrap();
        let after = users
            .change_password(&before, "new")
            .await
            .unwrap()
            .unwrap();
        assert_ne!(after.security_stamp, before.security_stamp);
        let again = users.change_password(&before, "newer").await.unwrap();
        assert!(again.is_none(), "changed in the meantime");
        let kept = users.load(before.id).await.unwrap().unwrap();
        assert_eq!(kept.password_hash, "new");
        assert_eq!(kept.security_stamp, after.security_stamp);
    }

    #[tokio::test]
    async fn an_upgraded_hash_keeps_the_stamp_and_never_overwrites_a_new_password() {
        let (_folder, users) = users().await;
        let before = add(&users, "ada").await.unwrap();
        users
            .store_password_hash(&before, "upgraded")
            .await
            .unwrap();
        let upgraded = users.load(before.id).await.unwrap().unwrap();
        assert_eq!(upgraded.password_hash, "upgraded");
        assert_eq!(upgraded.security_stamp, before.security_stamp);
        users.store_password_hash(&before, "late").await.unwrap();
        let kept = users.load(before.id).await.unwrap().unwrap();
        assert_eq!(kept.password_hash, "upgraded");
    }

    async fn users() -> (tempfile::TempDir, Users) {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("test.db"))
            .await
            .unwrap();
        let users = Users::prepare(store.pool().clone()).await.unwrap();
        (folder, users)
    }

    async fn add(users: &Users, typed: &str) -> Option<User> {
        users.add(&name(typed), "hash", NOW).await.unwrap()
    }

    fn name(typed: &str) -> Name {
        Name::new(typed).unwrap()
    }

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
}

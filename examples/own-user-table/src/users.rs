use countersign::secret::{OperatingSystemRandom, security_stamp};
use countersign::{AuthUser, UserLoader};
use sqlx::{FromRow, SqlitePool};

/// Somebody who has an account: a row of the table.
#[derive(AuthUser, FromRow)]
pub(crate) struct User {
    id: i64,
    pub(crate) name: String,
    password_hash: String,
    security_stamp: String,
    is_active: bool,
}

/// The table.
#[derive(Clone)]
pub(crate) struct Users {
    pool: SqlitePool,
}

impl Users {
    pub(crate) async fn prepare(pool: SqlitePool) -> sqlx::Result<Self> {
        sqlx::query(include_str!("users.sql"))
            .execute(&pool)
            .await?;
        Ok(Self { pool })
    }

    pub(crate) async fn named(&self, name: &str) -> sqlx::Result<Option<User>> {
        sqlx::query_as("SELECT * FROM users WHERE name = ?")
            .bind(canonical(name))
            .fetch_optional(&self.pool)
            .await
    }

    /// `None` when the name is taken. The database decides that, so of two who register at once one gets it.
    pub(crate) async fn add(&self, name: &str, hash: &str) -> sqlx::Result<Option<User>> {
        sqlx::query_as(
            "INSERT INTO users (name, password_hash, security_stamp) VALUES (?, ?, ?)
             ON CONFLICT (name) DO NOTHING RETURNING *",
        )
        .bind(canonical(name))
        .bind(hash.to_owned())
        .bind(security_stamp(&OperatingSystemRandom))
        .fetch_optional(&self.pool)
        .await
    }

    /// The user with the new password; `None` when it was changed in the meantime.
    pub(crate) async fn change_password(
        &self,
        user: &User,
        hash: &str,
    ) -> sqlx::Result<Option<User>> {
        sqlx::query_as(
            "UPDATE users SET password_hash = ?, security_stamp = ?
             WHERE id = ? AND security_stamp = ? RETURNING *",
        )
        .bind(hash.to_owned())
        .bind(security_stamp(&OperatingSystemRandom))
        .bind(user.id)
        .bind(user.security_stamp.clone())
        .fetch_optional(&self.pool)
        .await
    }
}

impl UserLoader for Users {
    type User = User;
    type Error = sqlx::Error;

    async fn load(&self, id: i64) -> sqlx::Result<Option<User>> {
        sqlx::query_as("SELECT * FROM users WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.pool)
            .await
    }

    /// Keeps the same password's hash by a newer recipe, unless the password was changed in the meantime.
    async fn store_password_hash(&self, user: &User, hash: &str) -> sqlx::Result<()> {
        sqlx::query("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?")
            .bind(hash.to_owned())
            .bind(user.id)
            .bind(user.password_hash.clone())
            .execute(&self.pool)
            .await
            .map(drop)
    }
}

/// Whether a new account may have this name. Only plain letters, so that no two names look the same.
pub(crate) fn is_good_name(name: &str) -> bool {
    let name = canonical(name);
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=40).contains(&name.len()) && name.bytes().all(is_good)
}

/// The form in which names are compared and kept.
fn canonical(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

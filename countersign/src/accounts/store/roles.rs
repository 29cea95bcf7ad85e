use super::Database;
use crate::accounts::AccountId;
use crate::session::StoreError;
use crate::session::sqlite::failed;
use crate::session::sqlite::writing::Writing;

/// Answers whether the account had not got the role.
pub(in crate::accounts) async fn grant(
    writing: &mut Writing,
    account: AccountId,
    role: &str,
) -> Result<bool, StoreError> {
    let insert = sqlx::query(GRANT)
        .bind(account.as_bytes().to_vec())
        .bind(role.to_owned());
    Ok(writing.write(insert).await? > 0)
}

/// Answers whether the account had the role.
pub(in crate::accounts) async fn revoke(
    writing: &mut Writing,
    account: AccountId,
    role: &str,
) -> Result<bool, StoreError> {
    let delete = sqlx::query(REVOKE)
        .bind(account.as_bytes().to_vec())
        .bind(role.to_owned());
    Ok(writing.write(delete).await? > 0)
}

/// Replaces what a role permits.
pub(in crate::accounts) async fn define(
    writing: &mut Writing,
    role: &str,
    permissions: &[String],
) -> Result<(), StoreError> {
    writing
        .execute(sqlx::query(UNDEFINE).bind(role.to_owned()))
        .await?;
    for permission in permissions {
        let permit = sqlx::query(PERMIT)
            .bind(role.to_owned())
            .bind(permission.clone());
        writing.execute(permit).await?;
    }
    Ok(())
}

/// Whether an account is active and has a role that no other active account has.
pub(in crate::accounts) async fn is_last_with(
    writing: &mut Writing,
    account: AccountId,
    role: &str,
) -> Result<bool, StoreError> {
    sqlx::query_scalar(IS_LAST_WITH)
        .bind(account.as_bytes().to_vec())
        .bind(role.to_owned())
        .fetch_one(writing.connection())
        .await
        .map_err(failed)
}

impl Database {
    /// Whether an active account has a role.
    pub(in crate::accounts) async fn somebody_has(&self, role: &str) -> Result<bool, StoreError> {
        sqlx::query_scalar(SOMEBODY_HAS)
            .bind(role.to_owned())
            .fetch_one(self.sessions.pool())
            .await
            .map_err(failed)
    }

    /// The roles that accounts have, or that permit something.
    pub(in crate::accounts) async fn roles(&self) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(ROLES)
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)
    }

    pub(in crate::accounts) async fn permissions_of(
        &self,
        role: &str,
    ) -> Result<Vec<String>, StoreError> {
        sqlx::query_scalar(PERMISSIONS_OF)
            .bind(role.to_owned())
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)
    }
}

macro_rules! active_with {
    ($role:literal) => {
        concat!(
            "SELECT 1 FROM countersign_account_roles AS r JOIN countersign_accounts AS a ON a.id = r.account \
             WHERE a.disabled_at IS NULL AND r.role = ",
            $role
        )
    };
}

const SOMEBODY_HAS: &str = concat!("SELECT EXISTS (", active_with!("?1"), ")");

const IS_LAST_WITH: &str = concat!(
    "SELECT EXISTS (",
    active_with!("?2 AND r.account = ?1"),
    ") AND NOT EXISTS (",
    active_with!("?2 AND r.account <> ?1"),
    ")"
);

const GRANT: &str =
    "INSERT INTO countersign_account_roles (account, role) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

const REVOKE: &str = "DELETE FROM countersign_account_roles WHERE account = ?1 AND role = ?2";

const UNDEFINE: &str = "DELETE FROM countersign_role_permissions WHERE role = ?1";

const PERMIT: &str = "INSERT INTO countersign_role_permissions (role, permission) VALUES (?1, ?2) \
     ON CONFLICT DO NOTHING";

const ROLES: &str = "SELECT role FROM countersign_account_roles \
     UNION SELECT role FROM countersign_role_permissions ORDER BY role";

const PERMISSIONS_OF: &str =
    "SELECT permission FROM countersign_role_permissions WHERE role = ?1 ORDER BY permission";

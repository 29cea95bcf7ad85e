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

impl Database {
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

const GRANT: &str =
    "INSERT INTO countersign_account_roles (account, role) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

const REVOKE: &str = "DELETE FROM countersign_account_roles WHERE account = ?1 AND role = ?2";

const UNDEFINE: &str = "DELETE FROM countersign_role_permissions WHERE role = ?1";

const PERMIT: &str = "INSERT INTO countersign_role_permissions (role, permission) VALUES (?1, ?2) \
     ON CONFLICT DO NOTHING";

const PERMISSIONS_OF: &str =
    "SELECT permission FROM countersign_role_permissions WHERE role = ?1 ORDER BY permission";

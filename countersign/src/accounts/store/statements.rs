//! The statements on accounts themselves.

macro_rules! account {
    ($which:literal) => {
        concat!(
            "SELECT a.id, a.name, a.name_key, a.email, a.email_confirmed_at, a.locale, a.created_at, a.disabled_at, \
             a.last_login_at, a.password_hash, a.stamp, a.failure_epoch, \
             (SELECT json_group_array(role) FROM \
                 (SELECT role FROM countersign_account_roles WHERE account = a.id ORDER BY role)) AS roles, \
             (SELECT json_group_array(permission) FROM \
                 (SELECT DISTINCT p.permission FROM countersign_account_roles AS r \
                  JOIN countersign_role_permissions AS p ON p.role = r.role \
                  WHERE r.account = a.id ORDER BY p.permission)) AS permissions \
             FROM countersign_accounts AS a WHERE ",
            $which
        )
    };
}

/// The beginning of a statement on accounts; what they must be follows.
pub(super) const ACCOUNTS_THAT: &str = account!("");

pub(super) const BY_ID: &str = account!("a.id = ?1");

/// `?1` is a name's key, or that of an address. No name has an `@`, and every address has one.
pub(super) const BY_KEY: &str =
    account!("a.name_key = ?1 OR (a.email_key = ?1 AND a.email_confirmed_at IS NOT NULL)");

pub(super) const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM countersign_accounts WHERE id = ?1)";

pub(super) const IS_ACTIVE: &str =
    "SELECT disabled_at IS NULL FROM countersign_accounts WHERE id = ?1";

/// `?1` is the name's key, `?2` its look.
pub(super) const NAME_IS_TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM countersign_accounts \
     WHERE name_key = ?1 OR name_lookalike = ?2)";

/// Nothing is inserted when somebody has the name.
pub(super) const INSERT: &str = "INSERT INTO countersign_accounts \
     (id, name, name_key, name_lookalike, email, email_key, locale, created_at, password_hash, stamp) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";

/// `?2` is the hash that is replaced, `?3` the new one.
pub(super) const REPLACE_HASH: &str =
    "UPDATE countersign_accounts SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";

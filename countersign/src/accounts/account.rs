use std::borrow::Cow;
use std::fmt;

use super::AccountId;
use crate::clock::Timestamp;
use crate::login::AuthUser;

/// Somebody who can log in, as the database knows him at one moment.
///
/// It is an [`AuthUser`], so it is what `CurrentUser<Account>` and `role_required::<Account>` ask for.
#[derive(Clone)]
#[non_exhaustive]
pub struct Account {
    /// The id.
    pub id: AccountId,
    /// The name, as its owner writes it.
    pub name: String,
    /// The e-mail address, as its owner writes it.
    pub email: Option<String>,
    /// When the e-mail address was confirmed to be the owner's. Until then it is no more than what somebody typed.
    pub email_confirmed_at: Option<Timestamp>,
    /// The language that the owner chose, such as `en` or `zh-Hans` (RFC 5646).
    pub locale: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When its owner came in for the last time, in a browser or by
    /// [`Accounts::authenticate`](super::Accounts::authenticate); `None` when he never did.
    pub last_login_at: Option<Timestamp>,
    /// Whether its owner may log in.
    pub is_active: bool,
    pub(super) name_key: String,
    /// Empty where there is none.
    pub(super) password_hash: String,
    pub(super) security_stamp: String,
    pub(super) failure_epoch: u64,
    pub(super) roles: Vec<String>,
    pub(super) permissions: Vec<String>,
}

impl Account {
    /// The roles, sorted.
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// What the roles permit, sorted.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }
}

impl AuthUser for Account {
    type Id = AccountId;

    fn id(&self) -> AccountId {
        self.id
    }

    fn password_hash(&self) -> Option<&str> {
        Some(&*self.password_hash).filter(|hash| !hash.is_empty())
    }

    fn is_active(&self) -> bool {
        self.is_active
    }

    fn security_stamp(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.security_stamp))
    }

    fn failure_epoch(&self) -> u64 {
        self.failure_epoch
    }

    fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }

    fn has_permission(&self, permission: &str) -> bool {
        self.permissions.iter().any(|own| own == permission)
    }
}

impl fmt::Debug for Account {
    /// Shows neither hash nor stamp, nor what names a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("is_active", &self.is_active)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

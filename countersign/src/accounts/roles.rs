use super::audit::AuditKind;
use super::store::audit::{Entry, record};
use super::store::{self, roles};
use super::{AccountError, AccountId, Accounts, Actor, By};
use crate::session::sqlite::writing::Writing;

/// The role of those who look after all accounts: the administrators that the admin pages let in.
///
/// Its last active owner can't be disabled or deleted and can't lose it: see [`AccountError::LastAdministrator`].
pub const ADMINISTRATOR: &str = "administrator";

/// Roles, and what they permit. They count from an account's next request on.
///
/// A role is a name that an account has; it needs no definition to be asked for by `role_required`. What `permission_required`
/// asks for is permitted to an account if one of its roles permits it.
///
/// ```
/// # use countersign::accounts::{Accounts, By, NewAccount, Registered};
/// # use countersign::AuthUser;
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
/// # let by = By::system("an example");
/// # let new = NewAccount::new("Ada", "correct horse battery staple");
/// # let Registered::Created(ada) = accounts.register(new, &by).await? else { panic!() };
/// accounts.define_role("editor", ["reports:read", "reports:write"], &by).await?;
/// accounts.grant_role(ada.id, "editor", &by).await?;
/// let ada = accounts.find(ada.id).await?.expect("she is there");
/// assert!(ada.has_role("editor") && ada.has_permission("reports:write"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Accounts {
    /// Gives an account a role. Answers whether it had not got it before.
    ///
    /// # Errors
    /// [`AccountError::RoleName`], [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn grant_role(
        &self,
        account: AccountId,
        role: &str,
        by: &By,
    ) -> Result<bool, AccountError> {
        check_name(role)?;
        let mut writing = self.database().begin().await?;
        // Asked in the transaction that gives it, so that no deleted account is left with a role.
        if !store::exists(&mut writing, account).await? {
            store::roll_back(writing).await?;
            return Err(AccountError::NoSuchAccount);
        }
        let changed = roles::grant(&mut writing, account, role).await?;
        if changed {
            let entry = about_role(AuditKind::RoleGranted, Some(account), role, by);
            record(&mut writing, entry, self.now()).await?;
        }
        store::commit(writing).await?;
        Ok(changed)
    }

    /// Takes a role away from an account. Answers whether it had it.
    ///
    /// # Errors
    /// [`AccountError::LastAdministrator`], or when the database does not answer.
    pub async fn revoke_role(
        &self,
        account: AccountId,
        role: &str,
        by: &By,
    ) -> Result<bool, AccountError> {
        let mut writing = self.database().begin().await?;
        if role == ADMINISTRATOR {
            keep_an_administrator(&mut writing, account, by).await?;
        }
        let changed = roles::revoke(&mut writing, account, role).await?;
        if changed {
            let entry = about_role(AuditKind::RoleRevoked, Some(account), role, by);
            record(&mut writing, entry, self.now()).await?;
        }
        store::commit(writing).await?;
        Ok(changed)
    }

    /// Whether there is an administrator: an active account with the role [`ADMINISTRATOR`].
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_administrator(&self) -> Result<bool, AccountError> {
        Ok(self.database().somebody_has(ADMINISTRATOR).await?)
    }

    /// Says what a role permits, whatever it permitted before.
    ///
    /// # Errors
    /// [`AccountError::RoleName`] when the role or a permission has no proper name; or when the database does not answer.
    pub async fn define_role(
        &self,
        role: &str,
        permissions: impl IntoIterator<Item = impl Into<String>>,
        by: &By,
    ) -> Result<(), AccountError> {
        check_name(role)?;
        let permissions: Vec<String> = permissions.into_iter().map(Into::into).collect();
        for permission in &permissions {
            check_name(permission)?;
        }
        let mut writing = self.database().begin().await?;
        roles::define(&mut writing, role, &permissions).await?;
        let entry = about_role(AuditKind::RoleDefined, None, role, by);
        record(&mut writing, entry, self.now()).await?;
        Ok(store::commit(writing).await?)
    }

    /// The roles that there are, sorted: those that an account has, and those that permit something.
    ///
    /// ```
    /// # use countersign::accounts::{Accounts, By};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// let by = By::system("an example");
    /// accounts.define_role("editor", ["reports:write"], &by).await?;
    /// assert_eq!(accounts.roles().await?, ["editor"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn roles(&self) -> Result<Vec<String>, AccountError> {
        Ok(self.database().roles().await?)
    }

    /// What a role permits, sorted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn permissions_of(&self, role: &str) -> Result<Vec<String>, AccountError> {
        Ok(self.database().permissions_of(role).await?)
    }
}

/// Refuses to take the last active administrator away, unless the application itself does it: a command on the machine can make
/// another one. Asked in the transaction that takes him away, so that two administrators can't remove each other at the same time.
pub(super) async fn keep_an_administrator(
    writing: &mut Writing,
    account: AccountId,
    by: &By,
) -> Result<(), AccountError> {
    let may = matches!(by.actor, Actor::System(_));
    if !may && roles::is_last_with(writing, account, ADMINISTRATOR).await? {
        return Err(AccountError::LastAdministrator);
    }
    Ok(())
}

pub(super) fn about_role<'a>(
    kind: AuditKind,
    account: Option<AccountId>,
    role: &str,
    by: &'a By,
) -> Entry<'a> {
    Entry {
        kind,
        account,
        by,
        session: None,
        detail: Some(role.to_owned()),
    }
}

/// Whether a text can be the name of a role or of a permission.
pub(super) fn check_name(name: &str) -> Result<(), AccountError> {
    let fits = |character: char| !character.is_whitespace() && !character.is_control();
    if (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(fits) {
        Ok(())
    } else {
        Err(AccountError::RoleName)
    }
}

/// In bytes.
const LONGEST_NAME: usize = 64;

use super::audit::AuditKind;
use super::store::audit::{Entry, record};
use super::store::{self, changes};
use super::{Account, AccountError, AccountId, Accounts, By};
use crate::login::Check;
use crate::password::{PasswordHash, PolicyViolation};
use crate::session::SessionId;

/// What came of a change of the password.
#[derive(Clone, Debug)]
#[must_use = "whether the password was changed stands in it"]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, where it is made"
)]
pub enum PasswordChanged {
    /// The password is the new one. The account as it is now.
    Changed(Account),
    /// The present password was wrong, or the account is disabled.
    WrongPassword,
    /// The new password is not one that is taken.
    Refused(PolicyViolation),
}

impl Accounts {
    /// Changes the password of somebody who knows the present one. Guesses at it are counted and throttled like those at a
    /// login.
    ///
    /// All sessions of the account are ended in the transaction that changes the password, and with them the logins that are
    /// under way, but for the session `keep`: the one in which the owner is. That one goes on with the new stamp. In a web
    /// application, call `Auth::password_changed` with the account that is answered, so that it goes on under a new token too:
    ///
    /// ```
    /// # use countersign::{Auth, CurrentUser, LoginError};
    /// # use countersign::accounts::{Account, AccountError, Accounts, By, PasswordChanged};
    /// # enum Answer { Changed, WrongPassword, Refused(String) }
    /// # async fn change(accounts: Accounts, auth: Auth<Account>, user: CurrentUser<Account>, current: &str, new: &str)
    /// #     -> Result<Answer, Box<dyn std::error::Error>> {
    /// let by = By::account(user.id, auth.client()).device(auth.device_cookie());
    /// let own = auth.current_session().await?.map(|session| session.id);
    /// Ok(match accounts.change_password(user.id, current, new, own, &by).await? {
    ///     PasswordChanged::Changed(account) => {
    ///         auth.password_changed(&account).await?;
    ///         Answer::Changed
    ///     }
    ///     PasswordChanged::WrongPassword => Answer::WrongPassword,
    ///     PasswordChanged::Refused(violation) => Answer::Refused(violation.to_string()),
    ///     _ => unreachable!("a later version's outcome"),
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`]; [`AccountError::Throttled`] after too many failures; [`AccountError::Busy`] when too
    /// many passwords wait to be hashed; [`AccountError::Overtaken`] when somebody else changed the password meanwhile; or
    /// the database, the throttle or the machine failed.
    pub async fn change_password(
        &self,
        account: AccountId,
        current: &str,
        new: &str,
        keep: Option<SessionId>,
        by: &By,
    ) -> Result<PasswordChanged, AccountError> {
        let account = self.existing(account).await?;
        // No guess is spent on a new password that could not be taken anyway.
        if let Err(violation) = self.judge(&account, new) {
            return Ok(PasswordChanged::Refused(violation));
        }
        let key = &account.name_key;
        if !self.verify(key, Some(&account), current, by).await? {
            return Ok(PasswordChanged::WrongPassword);
        }
        let kind = AuditKind::PasswordChanged;
        self.replace_password(&account, new, keep, kind, by).await
    }

    /// Sets the password of somebody who can't, or need not, prove that he knows the present one: what an administrator
    /// does, and recovery. It ends all sessions of the account, and forgets the failures that were counted against it.
    ///
    /// # Errors
    /// As [`change_password`](Self::change_password).
    pub async fn set_password(
        &self,
        account: AccountId,
        new: &str,
        by: &By,
    ) -> Result<PasswordChanged, AccountError> {
        let account = self.existing(account).await?;
        if let Err(violation) = self.judge(&account, new) {
            return Ok(PasswordChanged::Refused(violation));
        }
        let kind = AuditKind::PasswordSet;
        self.replace_password(&account, new, None, kind, by).await
    }

    /// Forgets the failures that were counted against an account, so that its owner may try again at once: in this process and in all
    /// others that use the database. Those that his network has on all accounts together stay.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn forget_failures(&self, account: AccountId, by: &By) -> Result<(), AccountError> {
        let mut writing = self.database().begin().await?;
        if !changes::forget_failures(&mut writing, account).await? {
            store::roll_back(writing).await?;
            return Err(AccountError::NoSuchAccount);
        }
        let entry = Entry::new(AuditKind::FailuresForgotten, account, by);
        record(&mut writing, entry, self.now()).await?;
        Ok(store::commit(writing).await?)
    }

    /// Hashes a new password, within the bounds of who asked for it.
    pub(super) async fn hash(&self, password: &str, by: &By) -> Result<PasswordHash, AccountError> {
        let check = Check {
            settings: self.login(),
            client: by,
        };
        Ok(check.hash_password(password).await?)
    }

    /// Whether the policy takes a new password of an account.
    pub(super) fn judge(&self, account: &Account, new: &str) -> Result<(), PolicyViolation> {
        self.settings
            .judge(new, &account.name, account.email.as_deref())
    }

    async fn replace_password(
        &self,
        account: &Account,
        new: &str,
        keep: Option<SessionId>,
        kind: AuditKind,
        by: &By,
    ) -> Result<PasswordChanged, AccountError> {
        let hash = self.hash(new, by).await?;
        let stamp = self.new_stamp();
        let now = self.now();
        let id = account.id;
        let mut writing = self.database().begin().await?;
        let old = &account.security_stamp;
        if !changes::set_password(&mut writing, id, old, hash.as_ref(), &stamp).await? {
            store::roll_back(writing).await?;
            return Err(AccountError::Overtaken);
        }
        if kind == AuditKind::PasswordSet {
            changes::forget_failures(&mut writing, id).await?;
        }
        let user = id.user_id();
        let kept = match keep {
            Some(session) => writing.token_of(&user, session, now).await?,
            None => None,
        };
        if let Some(token) = &kept {
            writing.restamp(token, &stamp).await?;
        }
        writing.end_all_of(&user, kept.as_ref(), now).await?;
        let entry = Entry {
            session: keep,
            ..Entry::new(kind, id, by)
        };
        record(&mut writing, entry, now).await?;
        store::commit(writing).await?;
        Ok(PasswordChanged::Changed(self.existing(id).await?))
    }
}

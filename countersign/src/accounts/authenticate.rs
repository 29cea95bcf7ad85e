use super::audit::AuditKind;
use super::store::audit::{Entry, record};
use super::store::{self, changes};
use super::{Account, AccountError, Accounts, By};
use crate::login::{AuthUser as _, Check};
use crate::session::{LoginRecord, Method, Methods};

impl Accounts {
    /// The account to which a name, or a confirmed e-mail address, and a password belong; `None` when they don't fit
    /// together, and when the account is disabled.
    ///
    /// Whatever is wrong costs exactly one verification. Failures are counted and throttled together with those of logins;
    /// a hash of an old kind or cost is replaced. Nobody is logged in by it: web applications use `Auth::check` and
    /// `Auth::login_user` instead, with [`find_by_name`](Self::find_by_name) and [`login_key`](Self::login_key).
    ///
    /// # Errors
    /// [`AccountError::Throttled`] after too many failures, [`AccountError::Busy`] when too many passwords wait to be
    /// verified; or the database or the throttle failed.
    pub async fn authenticate(
        &self,
        name: &str,
        password: &str,
        by: &By,
    ) -> Result<Option<Account>, AccountError> {
        let key = Self::login_key(name);
        let found = self.database().account_by_key(&key).await?;
        if !self.verify(&key, found.as_ref(), password, by).await? {
            return Ok(None);
        }
        let Some(account) = found else {
            return Ok(None);
        };
        let mut writing = self.database().begin().await?;
        // What was verified is the hash that was there before: the account may have changed since.
        if !changes::counts(&mut writing, account.id, &proved(&account)).await? {
            store::roll_back(writing).await?;
            return Ok(None);
        }
        let entry = Entry {
            detail: Some(Method::Password.name().to_owned()),
            ..Entry::new(AuditKind::Authenticated, account.id, by)
        };
        let now = self.now();
        record(&mut writing, entry, now).await?;
        changes::came_in(&mut writing, account.id, now).await?;
        store::commit(writing).await?;
        Ok(Some(account))
    }

    /// Whether a password is that of the account that was found under a key, or of none.
    pub(super) async fn verify(
        &self,
        key: &str,
        found: Option<&Account>,
        password: &str,
        by: &By,
    ) -> Result<bool, AccountError> {
        let check = Check {
            settings: self.login(),
            client: by,
        };
        let user = found.map(|account| account as _);
        Ok(check.check(key, user, password).await?.is_some())
    }
}

/// The login that an account would have by what was just verified.
fn proved(account: &Account) -> LoginRecord {
    LoginRecord {
        user_id: account.id.user_id(),
        stamp: account.security_stamp().map(|stamp| stamp.into()),
        authenticated_at: None,
        methods: Methods::from(Method::Password),
        remembered: false,
        forced: false,
    }
}

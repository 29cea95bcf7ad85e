use std::fmt;
use std::time::Duration;

use super::audit::AuditKind;
use super::store::audit::{Entry, record};
use super::store::tokens::{self, Purpose, TokenRow};
use super::store::{self, changes};
use super::{Account, AccountError, AccountId, Accounts, By};
use crate::password::PolicyViolation;
use crate::secret::Token;

/// What sets the password of one account once: 256 random bits. The database has only its hash, so it can't be shown again.
#[derive(Clone)]
pub struct PasswordLinkToken(Token);

/// What a link that counts is good for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PasswordLink {
    /// Whose password it sets.
    pub account: Account,
    /// For how long it can still be used.
    pub lasts: Duration,
}

/// What came of setting a password by a link.
#[derive(Clone, Debug)]
#[must_use = "whether the password was set stands in it"]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, where it is made"
)]
pub enum PasswordSetByLink {
    /// The password is the new one, and the link is used up. The account as it is now; nobody is logged in by it.
    Set(Account),
    /// The new password is not one that is taken. The link still counts.
    Refused(PolicyViolation),
    /// It is no link, was used or replaced, or came too late; or the password was changed since it was made, or the account
    /// disabled or deleted. Which of these is not said.
    NoLink,
}

impl PasswordLinkToken {
    /// For how long a link counts: 24 hours. That is time enough to pass it on to somebody who sleeps or works elsewhere, and the
    /// longest that NIST SP 800-63B-4 gives a recovery code that is sent by mail (section 4.2.1).
    pub const LASTS: Duration = Duration::from_secs(24 * 3_600);

    /// The token's text, for the link: letters, digits, `-` and `_`.
    pub fn reveal(&self) -> String {
        self.0.reveal()
    }
}

impl fmt::Debug for PasswordLinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordLinkToken([redacted])")
    }
}

/// Links by which the owner of an account sets its password: what an administrator gives somebody who forgot his, so that no
/// administrator ever knows a password.
///
/// ```
/// use countersign::accounts::PasswordSetByLink;
/// # use countersign::accounts::{Accounts, By, NewAccount, Registered};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
/// # let new = NewAccount::new("Ada", "correct horse battery staple");
/// # let Registered::Created(ada) = accounts.register(new, &By::system("an example")).await? else { panic!() };
/// let administrator = By::administrator("Grace", Default::default());
/// let token = accounts.make_password_link(ada.id, &administrator).await?.reveal();
///
/// // Later, whoever opens the link sees whose password it sets, and sets it, once.
/// let visitor = By::anonymous(Default::default());
/// let link = accounts.password_link(&token).await?.ok_or("the link does not count")?;
/// assert_eq!(link.account.name, "Ada");
/// let set = accounts.set_password_by_link(&token, "another battery staple horse", &visitor).await?;
/// assert!(matches!(set, PasswordSetByLink::Set(_)));
/// assert!(accounts.password_link(&token).await?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Accounts {
    /// Makes a link that sets an account's password. It counts [for 24 hours](PasswordLinkToken::LASTS), once, until the password is
    /// changed in any other way, the account is disabled or deleted, or a newer link is made.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], [`AccountError::Disabled`], or when the database does not answer.
    pub async fn make_password_link(
        &self,
        account: AccountId,
        by: &By,
    ) -> Result<PasswordLinkToken, AccountError> {
        let token = Token::generate_anywhere(&*self.login().random);
        let now = self.now();
        let row = TokenRow {
            expires_at: now + PasswordLinkToken::LASTS,
            email: None,
            roles: Vec::new(),
            account: Some(account),
            is_trusted: false,
        };
        let mut writing = self.database().begin().await?;
        store::must_be_active(&mut writing, account).await?;
        tokens::delete_all_of(&mut writing, account).await?;
        tokens::insert(&mut writing, &token.hash(), Purpose::Password, &row, now).await?;
        let entry = Entry::new(AuditKind::PasswordLinkMade, account, by);
        record(&mut writing, entry, now).await?;
        store::commit(writing).await?;
        Ok(PasswordLinkToken(token))
    }

    /// Whose password a link sets, and until when; `None` when the link does not count (any more). For the page that asks for the new password;
    /// it uses nothing up.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn password_link(&self, text: &str) -> Result<Option<PasswordLink>, AccountError> {
        let Some(token) = Token::parse(text.as_bytes()) else {
            return Ok(None);
        };
        let now = self.now();
        let database = self.database();
        let row = database
            .token(&token.hash(), Purpose::Password, now)
            .await?;
        let Some((row, id)) = row.and_then(|row| row.account.map(|id| (row, id))) else {
            return Ok(None);
        };
        let account = self.find(id).await?;
        Ok(account.map(|account| PasswordLink {
            account,
            lasts: row.expires_at.since(now),
        }))
    }

    /// Sets the password of the account that a link is for, and uses the link up. In the same transaction all sessions of the account are
    /// ended and the failures forgotten that were counted against it.
    ///
    /// # Errors
    /// [`AccountError::Busy`] when too many passwords wait to be hashed; or the database or the machine failed.
    pub async fn set_password_by_link(
        &self,
        text: &str,
        new: &str,
        by: &By,
    ) -> Result<PasswordSetByLink, AccountError> {
        let Some(token) = Token::parse(text.as_bytes()) else {
            return Ok(PasswordSetByLink::NoLink);
        };
        // Before anything is hashed, so that only who has a link makes this work.
        let Some(PasswordLink { account, .. }) = self.password_link(text).await? else {
            return Ok(PasswordSetByLink::NoLink);
        };
        if let Err(violation) = self.judge(&account, new) {
            return Ok(PasswordSetByLink::Refused(violation));
        }
        let hash = self.hash(new, by).await?;
        let (id, now) = (account.id, self.now());
        let mut writing = self.database().begin().await?;
        // Whatever changes the stamp takes the link away, so it is still the one that was read with it.
        let taken = tokens::take(&mut writing, &token.hash(), Purpose::Password, now).await?;
        let old = &account.security_stamp;
        let new_stamp = self.new_stamp();
        if taken.is_none()
            || !changes::set_password(&mut writing, id, old, hash.as_ref(), &new_stamp).await?
        {
            store::roll_back(writing).await?;
            return Ok(PasswordSetByLink::NoLink);
        }
        changes::forget_failures(&mut writing, id).await?;
        writing.end_all_of(&id.user_id(), None, now).await?;
        let entry = Entry::new(AuditKind::PasswordSetByLink, id, by);
        record(&mut writing, entry, now).await?;
        store::commit(writing).await?;
        Ok(PasswordSetByLink::Set(self.existing(id).await?))
    }
}

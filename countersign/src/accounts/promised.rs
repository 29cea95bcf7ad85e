use super::audit::AuditKind;
use super::email::EmailAddress;
use super::roles::about_role;
use super::store::audit::{Entry, record};
use super::store::tokens::{self, Purpose};
use super::store::{self, changes, roles};
use super::{Account, AccountError, AccountId, Accounts, By};
use crate::clock::Timestamp;
use crate::secret::Token;
use crate::session::StoreError;
use crate::session::sqlite::writing::Writing;

/// What came of an invitation that somebody wanted to take with the account that he has.
#[derive(Clone, Debug)]
#[must_use = "whether the invitation was taken stands in it"]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, where it is made"
)]
pub enum InvitationAccepted {
    /// The account has the roles, and the invitation is used up. The account as it is now.
    Accepted(Account),
    /// It is no invitation, was used, or came too late.
    NotInvited,
}

impl Accounts {
    /// Gives an account that is there already what an invitation promises, and uses the invitation up: its roles, and the confirmation
    /// of its address if that is the account's own. It counts whoever may register.
    ///
    /// ```
    /// # use countersign::AuthUser;
    /// # use countersign::accounts::{ADMINISTRATOR, Accounts, By, InvitationAccepted, NewAccount, Registered};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// # let new = NewAccount::new("Ada", "correct horse battery staple");
    /// # let Registered::Created(ada) = accounts.register(new, &By::system("an example")).await? else { panic!() };
    /// let token = accounts.invite_administrator(&By::system("a command")).await?.reveal();
    /// // Later, a request of somebody who is logged in:
    /// let by = By::account(ada.id, Default::default());
    /// let accepted = accounts.accept_invitation(&token, ada.id, &by).await?;
    /// let InvitationAccepted::Accepted(ada) = accepted else { panic!("it did not count") };
    /// assert!(ada.has_role(ADMINISTRATOR));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], [`AccountError::Disabled`], or when the database does not answer.
    pub async fn accept_invitation(
        &self,
        text: &str,
        account: AccountId,
        by: &By,
    ) -> Result<InvitationAccepted, AccountError> {
        let now = self.now();
        let mut writing = self.database().begin().await?;
        store::must_be_active(&mut writing, account).await?;
        let Some(promised) = take_invitation(&mut writing, text, now).await? else {
            store::roll_back(writing).await?;
            return Ok(InvitationAccepted::NotInvited);
        };
        let entry = Entry::new(AuditKind::InvitationAccepted, account, by);
        record(&mut writing, entry, now).await?;
        promised.keep(&mut writing, account, by, now).await?;
        store::commit(writing).await?;
        Ok(InvitationAccepted::Accepted(self.existing(account).await?))
    }
}

/// What an invitation promised to whoever uses it.
#[derive(Default)]
pub(super) struct Promised {
    pub(super) email: Option<EmailAddress>,
    pub(super) roles: Vec<String>,
}

/// Uses an invitation up. `None` when somebody else did while the password was hashed, or its time is over.
pub(super) async fn take_invitation(
    writing: &mut Writing,
    text: &str,
    now: Timestamp,
) -> Result<Option<Promised>, StoreError> {
    let Some(token) = Token::parse(text.as_bytes()) else {
        return Ok(None);
    };
    let taken = tokens::take(writing, &token.hash(), Purpose::Invitation, now).await?;
    Ok(taken.map(|row| Promised {
        email: row.email.and_then(|email| EmailAddress::new(&email).ok()),
        roles: row.roles,
    }))
}

impl Promised {
    pub(super) async fn keep(
        &self,
        writing: &mut Writing,
        id: AccountId,
        by: &By,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // The address stays unconfirmed when it was confirmed to be somebody else's since.
        if let Some(email) = &self.email
            && changes::confirm_email(writing, id, email, now).await?
        {
            record(writing, Entry::new(AuditKind::EmailConfirmed, id, by), now).await?;
        }
        for role in &self.roles {
            if roles::grant(writing, id, role).await? {
                let entry = about_role(AuditKind::RoleGranted, Some(id), role, by);
                record(writing, entry, now).await?;
            }
        }
        Ok(())
    }
}

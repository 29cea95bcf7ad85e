use std::fmt;
use std::time::Duration;

use super::audit::AuditKind;
use super::email::EmailAddress;
use super::register::is_trusted;
use super::roles::{ADMINISTRATOR, check_name};
use super::store::audit::{Entry, record};
use super::store::tokens::{self, Purpose, TokenRow};
use super::{Account, AccountError, Accounts, By, EmailProblem, store};
use crate::login::AuthUser as _;
use crate::secret::Token;

/// Whom somebody invites, and to what.
///
/// ```
/// use countersign::accounts::Invitation;
/// use std::time::Duration;
///
/// let mut invitation = Invitation::default();
/// assert_eq!(invitation.lasts, Duration::from_secs(7 * 24 * 3_600));
/// invitation.roles.push("editor".to_owned());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Invitation {
    /// The e-mail address to which the invitation goes. Whoever uses the invitation read what was sent there, so the address
    /// becomes that of his account, and is confirmed.
    pub email: Option<String>,
    /// The roles that the account will have.
    pub roles: Vec<String>,
    /// For how long it can be used.
    pub lasts: Duration,
}

impl Invitation {
    /// For how long an invitation of [`Accounts::invite_administrator`] can be used: an hour.
    pub const ADMINISTRATOR_LASTS: Duration = Duration::from_secs(3_600);

    /// Whether it makes its user an [administrator](ADMINISTRATOR).
    pub fn makes_administrator(&self) -> bool {
        self.roles.iter().any(|role| role == ADMINISTRATOR)
    }

    /// Whether an account would get anything by it that it has not got: a role, or the confirmation of its address. Whoever would
    /// not had better leave it to somebody else: see [`Accounts::accept_invitation`].
    pub fn offers_anything_to(&self, account: &Account) -> bool {
        let key = |text: &str| EmailAddress::new(text).ok().map(|email| email.key);
        let address = account.email.as_deref().and_then(key);
        let confirms = account.email_confirmed_at.is_none()
            && address.is_some()
            && address == self.email.as_deref().and_then(key);
        confirms || self.roles.iter().any(|role| !account.has_role(role))
    }
}

impl Default for Invitation {
    /// For anybody, without roles, for seven days.
    fn default() -> Self {
        Self {
            email: None,
            roles: Vec::new(),
            lasts: Duration::from_secs(7 * 24 * 3_600),
        }
    }
}

/// What came of an invitation.
#[derive(Debug)]
#[must_use = "the token is shown only here"]
#[non_exhaustive]
pub enum Invited {
    /// Whoever brings this token may register, once.
    Token(InvitationToken),
    /// The e-mail address is none.
    Refused(EmailProblem),
}

/// What opens the registration once: 256 random bits. The database has only its hash, so it can't be shown again.
#[derive(Clone)]
pub struct InvitationToken(Token);

impl InvitationToken {
    /// The token's text, for the link that is sent: letters, digits, `-` and `_`.
    pub fn reveal(&self) -> String {
        self.0.reveal()
    }
}

impl fmt::Debug for InvitationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationToken([redacted])")
    }
}

impl Accounts {
    /// Invites somebody to register. The invitation counts unless nobody may: see [`Registration`](super::Registration). One that makes
    /// its user an [administrator](super::ADMINISTRATOR), and was made by an administrator or the application itself, counts
    /// even then: a site that is closed to strangers gets its first administrator by it.
    ///
    /// Somebody who has an account already can take what the invitation promises: [`accept_invitation`](Self::accept_invitation).
    ///
    /// # Errors
    /// [`AccountError::RoleName`], or when the database does not answer.
    pub async fn invite(&self, invitation: Invitation, by: &By) -> Result<Invited, AccountError> {
        for role in &invitation.roles {
            check_name(role)?;
        }
        let email = match invitation
            .email
            .as_deref()
            .map(EmailAddress::new)
            .transpose()
        {
            Ok(email) => email,
            Err(problem) => return Ok(Invited::Refused(problem)),
        };
        let token = self.give_out(email, invitation, by).await?;
        Ok(Invited::Token(token))
    }

    /// Invites somebody to be an administrator: with a new account, or with the one that he has. The invitation lasts
    /// [an hour](Invitation::ADMINISTRATOR_LASTS), so that it has to be used where it was asked for.
    ///
    /// ```
    /// # use countersign::accounts::{Accounts, By, NewAccount, Registered, Registration};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// let accounts = accounts.registration(Registration::Closed);
    /// let token = accounts.invite_administrator(&By::system("first start")).await?.reveal();
    ///
    /// let mut new = NewAccount::new("Ada", "correct horse battery staple");
    /// new.invitation = Some(&token);
    /// let visitor = By::anonymous(Default::default());
    /// assert!(matches!(accounts.register(new, &visitor).await?, Registered::Created(_)));
    /// assert!(accounts.has_administrator().await?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn invite_administrator(&self, by: &By) -> Result<InvitationToken, AccountError> {
        let invitation = Invitation {
            email: None,
            roles: vec![ADMINISTRATOR.to_owned()],
            lasts: Invitation::ADMINISTRATOR_LASTS,
        };
        self.give_out(None, invitation, by).await
    }

    /// Takes back all invitations to be an administrator that nobody has used, and answers how many there were: before a new one is
    /// given out that shall be the only one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn withdraw_administrator_invitations(&self, by: &By) -> Result<u64, AccountError> {
        let mut writing = self.database().begin().await?;
        let withdrawn = tokens::delete_invitations_to(&mut writing, ADMINISTRATOR).await?;
        if withdrawn > 0 {
            let entry = Entry {
                kind: AuditKind::InvitationsWithdrawn,
                account: None,
                by,
                session: None,
                detail: Some(ADMINISTRATOR.to_owned()),
            };
            record(&mut writing, entry, self.now()).await?;
        }
        store::commit(writing).await?;
        Ok(withdrawn)
    }

    /// What an invitation's text invites to; `None` when it is no invitation, was used, or came too late. For the page on which
    /// somebody who was invited registers; it uses nothing up.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn invitation(&self, text: &str) -> Result<Option<Invitation>, AccountError> {
        let Some(token) = Token::parse(text.as_bytes()) else {
            return Ok(None);
        };
        let now = self.now();
        let found = self
            .database()
            .token(&token.hash(), Purpose::Invitation, now)
            .await?;
        Ok(found.map(|row| Invitation {
            email: row.email,
            roles: row.roles,
            lasts: row.expires_at.since(now),
        }))
    }

    async fn give_out(
        &self,
        email: Option<EmailAddress>,
        invitation: Invitation,
        by: &By,
    ) -> Result<InvitationToken, AccountError> {
        let token = Token::generate_anywhere(&*self.login().random);
        let now = self.now();
        let row = TokenRow {
            expires_at: now + invitation.lasts,
            email: email.map(|email| email.shown),
            roles: invitation.roles,
            account: None,
            is_trusted: is_trusted(&by.actor),
        };
        let mut writing = self.database().begin().await?;
        tokens::insert(&mut writing, &token.hash(), Purpose::Invitation, &row, now).await?;
        let entry = Entry {
            kind: AuditKind::Invited,
            account: None,
            by,
            session: None,
            detail: (!row.roles.is_empty()).then(|| row.roles.join(", ")),
        };
        record(&mut writing, entry, now).await?;
        store::commit(writing).await?;
        Ok(InvitationToken(token))
    }
}

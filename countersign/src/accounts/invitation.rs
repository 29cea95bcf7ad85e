use std::fmt;
use std::time::Duration;

use super::audit::AuditKind;
use super::email::EmailAddress;
use super::roles::check_name;
use super::store::audit::{Entry, record};
use super::store::tokens::{self, Purpose, TokenRow};
use super::{AccountError, Accounts, By, EmailProblem, store};
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
    /// Invites somebody to register. The invitation counts unless nobody may: see [`Registration`](super::Registration).
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
        let token = Token::generate_anywhere(&*self.login().random);
        let now = self.now();
        let row = TokenRow {
            expires_at: now + invitation.lasts,
            email: email.map(|email| email.shown),
            roles: invitation.roles,
        };
        let mut writing = self.database().begin().await?;
        tokens::insert(&mut writing, &token.hash(), Purpose::Invitation, &row, now).await?;
        let entry = Entry {
            kind: AuditKind::Invited,
            account: None,
            by,
            session: None,
            detail: None,
        };
        record(&mut writing, entry, now).await?;
        store::commit(writing).await?;
        Ok(Invited::Token(InvitationToken(token)))
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
}

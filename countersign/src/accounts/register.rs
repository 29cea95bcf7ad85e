use std::fmt;

use super::audit::AuditKind;
use super::email::EmailAddress;
use super::name::LoginName;
use super::promised::{Promised, take_invitation};
use super::roles::ADMINISTRATOR;
use super::settings::Settings;
use super::store::audit::{Entry, record};
use super::store::tokens::{Purpose, TokenRow};
use super::store::{self, AccountRow};
use super::{
    Account, AccountError, AccountId, AccountSettingError, Accounts, Actor, By, EmailProblem,
    NameProblem, Registration,
};
use crate::password::PolicyViolation;
use crate::secret::Token;

/// What somebody who registers has typed.
///
/// ```
/// use countersign::accounts::NewAccount;
///
/// let mut new = NewAccount::new("Ada", "correct horse battery staple");
/// new.email = Some("ada@example.com");
/// assert_eq!(format!("{new:?}"), "NewAccount { .. }");
/// ```
#[derive(Clone, Copy)]
pub struct NewAccount<'a> {
    /// The name.
    pub name: &'a str,
    /// The e-mail address.
    pub email: Option<&'a str>,
    /// The password, exactly as it was typed.
    pub password: &'a str,
    /// The language, such as `en` or `zh-Hans` (RFC 5646).
    pub locale: Option<&'a str>,
    /// The text of the invitation's token.
    pub invitation: Option<&'a str>,
}

/// What came of a registration. Nobody is logged in by it, and no account that exists is changed, whatever it is.
#[derive(Clone, Debug)]
#[must_use = "whether there is an account now stands in it"]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, where it is made"
)]
pub enum Registered {
    /// The account was made.
    Created(Account),
    /// What was typed can't be taken as it is.
    Refused(Refusals),
    /// Only who is invited may register, and no invitation that still counts came along. Nothing is said about the rest.
    NotInvited,
    /// Nobody may register.
    Closed,
}

/// What is wrong with each thing that was typed; `None` for what is well.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Refusals {
    /// With the name.
    pub name: Option<NameProblem>,
    /// With the e-mail address. That somebody has it already is never said.
    pub email: Option<EmailProblem>,
    /// With the password.
    pub password: Option<PolicyViolation>,
}

impl<'a> NewAccount<'a> {
    /// A name and a password, and nothing else.
    pub fn new(name: &'a str, password: &'a str) -> Self {
        Self {
            name,
            email: None,
            password,
            locale: None,
            invitation: None,
        }
    }
}

impl fmt::Debug for NewAccount<'_> {
    /// Shows nothing: people type passwords into other fields too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount").finish_non_exhaustive()
    }
}

impl Refusals {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A registration whose parts were read.
struct Reading {
    name: Option<LoginName>,
    email: Option<EmailAddress>,
    refusals: Refusals,
}

impl Accounts {
    /// Makes an account.
    ///
    /// Administrators and the application itself may do so whoever else may, and give reserved names away. Where nobody else may,
    /// an invitation to be an [administrator](ADMINISTRATOR) still counts. An invitation that
    /// comes along must count, also where none is needed; it is used up when the account is made, and only then.
    ///
    /// # Errors
    /// [`AccountError::Setting`] when nobody said who may register; [`AccountError::Busy`] when too many passwords wait to
    /// be hashed; [`AccountError::Locale`]; or when the database or the machine fails.
    pub async fn register(&self, new: NewAccount<'_>, by: &By) -> Result<Registered, AccountError> {
        if let Some(refused) = self.refusal(not_empty(new.invitation), by).await? {
            return Ok(refused);
        }
        if new.locale.is_some_and(|locale| !is_locale(locale)) {
            return Err(AccountError::Locale);
        }
        let mut reading = self.settings.read(&new, is_trusted(&by.actor));
        if let Some(name) = &reading.name
            && self.database().name_is_taken(name).await?
        {
            reading.refusals.name = Some(NameProblem::Taken);
        }
        match reading.name.take_if(|_| reading.refusals.is_empty()) {
            Some(name) => {
                let hash = self.hash(new.password, by).await?;
                self.make(&name, reading.email, &new, hash.as_ref(), by)
                    .await
            }
            None => Ok(Registered::Refused(reading.refusals)),
        }
    }

    /// Whether anybody may register who brings this invitation, or none: for whoever shows a form, or says that there is none. It uses
    /// nothing up.
    ///
    /// # Errors
    /// [`AccountError::Setting`] when nobody said who may register; or when the database does not answer.
    pub async fn may_register(&self, invitation: Option<&str>) -> Result<bool, AccountError> {
        let visitor = By::anonymous(Default::default());
        Ok(self
            .refusal(not_empty(invitation), &visitor)
            .await?
            .is_none())
    }

    /// Why nobody in his place may register; `None` when he may. It is asked before anything else, so that nobody who is not
    /// invited learns which names are taken.
    async fn refusal(
        &self,
        invitation: Option<&str>,
        by: &By,
    ) -> Result<Option<Registered>, AccountError> {
        let registration = match self.settings.registration {
            _ if is_trusted(&by.actor) => Registration::Open,
            None => return Err(AccountSettingError::Registration.into()),
            Some(registration) => registration,
        };
        let row = match invitation.and_then(|text| Token::parse(text.as_bytes())) {
            Some(token) => {
                let database = self.database();
                database
                    .token(&token.hash(), Purpose::Invitation, self.now())
                    .await?
            }
            None => None,
        };
        Ok(match registration {
            Registration::Closed if !row.as_ref().is_some_and(makes_administrator) => {
                Some(Registered::Closed)
            }
            Registration::Open if invitation.is_none() => None,
            _ => row.is_none().then_some(Registered::NotInvited),
        })
    }

    async fn make(
        &self,
        name: &LoginName,
        email: Option<EmailAddress>,
        new: &NewAccount<'_>,
        password_hash: &str,
        by: &By,
    ) -> Result<Registered, AccountError> {
        let now = self.now();
        let id = AccountId::generate(now, &*self.login().random);
        let mut writing = self.database().begin().await?;
        let promised = match not_empty(new.invitation) {
            Some(text) => take_invitation(&mut writing, text, now).await?,
            None => Some(Promised::default()),
        };
        let Some(promised) = promised else {
            store::roll_back(writing).await?;
            return Ok(Registered::NotInvited);
        };
        let row = AccountRow {
            id,
            name,
            email: promised.email.as_ref().or(email.as_ref()),
            locale: new.locale,
            created_at: now,
            password_hash,
            stamp: &self.new_stamp(),
        };
        if !store::insert_account(&mut writing, &row).await? {
            store::roll_back(writing).await?;
            let name = Some(NameProblem::Taken);
            return Ok(Registered::Refused(Refusals {
                name,
                ..Refusals::default()
            }));
        }
        record(&mut writing, Entry::new(AuditKind::Registered, id, by), now).await?;
        promised.keep(&mut writing, id, by, now).await?;
        store::commit(writing).await?;
        Ok(Registered::Created(self.existing(id).await?))
    }
}

/// The invitation that came along. An empty field of a form is none.
fn not_empty(invitation: Option<&str>) -> Option<&str> {
    invitation.filter(|text| !text.is_empty())
}

/// Whether an invitation counts even where nobody may register. What it promises never changes, so that this needs no second look
/// when it is used up.
fn makes_administrator(invitation: &TokenRow) -> bool {
    invitation.is_trusted && invitation.roles.iter().any(|role| role == ADMINISTRATOR)
}

impl Settings {
    /// Reads what was typed, and says all that is wrong with it at once.
    fn read(&self, new: &NewAccount<'_>, is_trusted: bool) -> Reading {
        let mut refusals = Refusals::default();
        let name = LoginName::new(new.name);
        refusals.name = match &name {
            Err(problem) => Some(*problem),
            Ok(name) if !is_trusted && self.reserved.has(name) => Some(NameProblem::Reserved),
            Ok(_) => None,
        };
        // An empty field of a form is no address.
        let email = new.email.filter(|email| !email.trim().is_empty());
        let email = email.map(EmailAddress::new).transpose();
        refusals.email = email.as_ref().err().copied();
        refusals.password = self.judge(new.password, new.name, new.email).err();
        Reading {
            name: name.ok(),
            email: email.ok().flatten(),
            refusals,
        }
    }

    /// Whether the policy takes a password for somebody of that name and address.
    pub(super) fn judge(
        &self,
        password: &str,
        name: &str,
        email: Option<&str>,
    ) -> Result<(), PolicyViolation> {
        let texts = [Some(name), email, self.application_name.as_deref()];
        let texts: Vec<&str> = texts.into_iter().flatten().collect();
        let in_one_word = texts.iter().map(|text| parts_of(text).collect::<String>());
        let in_one_word: Vec<String> = in_one_word.collect();
        let parts = texts.iter().flat_map(|text| parts_of(text));
        let context: Vec<&str> = parts
            .filter(|part| part.chars().count() >= SHORTEST_PART)
            .chain(texts.iter().copied())
            .chain(in_one_word.iter().map(String::as_str))
            .collect();
        self.policy.check(password, &context)
    }
}

/// The words of a text.
fn parts_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
}

/// Whether an actor may do what strangers may not.
pub(super) fn is_trusted(actor: &Actor) -> bool {
    matches!(actor, Actor::Administrator(_) | Actor::System(_))
}

/// Whether a text could be a language tag (RFC 5646, section 2.1; 35 is the longest that anybody needs, section 4.4.1).
pub(super) fn is_locale(text: &str) -> bool {
    let fits = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.len() <= 35 && text.split('-').all(fits)
}

/// Parts of names and addresses that are shorter than this are in too many passwords.
const SHORTEST_PART: usize = 3;

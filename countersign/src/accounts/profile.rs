use super::audit::AuditKind;
use super::email::EmailAddress;
use super::name::LoginName;
use super::register::{is_locale, is_trusted};
use super::store::audit::{Entry, record};
use super::store::{self, changes};
use super::{Account, AccountError, AccountId, Accounts, By, EmailProblem, NameProblem};

/// What came of a change of the name.
#[derive(Clone, Debug)]
#[must_use = "whether the name was changed stands in it"]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, where it is made"
)]
pub enum Renamed {
    /// The account has the name. The account as it is now.
    Renamed(Account),
    /// It can't have the name.
    Refused(NameProblem),
}

/// What came of a change of the e-mail address.
#[derive(Clone, Debug)]
#[must_use = "whether the address was changed stands in it"]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, where it is made"
)]
pub enum EmailChanged {
    /// The account has the address, which is not confirmed. The account as it is now.
    Changed(Account),
    /// It is no address.
    Refused(EmailProblem),
}

/// What came of a confirmation of an e-mail address.
#[derive(Clone, Debug)]
#[must_use = "whether the address is confirmed stands in it"]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, where it is made"
)]
pub enum EmailConfirmed {
    /// The address is the owner's, and he can log in with it. The account as it is now.
    Confirmed(Account),
    /// The account has another address by now, or none.
    NotItsAddress,
    /// The address is confirmed to be somebody else's. Tell no stranger.
    SomebodyElses,
}

impl Accounts {
    /// Gives an account another name. Another spelling of the present one is possible too.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn rename(
        &self,
        account: AccountId,
        name: &str,
        by: &By,
    ) -> Result<Renamed, AccountError> {
        self.existing(account).await?;
        let name = match LoginName::new(name) {
            Ok(name) => name,
            Err(problem) => return Ok(Renamed::Refused(problem)),
        };
        if self.settings.reserved.has(&name) && !is_trusted(&by.actor) {
            return Ok(Renamed::Refused(NameProblem::Reserved));
        }
        let mut writing = self.database().begin().await?;
        if !changes::rename(&mut writing, account, &name).await? {
            store::roll_back(writing).await?;
            self.existing(account).await?;
            return Ok(Renamed::Refused(NameProblem::Taken));
        }
        let entry = Entry::new(AuditKind::Renamed, account, by);
        record(&mut writing, entry, self.now()).await?;
        store::commit(writing).await?;
        Ok(Renamed::Renamed(self.existing(account).await?))
    }

    /// Changes the language of an account; `None` leaves it to each browser.
    ///
    /// # Errors
    /// [`AccountError::Locale`], [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn change_locale(
        &self,
        account: AccountId,
        locale: Option<&str>,
        by: &By,
    ) -> Result<Account, AccountError> {
        if locale.is_some_and(|locale| !is_locale(locale)) {
            return Err(AccountError::Locale);
        }
        let present = self.existing(account).await?;
        if present.locale.as_deref() == locale {
            return Ok(present);
        }
        let mut writing = self.database().begin().await?;
        changes::set_locale(&mut writing, account, locale).await?;
        let entry = Entry {
            detail: locale.map(str::to_owned),
            ..Entry::new(AuditKind::LocaleChanged, account, by)
        };
        record(&mut writing, entry, self.now()).await?;
        store::commit(writing).await?;
        self.existing(account).await
    }

    /// Changes the e-mail address of an account, or takes it away. The new one is not confirmed, so it logs nobody in, and
    /// whether somebody else has it is not said.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn change_email(
        &self,
        account: AccountId,
        email: Option<&str>,
        by: &By,
    ) -> Result<EmailChanged, AccountError> {
        let email = match email.map(EmailAddress::new).transpose() {
            Ok(email) => email,
            Err(problem) => return Ok(EmailChanged::Refused(problem)),
        };
        let mut writing = self.database().begin().await?;
        if !changes::set_email(&mut writing, account, email.as_ref()).await? {
            store::roll_back(writing).await?;
            return Err(AccountError::NoSuchAccount);
        }
        let entry = Entry::new(AuditKind::EmailChanged, account, by);
        record(&mut writing, entry, self.now()).await?;
        store::commit(writing).await?;
        Ok(EmailChanged::Changed(self.existing(account).await?))
    }

    /// Says that an e-mail address is the owner's: he got a message that was sent there, or an administrator knows. From now
    /// on it belongs to this account alone and logs in like its name. `email` is the address that was proved; it counts only
    /// while it is the account's.
    ///
    /// # Errors
    /// [`AccountError::NoSuchAccount`], or when the database does not answer.
    pub async fn confirm_email(
        &self,
        account: AccountId,
        email: &str,
        by: &By,
    ) -> Result<EmailConfirmed, AccountError> {
        let present = self.existing(account).await?;
        let its = present.email.as_deref().map(Self::login_key);
        let email = match EmailAddress::new(email) {
            Ok(email) if its.as_ref() == Some(&email.key) => email,
            _ => return Ok(EmailConfirmed::NotItsAddress),
        };
        let now = self.now();
        let mut writing = self.database().begin().await?;
        if !changes::confirm_email(&mut writing, account, &email, now).await? {
            store::roll_back(writing).await?;
            return Ok(EmailConfirmed::SomebodyElses);
        }
        let entry = Entry::new(AuditKind::EmailConfirmed, account, by);
        record(&mut writing, entry, now).await?;
        store::commit(writing).await?;
        Ok(EmailConfirmed::Confirmed(self.existing(account).await?))
    }
}

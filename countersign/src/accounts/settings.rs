use std::sync::Arc;

use super::failures::FailureCounts;
use super::loader::AccountLoader;
use super::name::ReservedNames;
use super::session_store::AccountSessions;
use super::store::Database;
use super::{AccountSettingError, Accounts};
use crate::clock::{Clock, SystemClock};
use crate::login::LoginSettings;
use crate::password::{PasswordPolicy, Passwords};
use crate::secret::{Random, SecretKey};
use crate::throttle::Throttle;

/// Who may register.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Whoever brings a token of [`Accounts::invite`].
    ByInvitation,
    /// Nobody: accounts are made by administrators and commands.
    Closed,
}

/// What an [`Accounts`] was told.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) database: Database,
    pub(super) login: Arc<LoginSettings>,
    pub(super) registration: Option<Registration>,
    pub(super) policy: PasswordPolicy,
    pub(super) application_name: Option<Arc<str>>,
    pub(super) reserved: ReservedNames,
    pub(super) failures: Arc<FailureCounts>,
}

impl Settings {
    pub(super) fn new(database: Database) -> Self {
        let store = AccountSessions(database.clone());
        let mut login = LoginSettings::new(store.into(), Arc::new(SystemClock::new()));
        login.has_no_realms = true;
        login.loader = Some(Arc::new(AccountLoader(database.clone())));
        let failures = count_failures(&database, &mut login);
        Self {
            database,
            login: Arc::new(login),
            registration: None,
            policy: PasswordPolicy::only_factor(),
            application_name: None,
            reserved: ReservedNames::default(),
            failures,
        }
    }
}

/// Has the failures of logins counted, by their clock.
fn count_failures(database: &Database, login: &mut LoginSettings) -> Arc<FailureCounts> {
    let counts = FailureCounts::new(database.clone(), Arc::clone(&login.clock));
    let listener = Arc::clone(&counts);
    login.subscribers = Default::default();
    login.subscribers.add(move |event| listener.hear(event));
    counts
}

/// Settings. Those of logins (the clock, the secret key, the pool of passwords, the throttle) are shared with a login manager
/// that is made of these accounts, so set them here, and before.
impl Accounts {
    /// Who may register. There is no default, except for a site that only this machine can reach.
    pub fn registration(mut self, registration: Registration) -> Self {
        self.set().registration = Some(registration);
        self
    }

    /// What was said about who may register.
    pub fn registration_setting(&self) -> Option<Registration> {
        self.settings.registration
    }

    /// The same accounts, once it is certain who may register. On a site that only this machine can reach everybody may,
    /// unless something else was said. Whatever serves accounts to others calls this before it starts.
    ///
    /// # Errors
    /// [`AccountSettingError::Registration`] when nothing was said and the site is for others too.
    pub fn decide_registration(self, is_local: bool) -> Result<Self, AccountSettingError> {
        match self.settings.registration {
            Some(_) => Ok(self),
            None if is_local => Ok(self.registration(Registration::Open)),
            None => Err(AccountSettingError::Registration),
        }
    }

    /// The application's name: nobody's password may be made of it, and pages show it.
    pub fn application_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.set().application_name = Some(name.into());
        self
    }

    /// The application's name, when it was set.
    pub fn application_name_setting(&self) -> Option<&str> {
        self.settings.application_name.as_deref()
    }

    /// Names that nobody may choose, besides those that are reserved everywhere: `admin`, `root`, `support`, `security`
    /// and their like. Administrators and the application itself may still give them to somebody.
    pub fn reserve_names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set().reserved.add(names);
        self
    }

    /// Which passwords are taken; [`PasswordPolicy::only_factor`] without this.
    pub fn password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.set().policy = policy;
        self
    }

    /// The password policy.
    pub fn password_policy_setting(&self) -> PasswordPolicy {
        self.settings.policy
    }

    /// The pool that hashes passwords; the process's shared one without this.
    pub fn passwords(mut self, passwords: Passwords) -> Self {
        self.set_login().passwords = passwords;
        self
    }

    /// The pool that hashes passwords, as it is set now.
    pub fn password_pool(&self) -> &Passwords {
        &self.login().passwords
    }

    /// The secret key with which known devices are signed. Without it, the database keeps one.
    pub fn secret_key(mut self, key: SecretKey) -> Self {
        self.set_login().set_secret_key(key);
        self
    }

    /// What counts failures; this process's memory without this.
    pub fn throttle(mut self, throttle: impl Throttle) -> Self {
        self.set_login().set_throttle(Arc::new(throttle));
        self
    }

    /// The clock; for tests.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        let settings = self.set();
        let login = Arc::make_mut(&mut settings.login);
        login.set_clock(clock);
        settings.failures = count_failures(&settings.database, login);
        self
    }

    /// Where random bytes come from; for tests. Whoever foretells them forges every token.
    pub fn danger_random(mut self, random: Arc<dyn Random>) -> Self {
        self.set_login().random = random;
        self
    }

    fn set(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    fn set_login(&mut self) -> &mut LoginSettings {
        Arc::make_mut(&mut self.set().login)
    }
}

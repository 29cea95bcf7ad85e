use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::event::Subscribers;
use super::{DynUserLoader, ErasedUser, LoginError};
use crate::clock::Clock;
use crate::password::Passwords;
use crate::secret::{OperatingSystemRandom, Random, SecretKey};
#[cfg(feature = "flask")]
use crate::session::FlaskSessions;
use crate::session::{DynSessionStore, Kept, Lifetimes, Realm, StoreError, UserId};
use crate::throttle::{KnownDevices, MemoryThrottle, Throttle, ThrottleLimits};

/// What a login manager was told, apart from the web.
#[derive(Clone)]
pub(crate) struct LoginSettings {
    pub(crate) store: Arc<dyn DynSessionStore>,
    /// The sessions of a Flask application, in the place of the store's.
    #[cfg(feature = "flask")]
    pub(crate) flask: Option<Arc<FlaskSessions>>,
    pub(crate) loader: Option<Arc<dyn DynUserLoader>>,
    pub(crate) passwords: Passwords,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) fresh_for: Duration,
    pub(crate) protection: SessionProtection,
    pub(crate) subscribers: Subscribers,
    secret_key: Option<SecretKey>,
    throttle: Option<Arc<dyn Throttle>>,
    /// The store without a realm, from which `store` is made again when the realm changes.
    whole_store: Arc<dyn DynSessionStore>,
    /// Whose users these are, where several managers share a store or a key.
    realm: Arc<str>,
    /// Whether the realm was named, so that nothing else decides about it.
    realm_is_named: bool,
    /// Whether there can be no realm, because others work on the same sessions and know nothing of realms.
    pub(crate) has_no_realms: bool,
    /// Whether browsers are recognised by a cookie of their own.
    pub(crate) has_known_devices: bool,
    /// What is made at its first use. New settings get a new one.
    made: Arc<Made>,
}

#[derive(Default)]
struct Made {
    throttle: OnceLock<Arc<dyn Throttle>>,
    devices: OnceCell<KnownDevices>,
}

impl LoginSettings {
    pub(crate) fn new(kept: Kept, clock: Arc<dyn Clock>) -> Self {
        let secret_key = kept.secret_key();
        Self {
            whole_store: Arc::clone(&kept.store),
            realm: Arc::default(),
            realm_is_named: false,
            has_no_realms: secret_key.is_some(),
            has_known_devices: true,
            store: kept.store,
            #[cfg(feature = "flask")]
            flask: kept.flask,
            loader: None,
            passwords: Passwords::shared(),
            clock,
            random: Arc::new(OperatingSystemRandom),
            lifetimes: Lifetimes::default(),
            fresh_for: Duration::from_secs(15 * 60),
            protection: SessionProtection::default(),
            subscribers: Subscribers::default(),
            secret_key,
            throttle: None,
            made: Arc::default(),
        }
    }

    pub(crate) fn set_secret_key(&mut self, key: SecretKey) {
        self.secret_key = Some(key);
        self.made = Arc::default();
    }

    /// Keeps this manager's sessions apart from those of others in the same store.
    pub(crate) fn name_realm(&mut self, name: Arc<str>) {
        self.enter_realm(name);
        self.realm_is_named = true;
    }

    /// As [`name_realm`](Self::name_realm), unless a realm was named.
    pub(crate) fn suggest_realm(&mut self, name: Arc<str>) {
        if !self.realm_is_named && !self.has_no_realms {
            self.enter_realm(name);
        }
    }

    fn enter_realm(&mut self, name: Arc<str>) {
        self.store = match name.is_empty() {
            true => Arc::clone(&self.whole_store),
            false => Arc::new(Realm::new(Arc::clone(&self.whole_store), Arc::clone(&name))),
        };
        self.realm = name;
        self.made = Arc::default();
    }

    pub(crate) fn set_throttle(&mut self, throttle: Arc<dyn Throttle>) {
        self.throttle = Some(throttle);
    }

    pub(crate) fn set_clock(&mut self, clock: Arc<dyn Clock>) {
        self.clock = clock;
        self.made = Arc::default();
    }

    pub(super) fn loader(&self) -> &dyn DynUserLoader {
        self.loader
            .as_deref()
            .expect("a manager is a layer only after it was given a loader")
    }

    pub(super) async fn load_user(
        &self,
        id: &UserId,
    ) -> Result<Option<Arc<dyn ErasedUser>>, LoginError> {
        self.loader().load(id).await.map_err(LoginError::UserLoader)
    }

    /// The throttle that was set, or one in this process's memory.
    pub(crate) fn throttle(&self) -> &Arc<dyn Throttle> {
        self.throttle.as_ref().unwrap_or_else(|| {
            self.made.throttle.get_or_init(|| {
                let key = SecretKey::generate(&*self.random);
                let limits = ThrottleLimits::default();
                Arc::new(MemoryThrottle::new(Arc::clone(&self.clock), &key, limits))
            })
        })
    }

    /// The signer of known devices. Its key is the application's secret key, or else one that the session store
    /// keeps for all nodes.
    pub(crate) async fn devices(&self) -> Result<&KnownDevices, StoreError> {
        let make = async || {
            let key = match &self.secret_key {
                Some(key) => key.clone(),
                None => {
                    let mut proposal = [0; 32];
                    self.random.fill(&mut proposal);
                    let kept = self.store.shared_secret(proposal).await?;
                    SecretKey::new(kept).map_err(|error| StoreError::Corrupt {
                        what: "shared secret",
                        source: error.into(),
                    })?
                }
            };
            Ok(KnownDevices::new(key).in_realm(Arc::clone(&self.realm)))
        };
        self.made.devices.get_or_try_init(make).await
    }
}

impl fmt::Debug for LoginSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginSettings")
            .field("store", &self.store)
            .field("lifetimes", &self.lifetimes)
            .field("fresh_for", &self.fresh_for)
            .field("protection", &self.protection)
            .finish_non_exhaustive()
    }
}

/// What happens when a session comes from another client than the one that began it. The names are Flask-Login's.
///
/// This is an alarm, not a lock: whoever steals a cookie can send the owner's `User-Agent` too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SessionProtection {
    /// Nothing.
    Off,
    /// With another family of browser or operating system, the login counts, but not as fresh. An update of the
    /// browser changes nothing, nor does another address: phones change theirs all day.
    #[default]
    Basic,
    /// With another family of browser or operating system, or another address (for IPv6, another /64), the session is
    /// ended.
    Strong,
}

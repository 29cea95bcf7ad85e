use std::net::IpAddr;

use tokio::time::Instant;

use super::event::Event;
use super::request::Client;
use super::staged::Proof;
use super::user::ErasedUser;
use super::{LoginError, LoginSettings};
use crate::measure::counter;
use crate::password::{PasswordHash, Requester};
use crate::session::{Method, UserId};
use crate::throttle::{Attempt, Reservation, ThrottleError};

/// Verifies a password of one request, within the bounds of its client.
pub(crate) struct Check<'a, C> {
    pub(crate) settings: &'a LoginSettings,
    pub(crate) client: &'a C,
}

impl<C: Client> Check<'_, C> {
    /// What is proved by a name and a password that belong to an active user, who was found by that name or not. Whatever
    /// is wrong with them costs exactly one verification and looks the same.
    pub(crate) async fn check(
        &self,
        name: &str,
        found: Option<&dyn ErasedUser>,
        password: &str,
    ) -> Result<Option<Proof>, LoginError> {
        let answer = self.verify(name, found, password).await;
        match &answer {
            Ok(Some(_)) => counter!("countersign_login_checks_total", "result" => "right"),
            Ok(None) => counter!("countersign_login_checks_total", "result" => "wrong"),
            Err(LoginError::Throttled { .. }) => {
                counter!("countersign_login_checks_total", "result" => "throttled")
            }
            Err(LoginError::Busy { .. }) => {
                counter!("countersign_login_checks_total", "result" => "busy")
            }
            Err(_) => counter!("countersign_login_checks_total", "result" => "error"),
        }
        .increment(1);
        answer
    }

    async fn verify(
        &self,
        name: &str,
        found: Option<&dyn ErasedUser>,
        password: &str,
    ) -> Result<Option<Proof>, LoginError> {
        let started = Instant::now();
        let (reservation, known_device) = self.reserve(name, found).await?;
        // Asked for unknown names as well, so that both take the same steps; and before the hash is verified, so that
        // a login does not outlive an ending that came while it waited.
        let subject = found.map_or_else(|| UserId::new(head(name)), ErasedUser::user_id);
        let epoch = match self.settings.store.epoch_of(&subject).await {
            Ok(epoch) => epoch,
            Err(error) => return Err(unverified(reservation, error).await),
        };

        let requester = self.requester(known_device);
        let stored = found.and_then(ErasedUser::password_hash);
        let verdict = match self
            .settings
            .passwords
            .verify(password, stored, requester)
            .await
        {
            Ok(verdict) => verdict,
            Err(error) => return Err(unverified(reservation, error).await),
        };
        if let Some(problem) = &verdict.problem {
            tracing::error!(user = %subject, error = %problem, "a stored password hash can't be used");
        }
        let proved = match found.filter(|user| verdict.matches && user.is_active()) {
            Some(user) => match self.is_still_true(user, password, requester).await {
                Ok(is_true) => is_true,
                Err(error) => return Err(unverified(reservation, error).await),
            },
            None => false,
        };
        match found.filter(|_| proved) {
            Some(user) => {
                if let Err(error) = reservation.succeeded().await {
                    tracing::warn!(%error, "a login that succeeded stays counted as a failure");
                }
                if verdict.needs_rehash {
                    self.upgrade(user, password, requester).await;
                }
                let proof = Proof {
                    user_id: subject,
                    method: Method::Password,
                    stamp: user.security_stamp().map(|stamp| stamp.into()),
                    epoch,
                    name: name.to_owned(),
                };
                Ok(Some(proof))
            }
            None => {
                let address = self.client.address();
                self.settings.subscribers.tell(&Event::LoginFailed {
                    name: name.to_owned(),
                    address,
                });
                if let Some(floor) = self.settings.passwords.failure_floor() {
                    tokio::time::sleep_until(started + floor).await;
                }
                Ok(None)
            }
        }
    }

    /// Hashes a password that somebody chooses, in the bounds of his client.
    pub(crate) async fn hash_password(&self, password: &str) -> Result<PasswordHash, LoginError> {
        let hash = self
            .settings
            .passwords
            .hash_for(password, self.requester(false));
        hash.await.map_err(LoginError::from)
    }

    async fn reserve(
        &self,
        name: &str,
        found: Option<&dyn ErasedUser>,
    ) -> Result<(Reservation, bool), LoginError> {
        let devices = self.settings.devices().await?;
        let device = self
            .client
            .device()
            .and_then(|text| devices.read(text.as_bytes()));
        let known = device
            .as_ref()
            .is_some_and(|device| device.is_known_for(name));
        let address = self.client.network();
        let attempt = Attempt {
            account: name,
            epoch: found.map_or(0, ErasedUser::failure_epoch),
            client: address,
            device: device.as_ref(),
        };
        match self.settings.throttle().reserve(attempt).await {
            Ok(reservation) => Ok((reservation, known)),
            Err(ThrottleError::Refused { retry_after }) => {
                let address = self.client.address();
                self.settings.subscribers.tell(&Event::LoginThrottled {
                    name: name.to_owned(),
                    address,
                });
                Err(LoginError::Throttled { retry_after })
            }
            Err(error) => Err(LoginError::Throttle(error)),
        }
    }

    fn requester(&self, known_device: bool) -> Requester {
        let requester = match self.client.network() {
            Some(network) => Requester::client(client_key(network)),
            None => Requester::anonymous(),
        };
        if known_device {
            requester.known_device()
        } else {
            requester
        }
    }

    /// Whether the hash that was verified is still the user's. A user with a stamp needs no second look: the session
    /// carries the stamp that was read with the hash, and does not count once the user has another one.
    async fn is_still_true(
        &self,
        user: &dyn ErasedUser,
        password: &str,
        requester: Requester,
    ) -> Result<bool, LoginError> {
        if user.security_stamp().is_some() {
            return Ok(true);
        }
        let Some(present) = self.settings.load_user(&user.user_id()).await? else {
            return Ok(false);
        };
        if !present.is_active() {
            return Ok(false);
        }
        if present.password_hash() == user.password_hash() {
            return Ok(true);
        }
        // Another login may have upgraded the hash of the same password meanwhile.
        let passwords = &self.settings.passwords;
        let verdict = passwords
            .verify(password, present.password_hash(), requester)
            .await;
        verdict
            .map(|verdict| verdict.matches)
            .map_err(LoginError::from)
    }

    /// Replaces a hash of an old kind or cost. A login does not fail because that could not be done.
    async fn upgrade(&self, user: &dyn ErasedUser, password: &str, requester: Requester) {
        let Ok(hash) = self.settings.passwords.hash_for(password, requester).await else {
            return;
        };
        if let Err(error) = self
            .settings
            .loader()
            .store_password_hash(user, hash.as_ref())
            .await
        {
            tracing::warn!(%error, "an upgraded password hash could not be kept");
        }
    }
}

/// Something broke before it was known whether the password is right, and that is no failure of the user's. If even this
/// can't be written down, the failure stands: the safe side.
async fn unverified(reservation: Reservation, error: impl Into<LoginError>) -> LoginError {
    drop(reservation.give_back().await);
    error.into()
}

/// A number for a client's network: an IPv6 network is the first half of its addresses.
fn client_key(network: IpAddr) -> u64 {
    match network {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
    }
}

/// The beginning of a name that somebody typed: the store is never asked for more.
fn head(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_LIMIT)]
}

/// The longest name that is looked up, in bytes: an e-mail address has at most 320 (RFC 3696, section 3).
const NAME_LIMIT: usize = 320;

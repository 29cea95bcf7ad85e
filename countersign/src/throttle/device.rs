use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use super::names::canonical;
use crate::secret::{Random, SecretKey};

/// Makes and reads the cookies of known devices.
///
/// ```
/// use countersign::secret::{OperatingSystemRandom, SecretKey};
/// use countersign::throttle::KnownDevices;
///
/// let devices = KnownDevices::new(SecretKey::generate(&OperatingSystemRandom));
/// // Alice completed a login in a browser that sent no such cookie.
/// let cookie = devices.remember(None, "alice", &OperatingSystemRandom).reveal();
/// // The browser is back.
/// let device = devices.read(cookie.as_bytes()).unwrap();
/// assert!(device.is_known_for("Alice"));
/// assert!(!device.is_known_for("bob"));
/// ```
#[derive(Clone, Debug)]
pub struct KnownDevices {
    key: Arc<SecretKey>,
    realm: Arc<str>,
}

impl KnownDevices {
    /// Devices that are known by cookies under this key, or one of its fallbacks.
    pub fn new(key: SecretKey) -> Self {
        Self {
            key: Arc::new(key),
            realm: Arc::default(),
        }
    }

    /// The same devices where the accounts are those of that realm: a customer whose name is `root` makes his browser no
    /// known device of the staff's `root`. A cookie can be known in several realms.
    #[must_use]
    pub fn in_realm(self, realm: impl Into<Arc<str>>) -> Self {
        Self {
            realm: realm.into(),
            ..self
        }
    }

    /// Reads a cookie's value. `None` when it is not one that this key made: the browser is a stranger.
    ///
    /// Values longer than [`KnownDevice::LONGEST_TEXT`] are refused before they are looked at.
    pub fn read(&self, text: &[u8]) -> Option<KnownDevice> {
        if text.len() > KnownDevice::LONGEST_TEXT {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (signed, signature) = bytes.split_last_chunk::<SIGNATURE_LENGTH>()?;
        if !self.key.verify(COOKIE_PURPOSE, signed, signature) {
            return None;
        }
        let ([version], rest) = signed.split_first_chunk::<1>()?;
        let (id, tags) = rest.split_first_chunk::<ID_LENGTH>()?;
        let (accounts, remainder) = tags.as_chunks::<ACCOUNT_TAG_LENGTH>();
        let well_formed = *version == VERSION
            && remainder.is_empty()
            && accounts.len() <= KnownDevice::MOST_ACCOUNTS;
        well_formed.then(|| KnownDevice {
            key: Arc::clone(&self.key),
            realm: Arc::clone(&self.realm),
            id: *id,
            accounts: accounts.to_vec(),
        })
    }

    /// The browser after a completed login: known for this account too, and for those it was known for before.
    ///
    /// Where more than [`KnownDevice::MOST_ACCOUNTS`] were used, the one whose login is longest ago is forgotten.
    pub fn remember(
        &self,
        device: Option<&KnownDevice>,
        account: &str,
        random: &dyn Random,
    ) -> KnownDevice {
        let account = canonical(account);
        let (id, mut accounts) = match device {
            Some(device) => (device.id, device.accounts.clone()),
            None => (new_id(random), Vec::new()),
        };
        let signatures = account_signatures(&self.key, &self.realm, &id, &account);
        accounts.retain(|known| !signatures.iter().any(|tag| tag == known));
        accounts.insert(0, signatures[0]);
        accounts.truncate(KnownDevice::MOST_ACCOUNTS);
        KnownDevice {
            key: Arc::clone(&self.key),
            realm: Arc::clone(&self.realm),
            id,
            accounts,
        }
    }
}

/// A browser in which logins were completed before, as its cookie tells.
///
/// The cookie proves that and nothing else: it logs nobody in, and holds no name and no address. Whoever steals or copies it
/// gets the device's own 10 failures an hour, and no password. Only [`KnownDevices`] makes one, from a value that was signed.
///
/// The value is base64url without padding (RFC 4648, section 5) of: a version byte, 1; 16 random bytes, the device's id; up to 8
/// tags of 16 bytes, newest first, each the beginning of an HMAC-SHA-256 of the id, the realm between two bytes `FF` unless it
/// has no name, and an account's canonical name; the HMAC-SHA-256 of all that.
#[derive(Clone)]
pub struct KnownDevice {
    key: Arc<SecretKey>,
    realm: Arc<str>,
    id: [u8; ID_LENGTH],
    /// Newest first.
    accounts: Vec<AccountTag>,
}

impl KnownDevice {
    /// For how many accounts one browser can be known.
    pub const MOST_ACCOUNTS: usize = 8;
    /// Characters in the longest value that a cookie of a known device has.
    pub const LONGEST_TEXT: usize =
        (1 + ID_LENGTH + Self::MOST_ACCOUNTS * ACCOUNT_TAG_LENGTH + SIGNATURE_LENGTH) * 4 / 3;

    /// Whether a login for this account was completed in this browser. The name is taken as in [`super::Attempt::account`].
    pub fn is_known_for(&self, account: &str) -> bool {
        self.is_known_for_canonical(&canonical(account))
    }

    /// The cookie's value. The one way to see it.
    pub fn reveal(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.id);
        bytes.extend(self.accounts.as_flattened());
        let signature = self.key.sign(COOKIE_PURPOSE, &bytes);
        bytes.extend(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(super) fn is_known_for_canonical(&self, account: &str) -> bool {
        account_signatures(&self.key, &self.realm, &self.id, account)
            .iter()
            .any(|tag| self.accounts.iter().any(|known| tag.ct_eq(known).into()))
    }

    pub(super) fn id(&self) -> &[u8; ID_LENGTH] {
        &self.id
    }
}

impl fmt::Debug for KnownDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownDevice([redacted])")
    }
}

type AccountTag = [u8; ACCOUNT_TAG_LENGTH];

fn new_id(random: &dyn Random) -> [u8; ID_LENGTH] {
    let mut id = [0; ID_LENGTH];
    random.fill(&mut id);
    id
}

/// An account's tags on a device: under the newest key first, then under its fallbacks. The device's id is in them, so
/// two browsers of one person have nothing in common.
fn account_signatures(
    key: &SecretKey,
    realm: &str,
    id: &[u8; ID_LENGTH],
    account: &str,
) -> Vec<AccountTag> {
    let account = account.as_bytes();
    let message = match realm {
        "" => [&id[..], account].concat(),
        // No text has this byte, so no name is taken for a realm and a name.
        realm => [&id[..], b"\xFF", realm.as_bytes(), b"\xFF", account].concat(),
    };
    key.signatures(ACCOUNT_PURPOSE, &message)
        .map(|signature| {
            let mut tag = [0; ACCOUNT_TAG_LENGTH];
            tag.copy_from_slice(&signature[..ACCOUNT_TAG_LENGTH]);
            tag
        })
        .collect()
}

const VERSION: u8 = 1;
const ID_LENGTH: usize = 16;
const ACCOUNT_TAG_LENGTH: usize = 16;
const SIGNATURE_LENGTH: usize = 32;
const COOKIE_PURPOSE: &str = "countersign known device";
const ACCOUNT_PURPOSE: &str = "countersign known device account";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{OperatingSystemRandom, SequenceRandom};

    fn devices() -> KnownDevices {
        KnownDevices::new(SecretKey::new("the first key of these tests, long enough").unwrap())
    }

    fn after_logins(accounts: &[&str]) -> KnownDevice {
        let first = devices().remember(None, accounts[0], &OperatingSystemRandom);
        accounts[1..].iter().fold(first, |device, account| {
            devices().remember(Some(&device), account, &OperatingSystemRandom)
        })
    }

    #[test]
    fn a_device_is_known_for_the_accounts_that_logged_in_on_it_and_no_other() {
        let text = after_logins(&["alice", "Bob "]).reveal();
        let device = devices().read(text.as_bytes()).unwrap();
        assert!(device.is_known_for(" ALICE"));
        assert!(device.is_known_for("bob"));
        assert!(!device.is_known_for("carol"));
        assert!(!device.is_known_for(""));
    }

    #[test]
    fn a_device_known_in_one_realm_is_a_stranger_in_another() {
        let random = &OperatingSystemRandom;
        let staff = devices().in_realm("staff");
        let customers = devices();
        let cookie = customers.remember(None, "root", random).reveal();
        let seen_by_staff = staff.read(cookie.as_bytes()).unwrap();
        assert!(!seen_by_staff.is_known_for("root"));

        let cookie = staff
            .remember(Some(&seen_by_staff), "root", random)
            .reveal();
        for devices in [&staff, &customers] {
            let device = devices.read(cookie.as_bytes()).unwrap();
            assert!(device.is_known_for("root"));
        }
        let elsewhere = devices().in_realm("elsewhere");
        let device = elsewhere.read(cookie.as_bytes()).unwrap();
        assert!(!device.is_known_for("root"));
    }

    #[test]
    fn the_ninth_account_takes_the_place_of_the_one_used_longest_ago() {
        let device = after_logins(&["a", "b", "c", "d", "e", "f", "g", "h", "a", "i"]);
        assert!(!device.is_known_for("b"));
        for account in ["a", "c", "d", "e", "f", "g", "h", "i"] {
            assert!(device.is_known_for(account), "{account}");
        }
        assert_eq!(device.reveal().len(), KnownDevice::LONGEST_TEXT);
        assert!(devices().read(device.reveal().as_bytes()).is_some());
    }

    #[test]
    fn a_device_keeps_its_id_and_two_devices_share_nothing() {
        let random = SequenceRandom::default();
        let one = devices().remember(None, "alice", &random);
        let other = devices().remember(None, "alice", &random);
        assert_eq!(devices().remember(Some(&one), "bob", &random).id, one.id);
        assert_ne!(one.id, other.id);
        assert_ne!(one.accounts, other.accounts);
    }

    #[test]
    fn a_device_stays_known_when_the_key_is_replaced() {
        let text = after_logins(&["alice"]).reveal();
        let new = SecretKey::new("the second key of these tests, long enough")
            .and_then(|key| key.fallback("the first key of these tests, long enough"))
            .unwrap();
        let new = KnownDevices::new(new);
        let device = new.read(text.as_bytes()).unwrap();
        assert!(device.is_known_for("alice"));
        let device = new.remember(Some(&device), "alice", &OperatingSystemRandom);
        assert_eq!(device.accounts.len(), 1);
        assert!(devices().read(device.reveal().as_bytes()).is_none());
    }

    #[test]
    fn a_value_that_was_changed_anywhere_is_a_stranger() {
        let text = after_logins(&["alice", "bob"]).reveal().into_bytes();
        for position in 0..text.len() {
            for bit in 0..8 {
                let mut changed = text.clone();
                changed[position] ^= 1 << bit;
                assert!(devices().read(&changed).is_none(), "{position} {bit}");
            }
            assert!(devices().read(&text[..position]).is_none());
            assert!(devices().read(&text[position + 1..]).is_none());
        }
    }

    #[test]
    fn garbage_is_a_stranger() {
        let long = vec![b'A'; 1_000_000];
        let spaced = format!(" {}", after_logins(&["alice"]).reveal());
        for garbage in [
            &b""[..],
            b"A",
            b"====",
            &[0xFF; 100],
            &[0; 200],
            spaced.as_bytes(),
            &long,
        ] {
            assert!(devices().read(garbage).is_none());
        }
    }

    #[test]
    fn what_is_signed_but_of_another_shape_is_a_stranger() {
        let signed = |bytes: &[u8]| {
            let signature = devices().key.sign(COOKIE_PURPOSE, bytes);
            URL_SAFE_NO_PAD.encode([bytes, &signature].concat())
        };
        for bytes in [&[][..], &[1], &[2; 33], &[1; 34], &[1; 32]] {
            assert!(devices().read(signed(bytes).as_bytes()).is_none());
        }
        assert!(devices().read(signed(&[1; 33]).as_bytes()).is_some());
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let device = after_logins(&["alice"]);
        assert_eq!(format!("{device:?}"), "KnownDevice([redacted])");
        assert!(!format!("{:?}", devices()).contains("first key"));
    }
}

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign::ClientAddresses;

/// Counts the connections of each client, so that one of them can't take all there are. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Places {
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
    exempt: Arc<ClientAddresses>,
}

impl Places {
    /// So many connections for each client but the proxies that are trusted.
    pub(super) fn new(most: usize, exempt: Arc<ClientAddresses>) -> Self {
        Self {
            counts: Arc::default(),
            most,
            exempt,
        }
    }

    /// A place for a connection from this address, unless its client has all it may have. It is free again when the
    /// returned value goes.
    pub(super) fn take(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let place = |client| Place {
            places: self.clone(),
            client,
        };
        if self.exempt.trusts(address) {
            return Some(place(None));
        }
        let client = client(address);
        let mut counts = self.counts();
        let count = counts.entry(client).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(place(Some(client)))
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Nothing in here panics while it holds the lock.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    client: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(client) = self.client else {
            return;
        };
        let mut counts = self.places.counts();
        if let Some(count) = counts.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&client);
            }
        }
    }
}

/// What counts as one client: an IPv4 address, or the /64 that a customer is given at least (RFC 6177, section 2).
fn client(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        let exempt = ClientAddresses::from_header("x-forwarded-for", ["10.0.0.0/8"]);
        Places::new(2, Arc::new(exempt.unwrap()))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_client_has_its_share_and_others_have_theirs() {
        let places = places();
        let one = places.take(address("192.0.2.1")).unwrap();
        let _two = places.take(address("::ffff:192.0.2.1")).unwrap();
        assert!(places.take(address("192.0.2.1")).is_none());
        assert!(places.take(address("192.0.2.2")).is_some());
        drop(one);
        assert!(places.take(address("192.0.2.1")).is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let places = places();
        let _taken = ["2001:db8::1", "2001:db8::2"].map(|text| places.take(address(text)).unwrap());
        assert!(places.take(address("2001:db8::3")).is_none());
        assert!(places.take(address("2001:db8:0:1::3")).is_some());
    }

    #[test]
    fn proxies_speak_for_many() {
        let places = places();
        let taken: Vec<_> = (0..10)
            .map(|_| places.take(address("10.1.2.3")).unwrap())
            .collect();
        drop(taken);
        assert!(places.counts().is_empty());
    }
}

use std::fmt;
use std::net::IpAddr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization as _;

use crate::secret::SecretKey;

/// An account's name as it is counted: without surrounding space, in Unicode's form NFKC, in lower case.
///
/// Only the first [`COUNTED_LENGTH`] bytes are looked at: names that differ later share their counters. The space around a
/// name is none of them, or each length of it would make another name.
pub(super) fn canonical(account: &str) -> String {
    let account = account.trim();
    let beginning = &account[..account.floor_char_boundary(COUNTED_LENGTH)];
    // Lower case can leave the normal form, so it is made anew.
    let folded: String = beginning
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    // The normal form of some characters begins or ends with a space.
    folded.trim().to_owned()
}

/// Makes the tags by which counters are found, so that memory holds no names and no addresses, and nobody
/// can choose a name that meets another's counters.
pub(super) struct Tagger(Hmac<Sha256>);

impl Tagger {
    pub(super) fn new(key: &SecretKey) -> Self {
        let derived = key.sign("countersign throttle", b"counters");
        Self(Hmac::new_from_slice(&derived).expect("HMAC takes keys of any length"))
    }

    /// An account whose failures were forgotten so often.
    pub(super) fn account(&self, canonical: &str, epoch: u64) -> Tag {
        // The number stands first and has always as many bytes, so that no name runs into it.
        let value = [&epoch.to_le_bytes(), canonical.as_bytes()].concat();
        self.tag(b"account", &value)
    }

    /// IPv6 counts per /64, which is what one customer gets; an IPv4 address written as IPv6 counts as IPv4.
    pub(super) fn client(&self, client: IpAddr) -> Tag {
        match client.to_canonical() {
            IpAddr::V4(address) => self.tag(b"client4", &address.octets()),
            IpAddr::V6(address) => self.tag(b"client6", &address.octets()[..8]),
        }
    }

    pub(super) fn device(&self, device: &[u8; 16]) -> Tag {
        self.tag(b"device.", device)
    }

    /// All kinds have seven letters, so no two inputs run together.
    fn tag(&self, kind: &[u8; 7], value: &[u8]) -> Tag {
        let mac = self.0.clone().chain_update(kind).chain_update(value);
        Tag(mac.finalize().into_bytes().into())
    }
}

/// A name, an address or a device, as counters know it: an HMAC-SHA-256.
#[derive(Clone)]
pub(super) struct Tag([u8; 32]);

impl Tag {
    /// A tag for a test's number, spread like an HMAC: four steps of SplitMix64.
    #[cfg(test)]
    pub(super) fn scattered(number: u64) -> Self {
        let mut tag = [0; 32];
        for (step, word) in (1..).zip(tag.chunks_exact_mut(8)) {
            let mut mixed = (number * 4 + step).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            word.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
        }
        Self(tag)
    }

    /// The tag in short, for telling counters apart.
    pub(super) fn short(&self) -> u64 {
        self.word(3)
    }

    /// One of the tag's 64-bit words, which are as good as independent: 0 to 2 choose shared counters.
    pub(super) fn word(&self, number: usize) -> u64 {
        let mut word = [0; 8];
        word.copy_from_slice(&self.0[number * 8..][..8]);
        u64::from_le_bytes(word)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag([redacted])")
    }
}

/// More than the longest name of 320 characters (RFC 3696, section 3, and its erratum 1690) that stands in a form.
const COUNTED_LENGTH: usize = 1_280;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_name() {
        for spelling in ["alice", "Alice ", "\u{3000}ALICE\t", "Ａｌｉｃｅ", "ⓐlice"] {
            assert_eq!(canonical(spelling), "alice", "{spelling}");
        }
        assert_eq!(canonical("ＪＯＳE\u{301}"), canonical("josé"));
        assert_ne!(canonical("jose"), canonical("josé"));
        assert_eq!(canonical(" \u{a0} "), "");
    }

    #[test]
    fn no_amount_of_space_around_a_name_makes_it_another() {
        for spaces in [1, COUNTED_LENGTH - 3, COUNTED_LENGTH - 1, 100_000] {
            let space = " ".repeat(spaces);
            assert_eq!(canonical(&format!("{space}alice{space}")), "alice");
        }
    }

    #[test]
    fn the_canonical_form_is_its_own_canonical_form() {
        for name in ["İstanbul", "ǅ", "ﬀ", "Ⅷ", "Å", "ẞ", "a\u{345}\u{301}", "ΑΣ"] {
            let once = canonical(name);
            assert_eq!(canonical(&once), once, "{name}");
        }
    }

    #[test]
    fn a_huge_name_costs_no_more_than_its_beginning() {
        let huge = "ﷺ".repeat(400_000);
        assert!(canonical(&huge).len() < 20 * COUNTED_LENGTH);
    }

    #[test]
    fn ipv6_counts_by_64_bits_and_mapped_ipv4_as_ipv4() {
        let tagger = Tagger::new(&SecretKey::new([1, 2].repeat(16)).unwrap());
        let tag = |address: &str| tagger.client(address.parse().unwrap()).short();
        assert_eq!(tag("2001:db8:1:2::1"), tag("2001:db8:1:2:ffff::9"));
        assert_ne!(tag("2001:db8:1:2::1"), tag("2001:db8:1:3::1"));
        assert_eq!(tag("::ffff:192.0.2.1"), tag("192.0.2.1"));
        assert_ne!(tag("192.0.2.1"), tag("192.0.2.2"));
    }
}

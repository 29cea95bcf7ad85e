use std::collections::HashMap;

use super::failures::{Counter, Moment};

/// Counters of their own for each key, as many as there is room for. Where room is short, the one with the fewest
/// failures gives way.
///
/// So nothing is ever counted too high, and whoever wants a count of `n` to be forgotten has to fill the whole table with
/// counts of at least `n`: which part of it would be enough is decided by the keyed tags, which he does not know.
#[derive(Debug)]
pub(super) struct Table<C> {
    /// The keys that share a place. There are `sets` places.
    places: HashMap<u32, Vec<Entry<C>>>,
    sets: u32,
}

/// Whose failures on which account: two short tags.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Key {
    pub(super) account: u64,
    /// A client, a device, or zero for all strangers.
    pub(super) who: u64,
}

#[derive(Debug)]
struct Entry<C> {
    key: Key,
    counter: C,
}

impl<C: Counter> Table<C> {
    /// A table with room for `sets` times [`WAYS`] keys.
    pub(super) fn new(sets: u32) -> Self {
        Self {
            places: HashMap::new(),
            sets,
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&C> {
        let set = self.places.get(&self.place(key))?;
        set.iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.counter)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut C> {
        let place = self.place(key);
        let set = self.places.get_mut(&place)?;
        set.iter_mut()
            .find(|entry| entry.key == key)
            .map(|entry| &mut entry.counter)
    }

    /// The key's counter, a new one when it has none.
    pub(super) fn entry(&mut self, key: Key, moment: &Moment, new: impl FnOnce() -> C) -> &mut C {
        let place = self.place(key);
        let set = self.places.entry(place).or_default();
        let position = set
            .iter()
            .position(|entry| entry.key == key)
            .unwrap_or_else(|| {
                make_room(set, moment);
                set.push(Entry {
                    key,
                    counter: new(),
                });
                set.len() - 1
            });
        &mut set[position].counter
    }

    pub(super) fn remove(&mut self, key: Key) {
        let place = self.place(key);
        if let Some(set) = self.places.get_mut(&place) {
            set.retain(|entry| entry.key != key);
        }
    }

    /// Drops the counters that count nothing any more.
    pub(super) fn sweep(&mut self, moment: &Moment) {
        self.retain(|entry| entry.counter.failures(moment) > 0);
        self.places.shrink_to_fit();
    }

    /// How many keys have a counter.
    pub(super) fn len(&self) -> usize {
        self.places.values().map(Vec::len).sum()
    }

    fn retain(&mut self, keep: impl Fn(&Entry<C>) -> bool) {
        self.places.retain(|_, set| {
            set.retain(&keep);
            !set.is_empty()
        });
    }

    fn place(&self, key: Key) -> u32 {
        // Both are parts of HMACs, so their exclusive or is as random as they are.
        ((key.account ^ key.who.rotate_left(32)) % u64::from(self.sets)) as u32
    }
}

/// Drops what counts no more, and if the set is still full, the entry with the fewest failures; of several, the oldest.
fn make_room<C: Counter>(set: &mut Vec<Entry<C>>, moment: &Moment) {
    if set.len() < WAYS {
        return;
    }
    set.retain(|entry| entry.counter.failures(moment) > 0);
    if set.len() < WAYS {
        return;
    }
    let fewest = set
        .iter()
        .enumerate()
        .min_by_key(|(_, entry)| entry.counter.failures(moment));
    if let Some((position, _)) = fewest {
        set.remove(position);
    }
}

/// How many keys share a place.
pub(super) const WAYS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::throttle::ThrottleLimits;

    /// Counts for ever.
    struct Plain(u32);

    impl Counter for Plain {
        fn failures(&self, _: &Moment) -> u32 {
            self.0
        }
    }

    fn moment() -> Moment {
        Moment {
            now: Timestamp::from_millis(0),
            limits: ThrottleLimits::default(),
        }
    }

    /// Keys whose place is that of all others in a table of one set.
    fn key(account: u64) -> Key {
        Key { account, who: 0 }
    }

    #[test]
    fn where_room_is_short_the_fewest_failures_give_way() {
        let mut table = Table::new(1);
        for account in 0..WAYS as u64 {
            let failures = if account == 9 { 2 } else { 3 };
            table.entry(key(account), &moment(), || Plain(failures));
        }
        table.entry(key(100), &moment(), || Plain(1));
        assert!(table.get(key(9)).is_none());
        for account in 101..1_000_000 {
            table.entry(key(account), &moment(), || Plain(1));
        }
        assert_eq!(table.len(), WAYS);
        assert!(
            (0..16)
                .filter(|account| *account != 9)
                .all(|account| table.get(key(account)).is_some())
        );
    }

    #[test]
    fn what_counts_no_more_gives_way_first() {
        let mut table = Table::new(1);
        for account in 0..WAYS as u64 {
            table.entry(key(account), &moment(), || Plain(u32::from(account != 5)));
        }
        table.entry(key(100), &moment(), || Plain(1));
        assert_eq!(table.len(), WAYS);
        assert!(table.get(key(5)).is_none());
        assert!(table.get(key(0)).is_some());
    }

    #[test]
    fn a_key_is_found_again_and_removed_alone() {
        let mut table = Table::new(64);
        for account in 0..100 {
            for who in 0..3 {
                table.entry(Key { account, who }, &moment(), || Plain(0)).0 += 1;
                table.entry(Key { account, who }, &moment(), || Plain(0)).0 += 1;
            }
        }
        assert_eq!(table.get(key(42)).unwrap().0, 2);
        table.remove(key(42));
        assert!(table.get(key(42)).is_none());
        assert!(
            table
                .get(Key {
                    account: 42,
                    who: 1
                })
                .is_some()
        );
        assert_eq!(table.len(), 299);
    }
}

use std::collections::VecDeque;

/// Who waits for a password to be hashed. It decides the lane, and how many may wait there at once.
///
/// ```
/// use countersign::password::Requester;
///
/// let anybody = Requester::anonymous();
/// let stranger = Requester::client(0x7f00_0001);
/// let owner = Requester::client(42).known_device();
/// # let _ = (anybody, stranger, owner);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Requester {
    client: Option<u64>,
    known_device: bool,
}

impl Requester {
    /// Somebody of whom nothing is known: for commands and jobs. Only the length of the queue limits them.
    pub const fn anonymous() -> Self {
        Self {
            client: None,
            known_device: false,
        }
    }

    /// A client, told from others by a key: a number made of its address, or of its device. At most
    /// [`Requester::WAITING_PER_CLIENT`] of one client's passwords wait at once in a lane.
    pub const fn client(key: u64) -> Self {
        Self {
            client: Some(key),
            known_device: false,
        }
    }

    /// Says that this device has completed a login before. It then waits in a lane that strangers can't fill, and that
    /// is served in turn with theirs.
    #[must_use]
    pub const fn known_device(mut self) -> Self {
        self.known_device = true;
        self
    }

    /// How many passwords of one client may wait in a lane at once.
    pub const WAITING_PER_CLIENT: usize = 2;
}

/// Two bounded lanes, served in turn. Knows nothing of threads.
pub(super) struct Queue<T> {
    known_devices: VecDeque<Entry<T>>,
    strangers: VecDeque<Entry<T>>,
    /// The most that wait in each lane.
    limit: usize,
    strangers_are_next: bool,
    last_ticket: u64,
}

/// A place in the queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ticket(u64);

struct Entry<T> {
    ticket: Ticket,
    client: Option<u64>,
    item: T,
}

impl<T> Queue<T> {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            known_devices: VecDeque::new(),
            strangers: VecDeque::new(),
            limit,
            strangers_are_next: false,
            last_ticket: 0,
        }
    }

    /// Takes a place at the end of the requester's lane. `None` when the lane is full, or holds all that it may of this
    /// client.
    pub(super) fn enter(&mut self, requester: Requester, item: T) -> Option<Ticket> {
        let lane = if requester.known_device {
            &mut self.known_devices
        } else {
            &mut self.strangers
        };
        let of_this_client = || {
            let same = lane.iter().filter(|entry| entry.client == requester.client);
            same.count()
        };
        if lane.len() >= self.limit
            || requester.client.is_some() && of_this_client() >= Requester::WAITING_PER_CLIENT
        {
            return None;
        }
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        lane.push_back(Entry {
            ticket,
            client: requester.client,
            item,
        });
        Some(ticket)
    }

    /// Gives a place up, and its item back. `None` when its turn has come already.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<T> {
        [&mut self.known_devices, &mut self.strangers]
            .into_iter()
            .find_map(|lane| {
                let position = lane.iter().position(|entry| entry.ticket == ticket)?;
                lane.remove(position).map(|entry| entry.item)
            })
    }

    /// Whose turn it is.
    pub(super) fn next(&self) -> Option<&T> {
        let lane = if self.turn_of_strangers() {
            &self.strangers
        } else {
            &self.known_devices
        };
        lane.front().map(|entry| &entry.item)
    }

    /// Takes out whose turn it is.
    pub(super) fn take(&mut self) -> Option<T> {
        let strangers = self.turn_of_strangers();
        let lane = if strangers {
            &mut self.strangers
        } else {
            &mut self.known_devices
        };
        let entry = lane.pop_front()?;
        self.strangers_are_next = !strangers;
        Some(entry.item)
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.known_devices.len() + self.strangers.len()
    }

    fn turn_of_strangers(&self) -> bool {
        self.known_devices.is_empty() || self.strangers_are_next && !self.strangers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_one_client_wait_and_a_third_is_turned_away() {
        let mut queue = Queue::new(10);
        let first = queue.enter(Requester::client(7), 1).unwrap();
        assert!(queue.enter(Requester::client(7), 2).is_some());
        assert!(queue.enter(Requester::client(7), 3).is_none());
        assert!(queue.enter(Requester::client(8), 4).is_some());
        assert_eq!(queue.leave(first), Some(1));
        assert!(queue.enter(Requester::client(7), 5).is_some());
        assert_eq!(queue.len(), 3);
    }

    #[test]
    fn strangers_fill_their_lane_and_not_that_of_known_devices() {
        let mut queue = Queue::new(3);
        let places = (0..100).filter(|key| queue.enter(Requester::client(*key), *key).is_some());
        assert_eq!(places.count(), 3);
        assert!(queue.enter(Requester::anonymous(), 100).is_none());
        assert!(
            queue
                .enter(Requester::client(1).known_device(), 200)
                .is_some()
        );
        assert_eq!(queue.take(), Some(200));
    }

    #[test]
    fn the_lanes_take_turns_so_neither_starves() {
        let mut queue = Queue::new(10);
        for item in 0..4 {
            queue.enter(Requester::anonymous(), item).unwrap();
            queue
                .enter(Requester::anonymous().known_device(), 10 + item)
                .unwrap();
        }
        queue.enter(Requester::anonymous(), 4).unwrap();
        let order: Vec<_> = std::iter::from_fn(|| {
            let next = queue.next().copied();
            assert_eq!(queue.take(), next);
            next
        })
        .collect();
        assert_eq!(order, [10, 0, 11, 1, 12, 2, 13, 3, 4]);
    }

    #[test]
    fn a_place_that_was_served_can_not_be_given_up() {
        let mut queue = Queue::new(1);
        let ticket = queue.enter(Requester::anonymous(), "job").unwrap();
        assert_eq!(queue.take(), Some("job"));
        assert_eq!(queue.leave(ticket), None);
    }
}

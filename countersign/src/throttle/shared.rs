use std::collections::HashMap;
use std::time::Duration;

use super::failures::{Counter, Moment};
use super::names::Tag;

/// Counters in a fixed number of cells, which keys may have to share: a count-min sketch.
///
/// A key has one cell in each row. Its failures are counted in all of them, beside those of other keys that fell into
/// the same cells, so no cell counts too few, and the one that counts fewest is the nearest to the truth. Nothing is
/// ever thrown out to make room: under a flood a key is counted too high, never too low.
#[derive(Debug)]
pub(super) struct SharedCounters<C> {
    /// Only the cells that count something, by row and column.
    cells: HashMap<u32, C>,
    columns: u32,
}

impl<C: Counter> SharedCounters<C> {
    pub(super) fn new(columns: u32) -> Self {
        Self {
            cells: HashMap::new(),
            columns,
        }
    }

    /// The shortest wait that any of the key's cells asks for; `None` when one of them asks for none.
    pub(super) fn wait(
        &self,
        key: &Tag,
        wait_of: impl Fn(&C) -> Option<Duration>,
    ) -> Option<Duration> {
        let mut shortest = Duration::MAX;
        for place in self.places(key) {
            let wait = self.cells.get(&place).and_then(&wait_of)?;
            shortest = shortest.min(wait);
        }
        Some(shortest)
    }

    /// Counts something in all of the key's cells.
    pub(super) fn count(&mut self, key: &Tag, new: impl Fn() -> C, count: impl Fn(&mut C)) {
        for place in self.places(key) {
            count(self.cells.entry(place).or_insert_with(&new));
        }
    }

    /// Changes those of the key's cells that there are.
    pub(super) fn change(&mut self, key: &Tag, change: impl Fn(&mut C)) {
        for place in self.places(key) {
            if let Some(cell) = self.cells.get_mut(&place) {
                change(cell);
            }
        }
    }

    /// Drops the cells that count nothing any more.
    pub(super) fn sweep(&mut self, moment: &Moment) {
        self.cells.retain(|_, cell| cell.failures(moment) > 0);
        self.cells.shrink_to_fit();
    }

    /// How many cells count something.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    fn places(&self, key: &Tag) -> [u32; ROWS] {
        let mut places = [0; ROWS];
        for (row, place) in places.iter_mut().enumerate() {
            let column = (key.word(row) % u64::from(self.columns)) as u32;
            *place = row as u32 * self.columns + column;
        }
        places
    }
}

/// Three words of a tag choose cells; the fourth is for telling tags apart.
pub(super) const ROWS: usize = 3;

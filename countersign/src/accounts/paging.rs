use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Where a page of a list begins, and whether it lies behind that or before. It is made by a list, and passed to it again.
///
/// It names the last line of a page that was seen and not how many came before, so that no line is shown twice or left out while
/// others come and go, and the thousandth page is as quick as the first. Its text can stand in an address; it holds the name of the account
/// in that line.
///
/// ```
/// use countersign::accounts::PageCursor;
///
/// assert!("what somebody made up".parse::<PageCursor>().is_err());
/// ```
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub struct PageCursor {
    /// The order in which the list was: a cursor counts in no other.
    #[serde(rename = "o")]
    order: String,
    #[serde(rename = "b", default)]
    is_back: bool,
    #[serde(rename = "p")]
    pub(super) place: Place,
}

/// A text that is no cursor of a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this is no cursor of a page: take the one that came with the page before")]
pub struct PageCursorError;

/// Where a line stands in a list: by what the list is sorted, and among equals by its id.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Place {
    #[serde(rename = "k")]
    pub(super) key: Key,
    #[serde(rename = "i")]
    pub(super) id: [u8; 16],
}

/// What a list is sorted by.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Key {
    Number(i64),
    Text(String),
}

/// A page of a list, in the order in which it is shown.
pub(super) struct Page<T> {
    pub(super) lines: Vec<T>,
    pub(super) previous: Option<PageCursor>,
    pub(super) next: Option<PageCursor>,
}

/// What a page asks of a database: lines behind a place, or before it, nearest first.
pub(super) struct Stretch<'a> {
    order: &'a str,
    pub(super) from: Option<&'a Place>,
    pub(super) is_back: bool,
    limit: usize,
}

impl<'a> Stretch<'a> {
    /// A cursor of another order counts as none.
    pub(super) fn new(order: &'a str, cursor: Option<&'a PageCursor>, limit: u32) -> Self {
        let cursor = cursor.filter(|cursor| cursor.order == order);
        Self {
            order,
            from: cursor.map(|cursor| &cursor.place),
            is_back: cursor.is_some_and(|cursor| cursor.is_back),
            limit: limit.clamp(1, MOST) as usize,
        }
    }

    /// How many lines to read: one more than are shown, to know whether there is one.
    pub(super) fn lines_to_read(&self) -> i64 {
        self.limit as i64 + 1
    }

    /// The page that was read.
    pub(super) fn page<T>(&self, mut lines: Vec<T>, place_of: impl Fn(&T) -> Place) -> Page<T> {
        let goes_on = lines.len() > self.limit;
        lines.truncate(self.limit);
        if self.is_back {
            lines.reverse();
        }
        let first = lines.first().map(&place_of).or(self.from.cloned());
        let last = lines.last().map(&place_of).or(self.from.cloned());
        let came_from = self.from.is_some();
        let (has_previous, has_next) = match self.is_back {
            true => (goes_on, came_from),
            false => (came_from, goes_on),
        };
        let cursor = |place, is_back| PageCursor {
            order: self.order.to_owned(),
            is_back,
            place,
        };
        Page {
            previous: first
                .filter(|_| has_previous)
                .map(|place| cursor(place, true)),
            next: last.filter(|_| has_next).map(|place| cursor(place, false)),
            lines,
        }
    }
}

#[cfg(test)]
impl PageCursor {
    /// What follows a place.
    pub(super) fn at(order: &str, place: Place) -> Self {
        Self {
            order: order.to_owned(),
            is_back: false,
            place,
        }
    }
}

impl fmt::Display for PageCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).expect("texts and numbers can be written as JSON");
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for PageCursor {
    type Err = PageCursorError;

    fn from_str(text: &str) -> Result<Self, PageCursorError> {
        if text.len() > LONGEST_TEXT {
            return Err(PageCursorError);
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| PageCursorError)?;
        serde_json::from_slice(&json).map_err(|_| PageCursorError)
    }
}

impl fmt::Debug for PageCursor {
    /// Shows no name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageCursor")
            .field("order", &self.order)
            .field("is_back", &self.is_back)
            .finish_non_exhaustive()
    }
}

/// The most lines on a page.
pub(super) const MOST: u32 = 1_000;

/// In bytes. More than the longest name makes, each of whose 64 characters JSON may write with twelve bytes.
const LONGEST_TEXT: usize = 2_048;

#[cfg(test)]
mod tests {
    use super::*;

    fn place(key: i64) -> Place {
        Place {
            key: Key::Number(key),
            id: [7; 16],
        }
    }

    #[test]
    fn a_cursor_is_its_own_text() {
        for is_back in [false, true] {
            let cursor = PageCursor {
                order: "name".to_owned(),
                is_back,
                place: Place {
                    key: Key::Text("ada \"lovelace\"".to_owned()),
                    id: [255; 16],
                },
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
            assert!(!format!("{cursor:?}").contains("ada"));
        }
        for text in ["", "e30", "bnVsbA", "!", &"A".repeat(4_000)] {
            assert!(text.parse::<PageCursor>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cursor_of_another_order_is_none() {
        let page = Stretch::new("name", None, 1).page(vec![1, 2], |line| place(*line));
        let next = page.next.unwrap();
        assert!(Stretch::new("name", Some(&next), 1).from.is_some());
        assert!(Stretch::new("-name", Some(&next), 1).from.is_none());
    }

    #[test]
    fn an_empty_page_leads_back_to_where_it_came_from() {
        let page = Stretch::new("name", None, 2).page(vec![1, 2, 3], |line| place(*line));
        assert_eq!(page.lines, [1, 2]);
        assert!(page.previous.is_none());
        let next = page.next.unwrap();
        let empty = Stretch::new("name", Some(&next), 2).page(Vec::<i64>::new(), |_| place(0));
        assert!(empty.next.is_none());
        let back = empty.previous.unwrap();
        let stretch = Stretch::new("name", Some(&back), 2);
        assert!(stretch.is_back);
        let before = stretch.page(vec![1], |line| place(*line));
        assert_eq!(before.lines, [1]);
        assert!(before.previous.is_none() && before.next.is_some());
    }
}

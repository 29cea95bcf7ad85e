use std::collections::HashMap;

use super::{Text, Value};

/// A Python `dict` with `str` keys, in the order in which they were inserted.
///
/// Looking up reads the keys one after the other: sessions have few.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dict(Vec<(Text, Value)>);

impl Dict {
    /// A dict without keys.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A dict of keys in their order. Of a key that is there twice, the first place and the last value count, as in
    /// Python's `dict`. Takes time in proportion to their number.
    pub(in crate::flask) fn of_pairs(pairs: Vec<(Text, Value)>) -> Self {
        let twice = if pairs.len() <= FEW {
            let mut later = pairs.iter().enumerate();
            later.any(|(place, (key, _))| pairs[..place].iter().any(|(other, _)| other == key))
        } else {
            let keys = pairs.iter().map(|(key, _)| (key, ()));
            keys.collect::<HashMap<_, _>>().len() < pairs.len()
        };
        if !twice {
            return Self(pairs);
        }
        let mut places = HashMap::new();
        let mut unique: Vec<(Text, Value)> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            match places.get(&key) {
                Some(&place) => {
                    let pair: &mut (Text, Value) = &mut unique[place];
                    pair.1 = value;
                }
                None => {
                    places.insert(key.clone(), unique.len());
                    unique.push((key, value));
                }
            }
        }
        Self(unique)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let mut pairs = self.0.iter();
        pairs.find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// Sets the value of a key, which keeps its place if it has one. Gives the value that it had.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().find(|(own, _)| *own == key) {
            Some((_, own)) => Some(std::mem::replace(own, value)),
            None => {
                self.0.push((key, value));
                None
            }
        }
    }

    /// Takes a key out. Gives the value that it had.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let place = self.0.iter().position(|(own, _)| own == key)?;
        Some(self.0.remove(place).1)
    }

    /// Every key and its value, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(in crate::flask) fn into_pairs(self) -> Vec<(Text, Value)> {
        self.0
    }
}

impl<K: Into<Text>, V: Into<Value>> FromIterator<(K, V)> for Dict {
    /// Of a key that is there twice, the first place and the last value count.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self::of_pairs(
            pairs
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

/// Up to here, comparing each key with each takes less time than hashing them.
const FEW: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_key_that_is_there_twice_the_first_place_and_the_last_value_count() {
        let few: Dict = [("a", 1), ("b", 2), ("a", 3)].into_iter().collect();
        assert_eq!(few, [("a", 3), ("b", 2)].into_iter().collect());
        let numbered = |count: i64| (0..count).map(|number| (number.to_string(), number));
        let many: Dict = numbered(1000).chain([("7".to_owned(), -7)]).collect();
        assert_eq!(many.len(), 1000);
        assert_eq!(many.iter().nth(7), Some((&"7".into(), &Value::from(-7))));
        assert_eq!(numbered(1000).collect::<Dict>().len(), 1000);
    }

    #[test]
    fn a_key_that_is_set_again_keeps_its_place() {
        let mut dict: Dict = [("a", 1), ("b", 2)].into_iter().collect();
        assert_eq!(dict.insert("a", 3), Some(Value::from(1)));
        assert_eq!(dict.insert("c", 4), None);
        assert_eq!(dict.remove("b"), Some(Value::from(2)));
        assert_eq!(dict.remove("b"), None);
        assert_eq!(dict, [("a", 3), ("c", 4)].into_iter().collect());
    }
}

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// The application's values in a session, by their keys.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct SessionData(BTreeMap<String, Value>);

impl SessionData {
    /// The most that a session's data may take, in bytes of JSON.
    pub const LIMIT: usize = 65_536;

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is no value at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The data as a JSON object, for a store.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.0).expect("a map of JSON values with text keys is JSON")
    }

    /// Reads what [`SessionData::to_json`] wrote.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json).map(Self)
    }
}

impl fmt::Debug for SessionData {
    /// Shows the keys alone: the values are the application's, and may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys()).finish()
    }
}

/// Changes to a session's data, in the order in which they were made.
///
/// They are not values but what was *done* to values: a store applies them to the data as it finds it at the commit,
/// so the changes of requests that run side by side all survive.
///
/// ```
/// use countersign::session::{Change, DataChanges, SessionData};
/// use serde_json::json;
///
/// let mut changes = DataChanges::default();
/// changes.push("colour", Change::Insert(json!("red")));
/// changes.push("visits", Change::update(|old| Some(json!(old.and_then(|n| n.as_u64()).unwrap_or(0) + 1))));
///
/// let mut data = SessionData::from_json(br#"{"visits": 41, "name": "Ada"}"#)?;
/// changes.apply_to(&mut data);
/// assert_eq!(data.to_json(), br#"{"colour":"red","name":"Ada","visits":42}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DataChanges(Vec<Step>);

#[derive(Clone, Debug)]
enum Step {
    Change(Box<str>, Change),
    Clear,
}

impl DataChanges {
    /// Adds a change of the value under a key.
    pub fn push(&mut self, key: impl Into<Box<str>>, change: Change) {
        self.0.push(Step::Change(key.into(), change));
    }

    /// Adds the removal of all values.
    pub fn clear(&mut self) {
        self.0.push(Step::Clear);
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes the changes. A store may have to do it more than once, each time to newer data.
    pub fn apply_to(&self, data: &mut SessionData) {
        for step in &self.0 {
            match step {
                Step::Change(key, change) => change.apply_to(key, data),
                Step::Clear => data.0.clear(),
            }
        }
    }
}

/// What is done to the value under one key.
#[derive(Clone)]
#[non_exhaustive]
pub enum Change {
    /// It becomes this value, whatever it was.
    Insert(Value),
    /// It is removed.
    Remove,
    /// It becomes what the function makes of it; `None` stands for no value.
    Update(Arc<dyn Fn(Option<Value>) -> Option<Value> + Send + Sync>),
}

impl Change {
    /// A change by a function, which may run more than once.
    pub fn update(change: impl Fn(Option<Value>) -> Option<Value> + Send + Sync + 'static) -> Self {
        Change::Update(Arc::new(change))
    }

    /// Makes the change to the value under `key`.
    pub fn apply_to(&self, key: &str, data: &mut SessionData) {
        let value = match self {
            Change::Insert(value) => Some(value.clone()),
            Change::Remove => None,
            Change::Update(change) => change(data.0.remove(key)),
        };
        match value {
            Some(value) => data.0.insert(key.to_owned(), value),
            None => data.0.remove(key),
        };
    }
}

impl fmt::Debug for Change {
    /// Shows no values: they are the application's, and may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Change::Insert(_) => "Insert",
            Change::Remove => "Remove",
            Change::Update(_) => "Update",
        })
    }
}

//! What Python values a session can hold, each kept exactly.

mod dict;
mod integer;
mod json;
mod text;

use uuid::Uuid;

pub use dict::Dict;
pub use integer::{Integer, NotAnInteger};
pub use text::Text;

use crate::clock::Timestamp;

/// A Python value, as Flask's sessions keep them: what is read and written again is the same to Python.
///
/// ```
/// use countersign::flask::{Dict, Value};
///
/// let session: Dict = [("_user_id", Value::from("1")), ("_fresh", Value::from(true))].into_iter().collect();
/// assert_eq!(session.get("_user_id").and_then(Value::as_str), Some("1"));
/// assert_eq!(session.get("_fresh"), Some(&Value::Bool(true)));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `None`.
    Null,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of any size.
    Integer(Integer),
    /// A `float`; infinities and NaN are written as Python writes them, which is not JSON.
    Float(f64),
    /// A `str`.
    Text(Text),
    /// A `bytes`.
    Bytes(Vec<u8>),
    /// A `markupsafe.Markup`: text that templates do not escape.
    Markup(Text),
    /// A `uuid.UUID`.
    Uuid(Uuid),
    /// A `datetime.datetime`. Flask writes it in UTC, without the parts of a second, so what is read has none. A year before
    /// 100 is read as one of two digits, as Python does: the year 50 as 2050.
    DateTime(Timestamp),
    /// A `list`.
    List(Vec<Value>),
    /// A `tuple`.
    Tuple(Vec<Value>),
    /// A `dict` whose keys are `str`.
    Dict(Dict),
}

impl Value {
    /// The text of a `str`, unless it has half of a surrogate pair.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => text.as_str(),
            _ => None,
        }
    }

    /// The dict, if it is one.
    pub fn as_dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) => Some(dict),
            _ => None,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value.into())
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Integer(i64::from(value).into())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Dict> for Value {
    fn from(value: Dict) -> Self {
        Self::Dict(value)
    }
}

use crate::flask::{Dict, Value};

/// The values of a session while a request reads and changes them: Flask's `SecureCookieSession`.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenSession {
    values: Dict,
    /// Whether anything was set or taken away, be it to what it was before.
    modified: bool,
}

impl OpenSession {
    pub(super) fn of(values: Dict) -> Self {
        Self {
            values,
            modified: false,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub(super) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.values.insert(key, value);
        self.modified = true;
    }

    pub(super) fn pop(&mut self, key: &str) -> Option<Value> {
        let value = self.values.remove(key);
        self.modified |= value.is_some();
        value
    }

    /// Takes away what an application keeps in it, and leaves the login.
    pub(super) fn clear(&mut self) {
        let kept = self
            .values
            .iter()
            .filter(|(key, _)| OF_LOGIN.iter().any(|own| **key == **own));
        let kept: Dict = kept
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        self.modified |= kept.len() < self.values.len();
        self.values = kept;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn is_modified(&self) -> bool {
        self.modified
    }

    pub(super) fn into_values(self) -> Dict {
        self.values
    }

    /// Whether Python takes the value under a key for true.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(is_true)
    }

    /// Whether the session outlives the browser: Flask's `session.permanent`.
    pub(super) fn is_permanent(&self) -> bool {
        self.is_true(PERMANENT)
    }
}

/// Python's `bool(value)`.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Integer(value) => value.as_i64() != Some(0),
        Value::Float(value) => *value != 0.0,
        Value::Text(text) | Value::Markup(text) => *text != "",
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::List(values) | Value::Tuple(values) => !values.is_empty(),
        Value::Dict(values) => !values.is_empty(),
        _ => true,
    }
}

/// Flask-Login's keys (its `SESSION_KEYS`, all but `next`, which applications take away themselves).
pub(super) const USER_ID: &str = "_user_id";
pub(super) const FRESH: &str = "_fresh";
pub(super) const IDENTIFIER: &str = "_id";
pub(super) const REMEMBER: &str = "_remember";
pub(super) const REMEMBER_SECONDS: &str = "_remember_seconds";
pub(super) const OF_LOGIN: [&str; 5] = [USER_ID, FRESH, IDENTIFIER, REMEMBER, REMEMBER_SECONDS];
/// Flask's own keys.
pub(super) const PERMANENT: &str = "_permanent";
pub(super) const FLASHES: &str = "_flashes";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_true_where_it_is_for_python() {
        for value in [
            Value::Null,
            false.into(),
            0.into(),
            0.0.into(),
            (-0.0).into(),
            "".into(),
            Value::List(vec![]),
            Value::Tuple(vec![]),
            Value::Bytes(vec![]),
            Dict::new().into(),
        ] {
            assert!(!is_true(&value), "{value:?}");
        }
        let large: crate::flask::Integer = "100000000000000000000".parse().unwrap();
        for value in [
            true.into(),
            (-1).into(),
            Value::Integer(large),
            f64::NAN.into(),
            "0".into(),
            Value::List(vec![Value::Null]),
        ] {
            assert!(is_true(&value), "{value:?}");
        }
    }

    #[test]
    fn clearing_leaves_the_login() {
        let values = [("a", 1), (USER_ID, 2), (PERMANENT, 3), (FRESH, 4)];
        let mut session = OpenSession::of(values.into_iter().collect());
        session.clear();
        assert!(session.is_modified());
        let left: Dict = [(USER_ID, 2), (FRESH, 4)].into_iter().collect();
        assert_eq!(session.values, left);
        let mut again = OpenSession::of(left);
        again.clear();
        assert!(!again.is_modified());
    }
}

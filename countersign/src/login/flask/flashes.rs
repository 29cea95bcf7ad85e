//! Flashed messages: pairs of a category and a message in Flask, objects here.

use serde_json::Value as Json;

use super::open_session::{FLASHES, OpenSession};
use crate::flask::Value;
use crate::session::Flash;

/// Adds a message: Flask's `flash`. There is no limit, as there is none in Flask.
pub(super) fn flash(session: &mut OpenSession, category: &str, message: &str) {
    let mut flashes = match session.pop(FLASHES) {
        Some(Value::List(flashes) | Value::Tuple(flashes)) => flashes,
        _ => Vec::new(),
    };
    flashes.push(pair(category, message));
    session.set(FLASHES, Value::List(flashes));
}

/// The messages as [`Session`](crate::session::Session) reads them. What is no pair of texts is left out.
pub(super) fn to_json(flashes: &Value) -> Json {
    let (Value::List(flashes) | Value::Tuple(flashes)) = flashes else {
        return Json::Array(Vec::new());
    };
    let pairs = flashes.iter().filter_map(|flash| match flash {
        Value::Tuple(pair) | Value::List(pair) => match &pair[..] {
            [category, message] => Some((text(category)?, text(message)?)),
            _ => None,
        },
        _ => None,
    });
    pairs
        .map(|(category, message)| serde_json::json!({"category": category, "message": message}))
        .collect()
}

/// The messages as Flask reads them. `None` when they are none.
pub(super) fn from_json(flashes: &Json) -> Option<Value> {
    let flashes: Vec<Flash> = serde::Deserialize::deserialize(flashes).ok()?;
    let pairs = flashes
        .iter()
        .map(|flash| pair(&flash.category, &flash.message));
    Some(Value::List(pairs.collect()))
}

fn pair(category: &str, message: &str) -> Value {
    Value::Tuple(vec![category.into(), message.into()])
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Markup(text) => Some(text.to_string()),
        _ => None,
    }
}

//! JSON with Flask's tags and no signature: `flask.json.tag.TaggedJSONSerializer` within an application.
//!
//! ```
//! use countersign::flask::{Limits, Value, tagged_json};
//!
//! let json = r#"{"next":{" t":["/",1.0]}}"#;
//! let value = tagged_json::loads(json, &Limits::default())?;
//! let tuple = Value::Tuple(vec!["/".into(), 1.0.into()]);
//! assert_eq!(value, Value::Dict([("next", tuple)].into_iter().collect()));
//! assert_eq!(tagged_json::dumps(&value, &Limits::default())?, json);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::error::{Malformed, Unwritable};
use super::json::{self, PayloadFormat};
use super::limits::Limits;
use super::value::Value;

/// Writes a value: keys sorted, only ASCII characters, no white space.
///
/// # Errors
/// When it could not be read again.
pub fn dumps(value: &Value, limits: &Limits) -> Result<String, Unwritable> {
    let json = json::write(value, PayloadFormat::Tagged, limits.depth)?;
    match json.len() <= limits.inflated {
        true => Ok(json),
        false => Err(Unwritable::TooLong),
    }
}

/// Reads a value, as strictly as Python's `json.loads`.
///
/// # Errors
/// When it is no such JSON, or larger than [`Limits::inflated`] and [`Limits::depth`] allow.
pub fn loads(json: impl AsRef<[u8]>, limits: &Limits) -> Result<Value, Malformed> {
    let json = json.as_ref();
    if json.len() > limits.inflated {
        return Err(Malformed::Inflated {
            limit: limits.inflated,
        });
    }
    json::read(json, PayloadFormat::Tagged, limits.depth)
}

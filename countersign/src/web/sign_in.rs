use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// What a login form sends, or a program as JSON.
///
/// ```
/// use countersign::SignIn;
///
/// let form: SignIn = serde_json::from_str(r#"{"username": "ada", "password": "…", "remember": "on"}"#)?;
/// assert!(form.remember);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "pages", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The name that was typed.
    pub username: String,
    /// The password, exactly as it was typed.
    pub password: String,
    /// Whether the login is to outlive the browser. A ticked checkbox sends `on`, an empty one sends nothing.
    #[serde(default, deserialize_with = "ticked")]
    pub remember: bool,
}

impl fmt::Debug for SignIn {
    /// Shows neither name nor password: people type the one into the field of the other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("remember", &self.remember)
            .finish_non_exhaustive()
    }
}

/// A checkbox's value, or a JSON boolean.
fn ticked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Ticked;

    impl de::Visitor<'_> for Ticked {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("`on`, `true`, `1`, `off`, `false`, `0` or nothing")
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<bool, E> {
            match value {
                "on" | "true" | "1" | "yes" => Ok(true),
                "" | "off" | "false" | "0" | "no" => Ok(false),
                other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
            }
        }
    }

    deserializer.deserialize_any(Ticked)
}

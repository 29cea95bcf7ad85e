use std::cmp::Ordering;
use std::fmt;

/// A Python `str`: text that may hold halves of surrogate pairs, which no `String` can.
///
/// Such text comes from a `"\ud83d"` without its other half in JSON. Python keeps it, so a session that is read and
/// written again must keep it too.
///
/// ```
/// use countersign::flask::Text;
///
/// let text = Text::from("用户");
/// assert_eq!(text.as_str(), Some("用户"));
/// let broken = Text::from_utf16(&[0x61, 0xd83d]);
/// assert_eq!(broken.as_str(), None);
/// assert_eq!(broken.to_utf16(), [0x61, 0xd83d]);
/// assert_eq!(broken.to_string(), "a\u{fffd}");
/// ```
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Text(Form);

/// One text has one form, so that equal texts compare equal.
#[derive(Clone, Eq, Hash, PartialEq)]
enum Form {
    Unicode(String),
    /// UTF-16 with at least one surrogate that has no partner.
    Broken(Box<[u16]>),
}

impl Text {
    /// The text of these UTF-16 code units, whether or not all surrogates have partners.
    pub fn from_utf16(units: &[u16]) -> Self {
        match String::from_utf16(units) {
            Ok(text) => Self(Form::Unicode(text)),
            Err(_) => Self(Form::Broken(units.into())),
        }
    }

    /// The text. `None` when it has half of a surrogate pair.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Form::Unicode(text) => Some(text),
            Form::Broken(_) => None,
        }
    }

    /// The text as UTF-16.
    pub fn to_utf16(&self) -> Vec<u16> {
        match &self.0 {
            Form::Unicode(text) => text.encode_utf16().collect(),
            Form::Broken(units) => units.to_vec(),
        }
    }

    /// Each character, or surrogate without a partner.
    pub(in crate::flask) fn code_points(&self) -> impl Iterator<Item = u32> {
        let (text, units) = match &self.0 {
            Form::Unicode(text) => (text.as_str(), &[][..]),
            Form::Broken(units) => ("", &units[..]),
        };
        let decoded = char::decode_utf16(units.iter().copied())
            .map(|unit| unit.map_or_else(|lone| u32::from(lone.unpaired_surrogate()), u32::from));
        text.chars().map(u32::from).chain(decoded)
    }
}

impl Default for Text {
    /// The empty text.
    fn default() -> Self {
        Self(Form::Unicode(String::new()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Form::Unicode(text))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Form::Unicode(text.to_owned()))
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl Ord for Text {
    /// By code points, as Python compares.
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            // UTF-8 is in the order of its code points.
            (Form::Unicode(one), Form::Unicode(other)) => one.cmp(other),
            _ => self.code_points().cmp(other.code_points()),
        }
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Text {
    /// With U+FFFD for each half of a surrogate pair.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Unicode(text) => f.pad(text),
            Form::Broken(units) => f.pad(&String::from_utf16_lossy(units)),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Unicode(text) => fmt::Debug::fmt(text, f),
            Form::Broken(units) => write!(f, "utf16{units:04x?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_compares_by_code_points_and_not_by_utf16() {
        let broken = Text::from_utf16(&[0xd83d]);
        let astral = Text::from("😀");
        let private = Text::from("\u{e000}");
        // By UTF-16, the astral character (d83d de00) would come first of all.
        assert!(broken < private && private < astral);
        let begins_with_letter = Text::from_utf16(&[0x61, 0xd83d]);
        assert!(begins_with_letter < broken && Text::default() < broken);
    }

    #[test]
    fn units_that_are_whole_text_equal_that_text() {
        assert_eq!(Text::from_utf16(&[0xd83d, 0xde00]), Text::from("😀"));
        assert_eq!(Text::from_utf16(&[0xd83d, 0xde00]), "😀");
        assert_ne!(Text::from_utf16(&[0xde00, 0xd83d]), Text::from("😀"));
    }
}

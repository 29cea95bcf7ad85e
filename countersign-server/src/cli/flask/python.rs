//! Python's values as people who know Python read them.

use super::typed::{Key, Typed, TypedText};

/// The value, nearly as Python's `repr` writes it.
pub(super) fn readable(value: &Typed) -> String {
    match value {
        Typed::Null => "None".to_owned(),
        Typed::Bool { v: true } => "True".to_owned(),
        Typed::Bool { v: false } => "False".to_owned(),
        Typed::Int { v } => v.clone(),
        Typed::Float { v, .. } => v.clone().unwrap_or_default(),
        Typed::Str(text) => text_of(text),
        Typed::Bytes { hex } => format!("bytes.fromhex(\"{hex}\")"),
        Typed::Markup(text) => format!("Markup({})", text_of(text)),
        Typed::Uuid { v } => format!("UUID(\"{v}\")"),
        Typed::Datetime { v, .. } => format!("datetime({})", v.as_deref().unwrap_or_default()),
        Typed::List { v } => format!("[{}]", joined(v)),
        Typed::Tuple { v } if v.len() == 1 => format!("({},)", joined(v)),
        Typed::Tuple { v } => format!("({})", joined(v)),
        Typed::Dict { v } => {
            let pairs = v
                .iter()
                .map(|(key, value)| format!("{}: {}", key_of(key), readable(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The keys of a session and their values; a value that is no dict stands alone.
pub(super) fn lines(session: &Typed) -> Vec<(String, String)> {
    match session {
        Typed::Dict { v } => v
            .iter()
            .map(|(key, value)| (key_of(key), readable(value)))
            .collect(),
        other => vec![("value".to_owned(), readable(other))],
    }
}

fn joined(values: &[Typed]) -> String {
    values.iter().map(readable).collect::<Vec<_>>().join(", ")
}

fn key_of(key: &Key) -> String {
    match key {
        Key::Text(text) => format!("{text:?}"),
        Key::Broken(text) => text_of(text),
    }
}

/// In quotes, with what can't be seen escaped.
fn text_of(text: &TypedText) -> String {
    match (&text.v, &text.utf16) {
        (Some(text), _) => format!("{text:?}"),
        (None, Some(units)) => format!("{:?}", String::from_utf16_lossy(units)),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::typed::read;
    use super::*;

    #[test]
    fn values_look_as_in_python() {
        let typed = r#"{"t": "dict", "v": [
            ["a\u001b", {"t": "list", "v": [{"t": "null"}, {"t": "bool", "v": true}, {"t": "int", "v": "100000000000000000000"}]}],
            ["b", {"t": "tuple", "v": [{"t": "float", "v": "1e+16", "bits": "4341c37937e08000"}, {"t": "bytes", "hex": "00ff"}]}],
            ["c", {"t": "dict", "v": [["d", {"t": "markup", "v": "<b>"}], ["e", {"t": "tuple", "v": []}]]}],
            [{"utf16": [97, 55357]}, {"t": "str", "utf16": [55357]}]
        ]}"#;
        let session = Typed::from(&read(typed).unwrap());
        let lines = lines(&session);
        let lines: Vec<_> = lines
            .iter()
            .map(|(key, value)| format!("{key} {value}"))
            .collect();
        assert_eq!(
            lines,
            [
                r#""a\u{1b}" [None, True, 100000000000000000000]"#,
                r#""b" (1e+16, bytes.fromhex("00ff"))"#,
                r#""c" {"d": Markup("<b>"), "e": ()}"#,
                "\"a\u{fffd}\" \"\u{fffd}\"",
            ]
        );
    }
}

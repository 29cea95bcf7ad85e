//! Where commands print: tables and sentences for people, JSON for programs.

use std::io::{self, Write as _};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::CommandError;

/// Prints a text as it is, with the end of a line.
pub(crate) fn line(line: impl AsRef<str>) -> Result<(), CommandError> {
    let line = line.as_ref();
    text(line)?;
    match line.ends_with('\n') {
        true => Ok(()),
        false => text("\n"),
    }
}

/// Prints a text as it is.
pub(crate) fn text(text: &str) -> Result<(), CommandError> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(CommandError::Output)
}

/// Says something beside the output, which a program may be reading. It is no error when nobody hears it.
pub(crate) fn note(text: impl AsRef<str>) {
    drop(writeln!(io::stderr(), "{}", harmless(text.as_ref())));
}

/// Says what is wrong, in one line or several. It is no error when nobody hears it: the exit code tells it too.
pub(crate) fn error(text: impl AsRef<str>) {
    drop(writeln!(io::stderr(), "{}", text.as_ref()));
}

/// Prints a value as JSON, readable for people too.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value).expect("what commands print is JSON");
    line(harmless_json(&text))
}

/// JSON that means the same, and has no characters in it that play tricks on a terminal.
pub(crate) fn harmless_json(json: &str) -> String {
    let mut harmless = String::with_capacity(json.len());
    for character in json.chars() {
        // JSON has ends of lines between its values alone, and none of the others outside of its texts.
        match is_harmless(character) || character == '\n' {
            true => harmless.push(character),
            false => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    harmless.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    harmless
}

/// Prints what is known of one thing, a line for each.
pub(crate) fn facts(facts: &[(&str, String)]) -> Result<(), CommandError> {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = facts
        .iter()
        .map(|(name, value)| format!("{name:width$}  {}", harmless(value)));
    line(lines.collect::<Vec<_>>().join("\n"))
}

/// Says how to see the rest of a list, and that there is one.
pub(crate) fn more(shown: usize, total: u64, next: Option<&str>) {
    if let Some(next) = next {
        note(format!("{shown} of {total}. The next ones: --after {next}"));
    }
}

/// Prints a table without lines. What comes from outside is shown without control characters, so that it can't
/// play tricks on a terminal.
pub(crate) fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> Result<(), CommandError> {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(head.map(str::to_uppercase));
    for row in rows {
        table.add_row(row.map(|cell| harmless(&cell)));
    }
    if table.is_empty() {
        note("There is nothing to list.");
        return Ok(());
    }
    for column in table.column_iter_mut() {
        column.set_padding(BETWEEN_COLUMNS);
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    line(lines.join("\n"))
}

/// A text without what moves a terminal's cursor or turns its direction.
pub(crate) fn harmless(text: &str) -> String {
    text.chars()
        .map(|character| match is_harmless(character) {
            true => character,
            false => char::REPLACEMENT_CHARACTER,
        })
        .collect()
}

/// The same of a text of several lines.
pub(crate) fn harmless_lines(text: &str) -> String {
    text.split('\n')
        .map(harmless)
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_harmless(character: char) -> bool {
    !character.is_control()
        // Directional controls: Unicode Standard Annex 9, section 2.
        && !matches!(character, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        // What ends lines or can't be seen. Joiners stay: there are names that are not written without.
        && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// The spaces before and behind a cell: lines begin at the edge, so that `cut` and `awk` find the first column there.
const BETWEEN_COLUMNS: (u16, u16) = (0, 2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_plays_tricks_on_a_terminal() {
        assert_eq!(harmless("a\u{1b}[31m\u{202e}é\u{9b}\n"), "a�[31m�é��");
        let value = "\u{202e}\u{7f}\u{9b}é\n\u{1b}";
        let json = serde_json::to_string_pretty(&[value]).unwrap();
        let harmless = harmless_json(&json);
        assert!(harmless.chars().all(|c| is_harmless(c) || c == '\n'));
        let read: [String; 1] = serde_json::from_str(&harmless).unwrap();
        assert_eq!(read, [value]);
    }
}

//! Where commands print: tables and sentences for people, JSON for programs.

use std::io::{self, Write as _};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::CommandError;

/// Prints a text as it is, with the end of a line.
pub(crate) fn line(text: impl AsRef<str>) -> Result<(), CommandError> {
    let text = text.as_ref();
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| match text.ends_with('\n') {
            true => Ok(()),
            false => output.write_all(b"\n"),
        })
        .and_then(|()| output.flush())
        .map_err(CommandError::Output)
}

/// Prints a value as JSON, readable for people too.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value).expect("what commands print is JSON");
    line(text)
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

fn is_harmless(character: char) -> bool {
    !character.is_control()
        // Directional controls: Unicode Standard Annex 9, section 2.
        && !matches!(character, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

//! The settings in words: the example file, and the reference in the guide.

use std::fmt::Write as _;

use super::key::Key;
use super::settings::KEYS;

/// A file that documents every setting, and changes none until somebody takes a `#` away.
pub(crate) fn example() -> String {
    let mut text = EXAMPLE_HEAD.to_owned();
    let mut table = None;
    for key in KEYS {
        let (key_table, name) = key.table_and_name();
        if key_table != table {
            table = key_table;
            writeln!(text, "\n[{}]", table.unwrap_or_default()).expect("writing to a text");
        }
        text.push('\n');
        text.push_str(&comment(key.summary, "."));
        if !key.more.is_empty() {
            text.push_str(&comment(key.more, ""));
        }
        let value = key.default.unwrap_or(key.example);
        let note = match key.default {
            Some(_) => "",
            None => "   # not set by default",
        };
        writeln!(text, "#{name} = {}{note}", key.in_file(value)).expect("writing to a text");
    }
    text
}

/// The reference of all settings, in Markdown.
pub(crate) fn reference() -> String {
    let mut text = String::new();
    for key in KEYS {
        describe(&mut text, key).expect("writing to a text");
    }
    text
}

fn describe(text: &mut String, key: &Key) -> std::fmt::Result {
    writeln!(text, "### `{}`\n", key.path)?;
    let more = if key.more.is_empty() { "" } else { " " };
    writeln!(text, "{}.{more}{}\n", key.summary, key.more)?;
    writeln!(text, "| | |\n| --- | --- |")?;
    writeln!(text, "| file | {} |", code(&in_file(key)))?;
    writeln!(text, "| variable | `{}` |", key.variable())?;
    match key.flag() {
        Some(flag) => writeln!(text, "| flag | `--{flag} {}` |", key.value_name)?,
        None => writeln!(text, "| flag | none: it is a secret |")?,
    }
    match key.default {
        Some(default) => writeln!(text, "| default | `{default}` |\n"),
        None => writeln!(text, "| default | not set |\n"),
    }
}

fn in_file(key: &Key) -> String {
    let (table, name) = key.table_and_name();
    let value = key.in_file(key.example);
    match table {
        Some(table) => format!("[{table}] {name} = {value}"),
        None => format!("{name} = {value}"),
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// Lines of a comment, not longer than people like to read.
fn comment(text: &str, end: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in format!("{text}{end}").split_whitespace() {
        if line.chars().count() + word.chars().count() > COMMENT_WIDTH {
            writeln!(lines, "{line}").expect("writing to a text");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    lines + &line + "\n"
}

const COMMENT_WIDTH: usize = 96;

const EXAMPLE_HEAD: &str = "\
# The configuration of countersign. Take the `#` away from a setting to change it. Each can also be
# given as a variable (`public_url` is COUNTERSIGN_PUBLIC_URL, `https.key` is COUNTERSIGN_HTTPS_KEY) or
# as a flag (--public-url, --https-key). Flags beat variables, and variables beat this file.
# Relative paths in this file begin at its folder. `countersign config check` reads it and starts nothing.
";

//! The chapters that the program writes.

use super::markdown::{Document, GUIDE};
use super::program::printed;

#[test]
fn the_reference_of_settings_is_what_the_program_says() {
    is_made_by("reference/configuration.md", ["config", "reference"]);
}

#[test]
fn the_reference_of_commands_is_what_the_program_says() {
    is_made_by("reference/commands.md", ["reference"]);
}

fn is_made_by<const WORDS: usize>(chapter: &str, arguments: [&str; WORDS]) {
    let document = Document::read(format!("{GUIDE}/{chapter}"));
    let (head, text) = document
        .text
        .split_once(MARK)
        .unwrap_or_else(|| panic!("{chapter} has no line {MARK:?}"));
    assert!(head.starts_with("# "), "{chapter} has no head");
    let printed = printed(arguments);
    assert!(
        text.trim() == printed.trim(),
        "{chapter} is not what `countersign {}` prints: run `cargo xtask guide`",
        arguments.join(" ")
    );
}

/// What stands between a chapter's head and what the program writes. `cargo xtask guide` looks for it too.
const MARK: &str =
    "<!-- What follows is written by `cargo xtask guide`: change it in the program. -->\n";

//! The chapter of metrics shows the tables that the program makes its descriptions from.

use super::markdown::{Document, GUIDE, root};

#[test]
fn the_chapter_of_metrics_has_the_tables_of_the_program_and_the_library() {
    let chapter = Document::read(format!("{GUIDE}/operating/metrics.md"));
    for path in TABLES.iter().filter(|path| !AWAITED.contains(path)) {
        let table = Document::read(path);
        let is_shown = chapter.text.contains(table.text.trim());
        assert!(is_shown, "{path} says something else");
    }
}

#[test]
fn what_is_waited_for_is_not_there_yet() {
    for path in AWAITED {
        assert!(
            !root().join(path).exists(),
            "{path} is there: take it from the list of what is waited for"
        );
    }
}

const TABLES: [&str; 2] = [
    "countersign-server/src/observe/metrics.md",
    "countersign/src/docs/metrics.md",
];

/// Tables that are being written. A test sees to it that none stays here.
const AWAITED: &[&str] = &TABLES;

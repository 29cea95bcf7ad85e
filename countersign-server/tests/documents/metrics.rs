//! The chapter of metrics shows the tables that the program makes its descriptions from.

use super::markdown::{Document, GUIDE};

#[test]
fn the_chapter_of_metrics_has_the_tables_of_the_program_and_the_library() {
    let chapter = Document::read(format!("{GUIDE}/operating/metrics.md"));
    for path in TABLES {
        let table = Document::read(path);
        let is_shown = chapter.text.contains(table.text.trim());
        assert!(is_shown, "{path} says something else");
    }
}

const TABLES: [&str; 2] = [
    "countersign-server/src/observe/metrics.md",
    "countersign/src/docs/metrics.md",
];

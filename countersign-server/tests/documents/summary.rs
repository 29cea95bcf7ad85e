//! The guide's table of contents.

use std::collections::BTreeSet;

use super::markdown::{Document, GUIDE, chapters, root};

#[test]
fn the_table_of_contents_names_every_chapter_once() {
    let summary = Document::read(format!("{GUIDE}/SUMMARY.md"));
    let links = summary.links();
    let named: BTreeSet<String> = links.iter().cloned().collect();
    assert_eq!(named.len(), links.len(), "a chapter is named twice");
    let there: BTreeSet<String> = chapters().iter().map(path_in_the_guide).collect();
    assert_eq!(named, there);
}

#[test]
fn every_chapter_begins_with_its_title() {
    for chapter in chapters() {
        assert!(chapter.text.starts_with("# "), "{}", chapter.name());
    }
}

fn path_in_the_guide(chapter: &Document) -> String {
    let path = chapter.path.strip_prefix(root().join(GUIDE));
    path.expect("chapters lie in the guide")
        .display()
        .to_string()
}

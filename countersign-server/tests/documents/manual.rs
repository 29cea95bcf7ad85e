//! The tests that the manual of attacks names are there.

use std::fs;
use std::path::{Path, PathBuf};

use super::markdown::{Document, GUIDE, root};

#[test]
fn every_test_that_the_manual_names_is_in_the_file_that_it_names() {
    let manual = Document::read(format!("{GUIDE}/attacks.md"));
    let mut file: Option<PathBuf> = None;
    let mut count = 0;
    for code in manual.inline_code() {
        if code.ends_with(".rs") {
            file = Some(file_of(&code).unwrap_or_else(|| panic!("there is no {code}")));
        } else if is_the_name_of_a_test(&code) {
            count += 1;
            let file = file.as_deref().expect("a file is named before its tests");
            let text = fs::read_to_string(file).expect("it was there a moment ago");
            let is_there = text.contains(&format!("fn {code}("));
            assert!(is_there, "{code} is not in {}", file.display());
        }
    }
    assert!(count > 30, "only {count} tests were looked for");
}

pub(crate) fn file_of(name: &str) -> Option<PathBuf> {
    let folders = [root().join("countersign/tests/it"), root()];
    let mut files = folders.iter().map(|folder| folder.join(Path::new(name)));
    files.find(|file| file.is_file())
}

/// They are sentences.
fn is_the_name_of_a_test(code: &str) -> bool {
    code.matches('_').count() >= 4
        && code
            .chars()
            .all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
}

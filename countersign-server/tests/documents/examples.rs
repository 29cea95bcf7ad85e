//! Rust that the guide shows is the text of programs that are tested.

use std::fs;
use std::path::Path;

use super::markdown::{chapters, root};

#[test]
fn every_rust_block_of_the_guide_is_the_text_of_an_example() {
    let mut sources = Vec::new();
    collect(&root().join("examples"), &mut sources);
    let mut count = 0;
    for chapter in chapters() {
        for block in chapter.blocks_of("rust") {
            count += 1;
            let wanted = lines(&block.text);
            let is_shown = sources.iter().any(|source| {
                let windows = source.windows(wanted.len());
                windows.into_iter().any(|window| window == wanted)
            });
            assert!(is_shown, "{}:\n{}", chapter.name(), block.text);
        }
    }
    assert!(count > 2, "only {count} blocks were looked at");
}

fn collect(folder: &Path, sources: &mut Vec<Vec<String>>) {
    for entry in fs::read_dir(folder).expect("the examples can be read") {
        let path = entry.expect("a folder can be read to its end").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(lines(&fs::read_to_string(path).expect("text")));
        }
    }
}

/// How far a line is indented depends on where it is shown.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).collect()
}

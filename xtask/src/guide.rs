//! The guide: the chapters that the program writes, and the book that is made of all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::needs::is_in_path;
use crate::runner::cargo;

/// Writes the chapters that the program writes, and makes the book where mdBook is installed.
pub(crate) fn run() -> anyhow::Result<()> {
    for chapter in CHAPTERS {
        let file = folder().join("src").join(chapter.file);
        let old = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let new = with_printed(&old, &printed(chapter.arguments)?)
            .with_context(|| format!("{} has no line {MARK:?}", file.display()))?;
        if new != old {
            fs::write(&file, new).with_context(|| file.display().to_string())?;
            println!("written: {}", file.display());
        }
    }
    match is_in_path("mdbook") {
        true => build(),
        false => {
            println!(
                "the chapters are up to date; for the book itself, install mdBook: cargo install --locked mdbook"
            );
            Ok(())
        }
    }
}

struct Chapter {
    file: &'static str,
    /// What the program is asked for it.
    arguments: &'static [&'static str],
}

/// The chapter with its own head, and what the program says below it.
fn with_printed(chapter: &str, printed: &str) -> Option<String> {
    let (head, _) = chapter.split_once(MARK)?;
    Some(format!("{head}{MARK}\n{}\n", printed.trim()))
}

fn printed(arguments: &[&str]) -> anyhow::Result<String> {
    let output = cargo()
        .args(["run", "--quiet", "--package", "countersign-server", "--"])
        .args(arguments)
        .output()
        .context("cargo run")?;
    if !output.status.success() {
        bail!(
            "`countersign {}` failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("what the program printed")
}

fn build() -> anyhow::Result<()> {
    let status = Command::new("mdbook").arg("build").arg(folder()).status();
    if !status.context("mdbook")?.success() {
        bail!("mdbook could not make the book");
    }
    Ok(())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")
}

const CHAPTERS: [Chapter; 2] = [
    Chapter {
        file: "reference/configuration.md",
        arguments: &["config", "reference"],
    },
    Chapter {
        file: "reference/commands.md",
        arguments: &["reference"],
    },
];

/// What stands between a chapter's head and what the program writes. The test of those chapters looks for it too.
const MARK: &str =
    "<!-- What follows is written by `cargo xtask guide`: change it in the program. -->\n";

#[cfg(test)]
mod tests {
    use mdbook_driver::MDBook;
    use mdbook_driver::book::BookItem;

    use super::*;

    #[test]
    fn only_what_stands_below_the_mark_is_replaced() {
        let chapter = format!("# Title\n\nHead.\n\n{MARK}\nold\n");
        let new = with_printed(&chapter, "new\n\n").unwrap();
        assert_eq!(new, format!("# Title\n\nHead.\n\n{MARK}\nnew\n"));
        assert_eq!(with_printed(&new, "new").as_ref(), Some(&new));
        assert_eq!(with_printed("# Title\n", "new"), None);
    }

    #[test]
    fn the_book_can_be_made_and_has_a_page_for_every_chapter() {
        let made = std::env::temp_dir().join(format!("countersign-guide-{}", std::process::id()));
        let mut book = MDBook::load(folder()).unwrap();
        book.config.build.build_dir = made.clone();
        book.build().unwrap();
        let mut count = 0;
        for chapter in book.iter().filter_map(chapter_of) {
            let page = made.join(chapter.with_extension("html"));
            let text = fs::read_to_string(&page).unwrap_or_else(|_| panic!("{page:?}"));
            assert!(text.contains("</html>"), "{page:?}");
            // What a preprocessor left as it was.
            assert!(!text.contains("{{#"), "{page:?}");
            count += 1;
        }
        assert!(count > 10, "only {count} chapters");
        fs::remove_dir_all(&made).unwrap();
    }

    fn chapter_of(item: &BookItem) -> Option<&Path> {
        match item {
            BookItem::Chapter(chapter) => chapter.path.as_deref(),
            _ => None,
        }
    }
}

//! Documents, and what stands in them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A file in Markdown.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A block of code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

impl Document {
    /// A file of the repository, by its path from the root.
    pub(crate) fn read(path: impl AsRef<Path>) -> Self {
        let path = root().join(path);
        let text = fs::read_to_string(&path);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// Its path from the root, for messages.
    pub(crate) fn name(&self) -> String {
        let path = self.path.strip_prefix(root()).unwrap_or(&self.path);
        path.display().to_string()
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut current: Option<Block> = None;
        for event in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    let text = String::new();
                    current = Some(Block { language, text });
                }
                Event::Text(text) => {
                    if let Some(block) = &mut current {
                        block.text.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => blocks.extend(current.take()),
                _ => {}
            }
        }
        blocks
    }

    /// The blocks of one language.
    pub(crate) fn blocks_of(&self, language: &str) -> impl Iterator<Item = Block> {
        let blocks = self.blocks().into_iter();
        blocks.filter(move |block| block.language == language)
    }

    /// The levels of its headings, and their texts.
    pub(crate) fn headings(&self) -> Vec<(HeadingLevel, String)> {
        let mut headings = Vec::new();
        let mut current: Option<(HeadingLevel, String)> = None;
        for event in self.events() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => current = Some((level, String::new())),
                Event::Text(text) | Event::Code(text) => {
                    if let Some((_, heading)) = &mut current {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => headings.extend(current.take()),
                _ => {}
            }
        }
        headings
    }

    /// What its links and pictures lead to.
    pub(crate) fn links(&self) -> Vec<String> {
        let links = self.events().filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.to_string())
            }
            _ => None,
        });
        links.collect()
    }

    /// What stands in backticks within its sentences and tables.
    pub(crate) fn inline_code(&self) -> Vec<String> {
        let code = self.events().filter_map(|event| match event {
            Event::Code(text) => Some(text.to_string()),
            _ => None,
        });
        code.collect()
    }

    /// For each table, how many cells each of its rows has, the head's row first.
    pub(crate) fn tables(&self) -> Vec<Vec<usize>> {
        let mut tables: Vec<Vec<usize>> = Vec::new();
        for event in self.events() {
            match (event, tables.last_mut()) {
                (Event::Start(Tag::Table(_)), _) => tables.push(Vec::new()),
                (Event::Start(Tag::TableHead | Tag::TableRow), Some(table)) => table.push(0),
                (Event::Start(Tag::TableCell), Some(table)) => {
                    *table.last_mut().expect("cells stand in rows") += 1;
                }
                _ => {}
            }
        }
        tables
    }

    /// What links to its parts can say behind `#`. GitHub and mdBook make the same of the headings that are here.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut anchors = BTreeSet::new();
        for (_, heading) in self.headings() {
            let anchor = anchor_of(&heading);
            let count = seen.entry(anchor.clone()).or_default();
            anchors.insert(match *count {
                0 => anchor,
                count => format!("{anchor}-{count}"),
            });
            *count += 1;
        }
        anchors
    }

    fn events(&self) -> impl Iterator<Item = Event<'_>> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES)
    }
}

/// All documents of the repository.
pub(crate) fn documents() -> Vec<Document> {
    let mut paths = Vec::new();
    for folder in ["bench", "examples"] {
        find(&root().join(folder), &mut paths);
    }
    paths.extend(files_in(&root()));
    find(&root().join("docs"), &mut paths);
    let documents: Vec<_> = paths.into_iter().map(Document::read).collect();
    assert!(documents.len() > 20, "only {} documents", documents.len());
    documents
}

/// All chapters of the guide.
pub(crate) fn chapters() -> Vec<Document> {
    let mut paths = Vec::new();
    find(&root().join(GUIDE), &mut paths);
    let summary = root().join(GUIDE).join("SUMMARY.md");
    paths.retain(|path| *path != summary);
    assert!(paths.len() > 10, "only {} chapters", paths.len());
    paths.into_iter().map(Document::read).collect()
}

/// The folder of everything.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("a workspace").to_owned()
}

/// Finds the documents in a folder and below it.
fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    paths.extend(files_in(folder));
    for path in entries(folder) {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "target" && name != "node_modules" {
            find(&path, paths);
        }
    }
}

fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = entries(folder).into_iter();
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a folder can be read to its end").path())
        .collect();
    paths.sort();
    paths
}

fn anchor_of(heading: &str) -> String {
    let kept = heading
        .trim()
        .chars()
        .filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            _ => character.is_alphanumeric().then_some(character),
        });
    kept.collect::<String>().to_lowercase()
}

/// Where the guide's chapters are.
pub(crate) const GUIDE: &str = "docs/guide/src";

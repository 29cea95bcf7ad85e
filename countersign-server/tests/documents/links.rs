//! Links lead somewhere.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::markdown::{Document, documents, root};

#[test]
fn every_link_within_the_repository_leads_somewhere() {
    let documents = documents();
    let by_path: HashMap<&Path, &Document> = documents
        .iter()
        .map(|document| (document.path.as_path(), document))
        .collect();
    let mut broken = Vec::new();
    let mut count = 0;
    for document in &documents {
        for link in document.links() {
            if link.starts_with("https://") || link.starts_with("http://") {
                continue;
            }
            count += 1;
            if let Err(problem) = follow(document, &link, &by_path) {
                broken.push(format!("{}: ({link}) {problem}", document.name()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(count > 50, "only {count} links were looked at");
}

/// What the guide's chapters link to must be in the book that is made of them, too.
#[test]
fn chapters_link_to_chapters_and_to_addresses_alone() {
    let guide = root().join(super::markdown::GUIDE);
    for chapter in super::markdown::chapters() {
        for link in chapter.links() {
            let is_address = link.starts_with("https://") || link.starts_with("http://");
            let file = link.split('#').next().unwrap_or_default();
            let is_chapter = normal(&chapter.path.with_file_name(file)).starts_with(&guide);
            assert!(is_address || is_chapter, "{}: {link}", chapter.name());
        }
    }
}

#[test]
fn every_file_that_is_linked_to_on_github_is_in_the_repository() {
    let mut count = 0;
    for document in documents() {
        for link in document.links() {
            let path = [FILES, FOLDERS]
                .iter()
                .find_map(|place| link.strip_prefix(place));
            if let Some(path) = path {
                count += 1;
                assert!(root().join(path).exists(), "{}: {link}", document.name());
            }
        }
    }
    assert!(count > 5, "only {count} links were looked at");
}

#[test]
fn every_item_of_the_library_that_is_linked_to_is_there() {
    let mut count = 0;
    for document in documents() {
        for link in document.links() {
            let Some(page) = link.strip_prefix(LIBRARY) else {
                continue;
            };
            count += 1;
            assert!(is_in_the_library(page), "{}: {link}", document.name());
        }
    }
    assert!(count > 10, "only {count} links were looked at");
}

fn follow(
    document: &Document,
    link: &str,
    documents: &HashMap<&Path, &Document>,
) -> Result<(), String> {
    let (file, anchor) = match link.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor)),
        None => (link, None),
    };
    let target = match file {
        "" => document.path.clone(),
        file => normal(&document.path.with_file_name(file)),
    };
    if !target.exists() {
        return Err("is not there".to_owned());
    }
    let Some(anchor) = anchor else {
        return Ok(());
    };
    let Some(target) = documents.get(target.as_path()) else {
        return Err("has no headings to lead to".to_owned());
    };
    match target.anchors().contains(anchor) {
        true => Ok(()),
        false => Err(format!("has no such heading: {:?}", target.anchors())),
    }
}

/// Without `..`, as a path in the table of documents is.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// Whether a page of the library's documentation can be there, such as `session/struct.Session.html`: its module has a
/// file or folder, and something of that kind and name is public in it, or below it.
fn is_in_the_library(page: &str) -> bool {
    let (folder, file) = page.rsplit_once('/').unwrap_or(("", page));
    let file = file.split('#').next().unwrap_or_default();
    let source = root().join("countersign/src");
    let module = source.join(folder);
    if !module.is_dir() && !module.with_extension("rs").is_file() {
        return false;
    }
    let mut parts = file.split('.');
    let declaration = match (parts.next(), parts.next(), parts.next()) {
        (Some("index" | ""), ..) => return true,
        (Some("derive"), Some(name), Some("html")) => {
            return fs::read_to_string(root().join("countersign-macros/src/lib.rs"))
                .is_ok_and(|text| text.contains(&format!("proc_macro_derive({name}")));
        }
        (Some(kind @ ("struct" | "enum" | "trait" | "fn")), Some(name), Some("html")) => {
            format!("pub {kind} {name}")
        }
        _ => return false,
    };
    // What the root shows is declared in modules that are its own business.
    says(&module, &declaration) || says(&module.with_extension("rs"), &declaration)
}

fn says(path: &Path, declaration: &str) -> bool {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("the sources can be read");
        return entries
            .filter_map(Result::ok)
            .any(|entry| says(&entry.path(), declaration));
    }
    fs::read_to_string(path).is_ok_and(|text| {
        text.match_indices(declaration).any(|(start, _)| {
            let next = text[start + declaration.len()..].chars().next();
            next.is_some_and(|next| !next.is_alphanumeric() && next != '_')
        })
    })
}

const LIBRARY: &str = "https://docs.rs/countersign/latest/countersign/";

const FILES: &str = "https://github.com/countersign-rs/countersign/blob/main/";
const FOLDERS: &str = "https://github.com/countersign-rs/countersign/tree/main/";

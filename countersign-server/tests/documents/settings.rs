//! Configuration files that documents show.

use std::fs;

use super::markdown::{chapters, documents};
use super::program::{command, printed};

#[test]
fn every_configuration_file_that_is_shown_can_be_used() {
    let mut count = 0;
    for document in documents() {
        for block in document.blocks_of("toml") {
            count += 1;
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("countersign.toml");
            fs::write(&file, &block.text).expect("a file");
            // What files beside it the guide has made by then.
            let key = printed(["secret", "generate"]);
            fs::write(folder.path().join("secret.key"), key).expect("a file");
            // `config check` would ask for certificates, too.
            let check = command()
                .args(["config", "show", "--config"])
                .arg(&file)
                .output()
                .expect("it starts");
            assert!(check.status.success(), "{}: {check:?}", document.name());
        }
    }
    assert!(count > 5, "only {count} files were looked at");
}

#[test]
fn every_setting_that_chapters_name_is_there() {
    let keys = keys();
    let tables = [
        "https",
        "limits",
        "log",
        "metrics",
        "passwords",
        "proxy",
        "sessions",
        "traces",
    ];
    let mut count = 0;
    for chapter in chapters() {
        for code in chapter.inline_code() {
            let is_key = code.split_once('.').is_some_and(|(table, name)| {
                tables.contains(&table) && name.chars().all(|c| c == '_' || c.is_ascii_lowercase())
            });
            if is_key {
                count += 1;
                assert!(keys.contains(&code), "{}: `{code}`", chapter.name());
            }
        }
    }
    assert!(count > 20, "only {count} settings were looked at");
}

#[test]
fn every_variable_that_documents_name_is_there() {
    let reference = printed(["config", "reference"]);
    let mut count = 0;
    for document in documents() {
        for (start, _) in document.text.match_indices("COUNTERSIGN_") {
            let end = |c: char| c != '_' && !c.is_ascii_uppercase();
            let name = document.text[start..].split(end).next().unwrap_or_default();
            count += 1;
            let is_there = reference.contains(&format!("| variable | `{name}` |"));
            // Which file to read is no setting of the file.
            let is_the_file = name == "COUNTERSIGN_CONFIG";
            // What all of them begin with.
            let is_a_beginning = name == "COUNTERSIGN_";
            assert!(
                is_there || is_the_file || is_a_beginning,
                "{}: {name}",
                document.name()
            );
        }
    }
    assert!(count > 20, "only {count} variables were looked at");
}

fn keys() -> Vec<String> {
    let shown = printed(["config", "reference"]);
    let keys = shown.lines().filter_map(|line| line.strip_prefix("### `"));
    keys.filter_map(|line| line.strip_suffix('`'))
        .map(str::to_owned)
        .collect()
}

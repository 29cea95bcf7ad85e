//! The README's quick start is this example, to the letter.

#[test]
fn the_readme_shows_the_very_text_of_the_program() {
    assert!(blocks("rust").any(|block| block == include_str!("../src/main.rs")));
}

#[test]
fn the_readme_shows_the_very_text_of_the_page() {
    assert!(blocks("html").any(|block| block == include_str!("../src/login.html")));
}

#[test]
fn the_readme_shows_the_very_text_of_the_program_with_accounts() {
    let program = include_str!("../../full-accounts/src/main.rs");
    assert!(blocks("rust").any(|block| block == program));
}

#[test]
fn the_readme_names_every_example() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let examples = std::fs::read_dir(folder).expect("the examples");
    let mut count = 0;
    for example in examples {
        let name = example.expect("an example").file_name();
        let name = name.to_str().expect("a plain name");
        let row = format!("| [`{name}`](examples/{name}) |");
        assert!(README.contains(&row), "the README has no row for `{name}`");
        count += 1;
    }
    let rows = README.matches("](examples/").count();
    assert_eq!(rows, count, "the README has rows for what is not there");
}

/// The program needs what it uses from the README's `cargo add`, and nothing else.
#[test]
fn the_readme_adds_what_the_program_needs() {
    let manifest = include_str!("../Cargo.toml");
    let (_, dependencies) = manifest.split_once("[dependencies]\n").expect("some");
    let (dependencies, _) = dependencies.split_once("\n\n").expect("an end");
    let mut needed: Vec<_> = dependencies
        .lines()
        .filter_map(|line| line.split(['.', ' ']).next())
        .collect();
    let (_, line) = README.split_once("$ cargo add ").expect("a command");
    let (crates, _) = line.split_once(" --features").expect("features");
    let mut added: Vec<_> = crates.split(' ').collect();
    needed.sort_unstable();
    added.sort_unstable();
    assert_eq!(added, needed);
}

/// What stands in the README as code of a language.
fn blocks(language: &str) -> impl Iterator<Item = &'static str> {
    let fence = format!("```{language}\n");
    let starts: Vec<usize> = README
        .match_indices(&fence)
        .map(|(start, _)| start + fence.len())
        .collect();
    starts
        .into_iter()
        .filter_map(|start| README[start..].split("```").next())
}

const README: &str = include_str!("../../../README.md");

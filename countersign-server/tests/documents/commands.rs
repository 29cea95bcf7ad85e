//! Command lines that documents show.

use super::markdown::documents;
use super::program::countersign;

#[test]
fn every_command_that_is_shown_is_one_that_the_program_takes() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for document in documents() {
        for block in document.blocks_of("console") {
            for arguments in command_lines(&block.text).filter_map(|line| arguments_in(&line)) {
                count += 1;
                if let Err(problem) = takes(&arguments) {
                    let line = arguments.join(" ");
                    wrong.push(format!(
                        "{}: `countersign {line}`: {problem}",
                        document.name()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 20, "only {count} commands were looked at");
}

#[test]
fn words_are_read_as_a_shell_reads_them() {
    for (line, expected) in [
        ("countersign config check", Some(&["config", "check"][..])),
        (
            "sudo -u countersign countersign user list",
            Some(&["user", "list"]),
        ),
        ("A=b countersign  # comment", Some(&[])),
        (
            "podman exec -it countersign countersign man x",
            Some(&["man", "x"]),
        ),
        ("./countersign a 'b c' > file", Some(&["a", "b c"])),
        (
            "printf '%s' pass | countersign user passwd a",
            Some(&["user", "passwd", "a"]),
        ),
        (
            "cargo run --release -- --listen b",
            Some(&["--listen", "b"]),
        ),
        ("journalctl -u countersign -p warning", None),
        ("sudo systemctl reload countersign", None),
        ("cargo run -p quickstart", None),
    ] {
        let expected = expected.map(|words| words.iter().map(ToString::to_string).collect());
        assert_eq!(arguments_in(line), expected, "{line}");
    }
}

#[test]
fn a_command_that_is_not_there_is_found() {
    for line in [
        "config chek",
        "config check --lisen x",
        "config show yes",
        "--acme",
    ] {
        let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
        assert!(takes(&arguments).is_err(), "{line}");
    }
}

/// Asks for help behind all other words: it is given only when all of them are known.
fn takes(arguments: &[String]) -> Result<(), String> {
    let words = arguments.iter().map(String::as_str).chain(["--help"]);
    let output = countersign(words);
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The lines that somebody types: those behind a `$`, and what they go on in.
fn command_lines(block: &str) -> impl Iterator<Item = String> {
    let joined = block.replace("\\\n", " ");
    let lines: Vec<String> = joined
        .lines()
        .filter_map(|line| line.strip_prefix("$ ").map(str::to_owned))
        .collect();
    lines.into_iter()
}

/// What the program is told by a line, if the line starts it.
fn arguments_in(line: &str) -> Option<Vec<String>> {
    let words = words(line);
    let mut parts = words.split(|word| ["|", "&&", ";"].contains(&word.as_str()));
    parts.find_map(|part| {
        let part = without_what_starts_it(part);
        let (program, arguments) = part.split_first()?;
        let is_ours = program.rsplit('/').next() == Some("countersign");
        let cargo = ["cargo", "run", "--release", "--"];
        let arguments = match is_ours {
            true => arguments,
            false if part.starts_with(&cargo.map(str::to_owned)) => &part[cargo.len()..],
            false => return None,
        };
        let end = arguments
            .iter()
            .position(|word| [">", "<", ">>"].contains(&word.as_str()));
        Some(arguments[..end.unwrap_or(arguments.len())].to_vec())
    })
}

/// Without variables, and without the programs that start another one.
fn without_what_starts_it(mut part: &[String]) -> &[String] {
    while let Some((first, rest)) = part.split_first() {
        let skipped = match first.as_str() {
            "sudo" => match rest.first().map(String::as_str) {
                Some("-u") => 2,
                _ => 0,
            },
            // The options, and the container's name.
            "podman" if rest.first().is_some_and(|word| word == "exec") => {
                let options = rest[1..].iter().take_while(|word| word.starts_with('-'));
                2 + options.count()
            }
            variable if variable.contains('=') && !variable.starts_with('-') => 0,
            _ => return part,
        };
        part = rest.get(skipped..).unwrap_or_default();
    }
    part
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (character, quote) {
            (_, Some(end)) if character == end => quote = None,
            (_, Some(_)) => word.get_or_insert_default().push(character),
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            ('#', None) if word.is_none() => return words,
            (_, None) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

//! Fuzzing: each target for some time, from the corpus that is committed and what earlier runs found.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::needs::is_in_path;
use crate::runner::cargo;

/// Fuzzes every target for so many seconds. What it finds stays in `fuzz/found`, and is where the next run goes on.
pub(crate) fn run(seconds: u32) -> anyhow::Result<()> {
    let limit = format!("-max_total_time={seconds}");
    for target in targets()? {
        println!("fuzzing: {target} for {seconds} s");
        let folders = [found(&target)?, corpus(&target)];
        fuzz(&target, &folders, &[&limit, MOST_BYTES]).with_context(|| {
            format!(
                "{target} does not hold for the input that is named above: \
                add it to {} once it does",
                corpus(&target).display()
            )
        })?;
    }
    println!(
        "what was found is in fuzz/found; `cargo xtask fuzz keep` adds what tests more to fuzz/corpus"
    );
    Ok(())
}

/// Adds to the committed corpus what reaches code that nothing in it reaches.
pub(crate) fn keep() -> anyhow::Result<()> {
    for target in targets()? {
        let before = count(&corpus(&target))?;
        let folders = [corpus(&target), found(&target)?];
        fuzz(&target, &folders, &["-merge=1", MOST_BYTES])?;
        println!(
            "{target}: {before} inputs before, {} now",
            count(&corpus(&target))?
        );
    }
    Ok(())
}

fn fuzz(target: &str, folders: &[PathBuf], options: &[&str]) -> anyhow::Result<()> {
    let mut command = cargo_fuzz()?;
    command
        // The sanitizer of addresses is not yet stable; the compiler is the one that builds everything else.
        .env("RUSTC_BOOTSTRAP", "1")
        .arg("fuzz")
        .arg("run")
        .arg("--fuzz-dir")
        .arg(folder())
        .arg(target)
        .args(folders)
        .arg("--")
        .args(options);
    let status = command.status().context("cargo-fuzz")?;
    match status.success() {
        true => Ok(()),
        false => bail!("cargo-fuzz ended with {status}"),
    }
}

/// cargo-fuzz, which is built into the target folder where it is not installed.
fn cargo_fuzz() -> anyhow::Result<Command> {
    if is_in_path("cargo-fuzz") {
        return Ok(Command::new("cargo-fuzz"));
    }
    let root = folder().join("target/cargo-fuzz");
    let program = root.join("bin/cargo-fuzz");
    if !program.is_file() {
        println!("building cargo-fuzz {VERSION}");
        let status = cargo()
            .args(["install", "--locked", "--version", VERSION, "--root"])
            .arg(&root)
            .arg("cargo-fuzz")
            .status()
            .context("cargo install cargo-fuzz")?;
        if !status.success() {
            bail!("cargo-fuzz could not be built: install it, so that it is found in PATH");
        }
    }
    Ok(Command::new(program))
}

/// The names of the targets, in alphabetical order.
fn targets() -> anyhow::Result<Vec<String>> {
    let folder = folder().join("fuzz_targets");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
            targets.push(name.to_owned());
        }
    }
    targets.sort();
    Ok(targets)
}

fn count(folder: &Path) -> anyhow::Result<usize> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    Ok(entries.count())
}

fn corpus(target: &str) -> PathBuf {
    folder().join("corpus").join(target)
}

fn found(target: &str) -> anyhow::Result<PathBuf> {
    let found = folder().join("found").join(target);
    fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
    Ok(found)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// Also the oldest that was tried.
const VERSION: &str = "0.13.2";
/// Beyond this, inputs only take more time.
const MOST_BYTES: &str = "-max_len=8192";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_corpus_and_is_in_the_manifest() {
        let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
        let targets = targets().unwrap();
        assert!(targets.len() >= 4, "{targets:?}");
        for target in targets {
            assert!(count(&corpus(&target)).unwrap() > 0, "{target}");
            assert!(
                manifest.contains(&format!("\"fuzz_targets/{target}.rs\"")),
                "{target}"
            );
        }
    }
}

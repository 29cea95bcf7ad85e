//! schemathesis, a Python program, in a virtual environment of its own below the folder of what is built.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, bail};

/// Installs the program, unless just this version of it and of all it needs is there. An error names it and who needs it.
pub(crate) fn provide() -> anyhow::Result<()> {
    let folder = folder();
    if is_installed(&folder) {
        return Ok(());
    }
    install(&folder).context(
        "schemathesis is missing; it is needed by the tests that make requests from the OpenAPI document, and comes from \
         PyPI, or from where pip's own settings say",
    )
}

/// Where the tests look for it.
fn folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    target.join("schemathesis")
}

fn is_installed(folder: &Path) -> bool {
    let installed = fs::read_to_string(folder.join(INSTALLED));
    installed.is_ok_and(|installed| installed == REQUIREMENTS)
}

fn install(folder: &Path) -> anyhow::Result<()> {
    println!("installing: schemathesis into {}", folder.display());
    let mut python = Command::new("python3");
    run(python.args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--requirement"])
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../interop/schemathesis/requirements.txt"
        ));
    run(&mut pip)?;
    // Last, so that half an installation is none.
    fs::write(folder.join(INSTALLED), REQUIREMENTS).context("the note of what is installed")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

const REQUIREMENTS: &str = include_str!("../../interop/schemathesis/requirements.txt");

/// A copy of the requirements that the environment was made from.
const INSTALLED: &str = "requirements.txt";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_made_from_other_requirements_is_made_again() {
        let folder = env::temp_dir().join(format!("countersign-xtask-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        assert!(!is_installed(&folder));
        fs::write(folder.join(INSTALLED), "schemathesis==1.0\n").unwrap();
        assert!(!is_installed(&folder));
        fs::write(folder.join(INSTALLED), REQUIREMENTS).unwrap();
        assert!(is_installed(&folder));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_requirement_is_pinned() {
        let lines = REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        let pinned: Vec<_> = lines.filter_map(|line| line.split_once("==")).collect();
        assert!(pinned.iter().any(|(name, _)| *name == "schemathesis"));
        let lines = REQUIREMENTS.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(pinned.len(), lines.count());
    }
}

//! Programs and libraries from PyPI: a virtual environment for each list of `interop/python`, below the folder of what is
//! built, where `countersign_interop::python` finds them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, bail};

/// Makes every environment, unless one of just these versions is there. An error names what could not be installed, and why.
pub(crate) fn provide() -> anyhow::Result<()> {
    for list in lists()? {
        list.provide()?;
    }
    Ok(())
}

/// What one environment holds: each line names one thing and its version.
struct List {
    file: PathBuf,
    requirements: String,
}

impl List {
    fn provide(&self) -> anyhow::Result<()> {
        let folder = self.folder();
        if self.is_installed_in(&folder) {
            return Ok(());
        }
        self.install_in(&folder).with_context(|| {
            format!(
                "what {} lists is missing; tests need it, and it comes from PyPI, or from where pip's own settings say",
                self.file.display()
            )
        })
    }

    fn name(&self) -> String {
        let name = self.file.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Where the tests look for it.
    fn folder(&self) -> PathBuf {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"),
            PathBuf::from,
        );
        target.join("python").join(self.name())
    }

    fn is_installed_in(&self, folder: &Path) -> bool {
        let installed = fs::read_to_string(folder.join(INSTALLED));
        installed.is_ok_and(|installed| installed == self.requirements)
    }

    fn install_in(&self, folder: &Path) -> anyhow::Result<()> {
        println!(
            "installing: Python's {} into {}",
            self.name(),
            folder.display()
        );
        let mut python = Command::new("python3");
        run(python.args(["-m", "venv", "--clear"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--requirement"])
            .arg(&self.file);
        run(&mut pip)?;
        // Last, so that half an installation is none.
        fs::write(folder.join(INSTALLED), &self.requirements)
            .context("the note of what is installed")
    }
}

fn lists() -> anyhow::Result<Vec<List>> {
    let folder = fs::read_dir(LISTS).context(LISTS)?;
    let mut lists = Vec::new();
    for entry in folder {
        let file = entry.context(LISTS)?.path();
        if file.extension().is_some_and(|extension| extension == "txt") {
            let requirements = fs::read_to_string(&file);
            let requirements = requirements.with_context(|| file.display().to_string())?;
            lists.push(List { file, requirements });
        }
    }
    lists.sort_by(|left, right| left.file.cmp(&right.file));
    Ok(lists)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

const LISTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../interop/python");

/// A copy of the list that the environment was made from.
const INSTALLED: &str = "requirements.txt";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_made_from_other_requirements_is_made_again() {
        let folder = env::temp_dir().join(format!("countersign-xtask-{}", std::process::id()));
        let list = List {
            file: PathBuf::from("flask.txt"),
            requirements: "flask==3.1.3\n".to_owned(),
        };
        fs::create_dir_all(&folder).unwrap();
        assert!(!list.is_installed_in(&folder));
        fs::write(folder.join(INSTALLED), "flask==1.0\n").unwrap();
        assert!(!list.is_installed_in(&folder));
        fs::write(folder.join(INSTALLED), &list.requirements).unwrap();
        assert!(list.is_installed_in(&folder));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_requirement_is_pinned() {
        let lists = lists().unwrap();
        assert!(lists.iter().any(|list| list.name() == "schemathesis"));
        for list in lists {
            let lines = list.requirements.lines();
            for line in lines.filter(|line| !line.starts_with('#')) {
                let (name, version) = line.split_once("==").expect(line);
                assert!(!name.is_empty() && !version.is_empty(), "{line}");
            }
        }
    }
}

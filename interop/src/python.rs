use std::path::PathBuf;

use anyhow::bail;

use crate::target_folder;

/// The folder of a virtual environment of Python, which `cargo xtask test` makes from the list of that name in
/// `interop/python`: `bin/python` in it has all the list says, in just these versions. An error says how to make it, also
/// where the list was changed since it was made.
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// let python = countersign_interop::python_environment("import")?.join("bin/python");
/// # Ok(())
/// # }
/// ```
pub fn python_environment(name: &str) -> anyhow::Result<PathBuf> {
    let list = PathBuf::from(LISTS).join(format!("{name}.txt"));
    let folder = target_folder().join("python").join(name);
    let Ok(wanted) = std::fs::read_to_string(&list) else {
        bail!("there is no list of what the environment `{name}` holds in interop/python");
    };
    let installed = std::fs::read_to_string(folder.join("requirements.txt")).unwrap_or_default();
    if installed != wanted {
        bail!(
            "Python's environment `{name}` is missing or of another list; `cargo xtask test` makes it"
        );
    }
    // Absolute, because whoever starts it may do so in another folder.
    Ok(std::path::absolute(folder)?)
}

const LISTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python");

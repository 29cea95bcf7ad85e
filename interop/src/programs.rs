//! The programs of this workspace, built from the code as it stands.

use std::collections::HashMap;
use std::env;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// The file of a program, which is built first if it is out of date.
pub async fn path_of(name: &str) -> anyhow::Result<PathBuf> {
    let programs = PROGRAMS.get_or_try_init(build).await?;
    programs
        .get(name)
        .cloned()
        .with_context(|| format!("this workspace has no program `{name}`"))
}

/// Once for each test program, however many of its tests ask.
static PROGRAMS: OnceCell<HashMap<String, PathBuf>> = OnceCell::const_new();

/// Builds exactly what `cargo test --workspace --all-features` builds, tests included: with fewer parts Cargo would
/// choose other features of the same dependencies, and compile them a second time.
async fn build() -> anyhow::Result<HashMap<String, PathBuf>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--workspace", "--all-features"])
        .args(["--bins", "--tests"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    // Cargo tells these to a test; some build scripts watch them, and would run again.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }
    let output = cargo.output().await.context("cargo build")?;
    if !output.status.success() {
        bail!("cargo build ended with {}", output.status);
    }
    executables(&String::from_utf8_lossy(&output.stdout))
}

/// Reads Cargo's messages, one JSON object a line (the Cargo book, "External tools").
fn executables(messages: &str) -> anyhow::Result<HashMap<String, PathBuf>> {
    let mut programs = HashMap::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line).context("a message of cargo build")?;
        let is_test = message["profile"]["test"] == true;
        if let (false, Some(name), Some(path)) = (
            is_test,
            message["target"]["name"].as_str(),
            message["executable"].as_str(),
        ) {
            programs.insert(name.to_owned(), PathBuf::from(path));
        }
    }
    Ok(programs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_among_cargos_messages_and_tests_are_not() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"name":"library"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","target":{"name":"program"},"profile":{"test":true},"executable":"/a/test"}
{"reason":"compiler-artifact","target":{"name":"program"},"profile":{"test":false},"executable":"/a/program"}
{"reason":"build-finished","success":true}
"#;
        let programs = executables(messages).unwrap();
        let expected = HashMap::from([("program".to_owned(), PathBuf::from("/a/program"))]);
        assert_eq!(programs, expected);
    }
}

//! The program of this package.

use std::process::{Command, Output};

/// Runs `countersign`, in an environment that says nothing to it.
pub(crate) fn countersign<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Output {
    command().args(arguments).output().expect("it starts")
}

/// What it prints when it does what it is told.
pub(crate) fn printed<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    let output = countersign(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.to_string_lossy().starts_with("COUNTERSIGN_")) {
        command.env_remove(name);
    }
    command
}

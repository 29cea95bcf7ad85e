//! The commonest mistakes do not compile, and the compiler names the remedy: what it says stands in `tests/ui`.

use std::process::Command;

#[test]
fn a_mistake_is_answered_with_its_remedy() {
    if !is_recorded_compiler() {
        // Other compilers put the same into other words and other lines.
        eprintln!("not compared: the messages in tests/ui are those of Rust {RECORDED_WITH}");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}

fn is_recorded_compiler() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    version.starts_with(&format!("rustc {RECORDED_WITH}."))
}

/// After a change, or to go on to another compiler: `TRYBUILD=overwrite cargo test -p countersign mistakes`, and read
/// what changed.
const RECORDED_WITH: &str = "1.95";

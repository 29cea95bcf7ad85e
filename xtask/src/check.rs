//! Formatting, lints and documentation.

use anyhow::{Context as _, bail};

use crate::runner::cargo;

/// Runs every check; the first that fails ends the run.
pub(crate) fn run() -> anyhow::Result<()> {
    for check in CHECKS {
        let line = check.arguments.join(" ");
        println!("checking: cargo {line}");
        let status = cargo()
            .args(check.arguments)
            .envs(check.environment.iter().copied())
            .status()
            .with_context(|| format!("cargo {line}"))?;
        if !status.success() {
            bail!("`cargo {line}` found something to mend");
        }
    }
    Ok(())
}

struct Check {
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const CHECKS: [Check; 5] = [
    Check {
        arguments: &["fmt", "--all", "--check"],
        environment: &[],
    },
    Check {
        arguments: &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ],
        environment: &[],
    },
    // The server as people install it, without what its features bring.
    Check {
        arguments: &[
            "clippy",
            "--package",
            "countersign-server",
            "--",
            "-D",
            "warnings",
        ],
        environment: &[],
    },
    // The library must compile without what a feature brings. What only the feature's code calls is then unused, so
    // warnings do not count here.
    Check {
        arguments: &["check", "--package", "countersign", "--no-default-features"],
        environment: &[],
    },
    Check {
        arguments: &["doc", "--workspace", "--all-features", "--no-deps"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
];

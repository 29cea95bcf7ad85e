//! Runs Cargo's tests and counts what they say.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::Context as _;

/// Runs every test of the workspace, documentation examples included, and shows what they print as they print it.
pub(crate) fn run_every_test() -> anyhow::Result<Run> {
    let mut child = cargo()
        .args(["test", "--workspace", "--all-features", "--no-fail-fast"])
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo test")?;
    let output = child.stdout.take().context("the output of cargo test")?;
    let counts = copy_and_count(BufReader::new(output), io::stdout().lock())
        .context("the output of cargo test")?;
    let status = child.wait().context("cargo test")?;
    Ok(Run { counts, status })
}

/// What became of all tests.
#[derive(Debug)]
pub(crate) struct Run {
    counts: Counts,
    status: ExitStatus,
}

impl Run {
    /// Whether at least one test ran and none failed.
    pub(crate) fn is_success(&self) -> bool {
        self.complaint().is_none()
    }

    /// What is wrong, if anything is.
    pub(crate) fn complaint(&self) -> Option<String> {
        if self.counts.failed > 0 {
            Some("tests failed".to_owned())
        } else if !self.status.success() {
            Some(format!(
                "cargo test ended with {}: a test did not compile, or a test program died; it is counted as one failure",
                self.status
            ))
        } else if self.counts.passed == 0 {
            Some("no test ran".to_owned())
        } else {
            None
        }
    }

    /// One line: how many passed, how many failed, how many were left out.
    pub(crate) fn summary(&self) -> String {
        let Counts {
            passed,
            failed,
            skipped,
        } = self.counts;
        let failed = if self.is_success() { 0 } else { failed.max(1) };
        let mut summary = format!("{passed} passed, {failed} failed");
        if skipped > 0 {
            summary.push_str(&format!(", {skipped} skipped"));
        }
        summary
    }
}

/// Cargo, with plain output and no standard input.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "never")
        .stdin(Stdio::null());
    // `cargo xtask` sets these for this program. Some build scripts watch them, and would run again for every change
    // between `cargo test` and `cargo xtask test`.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

/// How many tests passed, failed and were ignored.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// Copies lines and adds up the results among them. Bytes, because a test may print any.
fn copy_and_count(mut lines: impl BufRead, mut output: impl Write) -> io::Result<Counts> {
    let mut counts = Counts::default();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        output.write_all(&line)?;
        output.flush()?;
        counts.add(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(counts)
}

impl Counts {
    /// Reads the line with which the standard test harness ends:
    /// `test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let Some((_verdict, counts)) = result.split_once(". ") else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_test_programs_are_added_up() {
        let output = "\
running 2 tests
test a ... ok
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 5 filtered out; finished in 1.20s
";
        let counts = copy_and_count(output.as_bytes(), io::sink()).unwrap();
        let expected = Counts {
            passed: 7,
            failed: 2,
            skipped: 1,
        };
        assert_eq!(counts, expected);
    }

    #[test]
    fn other_lines_count_nothing() {
        let mut counts = Counts::default();
        counts.add("expected: test result: ok. 3 passed; 0 failed");
        counts.add("test result: none of this");
        assert_eq!(counts, Counts::default());
    }

    #[test]
    fn output_that_is_not_utf_8_is_copied_as_it_is() {
        let output = &b"\xff\ntest result: ok. 1 passed; 0 failed\n"[..];
        let mut copy = Vec::new();
        assert_eq!(copy_and_count(output, &mut copy).unwrap().passed, 1);
        assert_eq!(copy, output);
    }

    #[test]
    fn success_needs_a_test_that_ran() {
        assert!(run(0, 1, 0).is_success());
        assert!(!run(0, 0, 0).is_success());
        assert_eq!(run(0, 0, 0).summary(), "0 passed, 1 failed");
    }

    #[test]
    fn a_failed_test_is_a_failure_whatever_cargo_says() {
        assert!(!run(0, 5, 1).is_success());
        assert_eq!(run(0, 5, 1).summary(), "5 passed, 1 failed");
    }

    #[test]
    fn a_test_program_that_dies_counts_as_a_failure() {
        assert_eq!(run(101, 5, 0).summary(), "5 passed, 1 failed");
    }

    #[test]
    fn ignored_tests_are_told() {
        let mut run = run(0, 5, 0);
        run.counts.skipped = 2;
        assert_eq!(run.summary(), "5 passed, 0 failed, 2 skipped");
    }

    fn run(exit_code: i32, passed: u64, failed: u64) -> Run {
        let status = Command::new("sh")
            .args(["-c", &format!("exit {exit_code}")])
            .status()
            .unwrap();
        Run {
            counts: Counts {
                passed,
                failed,
                skipped: 0,
            },
            status,
        }
    }
}

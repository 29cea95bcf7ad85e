//! `cargo xtask`: the checks of this workspace, the same for people and for the build machine.

mod check;
mod fuzz;
mod guide;
mod needs;
mod python;
mod runner;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["test"] => test(),
        ["check"] => check::run().map(|()| ExitCode::SUCCESS),
        ["fuzz"] => fuzz::run(SECONDS).map(|()| ExitCode::SUCCESS),
        ["fuzz", "keep"] => fuzz::keep().map(|()| ExitCode::SUCCESS),
        ["fuzz", seconds] => fuzz_for(seconds),
        ["guide"] => guide::run().map(|()| ExitCode::SUCCESS),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        [] => Err(anyhow::anyhow!("a command is missing\n\n{USAGE}")),
        _ => Err(anyhow::anyhow!(
            "there is no command `{}`\n\n{USAGE}",
            arguments.join(" ")
        )),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// The summary is printed last, and to the standard output, so that whoever reads a log finds it on its last line.
fn test() -> anyhow::Result<ExitCode> {
    needs::provide(needs::ALL)?;
    python::provide()?;
    let run = runner::run_every_test()?;
    if let Some(complaint) = run.complaint() {
        eprintln!("error: {complaint}");
    }
    println!("{}", run.summary());
    Ok(if run.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn fuzz_for(seconds: &str) -> anyhow::Result<ExitCode> {
    let seconds = seconds
        .parse()
        .map_err(|_| anyhow::anyhow!("`{seconds}` is no number of seconds\n\n{USAGE}"))?;
    fuzz::run(seconds)?;
    Ok(ExitCode::SUCCESS)
}

/// How long each target is fuzzed unless somebody says otherwise.
const SECONDS: u32 = 60;

const USAGE: &str = "\
usage: cargo xtask <command>

commands:
  test    install what the tests need, run every test, and end with a line that counts them
  check   formatting, lints and documentation, all without a warning
  fuzz    fuzz each target for a minute, or for as many seconds as are named; `fuzz keep` adds what was found to the corpus
  guide   write the chapters of the guide that are made from the program, and make the book if mdBook is installed
  help    this list";

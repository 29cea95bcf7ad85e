use std::time::{Duration, Instant};

use bytesize::ByteSize;
use clap::Args;
use countersign::password::{Argon2Cost, PasswordError, Passwords};
use serde::Serialize;

use crate::cli::{CommandError, Context, output};

/// `countersign password calibrate`
///
/// Several logins at once take longer than one alone, so as many hashes are measured at once as the server would make at once.
#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    /// How long a hash may take, from 10ms to 5s
    #[arg(long, value_name = "DURATION", default_value = "250ms", value_parser = target)]
    target: Duration,
    /// The most memory that one hash may take; the server takes it once for each thread that hashes
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = memory)]
    memory: ByteSize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A cost, as the settings have it, and how long it takes.
#[derive(Clone, Copy, Debug)]
struct Measured {
    settings: Settings,
    /// The slowest of as many hashes at once as there are workers.
    took: Duration,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Settings {
    memory_kib: u32,
    iterations: u32,
}

#[derive(Debug, Serialize)]
struct Report {
    memory: String,
    iterations: u32,
    parallelism: u32,
    milliseconds: u128,
    workers: usize,
    logins_per_second: f64,
    is_within_target: bool,
}

impl Calibrate {
    pub(super) async fn run(&self, context: &Context) -> Result<(), CommandError> {
        let configured = context.configuration()?.passwords.workers;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = configured.unwrap_or(cores);
        let found = self.search(workers).await?;
        let report = Report::new(found, workers, self.target);
        match self.json {
            true => output::json(&report),
            false => output::line(report.text(self.target)),
        }
    }

    /// Measures the least that is safe, goes where that leads, and comes back from there while it is too slow.
    async fn search(&self, workers: usize) -> Result<Measured, PasswordError> {
        let least = measure(LEAST, workers).await?;
        let mut best = least;
        let mut last = least;
        for _ in 0..ROUNDS {
            let next = self.guess(last);
            if next == last.settings {
                break;
            }
            last = measure(next, workers).await?;
            if last.took <= self.target {
                best = last;
                break;
            }
        }
        Ok(best)
    }

    /// What should take the whole time but not more, after what something else took: the time grows with memory times
    /// iterations.
    fn guess(&self, measured: Measured) -> Settings {
        let settings = measured.settings;
        let work = f64::from(settings.memory_kib) * f64::from(settings.iterations);
        let budget = work * self.target.as_secs_f64() / measured.took.as_secs_f64();
        let most = u32::try_from(self.memory.as_u64() / 1_024).unwrap_or(u32::MAX);
        Settings::within(budget, most)
    }
}

impl Settings {
    /// The most memory, and as many passes over it as a budget of KiB times passes allows. Never less than what is safe.
    fn within(budget: f64, most_memory_kib: u32) -> Self {
        let passes = (budget / f64::from(most_memory_kib)).floor();
        let settings = match passes >= 1.0 {
            true => Self {
                memory_kib: most_memory_kib,
                iterations: (passes as u32).min(MOST_ITERATIONS),
            },
            // In whole MiB, as people write it.
            false => Self {
                memory_kib: (budget as u32) / 1_024 * 1_024,
                iterations: 1,
            },
        };
        match settings.cost() {
            Ok(_) => settings,
            Err(_) => LEAST,
        }
    }

    fn cost(self) -> Result<Argon2Cost, PasswordError> {
        Argon2Cost::new(self.memory_kib, self.iterations, PARALLELISM)
    }

    fn memory(self) -> String {
        format!("{}MiB", self.memory_kib / 1_024)
    }
}

impl Report {
    fn new(found: Measured, workers: usize, target: Duration) -> Self {
        let rate = workers as f64 / found.took.as_secs_f64();
        Self {
            memory: found.settings.memory(),
            iterations: found.settings.iterations,
            parallelism: PARALLELISM,
            milliseconds: found.took.as_millis(),
            workers,
            logins_per_second: (rate * 10.0).round() / 10.0,
            is_within_target: found.took <= target,
        }
    }

    fn text(&self, target: Duration) -> String {
        let Self {
            memory,
            iterations,
            parallelism,
            milliseconds,
            workers,
            logins_per_second,
            ..
        } = self;
        let note = match self.is_within_target {
            true => String::new(),
            false => format!(
                "\n# That is more than {}, and the least that protects passwords: a faster machine is needed.",
                humantime::format_duration(target)
            ),
        };
        format!(
            "# With {workers} at once, a hash takes {milliseconds} ms: {logins_per_second} logins a second.{note}\n\
             [passwords]\n\
             memory = \"{memory}\"\n\
             iterations = {iterations}\n\
             parallelism = {parallelism}"
        )
    }
}

/// How long the slowest of several hashes at once takes, when the workers have their memory already.
async fn measure(settings: Settings, workers: usize) -> Result<Measured, PasswordError> {
    let passwords = Passwords::builder()
        .argon2id(settings.cost()?)
        .workers(workers)
        .build()?;
    let mut took = Duration::MAX;
    for _ in 0..2 {
        let start = Instant::now();
        let hashes: Vec<_> = (0..workers)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.hash("correct horse battery staple").await })
            })
            .collect();
        for hash in hashes {
            hash.await.map_err(|_| PasswordError::Crashed)??;
        }
        took = took.min(start.elapsed());
    }
    Ok(Measured { settings, took })
}

fn target(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(target) if (SHORTEST..=LONGEST).contains(&target) => Ok(target),
        _ => Err("expected from `10ms` to `5s`, such as `250ms`".to_owned()),
    }
}

fn memory(text: &str) -> Result<ByteSize, String> {
    match text.parse::<ByteSize>() {
        Ok(size) if (ByteSize::mib(19)..=ByteSize::gib(1)).contains(&size) => {
            Ok(ByteSize::mib(size.as_u64() / ByteSize::mib(1).as_u64()))
        }
        _ => Err("expected from `19MiB` to `1GiB`, such as `64MiB`".to_owned()),
    }
}

/// The default, which is the least that the OWASP Password Storage Cheat Sheet asks for.
const LEAST: Settings = Settings {
    memory_kib: 19_456,
    iterations: 2,
};

/// One lane: logins at once keep the cores busy.
const PARALLELISM: u32 = 1;

/// How often to try, so that it ends within a few times the target.
const ROUNDS: usize = 4;

/// Memory times passes may be 4 GiB at most: see the limits of `countersign::password`.
const MOST_ITERATIONS: u32 = 64;

const SHORTEST: Duration = Duration::from_millis(10);

const LONGEST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = 65_536;

    #[test]
    fn the_most_memory_is_used_before_it_is_passed_over_again() {
        let settings = |budget| {
            let settings = Settings::within(budget, MOST);
            (settings.memory_kib, settings.iterations)
        };
        assert_eq!(settings(3.5 * f64::from(MOST)), (MOST, 3));
        assert_eq!(settings(f64::from(MOST)), (MOST, 1));
        assert_eq!(settings(50_000.0), (48 * 1_024, 1));
        // Less would be weak.
        assert_eq!(settings(30_000.0), (19_456, 2));
        assert_eq!(settings(0.0), (19_456, 2));
        // More could not be verified.
        assert_eq!(settings(1e12), (MOST, 64));
    }
}

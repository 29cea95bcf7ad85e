use std::str::FromStr;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// What is logged: a level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or such levels for single parts of the
/// program, as in `info,countersign=debug,sqlx=warn`.
///
/// Other people's code is told to be quiet, whatever level is asked for: see [`loudest`].
#[derive(Clone, Debug)]
pub(crate) struct LogLevel(Targets);

/// Why a level is none.
#[derive(Debug, thiserror::Error)]
#[error(
    "expected `off`, `error`, `warn`, `info`, `debug` or `trace`, or a list such as `info,countersign=debug`"
)]
pub(crate) struct LogLevelError;

impl LogLevel {
    /// What is wrong, and nothing else.
    pub(super) fn warnings() -> Self {
        Self(Targets::new().with_default(LevelFilter::WARN))
    }

    /// Whether a line or a span is wanted. Our own spans always are: they bring the request's id into its lines.
    pub(crate) fn enables(&self, metadata: &Metadata<'_>) -> bool {
        let (target, level) = (metadata.target(), metadata.level());
        if metadata.is_span() {
            return is_ours(target);
        }
        *level <= loudest(target) && self.0.would_enable(target, level)
    }
}

/// Whether this project's code speaks.
pub(super) fn is_ours(target: &str) -> bool {
    target
        .split("::")
        .next()
        .is_some_and(|name| name == "countersign")
}

/// The most that a part of the program may say. What is ours is written with care, and tested. The driver of the database
/// shows statements at `debug`, whose values are all bound and not shown. Whatever else there is, now or after an update,
/// says at `debug` and `trace` what passes through it: `h2` and `rustls` show frames and keys' lengths, `axum` shows bodies
/// that it can't read. In those there are cookies and passwords.
fn loudest(target: &str) -> LevelFilter {
    match target.split("::").next() {
        _ if is_ours(target) => LevelFilter::TRACE,
        Some("sqlx") => LevelFilter::DEBUG,
        _ => LevelFilter::INFO,
    }
}

impl Default for LogLevel {
    fn default() -> Self {
        Self(Targets::new().with_default(LevelFilter::INFO))
    }
}

impl FromStr for LogLevel {
    type Err = LogLevelError;

    fn from_str(text: &str) -> Result<Self, LogLevelError> {
        let mut targets = Targets::new();
        for directive in text.split(',').map(str::trim) {
            let level = match directive.split_once('=') {
                None => level_named(directive).map(|level| (None, level)),
                Some((target, level)) if is_target(target) => {
                    level_named(level).map(|level| (Some(target), level))
                }
                Some(_) => None,
            };
            targets = match level {
                Some((None, level)) => targets.with_default(level),
                Some((Some(target), level)) => targets.with_target(target, level),
                None => return Err(LogLevelError),
            };
        }
        Ok(Self(targets))
    }
}

fn level_named(word: &str) -> Option<LevelFilter> {
    WORDS
        .into_iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name))
        .map(|(_, level)| level)
}

fn is_target(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_:-".contains(&byte))
}

const WORDS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::OFF),
    ("error", LevelFilter::ERROR),
    ("warn", LevelFilter::WARN),
    ("info", LevelFilter::INFO),
    ("debug", LevelFilter::DEBUG),
    ("trace", LevelFilter::TRACE),
];

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn a_level_is_for_all_and_a_directive_for_one() {
        let level: LogLevel = "warn,countersign=debug, sqlx=OFF".parse().unwrap();
        for (target, spoken, is_heard) in [
            ("countersign::web", Level::DEBUG, true),
            ("countersign", Level::TRACE, false),
            ("sqlx::query", Level::ERROR, false),
            ("anything", Level::WARN, true),
            ("anything", Level::INFO, false),
        ] {
            assert_eq!(is_said(&level, target, spoken), is_heard, "{target}");
        }
    }

    #[test]
    fn other_peoples_code_is_quiet_whatever_is_asked_for() {
        for text in [
            "trace",
            "h2=trace,axum::rejection=trace,sqlx=trace,rustls=debug",
        ] {
            let level: LogLevel = text.parse().unwrap();
            for target in ["h2::codec", "axum::rejection", "rustls", "hyper_util"] {
                assert!(!is_said(&level, target, Level::DEBUG), "{text}: {target}");
            }
            assert!(!is_said(&level, "sqlx::query", Level::TRACE), "{text}");
            assert!(is_said(&level, "sqlx::query", Level::DEBUG), "{text}");
        }
    }

    #[test]
    fn what_is_no_level_is_refused() {
        for text in [
            "",
            "inof",
            "info,",
            "countersign=loud",
            "=info",
            "a b=info",
            "info;debug",
        ] {
            assert!(text.parse::<LogLevel>().is_err(), "{text}");
        }
    }

    fn is_said(level: &LogLevel, target: &str, spoken: Level) -> bool {
        spoken <= loudest(target) && level.0.would_enable(target, &spoken)
    }
}

//! A flag for every setting, on every command.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PathBufValueParser, PossibleValue, StringValueParser, TypedValueParser};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};

use crate::configuration::{KEYS, Key, Kind};

/// Adds the flags of all settings to a command and to all commands below it, so that they can stand anywhere. Only
/// where they decide what happens does the help show them all.
pub(super) fn add_to(command: Command) -> Command {
    add(command, &[], |_| true)
}

/// Adds the flags that the help shows alone: shells that complete command lines know of no hidden ones.
pub(super) fn add_shown_to(command: Command) -> Command {
    add(command, &[], |argument| !argument.is_hide_set())
}

fn add(command: Command, path: &[&str], wanted: fn(&Arg) -> bool) -> Command {
    let is_shown = matches!(path, [] | ["serve"] | ["config", ..] | ["doctor"]);
    let names: Vec<String> = command
        .get_subcommands()
        .map(|below| below.get_name().to_owned())
        .collect();
    let reads_no_settings = matches!(
        path,
        ["completions" | "flask" | "man" | "reference" | "secret", ..]
    );
    let mut command = match reads_no_settings {
        true => command,
        false => command
            .arg(config_argument())
            .args(arguments(is_shown).filter(wanted)),
    };
    for name in &names {
        command = command.mut_subcommand(name, |below| {
            let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
            add(below, &path, wanted)
        });
    }
    command
}

/// What the flags say, wherever they stand on the command line; the last one counts.
pub(super) fn values(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let mut values = Vec::new();
    for matches in levels(matches) {
        for key in KEYS {
            let value = matches.try_get_one::<String>(key.path).ok().flatten();
            values.extend(value.map(|value| (key.path, value.clone())));
        }
    }
    values
}

/// The file that a flag names.
pub(super) fn config_file(matches: &ArgMatches) -> Option<PathBuf> {
    levels(matches)
        .filter(|matches| {
            matches.try_contains_id(CONFIG).is_ok()
                && matches.value_source(CONFIG) == Some(ValueSource::CommandLine)
        })
        .filter_map(|matches| matches.get_one::<PathBuf>(CONFIG).cloned())
        .last()
}

/// The matches of the program, of its command, and of that command's command.
fn levels(matches: &ArgMatches) -> impl Iterator<Item = &ArgMatches> {
    std::iter::successors(Some(matches), |matches| {
        matches.subcommand().map(|(_, below)| below)
    })
}

fn config_argument() -> Arg {
    Arg::new(CONFIG)
        .long(CONFIG)
        .value_name("FILE")
        .value_parser(PathBufValueParser::new())
        .help("The configuration file [env: COUNTERSIGN_CONFIG]")
        .help_heading(HEADING)
}

fn arguments(is_shown: bool) -> impl Iterator<Item = Arg> {
    KEYS.iter().filter_map(move |key| argument(key, is_shown))
}

fn argument(key: &'static Key, is_shown: bool) -> Option<Arg> {
    let default = key
        .default
        .map_or_else(String::new, |default| format!(" [default: {default}]"));
    let argument = Arg::new(key.path)
        .long(key.flag()?)
        .value_name(key.value_name)
        .action(ArgAction::Set)
        .allow_hyphen_values(true)
        .value_parser(Completed(values_of(key)))
        .hide_possible_values(true)
        .value_hint(hint(key))
        .help(format!("{}{default}", key.summary))
        .long_help(format!(
            "{}{default} [env: {}]",
            with_more(key),
            key.variable()
        ))
        .help_heading(HEADING)
        // The data folder is what every command needs to know.
        .hide(!is_shown && key.path != "data");
    Some(argument)
}

fn with_more(key: &Key) -> String {
    match key.more {
        "" => key.summary.to_owned(),
        more => format!("{}. {more}", key.summary),
    }
}

/// The values that shells offer; none where there are too many to name.
fn values_of(key: &Key) -> &'static [&'static str] {
    match (key.path, key.kind) {
        ("registration", _) => &["open", "invitation", "closed"],
        ("proxy.header", _) => &["x-forwarded-for", "forwarded", "x-real-ip"],
        ("log.format", _) => &["text", "json"],
        ("log.level", _) => &["off", "error", "warn", "info", "debug", "trace"],
        (_, Kind::Switch) => &["true", "false"],
        _ => &[],
    }
}

/// Whether a shell should offer files.
fn hint(key: &Key) -> ValueHint {
    match key.value_name {
        "FILE" => ValueHint::FilePath,
        "FOLDER" => ValueHint::DirPath,
        _ => ValueHint::Other,
    }
}

/// Takes any text, and has shells offer these: what is wrong with a setting is said by the configuration, all at once.
#[derive(Clone, Copy)]
struct Completed(&'static [&'static str]);

impl TypedValueParser for Completed {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        match self.0 {
            [] => None,
            values => Some(Box::new(values.iter().map(PossibleValue::new))),
        }
    }
}

const CONFIG: &str = "config";

/// What stands above the flags of settings in the help.
pub(super) const HEADING: &str = "Settings";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::{Configuration, File, Sources};

    #[test]
    fn every_value_that_is_offered_can_be_read() {
        for key in KEYS {
            for value in values_of(key) {
                let flags = [(key.path, (*value).to_owned())];
                let read = Configuration::read(Sources::new(flags, [], File::default()));
                // Some don't go with the defaults of others; none is one that can't be read.
                let error = read
                    .err()
                    .map_or_else(String::new, |error| error.to_string());
                assert!(!error.contains("expected"), "{error}");
            }
        }
    }

    #[test]
    fn what_is_not_offered_is_taken_too() {
        let command = add_to(Command::new("countersign"));
        let matches =
            command.get_matches_from(["countersign", "--log-level", "info,countersign=debug"]);
        let values = values(&matches);
        assert_eq!(values, [("log.level", "info,countersign=debug".to_owned())]);
    }
}

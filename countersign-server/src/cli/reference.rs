//! The commands in words, for the guide.

use std::fmt::{self, Write as _};

use clap::{Arg, Command};

use super::flags::HEADING as SETTINGS;
use super::{CommandError, command, output};

/// Prints the reference of all commands, in Markdown.
pub(super) fn print() -> Result<(), CommandError> {
    let mut command = command();
    command.build();
    let mut text = String::new();
    describe(&mut text, &mut command, "").expect("writing to a text");
    output::line(text.trim_end())
}

/// Describes a command, and then those below it.
fn describe(text: &mut String, command: &mut Command, above: &str) -> fmt::Result {
    let path = format!("{above}{}", command.get_name());
    writeln!(text, "## `{path}`\n")?;
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        let about = about.to_string();
        // What a summary may leave out and a sentence may not.
        let end = if about.ends_with('.') { "" } else { "." };
        writeln!(text, "{about}{end}\n")?;
    }
    let usage = command.render_usage().to_string();
    writeln!(text, "```text\n{}\n```\n", usage.trim())?;
    arguments(text, command)?;
    if let Some(more) = command.get_after_help() {
        writeln!(text, "{more}\n")?;
    }
    let above = format!("{path} ");
    command
        .get_subcommands_mut()
        .filter(|below| !below.is_hide_set() && below.get_name() != "help")
        .try_for_each(|below| describe(text, below, &above))
}

fn arguments(text: &mut String, command: &Command) -> fmt::Result {
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| argument.get_help_heading() != Some(SETTINGS))
        .filter(|argument| !argument.is_hide_set() && !USUAL.contains(&argument.get_id().as_str()))
        .collect();
    if !own.is_empty() {
        writeln!(text, "| argument | meaning |\n| --- | --- |")?;
        for argument in own {
            writeln!(text, "| `{argument}` | {} |", meaning(argument))?;
        }
        writeln!(text)?;
    }
    let takes_settings = command
        .get_arguments()
        .any(|argument| argument.get_help_heading() == Some(SETTINGS));
    if takes_settings && !command.is_subcommand_required_set() {
        writeln!(text, "It takes the flags of all settings besides.\n")?;
    }
    Ok(())
}

fn meaning(argument: &Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let mut meaning = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        meaning.push_str(": ");
        meaning.push_str(&values.join(", "));
    }
    let default = argument.get_default_values().first();
    if let Some(default) = default.filter(|_| argument.get_action().takes_values()) {
        meaning.push_str(&format!("; `{}` unless it is said", default.display()));
    }
    meaning.replace('|', "\\|")
}

/// What every command has.
const USUAL: [&str; 2] = ["help", "version"];

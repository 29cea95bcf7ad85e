//! The command line: what may be said, and who carries it out.

mod admin;
mod audit;
mod backup;
mod byte_box;
mod completions;
mod config;
mod doctor;
mod error;
mod flags;
mod flask;
mod import;
mod jsonl;
pub(crate) mod link;
mod migrate;
mod moment;
mod opened;
mod outcome;
mod output;
mod password;
mod prompt;
mod reference;
mod secret;
mod sessions;
mod user;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::configuration::{CONFIG_VARIABLE, Configuration, File, Sources};
use crate::{observe, server};

pub(crate) use error::CommandError;

/// Accounts, logins and sessions in one program.
///
/// Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until told to stop; the same as no command at all
    Serve,
    /// See and check the configuration
    #[command(subcommand)]
    Config(config::Config),
    /// Make, see and change accounts
    #[command(subcommand)]
    User(user::User),
    /// See and end logins
    #[command(subcommand)]
    Sessions(sessions::Sessions),
    /// See what was done, when, to whom and by whom
    Audit(audit::Audit),
    /// Make administrators
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Hash and verify passwords, and find out what a hash should cost
    #[command(subcommand)]
    Password(password::Password),
    /// See and make what Flask and Flask-Login sign, to debug an application or to move it
    #[command(subcommand)]
    Flask(flask::Flask),
    /// Bring the database to this version; the server does so too when it starts
    Migrate(migrate::Migrate),
    /// Copy the database into a file, also while the server runs
    Backup(backup::Backup),
    /// Bring in the accounts of another application, with their passwords
    Import(Box<import::Import>),
    /// Examine the configuration, the database, the clocks and the site at its public URL, and say what to mend
    Doctor(doctor::Doctor),
    /// Make secrets
    #[command(subcommand)]
    Secret(secret::Secret),
    /// Print what makes a shell complete this program's commands
    Completions(completions::Completions),
    /// Write the manual pages
    Man(completions::Man),
    /// Print the reference of all commands, in Markdown
    #[command(hide = true)]
    Reference,
}

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Context {
    matches: ArgMatches,
}

/// Does what a command line says.
pub(crate) async fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), CommandError> {
    let matches = command().try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let context = Context { matches };
    if !matches!(cli.command, None | Some(Command::Serve)) {
        observe::log_of_a_command();
    }
    match cli.command {
        None | Some(Command::Serve) => Ok(server::run(context.configuration()?).await?),
        Some(Command::Config(command)) => command.run(&context),
        Some(Command::User(command)) => command.run(&context).await,
        Some(Command::Sessions(command)) => command.run(&context).await,
        Some(Command::Audit(command)) => command.run(&context).await,
        Some(Command::Admin(command)) => command.run(&context).await,
        Some(Command::Password(command)) => command.run(&context).await,
        Some(Command::Flask(command)) => command.run().await,
        Some(Command::Migrate(command)) => command.run(&context).await,
        Some(Command::Backup(command)) => command.run(&context).await,
        Some(Command::Import(command)) => command.run(&context).await,
        Some(Command::Doctor(command)) => command.run(&context).await,
        Some(Command::Secret(command)) => command.run(),
        Some(Command::Completions(command)) => command.run(),
        Some(Command::Man(command)) => command.run(),
        Some(Command::Reference) => reference::print(),
    }
}

/// The whole command line, with a flag for every setting.
fn command() -> clap::Command {
    flags::add_to(Cli::command())
}

impl Context {
    /// The configuration, as flags, environment and file together say it.
    pub(crate) fn configuration(&self) -> Result<Configuration, CommandError> {
        let file = match self.config_file() {
            Some(path) => File::read(&path)?,
            None => File::read_if_there(USUAL_FILE.as_ref())?.unwrap_or_default(),
        };
        let flags = flags::values(&self.matches);
        let sources = Sources::new(flags, std::env::vars_os(), file);
        Ok(Configuration::read(sources)?)
    }

    /// The file that was read, if one was.
    pub(crate) fn present_file(&self) -> Option<PathBuf> {
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|usual| usual.exists());
        self.config_file().or_else(usual)
    }

    /// The file that somebody named.
    fn config_file(&self) -> Option<PathBuf> {
        let named = std::env::var_os(CONFIG_VARIABLE).filter(|path| !path.is_empty());
        flags::config_file(&self.matches).or_else(|| named.map(PathBuf::from))
    }
}

/// Read where it exists, unless another is named.
const USUAL_FILE: &str = "countersign.toml";

const AFTER_HELP: &str = "\
Settings are read from flags, from variables such as COUNTERSIGN_PUBLIC_URL, and from a file: --config, or \
countersign.toml in the present folder. `countersign config example` prints one with every setting explained.

Exit codes: 0 done; 1 it could not be done; 2 the command line or the configuration is wrong; 3 what was asked for does not \
exist, or the answer is no.";

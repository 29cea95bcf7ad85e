use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man as Page;

use super::{Cli, CommandError, command, flags, output};

/// `countersign completions …`
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// `countersign man …`
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder to write them to, one page for each command; it is made if it does not exist
    folder: PathBuf,
}

impl Completions {
    pub(super) fn run(&self) -> Result<(), CommandError> {
        let mut script = Vec::new();
        let mut command = flags::add_shown_to(Cli::command());
        clap_complete::generate(self.shell, &mut command, "countersign", &mut script);
        output::line(String::from_utf8_lossy(&script))
    }
}

impl Man {
    pub(super) fn run(&self) -> Result<(), CommandError> {
        let failed = |path: PathBuf| |source| CommandError::Write { path, source };
        fs::create_dir_all(&self.folder).map_err(failed(self.folder.clone()))?;
        let mut command = command().disable_help_subcommand(true);
        command.build();
        self.write(&command).map_err(failed(self.folder.clone()))
    }

    /// Writes the page of a command, and of those below it.
    fn write(&self, command: &clap::Command) -> io::Result<()> {
        let name = command.get_display_name().unwrap_or("countersign");
        // Forty flags of settings make no synopsis that anybody reads.
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").to_owned();
        let page = Page::new(command.clone().override_usage(usage))
            .title(name)
            .source(concat!("countersign ", env!("CARGO_PKG_VERSION")))
            .manual("Countersign")
            // The same program writes the same pages on every day. (Without a text, the head would lack a field.)
            .date(" ");
        let mut text = Vec::new();
        page.render(&mut text)?;
        fs::write(self.folder.join(page.get_filename()), text)?;
        command
            .get_subcommands()
            .filter(|below| !below.is_hide_set())
            .try_for_each(|below| self.write(below))
    }
}

use clap::Subcommand;

use super::{CommandError, Context, output};
use crate::configuration::{self, Effective};
use crate::rehearsal::rehearse;

/// `countersign config …`
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print every setting with its value and who decided it; secrets are not shown
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check the configuration as a whole, with the certificates and templates that it names; start nothing
    Check,
    /// Print a file with every setting explained
    Example,
    /// Print the reference of all settings, in Markdown
    #[command(hide = true)]
    Reference,
}

impl Config {
    pub(super) fn run(&self, context: &Context) -> Result<(), CommandError> {
        match self {
            Self::Show { json: true } => {
                let configuration = context.configuration()?;
                let settings = configuration.effective().iter().map(Effective::json);
                output::json(&settings.collect::<serde_json::Map<_, _>>())
            }
            Self::Show { json: false } => {
                let configuration = context.configuration()?;
                let rows = configuration.effective().iter().map(|effective| {
                    [
                        effective.key.path.to_owned(),
                        effective.shown(),
                        effective.origin.to_string(),
                    ]
                });
                output::table(["setting", "value", "said by"], rows)
            }
            Self::Check => {
                let configuration = context.configuration()?;
                for complaint in rehearse(&configuration)? {
                    output::note(format!("warning: {complaint}"));
                }
                let file = context.present_file();
                let file =
                    file.map_or_else(|| NO_FILE.to_owned(), |file| format!("It is in {file:?}."));
                output::line(format!("The configuration can be used. {file}"))
            }
            Self::Example => output::line(configuration::example()),
            Self::Reference => output::line(configuration::reference()),
        }
    }
}

const NO_FILE: &str =
    "No file was read: there is no countersign.toml in this folder, and `--config` names none.";

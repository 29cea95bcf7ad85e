use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::configuration::ConfigurationError;
use crate::error::StartError;

/// Why a command did not do what it was told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CommandError {
    /// The command line means nothing, or asks for help.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The configuration can't be used.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The server does not start, or stopped.
    #[error(transparent)]
    Server(#[from] StartError),
    /// Something can't be printed.
    #[error("the output can't be written")]
    Output(#[source] io::Error),
    /// A file can't be written.
    #[error("{path:?} can't be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

/// What a program leaves to whoever started it. The help and the guide name them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// It did what it was told.
    Done = 0,
    /// Something failed: the database, the network, the machine.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
}

impl CommandError {
    /// Says what is wrong, and answers what the program leaves behind.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            // Help and versions are printed as errors that are none.
            Self::Usage(error) if error.print().is_ok() => {}
            error => eprintln!("error: {}", error.with_causes()),
        }
        ExitCode::from(self.exit() as u8)
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Usage(error) if !error.use_stderr() => Exit::Done,
            // Whoever reads the output has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Usage(_) | Self::Configuration(_) => Exit::Usage,
            _ => Exit::Failed,
        }
    }

    fn with_causes(&self) -> String {
        let mut sentence = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            sentence.push_str(": ");
            sentence.push_str(&cause.to_string());
            source = cause.source();
        }
        sentence
    }
}

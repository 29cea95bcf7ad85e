use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use countersign::PublicUrl;
use countersign::accounts::Registration;

use crate::error::StartError;

/// Accounts, logins and sessions in one program.
#[derive(Debug, Parser)]
#[command(name = "countersign", version)]
pub(crate) struct Options {
    /// The address and port to listen on
    #[arg(long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:3000", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// The folder of the database; it is made if it does not exist
    #[arg(
        long,
        env = "COUNTERSIGN_DATA",
        value_name = "FOLDER",
        default_value = "data"
    )]
    pub(crate) data: PathBuf,

    /// The address that people type, such as https://example.com; without it only this machine is served
    #[arg(long, env = "COUNTERSIGN_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,

    /// Who may make an account; must be said together with a public URL, and is `open` without one
    #[arg(long, env = "COUNTERSIGN_REGISTRATION", value_name = "WHO", value_enum)]
    pub(crate) registration: Option<WhoRegisters>,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum WhoRegisters {
    /// Everybody
    Open,
    /// Whoever was invited
    Invitation,
    /// Nobody
    Closed,
}

impl Options {
    /// Whether the options go together.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        match &self.public_url {
            None if !self.listen.ip().to_canonical().is_loopback() => {
                Err(StartError::NoPublicUrl {
                    listen: self.listen,
                })
            }
            Some(_) if self.registration.is_none() => Err(StartError::NoRegistration),
            _ => Ok(()),
        }
    }
}

impl From<WhoRegisters> for Registration {
    fn from(who: WhoRegisters) -> Self {
        match who {
            WhoRegisters::Open => Self::Open,
            WhoRegisters::Invitation => Self::ByInvitation,
            WhoRegisters::Closed => Self::Closed,
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "expected an IP address and a port, such as 127.0.0.1:3000 or [::1]:3000")
}

/// The text of a public URL, once it is known to be one.
fn public_url(text: &str) -> Result<String, countersign::SettingError> {
    PublicUrl::parse(text).map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_for_other_machines_needs_its_public_url() {
        for (arguments, is_accepted) in [
            (&["--listen", "127.0.0.1:3000"][..], true),
            (&["--listen", "[::1]:3000"], true),
            (&["--listen", "0.0.0.0:3000"], false),
            (&["--listen", "[::]:3000"], false),
            (&["--listen", "192.0.2.1:80"], false),
            (
                &[
                    "--listen",
                    "[::]:3000",
                    "--public-url",
                    "https://a.example",
                    "--registration",
                    "open",
                ],
                true,
            ),
        ] {
            let options = parse(arguments).unwrap();
            assert_eq!(options.check().is_ok(), is_accepted, "{arguments:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_an_example() {
        for arguments in [
            ["--listen", "3000"],
            ["--listen", "localhost:3000"],
            ["--listen", "127.0.0.1:65536"],
            ["--public-url", "example.com"],
            ["--public-url", "http://example.com"],
            ["--public-url", "https://example.com/app"],
        ] {
            let complaint = parse(&arguments).unwrap_err().to_string();
            assert!(
                complaint.contains("such as") || complaint.contains("https://"),
                "{complaint}"
            );
        }
    }

    #[test]
    fn a_public_server_needs_to_know_who_may_register() {
        let public = ["--public-url", "https://a.example"];
        let complaint = parse(&public).unwrap().check().unwrap_err();
        assert!(
            matches!(complaint, StartError::NoRegistration),
            "{complaint:?}"
        );
        for word in ["open", "invitation", "closed"] {
            let options = parse(&[&public[..], &["--registration", word]].concat()).unwrap();
            assert!(options.check().is_ok(), "{word}");
        }
        assert!(parse(&[]).unwrap().check().is_ok(), "for this machine");
    }

    #[test]
    fn who_may_register_is_one_of_three_words() {
        for (word, registration) in [
            ("open", Registration::Open),
            ("invitation", Registration::ByInvitation),
            ("closed", Registration::Closed),
        ] {
            let options = parse(&["--registration", word]).unwrap();
            assert_eq!(options.registration.map(Into::into), Some(registration));
        }
        let complaint = parse(&["--registration", "yes"]).unwrap_err().to_string();
        assert!(
            complaint.contains("open, invitation, closed"),
            "{complaint}"
        );
    }

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["countersign"], arguments].concat())
    }
}

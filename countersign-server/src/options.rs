use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use countersign::PublicUrl;

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
            _ => Ok(()),
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
                &["--listen", "[::]:3000", "--public-url", "https://a.example"],
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

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["countersign"], arguments].concat())
    }
}

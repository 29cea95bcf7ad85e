use clap::{Args, ValueEnum};
use countersign::flask::IdentifierVersion;
use serde::{Deserialize, Serialize};

use crate::cli::byte_box::Hex;
use crate::cli::jsonl::FromLine;
use crate::cli::{CommandError, jsonl, output};

/// `countersign flask identifier`
#[derive(Debug, Args)]
pub(crate) struct Identifier {
    /// The client's address, as Flask has it in `request.remote_addr`
    #[arg(long, value_name = "ADDRESS", required_unless_present = "jsonl")]
    remote_addr: Option<String>,
    /// The header X-Forwarded-For, if there is one: counts more than the address up to 0.6.3
    #[arg(long, value_name = "ADDRESSES")]
    x_forwarded_for: Option<String>,
    /// The header User-Agent, if there is one
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// The version of Flask-Login: up to 0.6.3, or 0.7
    #[arg(long, value_enum, default_value_t)]
    flask_login: Version,
    /// Print JSON: `identifier`
    #[arg(long)]
    json: bool,
    /// Read objects, one a line, and print the `identifier` of each, with its `id`. Their fields: `remote_addr` (or null),
    /// `xff_hex` and `user_agent_hex` (hexadecimal digits of the headers' bytes, or null), and `flask_login` (`0.6`, `0.7`)
    #[arg(long, exclusive = true)]
    jsonl: bool,
}

/// A line of `--jsonl`.
#[derive(Deserialize)]
struct Question {
    // It may be null, and may not be missing.
    #[serde(deserialize_with = "Option::deserialize")]
    remote_addr: Option<String>,
    xff_hex: Option<Hex>,
    user_agent_hex: Option<Hex>,
    #[serde(default)]
    flask_login: Version,
}

impl FromLine for Question {
    fn from_line(line: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(line)
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ValueEnum)]
enum Version {
    #[default]
    #[serde(rename = "0.6")]
    #[value(name = "0.6")]
    V0_6,
    #[serde(rename = "0.7")]
    #[value(name = "0.7")]
    V0_7,
}

#[derive(Serialize)]
struct Report {
    identifier: String,
}

impl Identifier {
    pub(super) async fn run(&self) -> Result<(), CommandError> {
        if self.jsonl {
            return jsonl::answer_each(1, async |question: Question| Ok(question.answer())).await;
        }
        let identifier = self.flask_login.version().identifier(
            self.remote_addr.as_deref(),
            self.x_forwarded_for.as_deref().map(str::as_bytes),
            self.user_agent.as_deref().map(str::as_bytes),
        );
        match self.json {
            true => output::json(&Report { identifier }),
            false => output::line(identifier),
        }
    }
}

impl Question {
    fn answer(&self) -> Report {
        let bytes = |hex: &'_ Option<Hex>| hex.as_ref().map(|hex| hex.0.to_vec());
        let identifier = self.flask_login.version().identifier(
            self.remote_addr.as_deref(),
            bytes(&self.xff_hex).as_deref(),
            bytes(&self.user_agent_hex).as_deref(),
        );
        Report { identifier }
    }
}

impl Version {
    fn version(self) -> IdentifierVersion {
        match self {
            Self::V0_6 => IdentifierVersion::V0_6,
            Self::V0_7 => IdentifierVersion::V0_7,
        }
    }
}

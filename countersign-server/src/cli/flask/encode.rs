use std::io::{self, Read as _};

use clap::Args;
use countersign::clock::Timestamp;
use countersign::flask::Value;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::key::{KeyFields, KeyInput};
use super::signer::SignerFields;
use super::typed::{self, of_seconds};
use crate::cli::jsonl::FromLine;
use crate::cli::{CommandError, jsonl, moment, output};

/// `countersign flask encode`
#[derive(Debug, Args)]
pub(crate) struct Encode {
    #[command(flatten)]
    key: KeyInput,
    #[command(flatten)]
    signer: SignerFields,
    /// The JSON has types beside its values, as `flask decode` prints them: `{"t": "dict", "v": […]}`
    #[arg(long)]
    typed: bool,
    /// Sign as of this moment, such as `2026-11-23T08:00:00Z`, and not as of now
    #[arg(long, value_name = "MOMENT", value_parser = moment::parse)]
    signed_at: Option<Timestamp>,
    /// Print JSON: `cookie`
    #[arg(long)]
    json: bool,
    /// Read objects, one a line, and print the `cookie` of each, with its `id`. Their fields: `decoded` (with types),
    /// `signed_at` (in seconds), `secret` (`{"str": …}` or `{"hex": …}`), `salt`, `digest` and `key_derivation`. Exit code 0,
    /// whatever the lines are
    #[arg(long, exclusive = true)]
    jsonl: bool,
}

/// A line of `--jsonl`.
struct Question {
    key: KeyFields,
    signer: SignerFields,
    session: SessionFields,
}

#[derive(Deserialize)]
struct SessionFields {
    decoded: Box<RawValue>,
    signed_at: Option<i64>,
}

impl FromLine for Question {
    fn from_line(line: &[u8]) -> serde_json::Result<Self> {
        Ok(Self {
            key: serde_json::from_slice(line)?,
            signer: serde_json::from_slice(line)?,
            session: serde_json::from_slice(line)?,
        })
    }
}

#[derive(Serialize)]
struct Report {
    cookie: String,
}

impl Encode {
    pub(super) async fn run(&self) -> Result<(), CommandError> {
        if self.jsonl {
            return jsonl::answer_each(1, async |question: Question| question.answer()).await;
        }
        let serializer = self.signer.serializer(&self.key.key()?);
        let value = self.value()?;
        let now = self.signed_at.unwrap_or_else(moment::now);
        let cookie = serializer.dumps(&value, now);
        let cookie = cookie.map_err(|error| CommandError::Refused(error.to_string()))?;
        match self.json {
            true => output::json(&Report { cookie }),
            false => output::line(cookie),
        }
    }

    fn value(&self) -> Result<Value, CommandError> {
        let mut json = Vec::new();
        io::stdin()
            .lock()
            .take(LONGEST)
            .read_to_end(&mut json)
            .map_err(CommandError::Input)?;
        if self.typed {
            return typed::read(json).map_err(CommandError::Refused);
        }
        let json = serde_json::from_slice(&json).map(Value::from_json);
        json.map_err(|error| {
            CommandError::Refused(format!("the standard input has no such JSON: {error}"))
        })
    }
}

impl Question {
    fn answer(self) -> Result<Report, String> {
        let serializer = self.signer.serializer(&self.key.key());
        let value = typed::read(self.session.decoded.get())?;
        let now = self.session.signed_at.map_or_else(moment::now, of_seconds);
        let cookie = serializer.dumps(&value, now);
        let cookie = cookie.map_err(|error| error.to_string())?;
        Ok(Report { cookie })
    }
}

/// In bytes. What is signed may have 262,144 as JSON, which the names of types make longer.
const LONGEST: u64 = 4 << 20;

use std::borrow::Cow;

use clap::Args;
use countersign::flask::{RememberTokens, cookie_value};
use serde::{Deserialize, Serialize};

use super::key::{KeyFields, KeyInput};
use super::{named_or_typed, verdict};
use crate::cli::jsonl::FromLine;
use crate::cli::{CommandError, jsonl, output};

/// `countersign flask remember`
#[derive(Debug, Args)]
pub(crate) struct Remember {
    /// The cookie's value, also as it stands in a header, with quotes; without it, the first line of the standard input
    cookie: Option<String>,
    #[command(flatten)]
    key: KeyInput,
    /// Print JSON: `verdict`, `user_id`, `error`
    #[arg(long)]
    json: bool,
    /// Read objects, one a line, and print `verdict` and `user_id` of each, with its `id`. Their fields: `cookie` and `secret`
    /// (`{"str": …}` or `{"hex": …}`). Exit code 0, whatever the verdicts are
    #[arg(long, exclusive = true)]
    jsonl: bool,
}

/// A line of `--jsonl`.
struct Question {
    key: KeyFields,
    cookie: CookieField,
}

#[derive(Deserialize)]
struct CookieField {
    cookie: String,
}

impl FromLine for Question {
    fn from_line(line: &[u8]) -> serde_json::Result<Self> {
        Ok(Self {
            key: serde_json::from_slice(line)?,
            cookie: serde_json::from_slice(line)?,
        })
    }
}

#[derive(Serialize)]
struct Report {
    /// `ok`, `bad_signature` or `malformed`.
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Remember {
    pub(super) async fn run(&self) -> Result<(), CommandError> {
        if self.jsonl {
            return jsonl::answer_each(1, async |question: Question| question.answer()).await;
        }
        let tokens = self.key.remember_tokens()?;
        let cookie = named_or_typed(self.cookie.as_deref())?;
        let report = Report::of(&tokens, &without_quotes(&cookie));
        match self.json {
            true => output::json(&report)?,
            false => output::facts(&report.facts())?,
        }
        match report.user_id {
            Some(_) => Ok(()),
            None => Err(CommandError::No),
        }
    }
}

impl Question {
    fn answer(&self) -> Result<Report, String> {
        Ok(Report::of(
            &self.key.remember_tokens()?,
            &self.cookie.cookie,
        ))
    }
}

impl Report {
    fn of(tokens: &RememberTokens, cookie: &str) -> Self {
        match tokens.decode(cookie) {
            Ok(user_id) => Self {
                verdict: "ok",
                user_id: Some(user_id.to_owned()),
                error: None,
            },
            Err(error) => Self {
                verdict: verdict(&error),
                user_id: None,
                error: Some(error.to_string()),
            },
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("verdict", self.verdict.to_owned())];
        facts.extend(self.error.clone().map(|error| ("reason", error)));
        facts.extend(self.user_id.clone().map(|user_id| ("user id", user_id)));
        facts
    }
}

/// What was copied from a header may stand between quotes.
fn without_quotes(cookie: &str) -> Cow<'_, str> {
    if !cookie.starts_with('"') {
        return Cow::Borrowed(cookie);
    }
    let header = format!("token={cookie}");
    let value = cookie_value::find(&header, "token").map(Cow::into_owned);
    value.map_or(Cow::Borrowed(cookie), Cow::Owned)
}

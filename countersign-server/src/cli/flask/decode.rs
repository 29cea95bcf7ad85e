use std::time::Duration;

use clap::Args;
use countersign::clock::Timestamp;
use countersign::flask::{FlaskError, UrlSafeTimedSerializer};
use serde::{Deserialize, Serialize};

use super::key::{FallbackInput, KeyFields, KeyInput};
use super::signer::SignerFields;
use super::typed::{Typed, of_seconds};
use super::{named_or_typed, python, verdict};
use crate::cli::jsonl::FromLine;
use crate::cli::{CommandError, jsonl, moment, output};

/// `countersign flask decode`
#[derive(Debug, Args)]
pub(crate) struct Decode {
    /// The cookie's value; without it, the first line of the standard input
    cookie: Option<String>,
    #[command(flatten)]
    key: KeyInput,
    #[command(flatten)]
    fallbacks: FallbackInput,
    #[command(flatten)]
    signer: SignerFields,
    /// How old it may be: PERMANENT_SESSION_LIFETIME
    #[arg(long, value_name = "DURATION", default_value = "31d", value_parser = humantime::parse_duration)]
    max_age: Duration,
    /// Judge its age as of this moment, such as `2026-11-23T08:00:00Z`, and not as of now
    #[arg(long, value_name = "MOMENT", value_parser = moment::parse)]
    now: Option<Timestamp>,
    /// Print JSON: `verdict`, `session`, `signed_at`, `error`
    #[arg(long)]
    json: bool,
    /// Read objects, one a line, and print `verdict`, `session` and `signed_at` of each, with its `id`. Their fields: `cookie`,
    /// `secret` (`{"str": …}` or `{"hex": …}`), `fallbacks`, `salt`, `digest`, `key_derivation`, `max_age` and `now` (in
    /// seconds). Exit code 0, whatever the verdicts are
    #[arg(long, exclusive = true)]
    jsonl: bool,
}

/// A line of `--jsonl`.
struct Question {
    key: KeyFields,
    signer: SignerFields,
    cookie: CookieFields,
}

#[derive(Deserialize)]
struct CookieFields {
    max_age: Option<u64>,
    now: Option<i64>,
    cookie: Option<String>,
    cookie_gen: Option<Repeated>,
}

impl FromLine for Question {
    fn from_line(line: &[u8]) -> serde_json::Result<Self> {
        Ok(Self {
            key: serde_json::from_slice(line)?,
            signer: serde_json::from_slice(line)?,
            cookie: serde_json::from_slice(line)?,
        })
    }
}

/// A long cookie, in few words.
#[derive(Deserialize)]
struct Repeated {
    prefix: String,
    repeat: String,
    count: u64,
    suffix: String,
}

#[derive(Serialize)]
struct Report {
    /// `ok`, `bad_signature`, `expired` or `malformed`.
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Typed>,
    /// In seconds since 1970; of what is expired, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Decode {
    pub(super) async fn run(&self) -> Result<(), CommandError> {
        if self.jsonl {
            return jsonl::answer_each(1, async |question: Question| question.answer()).await;
        }
        let key = self.key.key_with(&self.fallbacks)?;
        let serializer = self.signer.serializer(&key);
        let cookie = named_or_typed(self.cookie.as_deref())?;
        let now = self.now.unwrap_or_else(moment::now);
        let mut report = Report::of(&serializer, &cookie, now, self.max_age);
        if report.verdict == EXPIRED {
            // Whoever looks at it lets nobody in by it.
            let signed = serializer.danger_loads_of_any_age(&cookie);
            report.session = signed.ok().map(|signed| Typed::from(&signed.value));
        }
        match self.json {
            true => output::json(&report)?,
            false => report.print(now)?,
        }
        if report.verdict == BAD_SIGNATURE && cookie.contains('=') {
            output::note(
                "No session of Flask has a `=` in it: give the cookie's value without its name.",
            );
        }
        match report.verdict == OK {
            true => Ok(()),
            false => Err(CommandError::No),
        }
    }
}

impl Question {
    fn answer(&self) -> Result<Report, String> {
        let cookie = match (&self.cookie.cookie, &self.cookie.cookie_gen) {
            (Some(cookie), _) => cookie.clone(),
            (None, Some(repeated)) => repeated.text(),
            (None, None) => return Err("the line can't be read: missing field `cookie`".to_owned()),
        };
        let serializer = self.signer.serializer(&self.key.key());
        let now = self.cookie.now.map_or_else(moment::now, of_seconds);
        let max_age = self.cookie.max_age.map_or(MONTH, Duration::from_secs);
        Ok(Report::of(&serializer, &cookie, now, max_age))
    }
}

impl Repeated {
    /// No longer than it takes to be refused: nobody looks at what comes after that.
    fn text(&self) -> String {
        let most = LONGEST / self.repeat.len().max(1) + 1;
        let count = usize::try_from(self.count).unwrap_or(most).min(most);
        [&self.prefix, &*self.repeat.repeat(count), &self.suffix].concat()
    }
}

impl Report {
    fn of(
        serializer: &UrlSafeTimedSerializer,
        cookie: &str,
        now: Timestamp,
        max_age: Duration,
    ) -> Self {
        let (verdict, session, signed_at, error) = match serializer.loads(cookie, now, max_age) {
            Ok(signed) => (
                OK,
                Some(Typed::from(&signed.value)),
                Some(signed.signed_at),
                None,
            ),
            Err(error) => (
                verdict(&error),
                None,
                signed_at(&error),
                Some(error.to_string()),
            ),
        };
        Self {
            verdict,
            session,
            signed_at: signed_at.map(|moment| moment.as_millis().div_euclid(1_000)),
            error,
        }
    }

    fn print(&self, now: Timestamp) -> Result<(), CommandError> {
        let mut facts = vec![("verdict", self.verdict.to_owned())];
        facts.extend(self.error.clone().map(|error| ("reason", error)));
        let signed_at = self.signed_at.map(of_seconds);
        facts.extend(signed_at.map(|moment| ("signed at", when(moment, now))));
        if self.verdict == EXPIRED && signed_at < Some(now) {
            facts.push(("to do", IF_EXPIRED.to_owned()));
        }
        output::facts(&facts)?;
        let Some(session) = &self.session else {
            return Ok(());
        };
        let values = python::lines(session);
        let values: Vec<_> = values
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect();
        output::line("")?;
        match values.is_empty() {
            true => output::line("The session is empty."),
            false => output::facts(&values),
        }
    }
}

fn when(moment: Timestamp, now: Timestamp) -> String {
    let written = moment::for_people(moment);
    if moment > now {
        return format!("{written} UTC");
    }
    let age = Duration::from_secs(now.since(moment).as_secs());
    format!("{written} UTC, {} ago", humantime::format_duration(age))
}

fn signed_at(error: &FlaskError) -> Option<Timestamp> {
    match error {
        FlaskError::Expired { signed_at, .. } | FlaskError::FromTheFuture { signed_at, .. } => {
            Some(*signed_at)
        }
        _ => None,
    }
}

const OK: &str = "ok";
const BAD_SIGNATURE: &str = "bad_signature";
const EXPIRED: &str = "expired";
const IF_EXPIRED: &str =
    "if the application lets it count, name its PERMANENT_SESSION_LIFETIME with `--max-age`";

/// Flask's PERMANENT_SESSION_LIFETIME.
const MONTH: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// In bytes: beyond what is read of a cookie, which is 65,536.
const LONGEST: usize = 1 << 20;

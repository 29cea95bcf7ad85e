//! `countersign password verify --jsonl`

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use countersign::password::{
    HashDescription, HashOrigin, ImportedHashes, PasswordError, PasswordNormalization, Passwords,
    Requester,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cli::byte_box::ByteBox;
use crate::cli::jsonl::FromLine;
use crate::cli::{CommandError, Context, jsonl};
use crate::configuration::Configuration;
use crate::site;

/// Answers every line of the standard input; hashes that bear no line's secret are verified with those of the settings.
pub(super) async fn run(context: &Context) -> Result<(), CommandError> {
    let configuration = context.configuration()?;
    let verifier = Verifier {
        passwords: site::passwords(&configuration)?,
        configuration,
        last: Mutex::new(None),
    };
    jsonl::answer_each(AT_ONCE, |question| verifier.answer(question)).await
}

#[derive(Deserialize)]
struct Question {
    password: ByteBox,
    hash: String,
    #[serde(default)]
    config: Config,
}

impl FromLine for Question {
    fn from_line(line: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(line)
    }
}

/// How the application that made the hash is set up.
#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
struct Config {
    #[serde(default, rename = "BCRYPT_HANDLE_LONG_PASSWORDS")]
    long_passwords: bool,
    password_salt: Option<Secret>,
    pepper: Option<Secret>,
}

/// What a hash was made with beside the password.
#[derive(Clone, Deserialize, Eq, PartialEq)]
#[serde(from = "String")]
struct Secret(Zeroizing<String>);

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }
}

#[derive(Serialize)]
struct Report {
    /// `match`, `mismatch` or `error`.
    verdict: &'static str,
    scheme: Option<String>,
    needs_rehash: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

struct Verifier {
    configuration: Configuration,
    passwords: Passwords,
    /// What verified with the secret of the last line that had one: usually, the next has the same.
    last: Mutex<Option<(Secrets, Passwords)>>,
}

/// Those of a line.
#[derive(Clone, Eq, PartialEq)]
enum Secrets {
    FlaskSecurity(Secret),
    Devise(Secret),
}

impl Verifier {
    async fn answer(&self, question: Question) -> Result<Report, String> {
        let (hash, secrets) = question.config.apply(&question.hash);
        let passwords = match secrets {
            Some(secrets) => self.with(secrets).map_err(|error| error.to_string())?,
            None => self.passwords.clone(),
        };
        let description = passwords.describe(&hash);
        let needs_rehash = passwords.needs_rehash(&hash);
        // Nothing is worked for what can't be verified, as there is nobody here to hide it from.
        let outcome = match description.problem.clone() {
            Some(PasswordError::NoUsablePassword) => Ok(false),
            Some(problem) => Err(problem),
            None => matches(&passwords, question.password.bytes(), &hash).await,
        };
        Ok(Report::of(description, needs_rehash, outcome))
    }

    fn with(&self, secrets: Secrets) -> Result<Passwords, PasswordError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, passwords)) = &*last
            && *of == secrets
        {
            return Ok(passwords.clone());
        }
        let passwords = site::passwords_builder(&self.configuration);
        let passwords = passwords.imported(secrets.imported()).build()?;
        *last = Some((secrets, passwords.clone()));
        Ok(passwords)
    }
}

impl Config {
    /// The hash with the mark of its origin, and the secret that it then needs.
    fn apply(self, hash: &str) -> (Cow<'_, str>, Option<Secrets>) {
        match (self.password_salt, self.pepper, self.long_passwords) {
            (Some(salt), ..) => (
                HashOrigin::FlaskSecurity.mark(hash),
                Some(Secrets::FlaskSecurity(salt)),
            ),
            (None, Some(pepper), _) => {
                (HashOrigin::Devise.mark(hash), Some(Secrets::Devise(pepper)))
            }
            (None, None, true) => (HashOrigin::FlaskBcryptLongPasswords.mark(hash), None),
            (None, None, false) => (hash.into(), None),
        }
    }
}

impl Secrets {
    fn imported(&self) -> ImportedHashes {
        match self {
            // The password comes as Flask-Security hashes it, which brings it into a form before that.
            Self::FlaskSecurity(Secret(salt)) => ImportedHashes::new()
                .flask_security_salt(&**salt)
                .flask_security_normalization(PasswordNormalization::None),
            Self::Devise(Secret(pepper)) => ImportedHashes::new().devise_pepper(&**pepper),
        }
    }
}

impl Report {
    fn of(
        description: HashDescription,
        needs_rehash: bool,
        outcome: Result<bool, PasswordError>,
    ) -> Self {
        Self {
            verdict: match outcome {
                Ok(true) => "match",
                Ok(false) => "mismatch",
                Err(_) => "error",
            },
            scheme: description.scheme,
            needs_rehash,
            error: outcome.err().map(|error| error.to_string()),
        }
    }
}

async fn matches(
    passwords: &Passwords,
    password: &[u8],
    hash: &str,
) -> Result<bool, PasswordError> {
    let verdict = passwords.verify_bytes(password, Some(hash), Requester::anonymous());
    let verdict = verdict.await?;
    match verdict.problem.or(verdict.password_problem) {
        Some(problem) => Err(problem),
        None => Ok(verdict.matches),
    }
}

/// No more than may wait where there is one worker.
const AT_ONCE: usize = 16;

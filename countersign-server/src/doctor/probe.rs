use axum::http::{HeaderName, StatusCode};
use countersign::accounts::Accounts;
use countersign::secret::{OperatingSystemRandom, Random as _};

use super::arrival::{self, Arrival};
use super::client::{Question, Reply, Silence, Web};
use super::{DoctorError, Finding};
use crate::configuration::Configuration;

/// Asks the running server, through whatever stands before it, how requests arrive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe<'a> {
    pub(super) web: &'a Web,
    pub(super) accounts: &'a Accounts,
    pub(super) configuration: &'a Configuration,
    pub(super) origin: &'a str,
}

/// What came of asking.
#[derive(Debug)]
pub(super) enum Answer {
    /// The server told how the request arrived.
    Told(Box<Told>),
    /// Somebody answered as the server would, without having asked it: a cache.
    Kept,
    /// Somebody answered something else.
    Other(Reply),
    /// Nobody answered.
    Silence(Silence),
}

/// What the server told, and how that came back.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) arrival: Arrival,
    pub(super) reply: Reply,
}

impl<'a> Probe<'a> {
    /// `None` when nobody knows where the server is.
    pub(super) fn new(
        web: &'a Web,
        accounts: &'a Accounts,
        configuration: &'a Configuration,
    ) -> Option<Self> {
        Some(Self {
            web,
            accounts,
            configuration,
            origin: web.origin()?,
        })
    }

    pub(super) fn is_https(&self) -> bool {
        self.configuration.is_https()
    }

    /// How a request with these headers arrives. No cache has been asked for it before.
    pub(super) async fn ask_with(
        &self,
        headers: &[(HeaderName, &str)],
    ) -> Result<Answer, DoctorError> {
        let question = Question::get(&unheard_of());
        let question = headers.iter().fold(question, |question, (name, value)| {
            question.header(name.clone(), value)
        });
        self.ask(question).await
    }

    /// How a question to [`arrival::PATH`] arrives.
    pub(super) async fn ask(&self, question: Question) -> Result<Answer, DoctorError> {
        let proof = self.accounts.make_proof().await?;
        let question = question.header(arrival::PROOF, &proof.reveal());
        let reply = match self.web.ask(question).await {
            Ok(reply) => reply,
            Err(silence) => return Ok(Answer::Silence(silence)),
        };
        let arrival = match reply.status {
            StatusCode::OK => serde_json::from_slice(&reply.body).ok(),
            _ => None,
        };
        let Some(arrival) = arrival else {
            return Ok(Answer::Other(reply));
        };
        Ok(match self.accounts.proof_was_used(&proof).await? {
            true => Answer::Told(Box::new(Told { arrival, reply })),
            false => Answer::Kept,
        })
    }
}

/// [`arrival::PATH`] with a query that nobody has asked before.
pub(super) fn unheard_of() -> String {
    format!("{}?{}", arrival::PATH, random_digits())
}

/// 16 hexadecimal digits.
pub(super) fn random_digits() -> String {
    let mut bytes = [0; 8];
    OperatingSystemRandom.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Answer {
    /// What the server told, or a finding that it did not.
    pub(super) fn told(self, check: &'static str) -> Result<Told, Finding> {
        match self {
            Self::Told(told) => Ok(*told),
            Self::Kept => Err(kept(check)),
            Self::Other(reply) => Err(Finding::mistake(
                check,
                format!(
                    "A request that should have reached the server was answered {} by somebody else.",
                    reply.status
                ),
                "See in the proxy's log why it did not pass the request on.",
            )),
            Self::Silence(silence) => Err(Finding::mistake(
                check,
                format!("A request was not answered: {silence}."),
                "See in the logs of proxy and server what became of it.",
            )),
        }
    }
}

/// A cache answered in the server's place.
pub(super) fn kept(check: &'static str) -> Finding {
    Finding::mistake(
        check,
        "A cache between here and the server gives one person's answer to another, although the answer forbids it \
         (`Cache-Control: no-store`).",
        "Keep no answers of this site: `proxy_cache off;` in nginx's `location`, without `proxy_ignore_headers`; no cache \
         module in Caddy; in a CDN, no rule that caches everything.",
    )
}

use std::cmp::Reverse;
use std::time::Duration;

use super::{AccountError, AccountId, Accounts};
use crate::clock::Timestamp;
use crate::session::{ClientRecord, SessionId};

/// One line of the history of sign-ins: somebody came in, or failed to.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SignInRecord {
    /// When; the last time, where it stands for several.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: SignInOutcome,
    /// From where.
    pub client: ClientRecord,
}

/// What came of a sign-in.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignInOutcome {
    /// Somebody came in.
    Succeeded {
        /// How he proved who he is: `password`, `external`.
        method: String,
        /// The session that began, if one did.
        session: Option<SessionId>,
    },
    /// Somebody failed: so often from one network within one hour.
    Failed {
        /// How often the password was wrong, or the account disabled.
        times: u64,
        /// How often nothing was verified, because there had been too many failures.
        throttled: u64,
    },
}

impl SignInRecord {
    /// How long the history goes back: 90 days.
    pub const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);
}

impl Accounts {
    /// Writes down the failures that were counted in the last second: they are added up in memory for so long. A server
    /// that stops calls it before it closes the database.
    ///
    /// # Errors
    /// When the database does not answer. They may be written down later, then.
    pub async fn write_down_failures(&self) -> Result<(), AccountError> {
        Ok(self.settings.failures.write_down().await?)
    }

    /// When somebody came into an account, or failed to, in the last 90 days, the latest first, at most `limit` lines.
    ///
    /// # Errors
    /// When the database does not answer, or holds something unreadable.
    pub async fn sign_in_history(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<SignInRecord>, AccountError> {
        self.settings.failures.write_down().await?;
        let now = self.now();
        let failures = self.database().failures_of(account, limit, now).await?;
        let successes = self.database().sign_ins(account, limit, now).await?;
        let successes = successes.into_iter().map(|event| SignInRecord {
            at: event.at,
            outcome: SignInOutcome::Succeeded {
                method: event.detail.unwrap_or_default(),
                session: event.session,
            },
            client: event.client,
        });
        let mut history: Vec<SignInRecord> = successes.chain(failures).collect();
        history.sort_by_key(|sign_in| Reverse(sign_in.at));
        history.truncate(limit as usize);
        Ok(history)
    }
}

use std::collections::HashMap;
use std::net::IpAddr;

use super::Database;
use crate::accounts::{AccountId, SignInOutcome, SignInRecord};
use crate::clock::Timestamp;
use crate::session::sqlite::failed;
use crate::session::sqlite::rows::{corrupt, get, moment};
use crate::session::{ClientRecord, StoreError};

/// Where failures are counted together.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(in crate::accounts) struct Place {
    /// Hours since 1970.
    pub(in crate::accounts) hour: i64,
    /// The key of the name, or of the address, that was typed.
    pub(in crate::accounts) key: String,
    pub(in crate::accounts) network: Option<IpAddr>,
}

pub(in crate::accounts) struct Failures {
    pub(in crate::accounts) failed: u32,
    pub(in crate::accounts) throttled: u32,
    pub(in crate::accounts) last_at: Timestamp,
}

impl Failures {
    pub(in crate::accounts) fn add(&mut self, more: &Failures) {
        self.failed = self.failed.saturating_add(more.failed);
        self.throttled = self.throttled.saturating_add(more.throttled);
        self.last_at = self.last_at.max(more.last_at);
    }
}

impl Database {
    /// Adds failures to those that are written down, and cleans a few away whose time is over.
    pub(in crate::accounts) async fn add_failures(
        &self,
        counts: &HashMap<Place, Failures>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let hour = counts.keys().map(|place| place.hour).max().unwrap_or(0);
        let present: i64 = sqlx::query_scalar(COUNT)
            .bind(hour)
            .fetch_one(writing.connection())
            .await
            .map_err(failed)?;
        let mut room = MOST_IN_AN_HOUR - present;
        for (place, failures) in counts {
            room -= 1;
            let network = place.network.filter(|_| room >= 0);
            let add = sqlx::query(ADD)
                .bind(place.hour)
                .bind(place.key.clone())
                .bind(network.map_or_else(String::new, |network| network.to_string()))
                .bind(failures.failed)
                .bind(failures.throttled)
                .bind(failures.last_at.as_millis());
            writing.execute(add).await?;
        }
        let oldest = now - SignInRecord::KEPT;
        writing
            .execute(sqlx::query(CLEAN).bind(oldest.as_millis()))
            .await?;
        super::commit(writing).await
    }

    /// The failures of an account, the latest first.
    pub(in crate::accounts) async fn failures_of(
        &self,
        account: AccountId,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<SignInRecord>, StoreError> {
        let rows = sqlx::query(OF_ACCOUNT)
            .bind(account.as_bytes().to_vec())
            .bind((now - SignInRecord::KEPT).as_millis())
            .bind(limit)
            .fetch_all(self.sessions.pool())
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| {
                let network = get::<&str>(row, "network")?;
                let address = (!network.is_empty())
                    .then(|| network.parse())
                    .transpose()
                    .map_err(|error| corrupt("address of a client", error))?;
                Ok(SignInRecord {
                    at: moment(row, "last_at")?,
                    outcome: SignInOutcome::Failed {
                        times: get::<i64>(row, "failed")?.unsigned_abs(),
                        throttled: get::<i64>(row, "throttled")?.unsigned_abs(),
                    },
                    client: ClientRecord::new(address, None),
                })
            })
            .collect()
    }
}

const COUNT: &str = "SELECT count(*) FROM countersign_sign_in_failures WHERE hour = ?1";

/// A name that no account has is nobody's.
const ADD: &str = "INSERT INTO countersign_sign_in_failures \
     (hour, account, network, failed, throttled, last_at) \
     VALUES (?1, coalesce((SELECT id FROM countersign_accounts \
         WHERE name_key = ?2 OR (email_key = ?2 AND email_confirmed_at IS NOT NULL)), x''), ?3, ?4, ?5, ?6) \
     ON CONFLICT (hour, account, network) DO UPDATE SET \
         failed = failed + excluded.failed, throttled = throttled + excluded.throttled, \
         last_at = max(last_at, excluded.last_at)";

const OF_ACCOUNT: &str = "SELECT network, failed, throttled, last_at FROM countersign_sign_in_failures \
     WHERE account = ?1 AND last_at > ?2 ORDER BY hour DESC, last_at DESC LIMIT ?3";

const CLEAN: &str = "DELETE FROM countersign_sign_in_failures WHERE (hour, account, network) IN \
     (SELECT hour, account, network FROM countersign_sign_in_failures \
      WHERE hour < ?1 / 3600000 ORDER BY hour LIMIT 1000)";

/// How many accounts and networks are told apart in one hour. Beyond that, networks are not: there is one row for each
/// account that exists, and one for all names that don't.
const MOST_IN_AN_HOUR: i64 = 1_000;

use std::time::Duration;

use super::{ADMINISTRATOR, AccountError, Accounts, SignInRecord};
use crate::clock::Timestamp;

/// How many there are of each, at one moment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct AccountCounters {
    /// Accounts, the disabled included.
    pub accounts: u64,
    /// Accounts that are disabled.
    pub disabled: u64,
    /// Active accounts with the role [`ADMINISTRATOR`].
    pub administrators: u64,
    /// Live sessions of somebody who is logged in.
    pub sessions: u64,
}

/// How long each step of a series is. Hours and days are those of UTC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ActivityStep {
    /// An hour.
    Hour,
    /// A day.
    Day,
}

/// What happened within one step of a series.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Activity {
    /// When the step begins.
    pub begins_at: Timestamp,
    /// How often somebody came in.
    pub logins: u64,
    /// How often a password was wrong, or the account disabled.
    pub failed: u64,
    /// How often nothing was verified, because there had been too many failures.
    pub throttled: u64,
}

impl ActivityStep {
    /// How long it is.
    pub const fn length(self) -> Duration {
        match self {
            Self::Hour => Duration::from_secs(3_600),
            Self::Day => Duration::from_secs(24 * 3_600),
        }
    }

    /// The longest series: as far back as sign-ins are kept, which is 90 days.
    pub const fn most(self) -> u32 {
        (SignInRecord::KEPT.as_secs() / self.length().as_secs()) as u32
    }
}

impl Accounts {
    /// How many accounts and sessions there are. Each is counted, which takes some tenths of a second for a million.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counters(&self) -> Result<AccountCounters, AccountError> {
        let database = self.database();
        let [accounts, disabled, administrators] = database.counts(ADMINISTRATOR).await?;
        Ok(AccountCounters {
            accounts,
            disabled,
            administrators,
            sessions: database.sessions.count_live(None, self.now()).await?,
        })
    }

    /// Logins and failures in the last `steps` hours or days, the oldest first: one element for each, also where nothing happened. The
    /// last one has only just begun. At most [`ActivityStep::most`]. What was done by or to accounts that were deleted
    /// since is not in it.
    ///
    /// ```
    /// # use countersign::accounts::{Accounts, ActivityStep};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// let week = accounts.activity(ActivityStep::Day, 7).await?;
    /// assert_eq!(week.len(), 7);
    /// assert!(week.iter().all(|day| day.logins == 0 && day.failed == 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn activity(
        &self,
        step: ActivityStep,
        steps: u32,
    ) -> Result<Vec<Activity>, AccountError> {
        self.settings.failures.write_down().await?;
        let length = step.length().as_millis() as i64;
        let steps = i64::from(steps.clamp(1, step.most()));
        let last = self.now().as_millis().div_euclid(length);
        let first = last + 1 - steps;
        let mut series: Vec<Activity> = (first..=last)
            .map(|number| Activity {
                begins_at: Timestamp::from_millis(number * length),
                logins: 0,
                failed: 0,
                throttled: 0,
            })
            .collect();
        let place = |number: i64| usize::try_from(number - first).ok();
        let database = self.database();
        for (number, logins) in database.logins_since(first, length).await? {
            if let Some(activity) = place(number).and_then(|place| series.get_mut(place)) {
                activity.logins = logins;
            }
        }
        for (number, [failed, throttled]) in database.failures_since(first, length).await? {
            if let Some(activity) = place(number).and_then(|place| series.get_mut(place)) {
                (activity.failed, activity.throttled) = (failed, throttled);
            }
        }
        Ok(series)
    }
}

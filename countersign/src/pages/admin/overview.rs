use axum::response::{IntoResponse, Json, Response};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::answer::{FieldRefusal, Refusal};
use super::super::format::Format;
use super::super::openapi::{Administrators, Queries, Reading};
use super::super::{PageError, Templates, moment};
use super::chart;
use super::query::{Asked, given, one_of};
use crate::accounts::{Activity, ActivityStep};

/// For which time logins and failures are shown.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OverviewAsked {
    /// `24h`, `7d` (without this parameter), `30d` or `90d`.
    #[serde(default)]
    period: Option<String>,
}

/// How many there are of everything, and what happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Overview {
    /// Accounts, the disabled ones included.
    accounts: u64,
    /// Accounts that are disabled.
    disabled: u64,
    /// Active accounts with the role `administrator`.
    administrators: u64,
    /// Live sessions of somebody who is logged in.
    sessions: u64,
    /// What happened, hour by hour or day by day (UTC), the oldest first.
    activity: Vec<ActivityStepDetails>,
}

/// What happened within an hour or a day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityStepDetails {
    /// When it begins (RFC 3339).
    #[schema(format = DateTime)]
    begins_at: String,
    /// How often somebody came in.
    logins: u64,
    /// How often a password was wrong, or the account disabled.
    failures: u64,
    /// How often nothing was verified, because there had been too many failures.
    throttled: u64,
}

/// The time that is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Period {
    name: &'static str,
    step: ActivityStep,
    steps: u32,
}

impl Period {
    const ALL: [Self; 4] = [
        Self::new("24h", ActivityStep::Hour, 24),
        Self::new("7d", ActivityStep::Day, 7),
        Self::new("30d", ActivityStep::Day, 30),
        Self::new("90d", ActivityStep::Day, 90),
    ];

    const fn new(name: &'static str, step: ActivityStep, steps: u32) -> Self {
        Self { name, step, steps }
    }

    fn asked(name: Option<&str>) -> Result<Self, FieldRefusal> {
        let named = |name: &str| Self::ALL.into_iter().find(|period| period.name == name);
        Ok(one_of("period", name, named)?.unwrap_or(Self::ALL[1]))
    }
}

/// How many accounts and sessions there are, and how often somebody came in or failed to.
#[utoipa::path(get, path = "/admin", operation_id = "read_overview", tag = "administration", params(OverviewAsked), responses(
    (status = 200, description = "The overview", body = Overview),
    Queries, Administrators, Reading,
))]
pub(super) async fn page(
    view: Templates,
    Asked(asked): Asked<OverviewAsked>,
) -> Result<Response, PageError> {
    let period = match Period::asked(given(&asked.period)) {
        Ok(period) => period,
        Err(refused) => {
            let refusal = Refusal::fields(vec![refused]);
            return view.refuse(refusal, TEMPLATE, context! {}).await;
        }
    };
    let accounts = view.accounts();
    let counters = accounts.counters().await?;
    let activity = accounts.activity(period.step, period.steps).await?;
    if view.format == Format::Json {
        let overview = Overview {
            accounts: counters.accounts,
            disabled: counters.disabled,
            administrators: counters.administrators,
            sessions: counters.sessions,
            activity: activity.iter().map(step_details).collect(),
        };
        return Ok(Json(overview).into_response());
    }
    let values = context! {
        counters => context! {
            accounts => counters.accounts,
            disabled => counters.disabled,
            administrators => counters.administrators,
            sessions => counters.sessions,
        },
        period => period.name,
        is_by_hour => period.step == ActivityStep::Hour,
        charts => charts(&activity, period.step),
        activity => activity.iter().map(row).collect::<Vec<_>>(),
    };
    view.render(TEMPLATE, values).await
}

/// A name, the message of its title, and what it counts.
type Series = (&'static str, &'static str, fn(&Activity) -> u64);

/// The pictures, each with what is said of it in words.
fn charts(activity: &[Activity], step: ActivityStep) -> Vec<Value> {
    let series: [Series; 3] = [
        ("logins", "chart-logins", |step| step.logins),
        ("failures", "chart-failures", |step| step.failed),
        ("throttled", "chart-throttled", |step| step.throttled),
    ];
    let labels: Vec<String> = activity
        .iter()
        .map(|activity| moment::short(activity.begins_at, step == ActivityStep::Hour))
        .collect();
    series
        .into_iter()
        .map(|(name, title, count)| {
            let counts: Vec<u64> = activity.iter().map(count).collect();
            context! {
                name,
                title,
                total => counts.iter().sum::<u64>(),
                most => counts.iter().max(),
                width => chart::WIDTH,
                height => chart::HEIGHT,
                picture => Value::from_safe_string(chart::bars(&counts, &labels)),
            }
        })
        .collect()
}

fn row(activity: &Activity) -> Value {
    context! {
        at => activity.begins_at.as_millis(),
        logins => activity.logins,
        failures => activity.failed,
        throttled => activity.throttled,
    }
}

fn step_details(activity: &Activity) -> ActivityStepDetails {
    ActivityStepDetails {
        begins_at: moment::iso(activity.begins_at),
        logins: activity.logins,
        failures: activity.failed,
        throttled: activity.throttled,
    }
}

const TEMPLATE: &str = "admin-overview.html";

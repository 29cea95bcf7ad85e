use axum::response::{IntoResponse, Json, Response};
use minijinja::{Value, context};
use serde::Serialize;
use utoipa::ToSchema;

use super::format::Format;
use super::openapi::{Members, Reading};
use super::{PageError, Templates, moment, sessions};
use crate::accounts::{Account, SignInOutcome, SignInRecord};
use crate::web::CurrentUser;

/// Somebody came into the account, or failed to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SignInDetails {
    /// When; the last time, where it stands for several (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// Whether somebody came in.
    succeeded: bool,
    /// How he proved who he is: `password`, `external`.
    #[schema(example = "password")]
    method: Option<String>,
    /// How often somebody failed, from one network within one hour.
    failures: u64,
    /// How often nothing was even verified, because there had been too many failures.
    throttled: u64,
    /// The address.
    address: Option<String>,
    /// The `User-Agent`.
    user_agent: Option<String>,
}

impl SignInDetails {
    pub(super) fn of(sign_in: &SignInRecord) -> Self {
        let (method, failures, throttled) = match &sign_in.outcome {
            SignInOutcome::Succeeded { method, .. } => (Some(method.clone()), 0, 0),
            SignInOutcome::Failed { times, throttled } => (None, *times, *throttled),
        };
        Self {
            at: moment::iso(sign_in.at),
            succeeded: method.is_some(),
            method,
            failures,
            throttled,
            address: sign_in.client.address.map(|address| address.to_string()),
            user_agent: sign_in.client.user_agent.as_deref().map(str::to_owned),
        }
    }
}

/// Who came into your account, and who failed to, in the last 90 days, the latest first, at most 100.
#[utoipa::path(get, path = "/account/history", operation_id = "read_history", tag = "sessions", responses(
    (status = 200, description = "The history", body = Vec<SignInDetails>),
    Members, Reading,
))]
pub(super) async fn page(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
) -> Result<Response, PageError> {
    let history = view.accounts().sign_in_history(user.id, LINES).await?;
    if view.format == Format::Json {
        let details: Vec<_> = history.iter().map(SignInDetails::of).collect();
        return Ok(Json(details).into_response());
    }
    let history: Vec<Value> = history.iter().map(shown).collect();
    view.render("history.html", context! { history }).await
}

pub(super) fn shown(sign_in: &SignInRecord) -> Value {
    let details = SignInDetails::of(sign_in);
    context! {
        at => sign_in.at.as_millis(),
        succeeded => details.succeeded,
        failures => details.failures,
        throttled => details.throttled,
        ..sessions::client(&sign_in.client)
    }
}

/// How much of the history is shown.
const LINES: u32 = 100;

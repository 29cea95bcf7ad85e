use axum::response::{IntoResponse, Json, Redirect, Response};
use http::StatusCode;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::format::{Format, Input};
use super::openapi::{Anybody, Bodies, Members, Missing, Owners, Reading};
use super::{PageError, Templates, moment, site};
use crate::accounts::Account;
use crate::login::UserAgentFamily;
use crate::session::{ClientRecord, SessionId, SessionRecord};
use crate::web::{CurrentUser, Problem, login_url};

/// A place where somebody is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionDetails {
    /// The session's name: a UUID. It opens nothing.
    #[schema(example = "0190163d-8694-739b-aea5-966c26f8ad91")]
    id: String,
    /// Whether it is the one of this very request.
    is_current: bool,
    /// Whether its cookie outlives the browser.
    remembered: bool,
    /// The browser, where its `User-Agent` tells.
    #[schema(example = "Firefox")]
    browser: Option<&'static str>,
    /// The operating system, where the `User-Agent` tells.
    #[schema(example = "Linux")]
    system: Option<&'static str>,
    /// The `User-Agent` that it began with.
    user_agent: Option<String>,
    /// The address that it began at.
    #[schema(example = "192.0.2.7")]
    address: Option<String>,
    /// When it began (RFC 3339).
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used, to within a twentieth of the time that it lives unused (RFC 3339).
    #[schema(format = DateTime)]
    last_used_at: String,
    /// When it ends unless it is used (RFC 3339).
    #[schema(format = DateTime)]
    ends_at: String,
}

/// Which session to end.
#[derive(Deserialize, ToSchema)]
pub(super) struct EndSession {
    /// The session's name.
    pub(super) session: String,
}

impl SessionDetails {
    pub(super) fn of(record: &SessionRecord, current: Option<SessionId>) -> Self {
        let family = family(&record.client);
        let client = &record.client;
        Self {
            id: record.id.to_string(),
            is_current: current == Some(record.id),
            remembered: is_remembered(record),
            browser: family.browser(),
            system: family.system(),
            user_agent: client.user_agent.as_deref().map(str::to_owned),
            address: client.address.map(|address| address.to_string()),
            created_at: moment::iso(record.created_at),
            last_used_at: moment::iso(record.last_seen_at),
            ends_at: moment::iso(record.ends_at()),
        }
    }
}

/// Where you are logged in, the latest first.
#[utoipa::path(get, path = "/account/sessions", operation_id = "list_sessions", tag = "sessions", responses(
    (status = 200, description = "Your sessions", body = Vec<SessionDetails>),
    Members, Reading,
))]
pub(super) async fn page(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
) -> Result<Response, PageError> {
    let current = view.auth.current_session().await?.map(|session| session.id);
    let mut records = view.accounts().sessions(user.id).await?;
    // This one first, then the latest.
    records.sort_by_key(|record| {
        (
            current != Some(record.id),
            std::cmp::Reverse(record.last_seen_at),
        )
    });
    if view.format == Format::Json {
        let details: Vec<_> = records
            .iter()
            .map(|record| SessionDetails::of(record, current))
            .collect();
        return Ok(Json(details).into_response());
    }
    let sessions: Vec<Value> = records
        .iter()
        .map(|record| shown(record, current))
        .collect();
    let values = context! { sessions, fresh => view.auth.login_fresh().await? };
    view.render("sessions.html", values).await
}

/// End one of your sessions. Ending the present one is a logout. Needs a fresh login.
#[utoipa::path(post, path = "/account/sessions/end", operation_id = "end_session", tag = "sessions", request_body = EndSession, responses(
    (status = 204, description = "The session is ended"),
    Members, Missing, Bodies, Anybody,
))]
pub(super) async fn end(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
    Input(form): Input<EndSession>,
) -> Result<Response, PageError> {
    if let Some(refused) = unless_fresh(&view, site::SESSIONS).await? {
        return Ok(refused);
    }
    let current = view.auth.current_session().await?.map(|session| session.id);
    let session = form.session.parse::<SessionId>().ok();
    if session.is_some() && session == current {
        view.auth.logout_user().await?;
        return view
            .done(site::LOGGED_OUT, None, StatusCode::NO_CONTENT)
            .await;
    }
    let by = view.by().await?;
    let ended = match session {
        Some(session) => view.accounts().end_session(user.id, session, &by).await?,
        // What is no session's name can't be a live session's either.
        None => false,
    };
    match ended {
        true => {
            let flash = Some("done-session");
            view.done(site::SESSIONS, flash, StatusCode::NO_CONTENT)
                .await
        }
        false => {
            let detail = "you have no such session: it may have ended by itself";
            let problem = Problem::new(StatusCode::NOT_FOUND, "no_such_session", detail);
            view.done(site::SESSIONS, Some("done-session-gone"), problem)
                .await
        }
    }
}

/// End all your sessions but this one. Needs a fresh login.
#[utoipa::path(post, path = "/account/sessions/end-others", operation_id = "end_other_sessions", tag = "sessions", responses(
    (status = 204, description = "This session is the only one"),
    Owners, Anybody,
))]
pub(super) async fn end_others(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
) -> Result<Response, PageError> {
    if let Some(refused) = unless_fresh(&view, site::SESSIONS).await? {
        return Ok(refused);
    }
    let by = view.by().await?;
    let accounts = view.accounts();
    match view.auth.current_session().await? {
        Some(session) => {
            accounts
                .end_other_sessions(user.id, session.id, &by)
                .await?
        }
        // Somebody whom the request itself names has no session to keep.
        None => accounts.end_all_sessions(user.id, &by).await?,
    }
    view.done(
        site::SESSIONS,
        Some("done-sessions"),
        StatusCode::NO_CONTENT,
    )
    .await
}

/// Sends somebody to prove again who he is, and then to a page; `None` when he did a short time ago.
pub(super) async fn unless_fresh(
    view: &Templates,
    back_to: &str,
) -> Result<Option<Response>, PageError> {
    if view.auth.login_fresh().await? {
        return Ok(None);
    }
    Ok(Some(match view.format {
        Format::Html => Redirect::to(&login_url(site::CONFIRM, Some(back_to))).into_response(),
        Format::Json => {
            let detail = "confirm your login with your password first: POST /confirm";
            Problem::new(StatusCode::UNAUTHORIZED, "not_fresh", detail).into_response()
        }
    }))
}

/// A session as the page shows it.
pub(super) fn shown(record: &SessionRecord, current: Option<SessionId>) -> Value {
    context! {
        id => record.id.to_string(),
        is_current => current == Some(record.id),
        remembered => is_remembered(record),
        created_at => record.created_at.as_millis(),
        last_used_at => record.last_seen_at.as_millis(),
        ..client(&record.client)
    }
}

/// A client as pages show it.
pub(super) fn client(client: &ClientRecord) -> Value {
    let family = family(client);
    context! {
        browser => family.browser(),
        system => family.system(),
        user_agent => client.user_agent.as_deref(),
        address => client.address.map(|address| address.to_string()),
    }
}

fn family(client: &ClientRecord) -> UserAgentFamily {
    UserAgentFamily::of(client.user_agent.as_deref().map(str::as_bytes))
}

fn is_remembered(record: &SessionRecord) -> bool {
    record.login.as_ref().is_some_and(|login| login.remembered)
}

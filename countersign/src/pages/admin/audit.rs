use axum::response::{IntoResponse, Json, Response};
use minijinja::{Value, context};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::format::Format;
use super::super::openapi::{Administrators, Queries, Reading};
use super::super::{PageError, Templates, moment, sessions};
use super::AUDIT;
use super::audit_asked::AuditAsked;
use super::query::Asked;
use crate::accounts::{AccountId, Actor, AuditEvent, AuditKind};

/// A page of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditList {
    /// What was done, the latest first.
    events: Vec<AuditLine>,
    /// The parameter `before` of the page behind.
    next: Option<String>,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditLine {
    /// Its number: what is written later has a greater one.
    pub(super) id: i64,
    /// When (RFC 3339).
    #[schema(format = DateTime)]
    pub(super) at: String,
    /// What.
    #[schema(example = "logged_in")]
    pub(super) kind: &'static str,
    /// The id of the account to which it was done.
    pub(super) user: Option<String>,
    /// Who did it: `anonymous`, an `account` to itself, an `administrator` or the `system`.
    #[schema(example = "administrator")]
    pub(super) actor_kind: &'static str,
    /// Who did it: the id of an account, or what part of the system.
    pub(super) actor: Option<String>,
    /// The address that it came from.
    pub(super) address: Option<String>,
    /// The `User-Agent` that it came from.
    pub(super) user_agent: Option<String>,
    /// The name of the session, where it is about one.
    pub(super) session: Option<String>,
    /// More: a role, a language, how a login was proved.
    pub(super) detail: Option<String>,
}

impl AuditLine {
    pub(super) fn of(event: &AuditEvent) -> Self {
        let (actor_kind, actor) = match &event.actor {
            Actor::Anonymous => ("anonymous", None),
            Actor::Account(id) => ("account", Some(id.to_string())),
            Actor::Administrator(name) => ("administrator", Some(name.to_string())),
            Actor::System(what) => ("system", Some(what.to_string())),
        };
        let client = &event.client;
        Self {
            id: event.id,
            at: moment::iso(event.at),
            kind: event.kind.name(),
            user: event.account.map(|id| id.to_string()),
            actor_kind,
            actor,
            address: client.address.map(|address| address.to_string()),
            user_agent: client.user_agent.as_deref().map(str::to_owned),
            session: event.session.map(|session| session.to_string()),
            detail: event.detail.clone(),
        }
    }
}

/// What was done, the latest first.
#[utoipa::path(get, path = "/admin/audit", operation_id = "read_audit", tag = "administration", params(AuditAsked), responses(
    (status = 200, description = "A page of the audit", body = AuditList),
    Queries, Administrators, Reading,
))]
pub(super) async fn page(
    view: Templates,
    Asked(asked): Asked<AuditAsked>,
) -> Result<Response, PageError> {
    let kinds: Vec<Value> = AuditKind::ALL.iter().map(choice).collect();
    let filters = context! { values => asked.values(), kinds };
    let mut filter = match asked.filter(view.accounts()).await? {
        Ok(filter) => filter,
        Err(refusal) => return view.refuse(refusal, TEMPLATE, filters).await,
    };
    // One more than is shown, to know whether there is one.
    filter.limit = LINES as u32 + 1;
    let mut events = view.accounts().audit(filter).await?;
    let goes_on = events.len() > LINES;
    events.truncate(LINES);
    let next = events.last().filter(|_| goes_on);
    let next = next.map(|event| event.position().to_string());
    if view.format == Format::Json {
        let events = events.iter().map(AuditLine::of).collect();
        return Ok(Json(AuditList { events, next }).into_response());
    }
    let ways = context! { next => next.map(|next| asked.address(AUDIT, Some(&next))) };
    let values = context! {
        events => lines(&view, &events).await?,
        ways,
        latest => asked.is_later_page().then(|| asked.address(AUDIT, None)),
        csv => asked.address("/admin/audit.csv", None),
        json_lines => asked.address("/admin/audit.jsonl", None),
        ..filters
    };
    view.render(TEMPLATE, values).await
}

/// Events as pages show them.
pub(super) async fn lines(
    view: &Templates,
    events: &[AuditEvent],
) -> Result<Vec<Value>, PageError> {
    let accounts = events.iter().filter_map(|event| event.account);
    let actors = events.iter().filter_map(|event| account_of(&event.actor));
    let names = view.accounts().names(accounts.chain(actors)).await?;
    let person = |id: AccountId| context! { id => id.to_string(), name => names.get(&id) };
    let line = |event: &AuditEvent| {
        let details = AuditLine::of(event);
        context! {
            what => in_words(event.kind),
            at => event.at.as_millis(),
            user => event.account.map(person),
            actor => account_of(&event.actor).map(person),
            actor_kind => details.actor_kind,
            // What is no account: a part of the system, or an administrator of another place.
            actor_name => details.actor,
            detail => details.detail,
            ..sessions::client(&event.client)
        }
    };
    Ok(events.iter().map(line).collect())
}

/// The account that did something, to itself or to another.
fn account_of(actor: &Actor) -> Option<AccountId> {
    match actor {
        Actor::Account(id) => Some(*id),
        Actor::Administrator(name) => name.parse().ok(),
        Actor::Anonymous | Actor::System(_) => None,
    }
}

fn choice(kind: &AuditKind) -> Value {
    context! { name => kind.name(), words => in_words(*kind) }
}

/// The message that says what was done.
fn in_words(kind: AuditKind) -> &'static str {
    match kind {
        AuditKind::Registered => "audit-registered",
        AuditKind::Authenticated => "audit-authenticated",
        AuditKind::LoggedIn => "audit-logged-in",
        AuditKind::LoginConfirmed => "audit-login-confirmed",
        AuditKind::LoggedOut => "audit-logged-out",
        AuditKind::SessionEnded => "audit-session-ended",
        AuditKind::SessionsEnded => "audit-sessions-ended",
        AuditKind::PasswordChanged => "audit-password-changed",
        AuditKind::PasswordSet => "audit-password-set",
        AuditKind::PasswordLinkMade => "audit-password-link-made",
        AuditKind::PasswordSetByLink => "audit-password-set-by-link",
        AuditKind::Renamed => "audit-renamed",
        AuditKind::LocaleChanged => "audit-locale-changed",
        AuditKind::EmailChanged => "audit-email-changed",
        AuditKind::EmailConfirmed => "audit-email-confirmed",
        AuditKind::Disabled => "audit-disabled",
        AuditKind::Enabled => "audit-enabled",
        AuditKind::Deleted => "audit-deleted",
        AuditKind::RoleGranted => "audit-role-granted",
        AuditKind::RoleRevoked => "audit-role-revoked",
        AuditKind::RoleDefined => "audit-role-defined",
        AuditKind::Invited => "audit-invited",
        AuditKind::InvitationsWithdrawn => "audit-invitations-withdrawn",
        AuditKind::InvitationAccepted => "audit-invitation-accepted",
        AuditKind::EverythingEnded => "audit-everything-ended",
        AuditKind::FailuresForgotten => "audit-failures-forgotten",
        AuditKind::Imported => "audit-imported",
    }
}

/// How many events there are on a page.
const LINES: usize = 50;

const TEMPLATE: &str = "admin-audit.html";

//! The administrators' pages: everybody's accounts and sessions, the audit, and invitations.
//!
//! All of them need the role [`ADMINISTRATOR`] and a fresh login. Both are asked of every request, in layers around all the
//! routes: no handler can forget it.

mod audit;
mod audit_asked;
mod chart;
mod export;
mod invite;
mod link;
mod overview;
mod query;
mod sessions;
mod standing;
mod user;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::request::Parts;
use http::{Method, StatusCode};
use utoipa::OpenApi;

use super::format::Format;
use super::{PageError, Pages, Templates, site};
use crate::accounts::{ADMINISTRATOR, Account, By};
use crate::login::AuthUser as _;
use crate::web::{Auth, CurrentUser, Problem, fresh_login_required, login_url, role_required};

/// What the routes do for programs.
#[derive(OpenApi)]
#[openapi(paths(
    overview::page,
    users::page,
    user::page,
    user::grant_role,
    user::revoke_role,
    user::end_session,
    user::end_sessions,
    standing::disable,
    standing::enable,
    standing::unlock,
    standing::delete,
    link::make,
    sessions::page,
    sessions::end,
    sessions::end_all,
    audit::page,
    export::csv,
    export::json_lines,
    invite::invite,
    invite::administrator,
))]
pub(super) struct Document;

/// The routes, behind their guards.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route(site::ADMIN, get(overview::page))
        .route(USERS, get(users::page))
        .route("/admin/users/{id}", get(user::page))
        .route("/admin/users/{id}/grant-role", post(user::grant_role))
        .route("/admin/users/{id}/revoke-role", post(user::revoke_role))
        .route("/admin/users/{id}/end-session", post(user::end_session))
        .route("/admin/users/{id}/end-sessions", post(user::end_sessions))
        .route("/admin/users/{id}/disable", post(standing::disable))
        .route("/admin/users/{id}/enable", post(standing::enable))
        .route("/admin/users/{id}/unlock", post(standing::unlock))
        .route("/admin/users/{id}/delete", post(standing::delete))
        .route("/admin/users/{id}/password-link", post(link::make))
        .route(SESSIONS, get(sessions::page))
        .route("/admin/sessions/end", post(sessions::end))
        .route("/admin/sessions/end-all", post(sessions::end_all))
        .route(AUDIT, get(audit::page))
        .route("/admin/audit.csv", get(export::csv))
        .route("/admin/audit.jsonl", get(export::json_lines))
        .route(INVITE, get(invite::form).post(invite::invite))
        .route("/admin/invite/administrator", post(invite::administrator))
        .route_layer(fresh_login_required::<Account>())
        .route_layer(from_fn(to_the_form_again))
        .route_layer(role_required::<Account>(ADMINISTRATOR))
}

/// The administrator who sent a request, and in whose name all is done that it asks for. There is no such value for
/// anybody else.
pub(super) struct Administrator {
    pub(super) account: Arc<Account>,
    /// What the audit is told: the account's id, which stays the same when its name does not, and where the request came from.
    pub(super) by: By,
}

impl<S: Send + Sync> FromRequestParts<S> for Administrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let user = <CurrentUser<Account> as FromRequestParts<S>>::from_request_parts(parts, state);
        let CurrentUser(account) = user.await?;
        if !account.has_role(ADMINISTRATOR) {
            let detail = "this is for administrators";
            let problem = Problem::new(StatusCode::FORBIDDEN, "missing_role", detail);
            return Err(problem.into_response());
        }
        let auth = Auth::<Account>::from_request_parts(parts, state).await;
        let auth = auth.map_err(IntoResponse::into_response)?;
        Ok(Self {
            by: By::administrator(account.id.to_string(), auth.client()),
            account,
        })
    }
}

/// Somebody whose login grew old while he looked at a form confirms it, and comes back to that form. What he asked for is not done.
async fn to_the_form_again(
    view: Templates,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let sends_form = view.method == Method::POST && view.format == Format::Html;
    if sends_form && !view.auth.login_fresh().await? {
        let form = form_of(request.uri().path());
        return Ok(Redirect::to(&login_url(site::CONFIRM, Some(form))).into_response());
    }
    Ok(next.run(request).await)
}

/// The page on which the form is that is sent to a path: the path without the word that says what to do.
fn form_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((page, _)) if path != INVITE => page,
        _ => path,
    }
}

const AUDIT: &str = "/admin/audit";
const INVITE: &str = "/admin/invite";
const SESSIONS: &str = "/admin/sessions";
const USERS: &str = "/admin/users";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_on_the_page_above_what_it_does() {
        for (path, page) in [
            ("/admin/users/7/disable", "/admin/users/7"),
            ("/admin/sessions/end-all", "/admin/sessions"),
            ("/admin/invite", "/admin/invite"),
            ("/admin/invite/administrator", "/admin/invite"),
        ] {
            assert_eq!(form_of(path), page);
        }
    }
}

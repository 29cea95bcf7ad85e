use std::ops::ControlFlow;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::{IntoResponse, Json, Redirect, Response};
use http::{HeaderMap, StatusCode};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::account::AccountDetails;
use super::answer::Refusal;
use super::format::{Format, Input};
use super::openapi::{Anybody, Bodies, Members, Missing, Reading};
use super::opened_link::{LinkQuery, OpenedLink};
use super::sessions::unless_fresh;
use super::{PageError, Templates, moment, site};
use crate::accounts::{ADMINISTRATOR, Account, Invitation, InvitationAccepted};
use crate::login::AuthUser as _;
use crate::web::{Problem, login_url};

/// What somebody is invited to.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationDetails {
    /// The roles that the account will have.
    #[schema(example = json!(["administrator"]))]
    roles: Vec<String>,
    /// The e-mail address that the account will have, where the invitation went to one.
    email: Option<String>,
    /// Whether whoever has it may make an account with it; else it is for who has one.
    may_register: bool,
    /// Until when it can be used (RFC 3339).
    #[schema(format = DateTime)]
    ends_at: String,
}

/// An invitation that you take with your account.
#[derive(Deserialize, ToSchema)]
pub(super) struct TakenInvitation {
    /// The token of the invitation's link.
    token: String,
}

/// What an invitation is for. It uses nothing up.
#[utoipa::path(get, path = "/invitation", operation_id = "read_invitation", tag = "links",
    params(("token" = Option<String>, Query, description = "The token of the invitation's link")),
    responses(
        (status = 200, description = "What it is for", body = InvitationDetails),
        Missing, Reading,
    ), security(()))]
pub(super) async fn page(
    view: Templates,
    headers: HeaderMap,
    query: Result<Query<LinkQuery>, QueryRejection>,
) -> Result<Response, PageError> {
    let token = match OpenedLink::Invitation.token_or_way(&view, &headers, query) {
        ControlFlow::Continue(token) => token,
        ControlFlow::Break(way) => return Ok(way),
    };
    let Some(invitation) = view.accounts().invitation(&token).await? else {
        return OpenedLink::Invitation
            .gone(&view, StatusCode::NOT_FOUND)
            .await;
    };
    if view.format == Format::Json {
        let details = InvitationDetails {
            may_register: view.accounts().may_register(Some(&token)).await?,
            ends_at: moment::iso(view.accounts().now() + invitation.lasts),
            roles: invitation.roles,
            email: invitation.email,
        };
        return Ok(OpenedLink::told(Json(details)));
    }
    let values = shown(&view, &token, &invitation).await?;
    view.render(TEMPLATE, values).await
}

/// Take an invitation with the account that you have. Needs a fresh login. To take it with a new account, register with it.
#[utoipa::path(post, path = "/invitation", operation_id = "accept_invitation", tag = "links", request_body = TakenInvitation, responses(
    (status = 200, description = "Your account has what the invitation promised", body = AccountDetails),
    (status = 409, description = "Your account has all of it already, and the invitation still counts", body = super::answer::ProblemDetails, content_type = "application/problem+json"),
    Members, Missing, Bodies, Anybody,
))]
pub(super) async fn accept(
    view: Templates,
    Input(form): Input<TakenInvitation>,
) -> Result<Response, PageError> {
    let Some(user) = view.auth.current_user().await? else {
        return Ok(not_logged_in(&view, &form.token));
    };
    if let Some(refused) = unless_fresh(&view, site::INVITATION).await? {
        return Ok(carried_along(refused, &view, &form.token));
    }
    let Some(invitation) = view.accounts().invitation(&form.token).await? else {
        return OpenedLink::Invitation
            .gone(&view, StatusCode::NOT_FOUND)
            .await;
    };
    if !invitation.offers_anything_to(&user) {
        let refusal = Refusal::new(
            StatusCode::CONFLICT,
            "nothing_new",
            "invitation-nothing-new",
        );
        let values = shown(&view, &form.token, &invitation).await?;
        return view.refuse(refusal, TEMPLATE, values).await;
    }
    let by = view.by().await?;
    let accepted = view.accounts().accept_invitation(&form.token, user.id, &by);
    let InvitationAccepted::Accepted(account) = accepted.await? else {
        return OpenedLink::Invitation
            .gone(&view, StatusCode::NOT_FOUND)
            .await;
    };
    let details = Json(AccountDetails::of(&account));
    let flash = Some("done-invitation");
    let done = view.done(destination(&account), flash, details).await?;
    Ok(match view.format {
        Format::Html => OpenedLink::Invitation.drop_token(done, &view),
        Format::Json => done,
    })
}

/// Where somebody goes who took an invitation.
pub(super) fn destination(account: &Account) -> &'static str {
    match account.has_role(ADMINISTRATOR) {
        true => site::ADMIN,
        false => site::ACCOUNT,
    }
}

/// An invitation as its page shows it.
pub(super) async fn shown(
    view: &Templates,
    token: &str,
    invitation: &Invitation,
) -> Result<Value, PageError> {
    let accounts = view.accounts();
    let user = view.auth.current_user().await?;
    Ok(context! {
        token,
        roles => &invitation.roles,
        // Whoever made the account of somebody else's invitation without noticing would have his address.
        email => &invitation.email,
        makes_administrator => invitation.makes_administrator(),
        ends_at => (accounts.now() + invitation.lasts).as_millis(),
        may_register => accounts.may_register(Some(token)).await?,
        offers_anything => user.is_some_and(|user| invitation.offers_anything_to(&user)),
        fresh => view.auth.login_fresh().await?,
        minimum => accounts.password_policy_setting().minimum(),
        // The way back from the login.
        next => site::INVITATION,
    })
}

fn not_logged_in(view: &Templates, token: &str) -> Response {
    let response = match view.format {
        Format::Html => {
            Redirect::to(&login_url(site::LOGIN, Some(site::INVITATION))).into_response()
        }
        Format::Json => {
            let detail = "log in first, or register with the invitation";
            Problem::new(StatusCode::UNAUTHORIZED, "not_logged_in", detail).into_response()
        }
    };
    carried_along(response, view, token)
}

/// The token goes along on a detour of a browser: to the login, or to the password.
fn carried_along(response: Response, view: &Templates, token: &str) -> Response {
    match view.format {
        Format::Html => OpenedLink::Invitation.carry(response, view, token),
        Format::Json => response,
    }
}

pub(super) const TEMPLATE: &str = "invitation.html";

use std::ops::ControlFlow;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::{IntoResponse, Json, Redirect, Response};
use http::{HeaderMap, StatusCode};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Refusal;
use super::format::{Format, Input};
use super::openapi::{Anybody, Forms, Missing, Reading};
use super::opened_link::{LinkQuery, OpenedLink};
use super::register::password_field;
use super::{PageError, Templates, moment, site};
use crate::accounts::{Account, PasswordLink, PasswordSetByLink};

/// What a link that sets a password is good for.
#[derive(Serialize, ToSchema)]
pub(super) struct PasswordLinkDetails {
    /// The name of the account whose password it sets.
    #[schema(example = "Ada")]
    name: String,
    /// Until when it can be used (RFC 3339).
    #[schema(format = DateTime)]
    ends_at: String,
}

/// A password, and the link that lets you set it.
#[derive(Deserialize, ToSchema)]
pub(super) struct PasswordByLink {
    /// The link's token.
    token: String,
    /// The new password. At least 15 characters, unless this site asks for another number.
    new_password: String,
}

/// Whose password a link sets. It uses nothing up.
#[utoipa::path(get, path = "/set-password", operation_id = "read_password_link", tag = "links",
    params(("token" = Option<String>, Query, description = "The link's token")),
    responses(
        (status = 200, description = "Whose password it sets", body = PasswordLinkDetails),
        Missing, Reading,
    ), security(()))]
pub(super) async fn form(
    view: Templates,
    headers: HeaderMap,
    query: Result<Query<LinkQuery>, QueryRejection>,
) -> Result<Response, PageError> {
    let token = match OpenedLink::Password.token_or_way(&view, &headers, query) {
        ControlFlow::Continue(token) => token,
        ControlFlow::Break(way) => return Ok(way),
    };
    let Some(link) = view.accounts().password_link(&token).await? else {
        return OpenedLink::Password
            .gone(&view, StatusCode::NOT_FOUND)
            .await;
    };
    if view.format == Format::Json {
        let details = PasswordLinkDetails {
            ends_at: moment::iso(view.accounts().now() + link.lasts),
            name: link.account.name,
        };
        return Ok(OpenedLink::told(Json(details)));
    }
    view.render(TEMPLATE, shown(&view, &token, &link)).await
}

/// Set a password by a link, once. All sessions of the account are ended, and nobody is logged in: log in with the new password.
#[utoipa::path(post, path = "/set-password", operation_id = "set_password", tag = "links", request_body = PasswordByLink, responses(
    (status = 204, description = "The password is the new one"),
    Missing, Forms, Anybody,
), security(()))]
pub(super) async fn set(
    view: Templates,
    Input(form): Input<PasswordByLink>,
) -> Result<Response, PageError> {
    let by = view.by().await?;
    let (token, new) = (&form.token, &form.new_password);
    match view
        .accounts()
        .set_password_by_link(token, new, &by)
        .await?
    {
        PasswordSetByLink::Set(account) => is_set(&view, &account).await,
        PasswordSetByLink::Refused(violation) => {
            let Some(link) = view.accounts().password_link(token).await? else {
                return OpenedLink::Password
                    .gone(&view, StatusCode::NOT_FOUND)
                    .await;
            };
            let refusal = Refusal::fields(vec![password_field("new_password", &violation)]);
            view.refuse(refusal, TEMPLATE, shown(&view, token, &link))
                .await
        }
        PasswordSetByLink::NoLink => {
            OpenedLink::Password
                .gone(&view, StatusCode::NOT_FOUND)
                .await
        }
    }
}

/// Sends whoever set a password to log in with it. Nobody is logged in by a link: it may have been opened on a machine of somebody
/// else, and a login by password is one that the history, the known devices and the throttle know of.
async fn is_set(view: &Templates, account: &Account) -> Result<Response, PageError> {
    let user = view.auth.current_user().await?;
    let is_own = user.as_ref().is_some_and(|user| user.id == account.id);
    if is_own {
        // The session was ended with all others; its cookie goes too.
        view.auth.logout_user().await?;
    }
    let done = StatusCode::NO_CONTENT;
    let response = match (view.format, user) {
        (Format::Json, _) => return Ok(done.into_response()),
        (Format::Html, Some(_)) if !is_own => {
            let flash = Some("done-password-by-link");
            view.done(site::ACCOUNT, flash, done).await?
        }
        (Format::Html, _) => Redirect::to(site::LOGIN_WITH_NEW_PASSWORD).into_response(),
    };
    Ok(OpenedLink::Password.drop_token(response, view))
}

fn shown(view: &Templates, token: &str, link: &PasswordLink) -> Value {
    let accounts = view.accounts();
    context! {
        token,
        name => &link.account.name,
        ends_at => (accounts.now() + link.lasts).as_millis(),
        minimum => accounts.password_policy_setting().minimum(),
    }
}

const TEMPLATE: &str = "set-password.html";

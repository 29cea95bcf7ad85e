use axum::response::Response;
use minijinja::context;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::answer::{Refusal, Words};
use super::super::format::Input;
use super::super::openapi::{Administrators, Changes, Forms};
use super::super::{PageError, Templates};
use super::user::{AskedAccount, done, find, out, refuse, unless_refused};
use super::{Administrator, USERS};
use crate::accounts::Accounts;
use http::StatusCode;

/// A name, typed so that nothing is done by mistake.
#[derive(Deserialize, ToSchema)]
pub(super) struct TypedName {
    /// The name, in any spelling that logs in.
    #[serde(default)]
    pub(super) name: String,
}

impl TypedName {
    /// `None` when it is the name of an account.
    pub(super) fn refusal(&self, name: &str) -> Option<Refusal> {
        let words = || Words::new("refused-typed-name");
        let is_his = Accounts::login_key(&self.name) == Accounts::login_key(name);
        (!is_his).then(|| Refusal::field("name", "another_name", words()))
    }
}

/// Disable an account: all its sessions end, and nobody can log in with it. Not the last administrator's.
#[utoipa::path(post, path = "/admin/users/{id}/disable", operation_id = "disable_user", tag = "administration",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 204, description = "The account is disabled"), Changes, Administrators))]
pub(super) async fn disable(
    Administrator { account, by }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
) -> Result<Response, PageError> {
    match view.accounts().disable(id, &by).await {
        Ok(_) if id == account.id => out(&view).await,
        Ok(_) => done(&view, id, "done-disabled").await,
        Err(error) => unless_refused(&view, id, error, None).await,
    }
}

/// Enable an account again.
#[utoipa::path(post, path = "/admin/users/{id}/enable", operation_id = "enable_user", tag = "administration",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 204, description = "The account can be used"), Changes, Administrators))]
pub(super) async fn enable(
    Administrator { by, .. }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
) -> Result<Response, PageError> {
    view.accounts().enable(id, &by).await?;
    done(&view, id, "done-enabled").await
}

/// Forget the failures that were counted against an account, so that its owner can try again at once.
#[utoipa::path(post, path = "/admin/users/{id}/unlock", operation_id = "unlock_user", tag = "administration",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 204, description = "The failures are forgotten"), Changes, Administrators))]
pub(super) async fn unlock(
    Administrator { by, .. }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
) -> Result<Response, PageError> {
    view.accounts().forget_failures(id, &by).await?;
    done(&view, id, "done-unlocked").await
}

/// Delete an account, with all that belongs to it. Not the last administrator's.
#[utoipa::path(post, path = "/admin/users/{id}/delete", operation_id = "delete_user", tag = "administration",
    params(("id" = String, Path, description = "The account's id")), request_body = TypedName,
    responses((status = 204, description = "There is no such account any more"), Changes, Administrators, Forms))]
pub(super) async fn delete(
    Administrator { account, by }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
    Input(form): Input<TypedName>,
) -> Result<Response, PageError> {
    let user = find(&view, id).await?;
    if let Some(refusal) = form.refusal(&user.name) {
        let values = context! { name => form.name };
        return refuse(&view, id, refusal, values).await;
    }
    match view.accounts().delete(id, &by).await {
        Ok(()) if id == account.id => out(&view).await,
        Ok(()) => {
            let flash = Some("done-deleted");
            view.done(USERS, flash, StatusCode::NO_CONTENT).await
        }
        Err(error) => unless_refused(&view, id, error, None).await,
    }
}

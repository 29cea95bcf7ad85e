use axum::response::Response;
use http::StatusCode;
use minijinja::context;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::{Refusal, Words};
use super::format::{Format, Input};
use super::openapi::{Anybody, Forms, Owners};
use super::sessions::unless_fresh;
use super::{PageError, Templates, site};
use crate::accounts::{Account, Accounts};
use crate::web::{CurrentUser, FreshUser};

/// The end of an account.
#[derive(Deserialize, ToSchema)]
pub(super) struct Farewell {
    /// Your name, so that nothing is deleted by mistake.
    #[serde(default)]
    name: Option<String>,
}

/// The first of two questions.
pub(super) async fn form(_: FreshUser<Account>, view: Templates) -> Result<Response, PageError> {
    view.render("delete.html", context! { is_asked_again => false })
        .await
}

/// Delete your account, with all that belongs to it. Needs a fresh login.
#[utoipa::path(post, path = "/account/delete", operation_id = "delete_account", tag = "account", request_body = Farewell, responses(
    (status = 204, description = "There is no such account any more"),
    Owners, Forms, Anybody,
))]
pub(super) async fn delete(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
    Input(form): Input<Farewell>,
) -> Result<Response, PageError> {
    if let Some(refused) = unless_fresh(&view, site::DELETE).await? {
        return Ok(refused);
    }
    let again = context! { is_asked_again => true };
    let name = match form.name {
        Some(name) => name,
        // The first page's button; a program is asked once, and has to say it.
        None if view.format == Format::Html => return view.render("delete.html", again).await,
        None => String::new(),
    };
    if Accounts::login_key(&name) != Accounts::login_key(&user.name) {
        let words = Words::new("refused-farewell");
        let refusal = Refusal::field("name", "not_your_name", words);
        let values = context! { values => context! { name }, ..again };
        return view.refuse(refusal, "delete.html", values).await;
    }
    let by = view.by().await?;
    view.accounts().delete(user.id, &by).await?;
    view.auth.logout_user().await?;
    view.done(site::LOGGED_OUT, None, StatusCode::NO_CONTENT)
        .await
}

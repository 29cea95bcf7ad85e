use axum::response::{Json, Response};
use minijinja::context;
use serde::Deserialize;
use utoipa::ToSchema;

use super::account::AccountDetails;
use super::answer::{FieldRefusal, Refusal, Words};
use super::format::Input;
use super::openapi::{Anybody, Forms, Owners};
use super::register::name_field;
use super::{PageError, Templates, site};
use crate::accounts::{Account, Renamed};
use crate::web::CurrentUser;

/// What is shown of somebody, and in which language he reads.
#[derive(Deserialize, ToSchema)]
pub(super) struct Profile {
    /// The name by which you log in, and that others see. At most 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// The language: one of those that the site has. Empty or missing: that of each browser.
    #[serde(default)]
    locale: Option<String>,
}

/// Name and language.
pub(super) async fn form(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
) -> Result<Response, PageError> {
    let values = context! { name => &user.name, locale => &user.locale };
    view.render("profile.html", context! { values }).await
}

/// Change name and language.
#[utoipa::path(post, path = "/account/profile", operation_id = "change_profile", tag = "account", request_body = Profile, responses(
    (status = 200, description = "Your account, changed", body = AccountDetails),
    Owners, Forms, Anybody,
))]
pub(super) async fn change(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
    Input(form): Input<Profile>,
) -> Result<Response, PageError> {
    let locale = form.locale.as_deref().filter(|tag| !tag.is_empty());
    let is_known = |tag| view.pages.engine().messages.tagged(tag).is_some();
    let mut refused = Vec::new();
    if !locale.is_none_or(is_known) {
        let words = Words::new("refused-locale");
        refused.push(FieldRefusal::new("locale", "unknown", words));
    }
    let by = view.by().await?;
    let accounts = view.accounts();
    // Nothing is changed unless all of it can be.
    if refused.is_empty() && form.name != user.name {
        match accounts.rename(user.id, &form.name, &by).await? {
            Renamed::Renamed(_) => {}
            Renamed::Refused(problem) => refused.push(name_field("name", problem)),
        }
    }
    if !refused.is_empty() {
        let values = context! { name => &form.name, locale };
        let refusal = Refusal::fields(refused);
        return view
            .refuse(refusal, "profile.html", context! { values })
            .await;
    }
    let account = accounts.change_locale(user.id, locale, &by).await?;
    let details = Json(AccountDetails::of(&account));
    view.done(site::PROFILE, Some("done-profile"), details)
        .await
}

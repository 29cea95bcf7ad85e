use axum::response::{IntoResponse, Json, Response};
use minijinja::context;
use serde::Serialize;
use utoipa::ToSchema;

use super::format::Format;
use super::openapi::{Members, Reading};
use super::{PageError, Templates, moment};
use crate::accounts::Account;
use crate::web::CurrentUser;

/// An account, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountDetails {
    /// The id: a UUID.
    #[schema(example = "0190163d-8694-739b-aea5-966c26f8ad91")]
    id: String,
    /// The name, as its owner writes it.
    #[schema(example = "Ada")]
    name: String,
    /// The e-mail address, where there is one.
    email: Option<String>,
    /// The language, where one was chosen.
    #[schema(example = "en")]
    locale: Option<String>,
    /// When the account was made (RFC 3339).
    #[schema(format = DateTime)]
    created_at: String,
    /// The roles.
    roles: Vec<String>,
}

impl AccountDetails {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            email: account.email.clone(),
            locale: account.locale.clone(),
            created_at: moment::iso(account.created_at),
            roles: account.roles().to_vec(),
        }
    }
}

/// Who is logged in.
#[utoipa::path(get, path = "/account", operation_id = "read_account", tag = "account", responses(
    (status = 200, description = "Your account", body = AccountDetails),
    Members, Reading,
))]
pub(super) async fn page(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
) -> Result<Response, PageError> {
    if view.format == Format::Json {
        return Ok(Json(AccountDetails::of(&user)).into_response());
    }
    let session = view.auth.current_session().await?;
    let sessions = view.accounts().sessions(user.id).await?;
    let values = context! {
        since => session.map(|session| session.created_at.as_millis()),
        sessions => sessions.len(),
        fresh => view.auth.login_fresh().await?,
    };
    view.render("account.html", values).await
}

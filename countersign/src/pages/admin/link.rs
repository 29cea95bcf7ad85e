//! Links that open something once. They are shown in the answer to the form that made them, and nowhere else: nothing keeps them, no
//! address of these pages has them in it, and when the page is left they are gone.

use std::time::Duration;

use axum::response::{IntoResponse, Json, Response};
use http::{StatusCode, header};
use minijinja::context;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::format::Format;
use super::super::openapi::{Administrators, Changes};
use super::super::{OneTimeLink, PageError, Templates, moment};
use super::Administrator;
use super::user::{AskedAccount, address_of, find, unless_refused};
use crate::accounts::PasswordLinkToken;

/// A link that opens something once.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkDetails {
    /// The link. It can't be shown again.
    #[schema(example = "https://example.com/invitation?token=…")]
    url: String,
    /// Until when it counts (RFC 3339).
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Make a link by which a user sets his password, once. An earlier one does not count any more.
#[utoipa::path(post, path = "/admin/users/{id}/password-link", operation_id = "make_password_link", tag = "administration",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 201, description = "The link", body = LinkDetails), Changes, Administrators))]
pub(super) async fn make(
    Administrator { by, .. }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
) -> Result<Response, PageError> {
    let user = find(&view, id).await?;
    let token = match view.accounts().make_password_link(id, &by).await {
        Ok(token) => token,
        Err(error) => return unless_refused(&view, id, error, None).await,
    };
    let link = view.password_link(&token);
    let back = address_of(id);
    let made = Made {
        title: "link-password-title",
        name: Some(&user.name),
        back: &back,
    };
    show(&view, link, PasswordLinkToken::LASTS, made).await
}

/// What a link is for.
pub(super) struct Made<'a> {
    /// The message that says so.
    pub(super) title: &'static str,
    /// For whom.
    pub(super) name: Option<&'a str>,
    /// The page to go back to.
    pub(super) back: &'a str,
}

/// Shows a link.
pub(super) async fn show(
    view: &Templates,
    link: OneTimeLink,
    lasts: Duration,
    made: Made<'_>,
) -> Result<Response, PageError> {
    let expires_at = view.accounts().now() + lasts;
    let status = StatusCode::CREATED;
    let mut response = match view.format {
        Format::Json => {
            let expires_at = moment::iso(expires_at);
            let url = link.reveal().to_owned();
            (status, Json(LinkDetails { url, expires_at })).into_response()
        }
        Format::Html => {
            let values = context! {
                url => link.reveal(),
                expires_at => expires_at.as_millis(),
                title => made.title,
                name => made.name,
                back => made.back,
            };
            view.page(status, "admin-link.html", values).await?
        }
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        header::HeaderValue::from_static("no-store"),
    );
    Ok(response)
}

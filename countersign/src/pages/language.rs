use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use minijinja::context;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::{Refusal, Words};
use super::format::{Format, Input};
use super::openapi::{Anybody, Forms};
use super::{PageError, Templates};
use crate::web::{SameSite, SetCookie};

/// A language.
#[derive(Deserialize, ToSchema)]
pub(super) struct Language {
    /// One of those that the site has.
    #[schema(example = "zh-Hans")]
    language: String,
}

/// Choose the language of this browser, and of the account if somebody is logged in. The answer sets a cookie.
#[utoipa::path(post, path = "/language", operation_id = "choose_language", tag = "language", request_body = Language, responses(
    (status = 204, description = "The language is chosen"),
    Forms, Anybody,
), security((), ("session" = [])))]
pub(super) async fn switch(
    view: Templates,
    Input(form): Input<Language>,
) -> Result<Response, PageError> {
    if view
        .pages
        .engine()
        .messages
        .tagged(&form.language)
        .is_none()
    {
        let words = Words::new("refused-locale");
        let refusal = Refusal::field("language", "unknown", words);
        return view.refuse(refusal, "home.html", context! {}).await;
    }
    if let Some(user) = view.auth.current_user().await? {
        let by = view.by().await?;
        let language = Some(form.language.as_str());
        view.accounts()
            .change_locale(user.id, language, &by)
            .await?;
    }
    let is_https = view.auth.site().is_secure();
    let cookie = SetCookie {
        name: cookie_name(is_https),
        value: &form.language,
        max_age: Some(KEPT),
        secure: is_https,
        same_site: SameSite::Lax,
    };
    let mut response = match view.format {
        Format::Html => view.auth.redirect_next("/").into_response(),
        Format::Json => StatusCode::NO_CONTENT.into_response(),
    };
    response.headers_mut().append(SET_COOKIE, cookie.header());
    Ok(response)
}

/// The name of the cookie that keeps the language.
pub(super) fn cookie_name(is_https: bool) -> &'static str {
    match is_https {
        true => "__Host-countersign-language",
        false => "countersign-language",
    }
}

/// As long as browsers keep any cookie: 400 days (RFC 6265bis, section 5.5).
const KEPT: Duration = Duration::from_secs(400 * 24 * 3_600);

use axum::extract::OriginalUri;
use axum::response::{IntoResponse, Json, Redirect, Response};
use http::StatusCode;
use minijinja::context;
use serde::Deserialize;
use utoipa::ToSchema;

use super::account::AccountDetails;
use super::answer::Refusal;
use super::format::{Format, Input};
use super::openapi::{Anybody, Forms, Members, Throttled};
use super::{PageError, Templates, site};
use crate::accounts::{Account, Accounts};
use crate::login::LoginError;
use crate::web::{CurrentUser, SignIn};

/// The password, once more.
#[derive(Deserialize, ToSchema)]
pub(super) struct Confirmation {
    /// The password, exactly as it was typed.
    password: String,
}

/// The login form. Whoever is logged in already is sent on.
pub(super) async fn form(view: Templates, uri: OriginalUri) -> Result<Response, PageError> {
    if view.auth.current_user().await?.is_some() {
        return Ok(view.auth.redirect_next(site::ACCOUNT).into_response());
    }
    let address = uri.path_and_query().map(|address| address.as_str());
    let values = context! {
        next => view.auth.next(),
        has_new_password => address == Some(site::LOGIN_WITH_NEW_PASSWORD),
    };
    view.render("login.html", values).await
}

/// Log in. The answer sets the session's cookie. An unknown name, a wrong password and a disabled account look the same.
#[utoipa::path(post, path = "/login", operation_id = "log_in", tag = "login", request_body = SignIn, responses(
    (status = 200, description = "You are logged in", body = AccountDetails),
    (status = 401, description = "This name and this password do not belong together", body = super::answer::ProblemDetails, content_type = "application/problem+json"),
    Forms, Throttled, Anybody,
), security(()))]
pub(super) async fn log_in(
    view: Templates,
    Input(form): Input<SignIn>,
) -> Result<Response, PageError> {
    let found = view.accounts().find_by_name(&form.username).await?;
    let key = Accounts::login_key(&form.username);
    let refusal = match view.auth.check(&key, found, &form.password).await {
        Ok(Some(account)) => {
            view.auth
                .login_user(&account)
                .remember(form.remember)
                .await?;
            return Ok(match view.format {
                Format::Html => view.auth.redirect_next(site::ACCOUNT).into_response(),
                Format::Json => Json(AccountDetails::of(&account)).into_response(),
            });
        }
        Ok(None) => Refusal::new(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            "refused-login",
        ),
        Err(LoginError::Throttled { retry_after }) => Refusal::throttled(retry_after),
        Err(error) => return Err(error.into()),
    };
    let values = context! {
        next => view.auth.next(),
        values => context! { username => &form.username },
        remember => form.remember,
    };
    view.refuse(refusal, "login.html", values).await
}

/// Log out. The session is dead when the answer comes.
#[utoipa::path(post, path = "/logout", operation_id = "log_out", tag = "login", responses(
    (status = 204, description = "Nobody is logged in by this cookie any more"),
    Anybody,
), security((), ("session" = [])))]
pub(super) async fn log_out(view: Templates) -> Result<Response, PageError> {
    view.auth.logout_user().await?;
    view.done(site::LOGGED_OUT, None, StatusCode::NO_CONTENT)
        .await
}

/// Where a logout leads.
pub(super) async fn logged_out(view: Templates) -> Result<Response, PageError> {
    match view.auth.current_user().await? {
        Some(_) => Ok(Redirect::to(site::ACCOUNT).into_response()),
        None => view.render("logged-out.html", context! {}).await,
    }
}

/// The password once more, before what hurts in the wrong hands.
pub(super) async fn confirm_form(
    _: CurrentUser<Account>,
    view: Templates,
) -> Result<Response, PageError> {
    let next = view.auth.next();
    view.render("confirm.html", context! { next }).await
}

/// Confirm the login with the password, so that it is fresh: what hurts in the wrong hands needs a proof of the last 15
/// minutes. The answer sets another cookie.
#[utoipa::path(post, path = "/confirm", operation_id = "confirm_login", tag = "login", request_body = Confirmation, responses(
    (status = 204, description = "The login is fresh"),
    Members, Forms, Throttled, Anybody,
))]
pub(super) async fn confirm(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
    Input(form): Input<Confirmation>,
) -> Result<Response, PageError> {
    let key = Accounts::login_key(&user.name);
    let refusal = match view.auth.check(&key, Some(&*user), &form.password).await {
        Ok(Some(_)) => {
            view.auth.confirm_login().await?;
            return Ok(match view.format {
                Format::Html => view.auth.redirect_next(site::ACCOUNT).into_response(),
                Format::Json => StatusCode::NO_CONTENT.into_response(),
            });
        }
        Ok(None) => wrong_password("password"),
        Err(LoginError::Throttled { retry_after }) => Refusal::throttled(retry_after),
        Err(error) => return Err(error.into()),
    };
    let next = view.auth.next();
    view.refuse(refusal, "confirm.html", context! { next })
        .await
}

/// What is told to somebody who is logged in and typed a password that is not his.
pub(super) fn wrong_password(field: &'static str) -> Refusal {
    let words = super::answer::Words::new("refused-password-wrong");
    Refusal::field(field, "wrong_password", words)
}

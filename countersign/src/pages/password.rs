use axum::response::Response;
use http::StatusCode;
use minijinja::{Value, context};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::Refusal;
use super::format::Input;
use super::login::wrong_password;
use super::openapi::{Anybody, Forms, Owners, Throttled};
use super::register::password_field;
use super::{PageError, Templates, site};
use crate::accounts::{Account, AccountError, PasswordChanged};
use crate::web::CurrentUser;

/// A change of the password.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPassword {
    /// The present password, exactly as it was typed.
    current_password: String,
    /// The new one. At least 15 characters, unless this site asks for another number.
    new_password: String,
}

/// The form for another password.
pub(super) async fn form(_: CurrentUser<Account>, view: Templates) -> Result<Response, PageError> {
    view.render("password.html", minimum(&view)).await
}

/// Change the password. All your other sessions are ended.
#[utoipa::path(post, path = "/account/password", operation_id = "change_password", tag = "account", request_body = NewPassword, responses(
    (status = 204, description = "The password is the new one"),
    Owners, Forms, Throttled, Anybody,
))]
pub(super) async fn change(
    CurrentUser(user): CurrentUser<Account>,
    view: Templates,
    Input(form): Input<NewPassword>,
) -> Result<Response, PageError> {
    let session = view.auth.current_session().await?;
    let keep = session.map(|session| session.id);
    let by = view.by().await?;
    let (current, new) = (&form.current_password, &form.new_password);
    let changed = view
        .accounts()
        .change_password(user.id, current, new, keep, &by)
        .await;
    let refusal = match changed {
        Ok(PasswordChanged::Changed(account)) => {
            view.auth.password_changed(&account).await?;
            let flash = Some("done-password");
            return view
                .done(site::ACCOUNT, flash, StatusCode::NO_CONTENT)
                .await;
        }
        Ok(PasswordChanged::WrongPassword) => wrong_password("current_password"),
        Ok(PasswordChanged::Refused(violation)) => {
            Refusal::fields(vec![password_field("new_password", &violation)])
        }
        Err(AccountError::Throttled { retry_after }) => Refusal::throttled(retry_after),
        Err(error) => return Err(error.into()),
    };
    view.refuse(refusal, "password.html", minimum(&view)).await
}

fn minimum(view: &Templates) -> Value {
    let minimum = view.accounts().password_policy_setting().minimum();
    context! { minimum }
}

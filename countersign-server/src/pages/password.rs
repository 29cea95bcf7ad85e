use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use countersign::{Auth, CurrentUser, LoginError};
use minijinja::context;
use serde::Deserialize;

use super::login::too_many_failures;
use super::register::{POLICY, SITE_NAME};
use super::{PageError, PageForm, page};
use crate::site::Site;
use crate::users::User;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct PasswordChange {
    current: String,
    new: String,
}

/// What is wrong with a change, field by field.
#[derive(Default)]
struct Complaints {
    current: Option<String>,
    new: Option<String>,
}

/// The form for another password.
pub(crate) async fn form(CurrentUser(user): CurrentUser<User>) -> Response {
    let values = context! { user => &user.name, minimum => POLICY.minimum() };
    page(StatusCode::OK, "password.html", values)
}

/// Sets another password, and ends all other sessions of the account.
pub(crate) async fn change(
    State(site): State<Site>,
    auth: Auth<User>,
    CurrentUser(user): CurrentUser<User>,
    PageForm(form): PageForm<PasswordChange>,
) -> Result<Response, PageError> {
    if let Some(complaint) = complaint_about(&form, &user) {
        let complaints = Complaints {
            new: Some(complaint),
            ..Complaints::default()
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(form_again(&user, status, &complaints));
    }
    match auth.check(&user.name, Some(&*user), &form.current).await {
        Ok(Some(_)) => {}
        Ok(None) => {
            let complaint = "this is not your present password".to_owned();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(wrong(&user, status, complaint));
        }
        Err(LoginError::Throttled { retry_after }) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Ok(wrong(&user, status, too_many_failures(retry_after)));
        }
        Err(error) => return Err(error.into()),
    }

    let hash = auth.hash_password(&form.new).await?;
    let Some(user) = site.users.change_password(&user, hash.as_ref()).await? else {
        // Another request was faster, and has ended this session too.
        return Ok(Redirect::to("/account").into_response());
    };
    auth.password_changed(&user).await?;
    let message = "Your password is changed, and all your other sessions are ended.";
    auth.session().flash("success", message).await?;
    Ok(Redirect::to("/account").into_response())
}

fn complaint_about(form: &PasswordChange, user: &User) -> Option<String> {
    let context = [user.name.as_str(), SITE_NAME];
    match POLICY.check(&form.new, &context) {
        Err(violation) => Some(violation.to_string()),
        Ok(()) if form.new == form.current => {
            Some("this is the same password again: choose another".to_owned())
        }
        Ok(()) => None,
    }
}

fn wrong(user: &User, status: StatusCode, complaint: String) -> Response {
    let complaints = Complaints {
        current: Some(complaint),
        ..Complaints::default()
    };
    form_again(user, status, &complaints)
}

fn form_again(user: &User, status: StatusCode, complaints: &Complaints) -> Response {
    let values = context! {
        user => &user.name,
        minimum => POLICY.minimum(),
        current_complaint => &complaints.current,
        new_complaint => &complaints.new,
    };
    page(status, "password.html", values)
}

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Redirect, Response};
use countersign::{Auth, CurrentUser, LoginError, SignIn};
use minijinja::context;

use super::{PageError, PageForm, page};
use crate::name::Name;
use crate::site::Site;
use crate::users::User;

/// The login form. Whoever is logged in already is sent on.
pub(crate) async fn form(auth: Auth<User>) -> Result<Response, PageError> {
    if auth.current_user().await?.is_some() {
        return Ok(auth.redirect_next("/account").into_response());
    }
    let values = context! { message => auth.login_message(), next => auth.next() };
    Ok(page(StatusCode::OK, "login.html", values))
}

/// What the login form sends.
pub(crate) async fn log_in(
    State(site): State<Site>,
    auth: Auth<User>,
    PageForm(form): PageForm<SignIn>,
) -> Result<Response, PageError> {
    let found = match Name::new(&form.username) {
        Ok(name) => site.users.named(&name).await?,
        Err(_) => None,
    };
    match auth.check(&form.username, found, &form.password).await {
        Ok(Some(user)) => {
            auth.login_user(&user).remember(form.remember).await?;
            Ok(auth.redirect_next("/account").into_response())
        }
        Ok(None) => {
            let complaint = "this name and this password do not belong together";
            let answer = form_again(&auth, &form, StatusCode::UNAUTHORIZED, complaint);
            // The same challenge as the library's; it opens no dialogue in any browser.
            Ok(([(WWW_AUTHENTICATE, "Cookie")], answer).into_response())
        }
        Err(LoginError::Throttled { retry_after }) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let answer = form_again(&auth, &form, status, &too_many_failures(retry_after));
            Ok(([(RETRY_AFTER, seconds(retry_after))], answer).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What the button on every page sends.
pub(crate) async fn log_out(auth: Auth<User>) -> Result<Redirect, PageError> {
    auth.logout_user().await?;
    Ok(Redirect::to("/logged-out"))
}

/// Where a logout leads.
pub(crate) async fn logged_out(user: Option<CurrentUser<User>>) -> Response {
    match user {
        Some(_) => Redirect::to("/").into_response(),
        None => page(StatusCode::OK, "logged-out.html", context! {}),
    }
}

fn form_again(auth: &Auth<User>, form: &SignIn, status: StatusCode, complaint: &str) -> Response {
    let values = context! {
        next => auth.next(),
        username => &form.username,
        remember => form.remember,
        complaint,
    };
    page(status, "login.html", values)
}

/// What to tell somebody after too many failures.
pub(super) fn too_many_failures(retry_after: Duration) -> String {
    let minutes = retry_after.as_secs().div_ceil(60).max(1);
    let plural = if minutes == 1 { "" } else { "s" };
    format!("there were too many failed logins: try again in {minutes} minute{plural}")
}

/// Rounded up: who comes when he was told to come must not be too early.
fn seconds(duration: Duration) -> String {
    (duration.as_secs() + 1).to_string()
}

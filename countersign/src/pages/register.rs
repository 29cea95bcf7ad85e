use axum::response::{IntoResponse, Json, Redirect, Response};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use minijinja::{Value, context};
use serde::Deserialize;
use utoipa::ToSchema;

use super::account::AccountDetails;
use super::answer::{FieldRefusal, Refusal, Words};
use super::format::{Format, Input};
use super::openapi::{Anybody, Forms};
use super::opened_link::OpenedLink;
use super::{PageError, Templates, invitation, site};
use crate::accounts::{
    Account, AccountError, AccountSettingError, Accounts, EmailProblem, NameProblem, NewAccount,
    Refusals, Registered, Registration,
};
use crate::password::PolicyViolation;

/// A new account.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewMember {
    /// The name by which you log in, and that others see. At most 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    username: String,
    /// The password, exactly as it was typed. At least 15 characters, unless this site asks for another number.
    password: String,
    /// The token of an invitation, where one is needed.
    #[serde(default)]
    invitation: Option<String>,
}

/// The form for a new account. Whoever is logged in already is sent on, and whoever was invited to the page of invitations.
pub(super) async fn form(
    view: Templates,
    headers: HeaderMap,
    query: Result<axum::extract::Query<Invited>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, PageError> {
    if let Some(token) = query.ok().and_then(|query| query.0.invitation) {
        return Ok(OpenedLink::Invitation.to_page(&view, &token));
    }
    if view.auth.current_user().await?.is_some() {
        return Ok(view.auth.redirect_next(site::ACCOUNT).into_response());
    }
    let registration = registration(view.accounts())?;
    if !view.accounts().may_register(None).await? {
        if OpenedLink::Invitation.carried(&view, &headers).is_some() {
            return Ok(Redirect::to(site::INVITATION).into_response());
        }
        let values = context! { by_invitation => registration == Registration::ByInvitation };
        let status = StatusCode::FORBIDDEN;
        return view.page(status, "registration-closed.html", values).await;
    }
    view.render("register.html", more(&view)).await
}

/// The query of an invitation's link, as it was made before invitations had a page of their own.
#[derive(Deserialize)]
pub(super) struct Invited {
    invitation: Option<String>,
}

/// Register. The answer sets the session's cookie: whoever registered is logged in.
#[utoipa::path(post, path = "/register", operation_id = "register", tag = "login", request_body = NewMember, responses(
    (status = 201, description = "The account was made, and you are logged in", body = AccountDetails,
        headers(("location" = String, description = "Where the account is"))),
    Forms, Anybody,
), security(()))]
pub(super) async fn register(
    view: Templates,
    Input(form): Input<NewMember>,
) -> Result<Response, PageError> {
    let locale = view.language().await?;
    let mut new = NewAccount::new(&form.username, &form.password);
    // An empty field of a form is none.
    new.invitation = form.invitation.as_deref().filter(|token| !token.is_empty());
    new.locale = Some(locale);
    let by = view.by().await?;
    let refusal = match view.accounts().register(new, &by).await? {
        Registered::Created(account) => {
            let key = Accounts::login_key(&account.name);
            view.auth
                .login_user(&account)
                .with_new_password(&key)
                .await?;
            return Ok(match view.format {
                Format::Html => to_first_page(&view, &account, new.invitation),
                Format::Json => {
                    let headers = [(LOCATION, site::ACCOUNT)];
                    let details = Json(AccountDetails::of(&account));
                    (StatusCode::CREATED, headers, details).into_response()
                }
            });
        }
        Registered::Refused(refusals) => Refusal::fields(fields(refusals)),
        Registered::NotInvited => {
            Refusal::new(StatusCode::FORBIDDEN, "not_invited", "refused-not-invited")
        }
        Registered::Closed => Refusal::new(
            StatusCode::FORBIDDEN,
            "registration_closed",
            "refused-registration-closed",
        ),
    };
    let values = context! { values => context! { username => &form.username } };
    match new.invitation {
        Some(token) if view.format == Format::Html => {
            let Some(invitation) = view.accounts().invitation(token).await? else {
                return OpenedLink::Invitation
                    .gone(&view, StatusCode::FORBIDDEN)
                    .await;
            };
            let values =
                context! { ..values, ..invitation::shown(&view, token, &invitation).await? };
            view.refuse(refusal, invitation::TEMPLATE, values).await
        }
        _ => {
            let values = context! { ..values, ..more(&view) };
            view.refuse(refusal, "register.html", values).await
        }
    }
}

/// Where somebody goes who has a new account.
fn to_first_page(view: &Templates, account: &Account, invitation: Option<&str>) -> Response {
    match invitation {
        None => view.auth.redirect_next(site::ACCOUNT).into_response(),
        Some(_) => {
            let response = Redirect::to(invitation::destination(account)).into_response();
            OpenedLink::Invitation.drop_token(response, view)
        }
    }
}

fn registration(accounts: &Accounts) -> Result<Registration, AccountError> {
    let setting = accounts.registration_setting();
    Ok(setting.ok_or(AccountSettingError::Registration)?)
}

fn more(view: &Templates) -> Value {
    let minimum = view.accounts().password_policy_setting().minimum();
    context! { next => view.auth.next(), minimum }
}

fn fields(refusals: Refusals) -> Vec<FieldRefusal> {
    let name = refusals.name.map(|problem| name_field("username", problem));
    let email = refusals.email.map(email_field);
    let password = refusals
        .password
        .map(|violation| password_field("password", &violation));
    [name, email, password].into_iter().flatten().collect()
}

pub(super) fn name_field(field: &'static str, problem: NameProblem) -> FieldRefusal {
    let (code, words) = match problem {
        NameProblem::Empty => ("empty", Words::new("refused-name-empty")),
        NameProblem::TooLong => (
            "too_long",
            Words::new("refused-name-too-long").with("limit", NameProblem::LIMIT),
        ),
        NameProblem::Character => ("character", Words::new("refused-name-character")),
        NameProblem::NoLetter => ("no_letter", Words::new("refused-name-no-letter")),
        NameProblem::Reserved => ("reserved", Words::new("refused-name-reserved")),
        NameProblem::Taken => ("taken", Words::new("refused-name-taken")),
    };
    FieldRefusal::new(field, code, words)
}

pub(super) fn email_field(problem: EmailProblem) -> FieldRefusal {
    let code = match problem {
        EmailProblem::TooLong => "too_long",
        EmailProblem::NotAnAddress => "not_an_address",
    };
    FieldRefusal::new("email", code, Words::new("refused-email"))
}

pub(super) fn password_field(field: &'static str, violation: &PolicyViolation) -> FieldRefusal {
    let (code, words) = match violation {
        PolicyViolation::TooShort { found, minimum } => (
            "too_short",
            Words::new("refused-password-too-short")
                .with("found", *found)
                .with("minimum", *minimum),
        ),
        PolicyViolation::TooLong { limit } => (
            "too_long",
            Words::new("refused-password-too-long").with("limit", *limit),
        ),
        PolicyViolation::Common => ("common", Words::new("refused-password-common")),
        PolicyViolation::AboutYou => ("about_you", Words::new("refused-password-about-you")),
    };
    FieldRefusal::new(field, code, words)
}

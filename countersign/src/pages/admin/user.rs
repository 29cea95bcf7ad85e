use std::cmp::Reverse;

use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Json, Response};
use http::StatusCode;
use http::request::Parts;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::answer::{Refusal, Words};
use super::super::format::{Format, Input};
use super::super::history::{self, SignInDetails};
use super::super::openapi::{Administrators, Bodies, Changes, Forms, Reading};
use super::super::sessions::{self, EndSession, SessionDetails};
use super::super::{PageError, Templates, site};
use super::audit::{AuditLine, lines};
use super::users::UserLine;
use super::{Administrator, USERS};
use crate::accounts::{
    ADMINISTRATOR, Account, AccountError, AccountId, AuditEvent, AuditFilter, SignInRecord,
};
use crate::session::{SessionId, SessionRecord};

/// The account whose id stands in the address, whether there is one or not.
pub(super) struct AskedAccount(pub(super) AccountId);

impl<S: Send + Sync> FromRequestParts<S> for AskedAccount {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let id = Path::<String>::from_request_parts(parts, state).await.ok();
        // What is no id can't be an account's either.
        match id.and_then(|Path(id)| id.parse().ok()) {
            Some(id) => Ok(Self(id)),
            None => Err(AccountError::NoSuchAccount.into()),
        }
    }
}

/// A user, with all that is known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserDetails {
    #[serde(flatten)]
    user: UserLine,
    /// Whether the e-mail address is known to be the owner's. Until then it is no more than what somebody typed.
    email_confirmed: bool,
    /// The language, where one was chosen.
    #[schema(example = "en")]
    locale: Option<String>,
    /// Where he is logged in.
    places: Vec<SessionDetails>,
    /// Who came in, and who failed to: the last 10 lines of 90 days.
    history: Vec<SignInDetails>,
    /// What was done to the account: the last 10 events.
    audit: Vec<AuditLine>,
}

/// A role.
#[derive(Deserialize, ToSchema)]
pub(super) struct Role {
    /// Its name: 1 to 64 bytes without white space.
    #[schema(min_length = 1, max_length = 64, example = "editor")]
    role: String,
}

/// One user.
#[utoipa::path(get, path = "/admin/users/{id}", operation_id = "read_user", tag = "administration",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 200, description = "The user", body = UserDetails), Changes, Administrators, Reading))]
pub(super) async fn page(
    view: Templates,
    AskedAccount(id): AskedAccount,
) -> Result<Response, PageError> {
    let known = Known::of(&view, id).await?;
    match view.format {
        Format::Json => Ok(Json(known.details()).into_response()),
        Format::Html => view.render(TEMPLATE, known.values(&view).await?).await,
    }
}

/// Give a user a role. It counts from his next request on.
#[utoipa::path(post, path = "/admin/users/{id}/grant-role", operation_id = "grant_role", tag = "administration",
    params(("id" = String, Path, description = "The account's id")), request_body = Role,
    responses((status = 204, description = "He has the role"), Changes, Administrators, Forms))]
pub(super) async fn grant_role(
    Administrator { by, .. }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
    Input(form): Input<Role>,
) -> Result<Response, PageError> {
    match view.accounts().grant_role(id, form.role.trim(), &by).await {
        Ok(_) => done(&view, id, "done-role-granted").await,
        Err(error) => unless_refused(&view, id, error, Some(&form.role)).await,
    }
}

/// Take a role away from a user. It counts from his next request on. The last administrator stays one.
#[utoipa::path(post, path = "/admin/users/{id}/revoke-role", operation_id = "revoke_role", tag = "administration",
    params(("id" = String, Path, description = "The account's id")), request_body = Role,
    responses((status = 204, description = "He has not got the role"), Changes, Administrators, Forms))]
pub(super) async fn revoke_role(
    Administrator { account, by }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
    Input(form): Input<Role>,
) -> Result<Response, PageError> {
    find(&view, id).await?;
    let revoked = view.accounts().revoke_role(id, form.role.trim(), &by).await;
    match revoked {
        // Nothing here is for him any more.
        Ok(_) if id == account.id && form.role == ADMINISTRATOR => {
            view.done(site::ACCOUNT, None, StatusCode::NO_CONTENT).await
        }
        Ok(_) => done(&view, id, "done-role-revoked").await,
        Err(error) => unless_refused(&view, id, error, None).await,
    }
}

/// End one session of a user.
#[utoipa::path(post, path = "/admin/users/{id}/end-session", operation_id = "end_session_of_user", tag = "administration",
    params(("id" = String, Path, description = "The account's id")), request_body = EndSession,
    responses((status = 204, description = "The session is ended"), Changes, Administrators, Bodies))]
pub(super) async fn end_session(
    Administrator { by, .. }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
    Input(form): Input<EndSession>,
) -> Result<Response, PageError> {
    find(&view, id).await?;
    super::sessions::end_one(&view, id, &form.session, &by, &address_of(id)).await
}

/// End all sessions of a user.
#[utoipa::path(post, path = "/admin/users/{id}/end-sessions", operation_id = "end_sessions_of_user", tag = "administration",
    params(("id" = String, Path, description = "The account's id")),
    responses((status = 204, description = "He is logged in nowhere"), Changes, Administrators))]
pub(super) async fn end_sessions(
    Administrator { account, by }: Administrator,
    view: Templates,
    AskedAccount(id): AskedAccount,
) -> Result<Response, PageError> {
    view.accounts().end_all_sessions(id, &by).await?;
    match id == account.id {
        true => out(&view).await,
        false => done(&view, id, "done-user-sessions").await,
    }
}

/// Back on the user's page.
pub(super) async fn done(
    view: &Templates,
    id: AccountId,
    flash: &'static str,
) -> Result<Response, PageError> {
    let page = address_of(id);
    view.done(&page, Some(flash), StatusCode::NO_CONTENT).await
}

/// For an administrator who ended his own login with what he did.
pub(super) async fn out(view: &Templates) -> Result<Response, PageError> {
    view.auth.logout_user().await?;
    let status = StatusCode::NO_CONTENT;
    view.done(site::LOGGED_OUT, None, status).await
}

/// Says on the user's page what can't be done, if it is something that an administrator can do differently.
pub(super) async fn unless_refused(
    view: &Templates,
    id: AccountId,
    error: AccountError,
    role: Option<&str>,
) -> Result<Response, PageError> {
    let status = StatusCode::CONFLICT;
    let refusal = match error {
        AccountError::LastAdministrator => {
            Refusal::new(status, "last_administrator", "refused-last-administrator")
        }
        AccountError::Disabled => Refusal::new(status, "disabled", "refused-disabled"),
        AccountError::RoleName => {
            Refusal::field("role", "role_name", Words::new("refused-role-name"))
        }
        error => return Err(error.into()),
    };
    refuse(view, id, refusal, context! { role }).await
}

/// The user's page again, with what is wrong.
pub(super) async fn refuse(
    view: &Templates,
    id: AccountId,
    refusal: Refusal,
    values: Value,
) -> Result<Response, PageError> {
    let values = match view.format {
        Format::Json => context! {},
        Format::Html => {
            let known = Known::of(view, id).await?;
            context! { values, ..known.values(view).await? }
        }
    };
    view.refuse(refusal, TEMPLATE, values).await
}

pub(super) async fn find(view: &Templates, id: AccountId) -> Result<Account, PageError> {
    let account = view.accounts().find(id).await?;
    Ok(account.ok_or(AccountError::NoSuchAccount)?)
}

pub(super) fn address_of(id: AccountId) -> String {
    format!("{USERS}/{id}")
}

/// All that is known of a user.
struct Known {
    account: Account,
    current: Option<SessionId>,
    sessions: Vec<SessionRecord>,
    history: Vec<SignInRecord>,
    events: Vec<AuditEvent>,
}

impl Known {
    async fn of(view: &Templates, id: AccountId) -> Result<Self, PageError> {
        let account = find(view, id).await?;
        let accounts = view.accounts();
        let mut sessions = accounts.sessions(id).await?;
        sessions.sort_by_key(|session| Reverse(session.last_seen_at));
        let filter = AuditFilter {
            account: Some(id),
            limit: LINES,
            ..AuditFilter::default()
        };
        Ok(Self {
            account,
            current: view.auth.current_session().await?.map(|session| session.id),
            sessions,
            history: accounts.sign_in_history(id, LINES).await?,
            events: accounts.audit(filter).await?,
        })
    }

    fn details(&self) -> UserDetails {
        let account = &self.account;
        let sessions = self.sessions.iter();
        UserDetails {
            user: UserLine::of(account, self.sessions.len() as u64),
            email_confirmed: account.email_confirmed_at.is_some(),
            locale: account.locale.clone(),
            places: sessions
                .map(|session| SessionDetails::of(session, self.current))
                .collect(),
            history: self.history.iter().map(SignInDetails::of).collect(),
            audit: self.events.iter().map(AuditLine::of).collect(),
        }
    }

    async fn values(&self, view: &Templates) -> Result<Value, PageError> {
        let account = &self.account;
        let session = |session| sessions::shown(session, self.current);
        Ok(context! {
            user => context! {
                id => account.id.to_string(),
                name => &account.name,
                email => &account.email,
                email_confirmed => account.email_confirmed_at.is_some(),
                locale => &account.locale,
                created_at => account.created_at.as_millis(),
                last_login_at => account.last_login_at.map(|at| at.as_millis()),
                is_active => account.is_active,
                roles => account.roles().to_vec(),
            },
            known_roles => view.accounts().roles().await?,
            sessions => self.sessions.iter().map(session).collect::<Vec<_>>(),
            history => self.history.iter().map(history::shown).collect::<Vec<_>>(),
            events => lines(view, &self.events).await?,
        })
    }
}

/// How much of the history and of the audit is shown.
const LINES: u32 = 10;

const TEMPLATE: &str = "admin-user.html";

use axum::response::{IntoResponse, Json, Response};
use http::StatusCode;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::answer::Refusal;
use super::super::format::{Format, Input};
use super::super::openapi::{Administrators, Bodies, Changes, Forms, Queries, Reading};
use super::super::sessions::{SessionDetails, shown};
use super::super::{PageError, Templates};
use super::query::{Asked, address, cursor};
use super::standing::TypedName;
use super::user::out;
use super::{Administrator, SESSIONS};
use crate::accounts::{AccountId, By, ListedSession, PageCursor, SessionQuery};
use crate::session::SessionId;
use crate::web::Problem;

/// Which sessions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SessionsAsked {
    /// Which page: `next` or `previous` of the page before.
    #[serde(default)]
    page: Option<String>,
}

/// A page of everybody's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionList {
    sessions: Vec<SessionOfUser>,
    /// How many there are on all pages.
    total: u64,
    /// The parameter `page` of the page before.
    previous: Option<String>,
    /// The parameter `page` of the page behind.
    next: Option<String>,
}

/// A session, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionOfUser {
    /// The id of the account.
    #[schema(example = "0190163d-8694-739b-aea5-966c26f8ad91")]
    user: String,
    /// The name of the account.
    #[schema(example = "Ada")]
    name: String,
    #[serde(flatten)]
    session: SessionDetails,
}

/// Which session of whom to end.
#[derive(Deserialize, ToSchema)]
pub(super) struct EndSessionOf {
    /// The id of the account.
    user: String,
    /// The session's name.
    session: String,
}

/// Where everybody is logged in, the latest first.
#[utoipa::path(get, path = "/admin/sessions", operation_id = "list_everybodys_sessions", tag = "administration", params(SessionsAsked), responses(
    (status = 200, description = "A page of sessions", body = SessionList),
    Queries, Administrators, Reading,
))]
pub(super) async fn page(
    view: Templates,
    Asked(asked): Asked<SessionsAsked>,
) -> Result<Response, PageError> {
    match cursor(&asked.page) {
        Ok(page) => show(&view, page).await,
        Err(refusal) => view.refuse(refusal, TEMPLATE, context! {}).await,
    }
}

/// End somebody's session.
#[utoipa::path(post, path = "/admin/sessions/end", operation_id = "end_somebodys_session", tag = "administration", request_body = EndSessionOf, responses(
    (status = 204, description = "The session is ended"),
    Changes, Administrators, Bodies,
))]
pub(super) async fn end(
    Administrator { by, .. }: Administrator,
    view: Templates,
    Input(form): Input<EndSessionOf>,
) -> Result<Response, PageError> {
    match form.user.parse() {
        Ok(user) => end_one(&view, user, &form.session, &by, SESSIONS).await,
        Err(_) => gone(&view, SESSIONS).await,
    }
}

/// End the sessions of everybody, yours among them.
#[utoipa::path(post, path = "/admin/sessions/end-all", operation_id = "end_all_sessions_of_everybody", tag = "administration", request_body = TypedName, responses(
    (status = 204, description = "Nobody is logged in any more"),
    Changes, Administrators, Forms,
))]
pub(super) async fn end_all(
    Administrator { account, by }: Administrator,
    view: Templates,
    Input(form): Input<TypedName>,
) -> Result<Response, PageError> {
    if let Some(refusal) = form.refusal(&account.name) {
        return refuse(&view, refusal, &form.name).await;
    }
    view.accounts().end_everything(&by).await?;
    out(&view).await
}

/// Ends one session of a user; the administrator's own as by a logout.
pub(super) async fn end_one(
    view: &Templates,
    user: AccountId,
    session: &str,
    by: &By,
    page: &str,
) -> Result<Response, PageError> {
    let current = view.auth.current_session().await?.map(|session| session.id);
    let Ok(session) = session.parse::<SessionId>() else {
        return gone(view, page).await;
    };
    if !view.accounts().end_session(user, session, by).await? {
        return gone(view, page).await;
    }
    if current == Some(session) {
        return out(view).await;
    }
    let flash = Some("done-session");
    view.done(page, flash, StatusCode::NO_CONTENT).await
}

async fn gone(view: &Templates, page: &str) -> Result<Response, PageError> {
    let detail = "there is no such session: it may have ended by itself";
    let problem = Problem::new(StatusCode::NOT_FOUND, "no_such_session", detail);
    view.done(page, Some("done-session-gone"), problem).await
}

async fn show(view: &Templates, page: Option<PageCursor>) -> Result<Response, PageError> {
    let query = SessionQuery {
        page,
        ..SessionQuery::default()
    };
    match view.format {
        Format::Json => list(view, &query).await,
        Format::Html => view.render(TEMPLATE, values(view, &query).await?).await,
    }
}

async fn refuse(view: &Templates, refusal: Refusal, name: &str) -> Result<Response, PageError> {
    let values = context! {
        values => context! { name },
        ..values(view, &SessionQuery::default()).await?
    };
    view.refuse(refusal, TEMPLATE, values).await
}

async fn list(view: &Templates, query: &SessionQuery) -> Result<Response, PageError> {
    let current = view.auth.current_session().await?.map(|session| session.id);
    let page = view.accounts().list_sessions(query).await?;
    let of_user = |listed: &ListedSession| SessionOfUser {
        user: listed.account.to_string(),
        name: listed.name.clone(),
        session: SessionDetails::of(&listed.session, current),
    };
    let list = SessionList {
        sessions: page.sessions.iter().map(of_user).collect(),
        total: page.total,
        previous: page.previous.as_ref().map(PageCursor::to_string),
        next: page.next.as_ref().map(PageCursor::to_string),
    };
    Ok(Json(list).into_response())
}

async fn values(view: &Templates, query: &SessionQuery) -> Result<Value, PageError> {
    let current = view.auth.current_session().await?.map(|session| session.id);
    let page = view.accounts().list_sessions(query).await?;
    let of_user = |listed: &ListedSession| {
        context! {
            user => listed.account.to_string(),
            name => &listed.name,
            ..shown(&listed.session, current)
        }
    };
    let way = |page: Option<&PageCursor>| {
        let page = page.map(PageCursor::to_string);
        page.map(|page| address(SESSIONS, &[("page", Some(&page))]))
    };
    Ok(context! {
        sessions => page.sessions.iter().map(of_user).collect::<Vec<_>>(),
        total => page.total,
        ways => context! {
            previous => way(page.previous.as_ref()),
            next => way(page.next.as_ref()),
        },
    })
}

const TEMPLATE: &str = "admin-sessions.html";

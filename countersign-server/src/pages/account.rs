use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use countersign::session::{SessionId, SessionRecord};
use countersign::{Auth, CurrentUser};
use minijinja::{Value, context};
use serde::Deserialize;

use super::{PageError, PageForm, moment, page};
use crate::users::User;

/// Which session to end.
#[derive(Deserialize)]
pub(crate) struct EndSession {
    session: String,
}

/// Who is logged in, since when, and where else.
pub(crate) async fn page_of_user(
    auth: Auth<User>,
    CurrentUser(user): CurrentUser<User>,
) -> Result<Response, PageError> {
    let this = auth.current_session().await?;
    let this_id = this.as_ref().map(|record| record.id);
    let mut sessions = auth.sessions().await?;
    sessions.reverse();
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|record| shown(record, this_id))
        .collect();
    let flashes = auth.session().flashes().await?;
    let messages: Vec<String> = flashes.into_iter().map(|flash| flash.message).collect();
    let values = context! {
        user => &user.name,
        registered => moment(user.created_at),
        logged_in => this.as_ref().map(|record| moment(record.created_at)),
        ends => this.as_ref().map(|record| moment(record.expires_at)),
        remembered => auth.login_remembered().await?,
        fresh => auth.login_fresh().await?,
        sessions,
        messages,
    };
    Ok(page(StatusCode::OK, "account.html", values))
}

/// Ends one of the user's sessions. Ending the present one is a logout.
pub(crate) async fn end_session(
    auth: Auth<User>,
    PageForm(form): PageForm<EndSession>,
) -> Result<Response, PageError> {
    let this_id = auth.current_session().await?.map(|record| record.id);
    // What is no session's name can't be a live session's either: there is nothing left to end.
    if let Ok(session) = form.session.parse::<SessionId>() {
        auth.end_session(session).await?;
        if this_id == Some(session) {
            return Ok(Redirect::to("/logged-out").into_response());
        }
    }
    Ok(Redirect::to("/account").into_response())
}

/// A session as the page shows it.
fn shown(record: &SessionRecord, this: Option<SessionId>) -> Value {
    let client = &record.client;
    context! {
        id => record.id.to_string(),
        is_this_one => this == Some(record.id),
        began => moment(record.created_at),
        last_seen => moment(record.last_seen_at),
        remembered => record.login.as_ref().is_some_and(|login| login.remembered),
        address => client.address.map(|address| address.to_string()),
        browser => client.user_agent.as_deref(),
    }
}

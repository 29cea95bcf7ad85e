use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts as _, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;

use super::layer::{in_place_of, problem_in};
use super::templates::Templates;
use super::{
    Pages, account, admin, asset, delete, headers, history, home, invitation, language, login,
    openapi, password, profile, register, sessions, set_password,
};
use crate::web::{Problem, wants_html};

/// The routes that an application merges.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(pages: &Pages) -> Router<S> {
    dressed(own_routes(), pages)
}

/// A site of nothing else.
pub(super) fn whole(pages: &Pages) -> Router {
    let routes = own_routes().route("/", get(home::page)).fallback(not_found);
    dressed(routes, pages).layer(pages.layer())
}

fn own_routes() -> Router<Pages> {
    Router::new()
        .route(REGISTER, get(register::form).post(register::register))
        .route(LOGIN, get(login::form).post(login::log_in))
        .route(INVITATION, get(invitation::page).post(invitation::accept))
        .route(
            SET_PASSWORD,
            get(set_password::form).post(set_password::set),
        )
        .route("/logout", post(login::log_out))
        .route(LOGGED_OUT, get(login::logged_out))
        .route(CONFIRM, get(login::confirm_form).post(login::confirm))
        .route(ACCOUNT, get(account::page))
        .route(PROFILE, get(profile::form).post(profile::change))
        .route(PASSWORD, get(password::form).post(password::change))
        .route(SESSIONS, get(sessions::page))
        .route("/account/sessions/end", post(sessions::end))
        .route("/account/sessions/end-others", post(sessions::end_others))
        .route("/account/history", get(history::page))
        .route(DELETE, get(delete::form).post(delete::delete))
        .route("/language", post(language::switch))
        .route("/countersign.css", get(asset::style))
        .route("/countersign.js", get(asset::script))
        .route("/countersign.svg", get(asset::icon))
        .route("/logged-out.svg", get(asset::farewell))
        .route("/openapi.json", get(openapi::document))
        .merge(admin::routes())
        .method_not_allowed_fallback(method_not_allowed)
}

fn dressed<S: Clone + Send + Sync + 'static>(routes: Router<Pages>, pages: &Pages) -> Router<S> {
    routes
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(pages.clone(), dress))
        .with_state(pages.clone())
}

/// Gives problems the looks of the pages, where a person reads them, and every answer its headers.
async fn dress(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(pages);
    let templates = match Templates::from_request_parts(&mut parts, &()).await {
        Ok(templates) => templates,
        Err(error) => return error.into_response(),
    };
    let is_read = wants_html(&parts.headers);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if is_read && let Some(problem) = problem_in(&response) {
        response = match templates.problem_page(&problem).await {
            Ok(page) => in_place_of(response, page),
            Err(error) => {
                tracing::error!(%error, "the page of a problem could not be made");
                response
            }
        };
    }
    // What lies around need not show it any more.
    response.extensions_mut().remove::<Problem>();
    headers::secure(response, templates.auth.site().is_secure())
}

/// For a path that leads nowhere.
async fn not_found() -> Problem {
    let detail = "there is nothing at this address";
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
}

/// For a path that is asked in a way it has no answer to.
async fn method_not_allowed() -> Problem {
    let detail = "this address takes no request of this method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

pub(super) const ACCOUNT: &str = "/account";
pub(super) const ADMIN: &str = "/admin";
pub(super) const CONFIRM: &str = "/confirm";
pub(super) const DELETE: &str = "/account/delete";
pub(super) const INVITATION: &str = "/invitation";
pub(super) const LOGGED_OUT: &str = "/logged-out";
pub(super) const LOGIN: &str = "/login";
/// The login form for somebody who has just set a password by a link.
pub(super) const LOGIN_WITH_NEW_PASSWORD: &str = "/login?password=set";
pub(super) const PASSWORD: &str = "/account/password";
pub(super) const PROFILE: &str = "/account/profile";
pub(super) const REGISTER: &str = "/register";
pub(super) const SESSIONS: &str = "/account/sessions";
pub(super) const SET_PASSWORD: &str = "/set-password";

/// The longest body, in bytes.
pub(super) const BODY_LIMIT: usize = 64 * 1024;

use axum::http::StatusCode;
use axum::response::Response;
use countersign::CurrentUser;
use minijinja::context;

use super::page;
use crate::users::User;

/// The start page.
pub(crate) async fn page_for_anybody(user: Option<CurrentUser<User>>) -> Response {
    let name = user.as_ref().map(|user| &user.name);
    page(StatusCode::OK, "home.html", context! { user => name })
}

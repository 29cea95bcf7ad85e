use axum::response::Response;
use minijinja::context;

use super::{PageError, Templates};

/// The start page of a site that has no other.
pub(super) async fn page(view: Templates) -> Result<Response, PageError> {
    view.render("home.html", context! {}).await
}

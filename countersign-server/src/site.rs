//! The site: which path leads where, and what lies around all of them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::routing::{get, post};
use countersign::clock::Clock;
use countersign::{LoginManager, login_required};
use tower_http::timeout::TimeoutLayer;

use crate::headers::add_security_headers;
use crate::pages::{account, assets, error_page, home, login, password, register};
use crate::users::{User, Users};

/// What the pages work with.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) users: Users,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Site {
    /// The whole site.
    pub(crate) fn router(self, manager: LoginManager<User>) -> Router {
        let private = Router::new()
            .route("/account", get(account::page_of_user))
            .route("/account/sessions/end", post(account::end_session))
            .route(
                "/account/password",
                get(password::form).post(password::change),
            )
            .layer(login_required::<User>());
        Router::new()
            .route("/", get(home::page_for_anybody))
            .route("/register", get(register::form).post(register::register))
            .route(LOGIN_VIEW, get(login::form).post(login::log_in))
            .route("/logout", post(login::log_out))
            .route("/logged-out", get(login::logged_out))
            .merge(private)
            .fallback(error_page::not_found)
            .method_not_allowed_fallback(error_page::method_not_allowed)
            .layer(manager)
            // Outside: the pages with which the manager refuses somebody need their looks.
            .route("/style.css", get(assets::style))
            .route("/icon.svg", get(assets::icon))
            .route("/logged-out.svg", get(assets::farewell))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(TimeoutLayer::with_status_code(
                StatusCode::REQUEST_TIMEOUT,
                DEADLINE,
            ))
            .layer(map_response(error_page::in_this_sites_looks))
            .layer(map_response(add_security_headers))
            .with_state(self)
    }
}

/// Where strangers are sent.
pub(crate) const LOGIN_VIEW: &str = "/login";

/// The longest body of a form, in bytes.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// How long a request may take, its body and the wait for the hashing of a password included.
const DEADLINE: Duration = Duration::from_secs(30);

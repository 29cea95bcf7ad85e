use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;

use crate::login::{AuthUser, Client, CookieChange, LoginError, LoginOptions, RequestLogin};
use crate::web::LoginManager;

/// Logs a user in without a password, and answers the name and the value of the cookie for his browser.
///
/// The login is fresh, not remembered, and belongs to a client without a `User-Agent`.
///
/// # Errors
/// When the user is not active, or the store fails.
pub async fn cookie_for<U: AuthUser>(
    manager: &LoginManager<U>,
    user: &U,
) -> Result<(String, String), LoginError> {
    log_in(manager, user, None).await
}

/// Logs a user in from a client with this `User-Agent`.
pub(super) async fn log_in<U: AuthUser>(
    manager: &LoginManager<U>,
    user: &U,
    user_agent: Option<HeaderValue>,
) -> Result<(String, String), LoginError> {
    let login = RequestLogin::new(
        Arc::clone(manager.login_settings()),
        TestClient { user_agent },
        None,
    );
    login.login_user(user, LoginOptions::default()).await?;
    let finished = login.finish(true).await;
    if let Some(error) = finished.refused {
        return Err(error);
    }
    let token = finished
        .cookies
        .into_iter()
        .find_map(|change| match change {
            CookieChange::SetSession { token, .. } => Some(token.reveal()),
            _ => None,
        });
    Ok((
        manager.session_cookie_name().to_owned(),
        token.expect("a login that was kept has a token"),
    ))
}

/// A client of which no more is known than its `User-Agent`.
#[derive(Debug)]
struct TestClient {
    user_agent: Option<HeaderValue>,
}

impl Client for TestClient {
    fn address(&self) -> Option<IpAddr> {
        None
    }

    fn network(&self) -> Option<IpAddr> {
        None
    }

    fn user_agent(&self) -> Option<&[u8]> {
        self.user_agent.as_ref().map(HeaderValue::as_bytes)
    }

    fn device(&self) -> Option<&str> {
        None
    }
}

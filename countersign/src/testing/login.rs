use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;

use crate::login::{
    AuthUser, Client, CookieChange, LoginError, LoginOptions, LoginSettings, RequestLogin,
    StoredLogin, network,
};
#[cfg(feature = "flask")]
use crate::login::{FlaskCookies, FlaskLogin};
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
    let nobody = TestClient {
        address: None,
        user_agent: None,
    };
    log_in(manager, user, nobody).await
}

/// Logs a user in from that client.
pub(super) async fn log_in<U: AuthUser>(
    manager: &LoginManager<U>,
    user: &U,
    client: TestClient,
) -> Result<(String, String), LoginError> {
    let login = login_of(manager.login_settings(), client);
    login.login_user(user, LoginOptions::default()).await?;
    let finished = login.finish(true).await;
    if let Some(error) = finished.refused {
        return Err(error);
    }
    let value = finished
        .cookies
        .into_iter()
        .find_map(|change| match change {
            CookieChange::SetSession { token, .. } => Some(token.reveal()),
            #[cfg(feature = "flask")]
            CookieChange::Flask(cookie) => cookie.value,
            _ => None,
        });
    Ok((
        manager.session_cookie_name().to_owned(),
        value.expect("a login that was kept has a cookie"),
    ))
}

/// The login of a request without cookies.
fn login_of(settings: &Arc<LoginSettings>, client: TestClient) -> RequestLogin<TestClient> {
    let settings = Arc::clone(settings);
    #[cfg(feature = "flask")]
    if let Some(flask) = settings.flask.clone() {
        let login = FlaskLogin::new(settings, flask, client, FlaskCookies::default());
        return RequestLogin::Flask(login);
    }
    RequestLogin::Stored(StoredLogin::new(settings, client, None))
}

/// A client of which no more is known than its address and its `User-Agent`.
#[derive(Debug)]
pub(super) struct TestClient {
    pub(super) address: Option<IpAddr>,
    pub(super) user_agent: Option<HeaderValue>,
}

impl Client for TestClient {
    fn address(&self) -> Option<IpAddr> {
        self.address
    }

    fn network(&self) -> Option<IpAddr> {
        self.address.map(network)
    }

    fn user_agent(&self) -> Option<&[u8]> {
        self.user_agent.as_ref().map(HeaderValue::as_bytes)
    }

    fn device(&self) -> Option<&str> {
        None
    }
}

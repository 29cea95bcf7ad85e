use std::net::IpAddr;

use countersign::Event;
use tracing::Span;
use tracing::field::display;

/// Logs what happens to logins. The names that people type stay out of it: some are passwords.
pub(super) fn log(event: &Event) {
    match event {
        Event::LoggedIn {
            user,
            session,
            remembered,
            ..
        } => {
            Span::current().record("user", user.as_str());
            let session = session.map(display);
            tracing::info!(%user, session, remembered, "logged in");
        }
        Event::LoggedOut {
            user: Some(user), ..
        } => tracing::info!(%user, "logged out"),
        Event::LoginFailed { address, .. } => {
            tracing::warn!(address = shown(*address), "a login failed");
        }
        Event::LoginThrottled { address, .. } => tracing::warn!(
            address = shown(*address),
            "a login was refused after too many failures"
        ),
        Event::LoginConfirmed { user, session } => {
            let session = session.map(display);
            tracing::info!(%user, session, "a login was confirmed");
        }
        Event::SessionEnded {
            user,
            session: Some(session),
        } => tracing::info!(%user, %session, "a session was ended"),
        Event::SessionEnded {
            user,
            session: None,
        } => tracing::info!(%user, "the other sessions were ended"),
        Event::AllSessionsEnded => tracing::warn!("the sessions of everybody were ended"),
        Event::SessionProtected { user, session, .. } => {
            let session = session.map(display);
            tracing::warn!(%user, session, "a session came from another kind of browser");
        }
        Event::Accessed { user: Some(user) } => {
            Span::current().record("user", user.as_str());
        }
        _ => {}
    }
}

/// An address, or a word for that nobody knows it.
pub(super) fn shown(address: Option<IpAddr>) -> String {
    address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
}

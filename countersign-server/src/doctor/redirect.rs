//! Whether who comes by plain http is sent to https.

use axum::http::header::LOCATION;

use super::client::{Question, Web};
use super::{Finding, Settings};
use crate::configuration::Configuration;

/// Asks at the port of plain http; `None` where there is none to ask at.
pub(super) async fn examine(
    web: &Web,
    configuration: &Configuration,
    settings: &Settings,
) -> Option<Finding> {
    let origin = web.origin()?;
    let host_and_port = origin.strip_prefix("https://")?;
    let (host, has_port) = host(host_and_port);
    let own = configuration
        .https
        .redirect_from
        .map(|address| address.port());
    let port = match settings.http_port.or(own.filter(|port| *port != 0)) {
        Some(port) => port,
        None if !has_port => 80,
        // Nobody comes by plain http to a site that is named by its port.
        None => return None,
    };
    let plain = format!("http://{host}:{port}");
    let to_do = format!(
        "Send browsers to {origin}: nginx's `return 301 {origin}$request_uri;` in a `server` that listens on port {port}; Caddy \
         does it by itself; this server with `https.redirect_from`."
    );
    Some(match web.ask_at(&plain, Question::get("/login")).await {
        Err(silence) => Finding::warning(
            CHECK,
            format!(
                "Nobody answers at {plain}, where people come who type the name alone: {silence}."
            ),
            to_do,
        ),
        Ok(reply) => {
            let location = reply.values(&LOCATION).first().cloned().unwrap_or_default();
            let leads = location.strip_prefix(origin);
            match leads {
                Some(rest) if reply.status.is_redirection() && is_end(rest) => {
                    Finding::ok(CHECK, format!("{plain} leads to {origin}."))
                }
                _ if reply.status.is_success() => Finding::mistake(
                    CHECK,
                    format!("{plain} serves pages without encryption."),
                    to_do,
                ),
                _ => Finding::mistake(
                    CHECK,
                    format!(
                        "{plain} does not lead to {origin} (status {}, Location `{}`).",
                        reply.status.as_u16(),
                        location.escape_debug()
                    ),
                    to_do,
                ),
            }
        }
    })
}

/// Whether the host ends here, and is no beginning of another's name.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', '?'])
}

/// The host, and whether a port follows it.
fn host(host_and_port: &str) -> (&str, bool) {
    match host_and_port.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, true),
        _ => (host_and_port, false),
    }
}

const CHECK: &str = "redirect";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_told_from_the_end_of_an_address() {
        assert_eq!(host("example.com"), ("example.com", false));
        assert_eq!(host("example.com:8443"), ("example.com", true));
        assert_eq!(host("[2001:db8::1]"), ("[2001:db8::1]", false));
        assert_eq!(host("[2001:db8::1]:8443"), ("[2001:db8::1]", true));
    }

    #[test]
    fn another_name_that_begins_alike_is_another() {
        assert!(is_end("/login") && is_end("") && is_end("?a"));
        assert!(!is_end(".evil.example/login"));
    }
}

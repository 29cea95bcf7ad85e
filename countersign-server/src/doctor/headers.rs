//! What tells browsers how to treat the pages: whether it arrives as the server sends it.

use std::net::{Ipv4Addr, SocketAddr};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{
    ACCEPT, CONTENT_LENGTH, DATE, HOST, LOCATION, STRICT_TRANSPORT_SECURITY, VARY,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use tower::ServiceExt as _;

use super::client::{Question, Reply};
use super::forwarding::FORGED_HOST;
use super::probe::Probe;
use super::{DoctorError, Finding};
use crate::configuration::Configuration;
use crate::site;

/// Compares the login page that arrives with the one that is made here.
pub(super) async fn examine(probe: &Probe<'_>) -> Result<Vec<Finding>, DoctorError> {
    let question = Question::get(LOGIN).header(ACCEPT, HTML);
    let reply = match probe.web.ask(question).await {
        Ok(reply) if reply.status == StatusCode::OK => reply,
        Ok(reply) => {
            return Ok(vec![no_page(&format!("with status {}", reply.status))]);
        }
        Err(silence) => return Ok(vec![no_page(&format!("not at all: {silence}"))]),
    };
    let expected = expected(probe).await?;
    let mut findings = vec![compare(&expected, &reply)];
    if probe.is_https() {
        findings.push(hsts(probe.configuration, &reply));
    }
    findings.extend(redirect(probe).await);
    Ok(findings)
}

/// The head of the login page, as this server would send it.
async fn expected(probe: &Probe<'_>) -> Result<HeaderMap, DoctorError> {
    let pages = site::pages(probe.accounts.clone(), probe.configuration, |manager| {
        manager
    });
    let app = pages.map_err(DoctorError::Pages)?.site();
    let host = probe.origin.rsplit('/').next().unwrap_or_default();
    let mut request = Request::get(LOGIN)
        .header(ACCEPT, HTML)
        .header(HOST, host)
        .body(Body::empty())
        .expect("the address of a page, and a host that was asked just now");
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    request.extensions_mut().insert(ConnectInfo(here));
    let Ok(response) = app.oneshot(request).await;
    Ok(response.into_parts().0.headers)
}

fn compare(expected: &HeaderMap, reply: &Reply) -> Finding {
    let names = expected.keys().filter(|name| !ITS_OWN.contains(name));
    let changed: Vec<_> = names
        .filter(|name| {
            let mut sent = expected.get_all(*name).iter();
            let mut came = reply.headers.get_all(*name).iter();
            !sent.by_ref().eq(came.by_ref())
        })
        .map(|name| change(name, reply))
        .collect();
    if changed.is_empty() {
        let found = "What protects the pages in browsers arrives as the server sends it.";
        return Finding::ok(HEADERS, found);
    }
    Finding::mistake(
        HEADERS,
        format!(
            "Something between here and the server changes the pages' headers: {}.",
            changed.join("; ")
        ),
        "Leave them as they are: in nginx no `proxy_hide_header`, `add_header`, `expires` or `more_set_headers` for them; in Caddy \
         no `header` and no `header_down`.",
    )
}

fn change(name: &HeaderName, reply: &Reply) -> String {
    let came = reply.values(name);
    match came.as_slice() {
        [] => format!("{name} is missing"),
        came => format!("{name} is `{}`", came.join("` and `").escape_debug()),
    }
}

/// Whether browsers are told to come by https only, once and as the configuration says (RFC 6797, section 8.1).
fn hsts(configuration: &Configuration, reply: &Reply) -> Finding {
    let wanted = format!("max-age={}", configuration.https.hsts.as_secs());
    let came = reply.values(&STRICT_TRANSPORT_SECURITY);
    let found = match came.as_slice() {
        [one] if *one == wanted => {
            return Finding::ok(HSTS, "Browsers are told to come by https only.");
        }
        [] => "Browsers are not told to come by https only: Strict-Transport-Security does not arrive.".to_owned(),
        came => format!(
            "Strict-Transport-Security arrives as `{}` and should be `{wanted}`.",
            came.join("` and `").escape_debug()
        ),
    };
    Finding::mistake(
        HSTS,
        found,
        "Leave that header to the server, which sends what `https.hsts` says: in nginx no `add_header` and no \
         `proxy_hide_header` for it; in Caddy no `header` and no `header_down`.",
    )
}

/// Whether a redirect stays on the site, whatever host a client names.
async fn redirect(probe: &Probe<'_>) -> Option<Finding> {
    let question = Question::get("/account")
        .header(ACCEPT, HTML)
        .header(X_FORWARDED_HOST, FORGED_HOST);
    let reply = probe.web.ask(question).await.ok()?;
    let location = reply.values(&LOCATION).first().cloned()?;
    let path = location.strip_prefix(probe.origin).unwrap_or(&location);
    let check = "pages.redirects";
    Some(match path.starts_with("/login") {
        true => Finding::ok(check, "Redirects stay on the site."),
        false => Finding::mistake(
            check,
            format!(
                "A redirect to the login page arrives as one to `{}`.",
                location.escape_debug()
            ),
            "Leave `Location` as it is: nginx's `proxy_redirect off;`, and no `header_down Location` in Caddy.",
        ),
    })
}

fn no_page(how: &str) -> Finding {
    Finding::mistake(
        HEADERS,
        format!("The login page was answered {how}."),
        "See in the logs of proxy and server what became of it.",
    )
}

const HEADERS: &str = "pages.headers";
const HSTS: &str = "pages.hsts";

const LOGIN: &str = "/login";
const HTML: &str = "text/html";
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What proxies may change, and what is another one for each answer.
const ITS_OWN: [HeaderName; 4] = [CONTENT_LENGTH, DATE, VARY, STRICT_TRANSPORT_SECURITY];

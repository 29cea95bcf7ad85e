//! Whether the server can tell its own forms from those of other sites.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, ORIGIN};

use super::client::{Question, Silence};
use super::forwarding::FORGED_HOST;
use super::probe::Probe;
use super::{DoctorError, Finding};

/// Posts an empty login form, as a page of another site and as one of this site would.
pub(super) async fn examine(probe: &Probe<'_>) -> Result<Finding, DoctorError> {
    let foreign = post(probe, &format!("https://{FORGED_HOST}")).await;
    let own = post(probe, probe.origin).await;
    let (foreign, own) = match (foreign, own) {
        (Ok(foreign), Ok(own)) => (foreign, own),
        (Err(silence), _) | (_, Err(silence)) => {
            return Ok(Finding::mistake(
                CHECK,
                format!("A form that was sent was not answered: {silence}."),
                "See in the logs of proxy and server what became of it.",
            ));
        }
    };
    let to_do = "Pass the header Origin on as it is: no `proxy_set_header Origin` in nginx, no `header_up Origin` in Caddy.";
    Ok(match (is_refused(foreign), is_refused(own)) {
        (_, true) => Finding::mistake(
            CHECK,
            format!(
                "The site's own forms are refused ({}): what their pages send as Origin does not reach the server as it is.",
                own.as_u16()
            ),
            to_do,
        ),
        (true, false) => Finding::ok(
            CHECK,
            "Forms of this site are taken, and those of other sites refused.",
        ),
        (false, false) => Finding::mistake(
            CHECK,
            format!(
                "A form of another site is not refused (status {}): its Origin does not reach the server.",
                foreign.as_u16()
            ),
            to_do,
        ),
    })
}

/// A site for this machine alone says that other pages are not its own by 421.
fn is_refused(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::FORBIDDEN | StatusCode::MISDIRECTED_REQUEST
    )
}

/// The form has no fields, so it is no try to log in.
async fn post(probe: &Probe<'_>, origin: &str) -> Result<StatusCode, Silence> {
    let question = Question::post("/login", Vec::new())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ORIGIN, origin);
    Ok(probe.web.ask(question).await?.status)
}

const CHECK: &str = "pages.origin";

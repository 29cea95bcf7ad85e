//! Whether somebody keeps pages that are only for those who asked for them.

use axum::http::HeaderName;
use axum::http::header::AGE;

use super::client::{Question, Reply};
use super::probe::Probe;
use super::{DoctorError, Finding, arrival, probe};

/// Asks for the same twice, and looks whether the server was asked both times.
pub(super) async fn examine(probe: &Probe<'_>) -> Result<Finding, DoctorError> {
    for _ in 0..2 {
        let answer = probe.ask(Question::get(arrival::PATH)).await?;
        if let Err(finding) = answer.told(CHECK) {
            return Ok(finding);
        }
    }
    // A page may be kept where what looks like a file of the server's is not.
    for _ in 0..2 {
        if let Ok(reply) = probe.web.ask(Question::get("/login")).await
            && was_kept(&reply)
        {
            return Ok(probe::kept(CHECK));
        }
    }
    Ok(Finding::ok(CHECK, "Nobody keeps answers of this site."))
}

/// Whether a cache says that the answer is its own (RFC 9111, section 5.1; RFC 9211; and what was usual before).
fn was_kept(reply: &Reply) -> bool {
    let says_hit = |name: &HeaderName| {
        let values = reply.values(name);
        values
            .iter()
            .any(|value| value.to_ascii_lowercase().contains("hit"))
    };
    !reply.values(&AGE).is_empty() || STATUS.iter().any(says_hit)
}

const CHECK: &str = "pages.cache";

const STATUS: [HeaderName; 4] = [
    HeaderName::from_static("cache-status"),
    HeaderName::from_static("x-cache"),
    HeaderName::from_static("x-cache-status"),
    HeaderName::from_static("cf-cache-status"),
];

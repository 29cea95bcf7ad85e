//! Whether as much reaches the server as it takes.

use super::client::Question;
use super::probe::{Answer, Probe, unheard_of};
use super::{DoctorError, Finding};

/// Sends as much as the server takes.
pub(super) async fn examine(probe: &Probe<'_>) -> Result<Finding, DoctorError> {
    let size = probe.configuration.limits.body_size.min(MOST);
    let answer = probe
        .ask(Question::post(&unheard_of(), vec![b'x'; size]))
        .await?;
    let to_do = "Let the proxy pass on what the server takes (`limits.body_size`): nginx's `client_max_body_size`, Caddy's \
                 `request_body max_size`.";
    if let Answer::Other(reply) = &answer {
        let status = reply.status.as_u16();
        let found =
            format!("A request of {size} bytes does not reach the server (status {status}).");
        return Ok(Finding::mistake(CHECK, found, to_do));
    }
    Ok(match answer.told(CHECK) {
        Ok(told) if told.arrival.body_size == size => Finding::ok(
            CHECK,
            format!("{size} bytes in a request reach the server."),
        ),
        Ok(told) => {
            let arrived = told.arrival.body_size;
            let found = format!("Of {size} bytes in a request {arrived} reach the server.");
            Finding::mistake(CHECK, found, to_do)
        }
        Err(finding) => finding,
    })
}

const CHECK: &str = "pages.body";

/// No form of a person is larger.
const MOST: usize = 8 << 20;

//! Whether the public URL leads to this very server, and what that server says of itself.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use serde_json::Value;

use super::arrival::{self, Arrival};
use super::client::{Reply, Silence};
use super::probe::{Answer, Probe, kept};
use super::{
    DoctorError, Finding, bodies, cache, certificate, clocks, cookies, headers, origin, proxy,
};

/// Asks the server, and, if it is there, all that can be asked of it.
pub(super) async fn examine(probe: &Probe<'_>) -> Result<Vec<Finding>, DoctorError> {
    let answer = probe.ask_with(&[]).await?;
    let (mut findings, is_trusted) = certificate::examine(probe);
    let told = match answer {
        Answer::Told(told) => told,
        Answer::Kept => {
            findings.push(kept(CHECK));
            return Ok(findings);
        }
        Answer::Other(reply) => {
            findings.push(somebody_else(probe, &reply));
            return Ok(findings);
        }
        Answer::Silence(_) if !is_trusted => {
            findings.push(not_asked());
            return Ok(findings);
        }
        Answer::Silence(silence) => {
            findings.push(nobody(probe, &silence));
            return Ok(findings);
        }
    };
    findings.push(Finding::ok(
        CHECK,
        format!(
            "{} leads to this server, by {:?}.",
            probe.origin, told.reply.version
        ),
    ));
    findings.push(version(&told.arrival));
    findings.push(settings(probe, &told.arrival));
    findings.extend(clocks::examine_answer(&told));
    findings.extend(proxy::examine(probe, &told).await?);
    findings.extend(headers::examine(probe).await?);
    findings.push(cookies::examine(probe).await?);
    findings.push(cache::examine(probe).await?);
    findings.push(origin::examine(probe).await?);
    findings.push(bodies::examine(probe).await?);
    Ok(findings)
}

/// A secret is sent to nobody whose certificate is not to be trusted.
fn not_asked() -> Finding {
    Finding::warning(
        CHECK,
        "The server was asked nothing, because of its certificate.",
        "Mend that first, and run this again.",
    )
}

fn somebody_else(probe: &Probe<'_>, reply: &Reply) -> Finding {
    let (origin, status) = (probe.origin, reply.status);
    match status {
        StatusCode::MISDIRECTED_REQUEST => Finding::mistake(
            CHECK,
            format!("The server behind {origin} refuses requests that come as this one did (421)."),
            "Its log names the address that the connection came from: if that is the proxy's, add it to `proxy.trusted`. \
             If there is no `public_url` in the configuration that the server was started with, set it.",
        ),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Finding::mistake(
                CHECK,
                format!("A proxy answers at {origin}, and finds no server behind it ({status})."),
                format!(
                    "Start the server, and see that the proxy passes requests to where it listens: `proxy_pass http://{0};` \
                     in nginx, `reverse_proxy {0}` in Caddy.",
                    probe.configuration.listen
                ),
            )
        }
        _ => {
            let leads = match reply.values(&LOCATION).first() {
                Some(location) if status.is_redirection() => format!(", and leads to {location}"),
                _ => String::new(),
            };
            Finding::mistake(
                CHECK,
                format!(
                    "Somebody answers at {origin}, but not this server on this database (status {}{leads}).",
                    status.as_u16()
                ),
                "Correct `public_url` and `data`, or what the proxy does with that name and port: nginx's `server_name`, \
                 `listen` and `proxy_pass`, Caddy's site address and `reverse_proxy`.",
            )
        }
    }
}

fn nobody(probe: &Probe<'_>, silence: &Silence) -> Finding {
    let host_and_port = probe.configuration.listen;
    let to_do = match probe.configuration.public_url {
        Some(_) => {
            "See that the name leads to this machine or its proxy, that they run, and that no firewall stands between.".to_owned()
        }
        None => format!("Start the server; it should listen on {host_and_port}."),
    };
    let found = format!("Nobody answers at {}: {silence}.", probe.origin);
    Finding::mistake(CHECK, found, to_do)
}

fn version(arrival: &Arrival) -> Finding {
    let (own, running) = (env!("CARGO_PKG_VERSION"), &arrival.version);
    match own == running {
        true => Finding::ok("server.version", format!("It runs version {own}.")),
        false => Finding::warning(
            "server.version",
            format!("The running server has version {running}, and this program {own}."),
            "Restart the server, so that the installed version runs.",
        ),
    }
}

/// Compares the settings of the running server with those that the doctor reads.
fn settings(probe: &Probe<'_>, arrival: &Arrival) -> Finding {
    let read = arrival::settings(probe.configuration);
    let keys = read.keys().chain(arrival.settings.keys());
    let mut differing: Vec<_> = keys
        .filter(|key| read.get(*key) != arrival.settings.get(*key))
        .collect();
    differing.sort();
    differing.dedup();
    if differing.is_empty() {
        let found = "The server runs with the configuration that was read here.";
        return Finding::ok("server.configuration", found);
    }
    let differences: Vec<_> = differing
        .iter()
        .map(|key| {
            let (running, read) = (shown(&arrival.settings, key), shown(&read, key));
            format!("{key} is {running} there and {read} here")
        })
        .collect();
    let found = format!(
        "The server was started with another configuration: {}.",
        differences.join("; ")
    );
    let to_do =
        "Restart the server; or give this command the same file (`--config`), variables and flags.";
    let decides = differing
        .iter()
        .any(|key| DECISIVE.iter().any(|start| key.starts_with(start)));
    match decides {
        true => Finding::mistake("server.configuration", found, to_do),
        false => Finding::warning("server.configuration", found, to_do),
    }
}

fn shown(settings: &BTreeMap<String, Value>, key: &str) -> String {
    let value = settings.get(key).filter(|value| !value.is_null());
    value.map_or_else(|| "not set".to_owned(), Value::to_string)
}

const CHECK: &str = "site";

/// The settings that decide who is believed, and who gets in.
const DECISIVE: [&str; 4] = ["public_url", "proxy.", "registration", "https."];

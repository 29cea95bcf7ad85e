//! What the proxy tells of its clients, and whether clients can tell it themselves.

use std::net::IpAddr;

use axum::http::HeaderName;

use super::arrival::Arrival;
use super::forwarding::{FORGED_HOST, ForwardingHeader};
use super::probe::{Probe, Told};
use super::{DoctorError, Finding};
use crate::configuration::Proxy;

/// Judges how an ordinary request arrived, and sends a forged one after it.
pub(super) async fn examine(probe: &Probe<'_>, told: &Told) -> Result<Vec<Finding>, DoctorError> {
    let arrival = &told.arrival;
    let Some(proxy) = &probe.configuration.proxy else {
        return Ok(vec![no_proxy(arrival)]);
    };
    let mut findings = vec![peer(arrival)];
    findings.push(client(proxy, arrival));
    findings.push(forged(probe, proxy).await?);
    findings.push(http_version(arrival));
    Ok(findings)
}

/// Without a named proxy, whoever connects is the client.
fn no_proxy(arrival: &Arrival) -> Finding {
    let headers: Vec<_> = arrival.forwarding.keys().map(String::as_str).collect();
    if headers.is_empty() {
        return Finding::ok("proxy", "No proxy stands before the server.");
    }
    Finding::mistake(
        "proxy",
        format!(
            "A proxy stands before the server ({} arrived), and the configuration names none: all clients look like that one \
             proxy, and one who guesses passwords locks all others out.",
            headers.join(", ")
        ),
        format!(
            "Set `proxy.trusted` to the proxy's address ({}).",
            shown(arrival.peer)
        ),
    )
}

fn peer(arrival: &Arrival) -> Finding {
    let peer = shown(arrival.peer);
    match arrival.is_from_trusted_proxy {
        true => {
            let host = arrival.host.as_deref().unwrap_or("none");
            let found = format!("Requests come through the proxy {peer}, for the host {host}.");
            Finding::ok("proxy.trusted", found)
        }
        false => Finding::mistake(
            "proxy.trusted",
            format!("Requests come from {peer}, which `proxy.trusted` does not name."),
            "If that is the proxy, add it to `proxy.trusted`. If it is not, have the public URL lead to the proxy.",
        ),
    }
}

/// Whether the proxy says who its client is.
fn client(proxy: &Proxy, arrival: &Arrival) -> Finding {
    let header = ForwardingHeader(&proxy.header);
    let lines = arrival.forwarding.get(&header.0.to_ascii_lowercase());
    let Some(nearest) = lines.and_then(|lines| header.nearest(lines)) else {
        return Finding::mistake(
            CLIENT,
            format!(
                "The proxy does not say who its client is: the header {} does not arrive, so all clients look like one.",
                header.0
            ),
            header.how_to_send(),
        );
    };
    match (header.address_in(nearest), arrival.client) {
        (Some(_), Some(client)) => Finding::ok(
            CLIENT,
            format!("A request from this machine arrives as one of {client}."),
        ),
        _ => Finding::mistake(
            CLIENT,
            format!(
                "The header {} arrives as `{}`, which names no client.",
                header.0,
                nearest.escape_debug()
            ),
            header.how_to_send(),
        ),
    }
}

/// Whether a client who says that he is somebody else is believed.
async fn forged(probe: &Probe<'_>, proxy: &Proxy) -> Result<Finding, DoctorError> {
    let header = ForwardingHeader(&proxy.header);
    let headers: Vec<_> = FORGED
        .iter()
        .map(|(name, address)| {
            let address = IpAddr::from(*address).to_string();
            (*name, ForwardingHeader(name).forged(&address))
        })
        .chain([
            ("x-forwarded-host", FORGED_HOST.to_owned()),
            ("x-forwarded-proto", "http".to_owned()),
        ])
        .collect();
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.as_str()))
        .collect();
    let told = match probe.ask_with(&headers).await?.told(FORGERY) {
        Ok(told) => told,
        Err(finding) => return Ok(finding),
    };
    let forged = forged_address(header);
    let lines = told.arrival.forwarding.get(&header.0.to_ascii_lowercase());
    let nearest = lines.and_then(|lines| header.nearest(lines));
    let nearest = nearest.and_then(|nearest| header.address_in(nearest));
    let passes_on = nearest == Some(forged);
    // Where this machine itself is a trusted proxy, the server is right to believe it.
    let own = told.reply.own_address();
    let is_trusted_here = own.is_some_and(|own| proxy.addresses.trusts(own));
    let is_believed = told.arrival.client == Some(forged) && !is_trusted_here;
    Ok(match passes_on || is_believed {
        true => Finding::mistake(
            FORGERY,
            format!(
                "Clients can make up where they come from: the proxy passes on what they write into {}. Who guesses passwords is \
                 never throttled, and the history shows what he likes.",
                header.0
            ),
            header.how_to_send(),
        ),
        false => Finding::ok(
            FORGERY,
            format!("What a client writes into {} is not believed.", header.0),
        ),
    })
}

fn http_version(arrival: &Arrival) -> Finding {
    let (check, found) = (
        "proxy.http",
        format!("The proxy speaks {} with the server.", arrival.http),
    );
    match arrival.http.as_str() {
        "HTTP/1.0" => Finding::warning(
            check,
            format!("{found} Each request needs a connection of its own."),
            "nginx before 1.29.7 needs `proxy_http_version 1.1;` and `proxy_set_header Connection \"\";`.",
        ),
        _ => Finding::ok(check, found),
    }
}

fn shown(address: Option<IpAddr>) -> String {
    address.map_or_else(|| "nobody knows where".to_owned(), |it| it.to_string())
}

/// The address that the doctor claims in this header.
fn forged_address(header: ForwardingHeader<'_>) -> IpAddr {
    let mut forged = FORGED.iter();
    let found = forged.find(|(name, _)| name.eq_ignore_ascii_case(header.0));
    found.map_or(FORGED[0].1, |(_, address)| *address).into()
}

const CLIENT: &str = "proxy.client";
const FORGERY: &str = "proxy.forgery";

/// Addresses that are nobody's (RFC 5737), one for each header, so that it is seen which one is believed.
const FORGED: [(&str, [u8; 4]); 3] = [
    ("x-forwarded-for", [192, 0, 2, 17]),
    ("forwarded", [192, 0, 2, 18]),
    ("x-real-ip", [192, 0, 2, 19]),
];

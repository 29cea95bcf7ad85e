//! How a request came to the running server. It tells nobody but the doctor, who proves that he may write to the database:
//! for all others there is nothing at this address.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Json, Response};
use countersign::ClientAddresses;
use countersign::accounts::Accounts;
use countersign::clock::{Clock as _, SystemClock};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::configuration::Configuration;

/// How a request came to the running server.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Arrival {
    /// The server's version.
    pub(crate) version: String,
    /// The server's clock: milliseconds since 1970.
    pub(crate) now: i64,
    /// Who connected.
    pub(crate) peer: Option<IpAddr>,
    pub(crate) is_from_trusted_proxy: bool,
    /// Whom the server takes for the client.
    pub(crate) client: Option<IpAddr>,
    /// The version of HTTP, such as `HTTP/1.1`.
    pub(crate) http: String,
    pub(crate) host: Option<String>,
    /// The lines of every header in which proxies tell something.
    pub(crate) forwarding: BTreeMap<String, Vec<String>>,
    /// The doctor's cookie.
    pub(crate) cookie: Option<String>,
    /// How many bytes the body had.
    pub(crate) body_size: usize,
    /// The settings with which the server was started; secrets are not shown.
    pub(crate) settings: BTreeMap<String, Value>,
}

/// Puts the answer before an application.
pub(crate) fn told_by(app: Router, accounts: &Accounts, configuration: &Configuration) -> Router {
    let witness = Witness {
        accounts: accounts.clone(),
        addresses: configuration.client_addresses(),
        body_limit: configuration.limits.body_size,
        settings: settings(configuration),
        is_https: configuration.is_https(),
    };
    app.layer(from_fn_with_state(Arc::new(witness), answer))
}

/// The settings as they are compared. The folder of data is not among them: its name may be said in many ways, and the
/// proof shows that it is the same.
pub(super) fn settings(configuration: &Configuration) -> BTreeMap<String, Value> {
    let effective = configuration.effective().iter();
    effective
        .filter(|effective| effective.key.path != "data")
        .map(|effective| {
            let (path, mut json) = effective.json();
            (path, json["value"].take())
        })
        .collect()
}

/// The doctor's cookie, as it is set: what login cookies have, and gone at once.
pub(super) fn set_cookie(value: &str, is_https: bool) -> String {
    let name = cookie_name(is_https);
    let secure = if is_https { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")
}

pub(super) const fn cookie_name(is_https: bool) -> &'static str {
    match is_https {
        true => "__Host-countersign-doctor",
        false => "countersign-doctor",
    }
}

/// What answers.
#[derive(Debug)]
struct Witness {
    accounts: Accounts,
    addresses: ClientAddresses,
    body_limit: usize,
    settings: BTreeMap<String, Value>,
    is_https: bool,
}

async fn answer(State(witness): State<Arc<Witness>>, request: Request, next: Next) -> Response {
    let is_for_witness =
        request.uri().path() == PATH && witness.knows_proof(request.headers()).await;
    match is_for_witness {
        true => witness.tell(request).await,
        false => next.run(request).await,
    }
}

impl Witness {
    async fn knows_proof(&self, headers: &HeaderMap) -> bool {
        let Some(proof) = text(headers, &PROOF) else {
            return false;
        };
        match self.accounts.use_proof(&proof).await {
            Ok(is_proof) => is_proof,
            Err(error) => {
                tracing::warn!(%error, "the doctor's proof could not be looked up");
                false
            }
        }
    }

    async fn tell(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, self.body_limit).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|peer| peer.0.ip().to_canonical());
        let headers = &parts.headers;
        let arrival = Arrival {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: SystemClock::new().now().as_millis(),
            peer,
            is_from_trusted_proxy: peer.is_some_and(|peer| self.addresses.trusts(peer)),
            client: self.addresses.client(peer, headers),
            http: format!("{:?}", parts.version),
            host: text(headers, &HOST).or_else(|| parts.uri.host().map(str::to_owned)),
            forwarding: forwarding(headers),
            cookie: self.cookie(headers),
            body_size: body.len(),
            settings: self.settings.clone(),
        };
        let cookie = arrival.cookie.as_deref();
        let cookie = cookie.map(|value| [(SET_COOKIE, set_cookie(value, self.is_https))]);
        ([(CACHE_CONTROL, "no-store")], cookie, Json(&arrival)).into_response()
    }

    /// The value of the doctor's cookie, which is made of letters and digits.
    fn cookie(&self, headers: &HeaderMap) -> Option<String> {
        let name = cookie_name(self.is_https);
        let lines = headers.get_all(COOKIE).iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(found, value)| {
                *found == name && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
            .map(|(_, value)| value.to_owned())
    }
}

fn forwarding(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let lines = |name: &&'static str| {
        let lines = headers.get_all(*name).iter();
        let lines: Vec<_> = lines
            .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
            .collect();
        (!lines.is_empty()).then(|| ((*name).to_owned(), lines))
    };
    FORWARDING.iter().filter_map(lines).collect()
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Where it is told (RFC 8615 keeps these addresses free of pages).
pub(super) const PATH: &str = "/.well-known/countersign/arrival";

/// The header that holds the proof. It is no address and no cookie, so that no log of a proxy keeps it.
pub(super) const PROOF: HeaderName = HeaderName::from_static("countersign-proof");

/// The headers in which proxies tell who asked, for what, and by which way.
const FORWARDING: [&str; 10] = [
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "cf-connecting-ip",
    "true-client-ip",
    "x-client-ip",
    "via",
];

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;
    use crate::configuration::{File, Sources};

    /// A site that says 404 to everything, behind a proxy at 10.0.0.1.
    async fn site(folder: &std::path::Path) -> (Router, Accounts) {
        let flags = [
            ("public_url", "https://login.example.com"),
            ("registration", "closed"),
            ("proxy.trusted", "10.0.0.1"),
            ("limits.body_size", "1KiB"),
        ];
        let flags = flags.map(|(key, value)| (key, value.to_owned()));
        let sources = Sources::new(flags, [], File::default());
        let configuration = Configuration::read(sources).unwrap();
        let accounts = Accounts::open(folder.join("a.db")).await.unwrap();
        let app = told_by(Router::new(), &accounts, &configuration);
        (app, accounts)
    }

    async fn asked(app: &Router, headers: &[(&str, &str)], body: usize) -> Response {
        let mut request = Request::post(PATH)
            .body(Body::from(vec![b'x'; body]))
            .unwrap();
        let peer: SocketAddr = "10.0.0.1:5000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        let Ok(response) = app.clone().oneshot(request).await;
        response
    }

    #[tokio::test]
    async fn it_is_told_once_to_who_may_write_to_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let (app, accounts) = site(folder.path()).await;
        let proof = accounts.make_proof().await.unwrap().reveal();
        let headers = [
            ("countersign-proof", &*proof),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-for", "192.0.2.2, 192.0.2.3"),
            ("cookie", "a=b; __Host-countersign-doctor=ab12"),
        ];
        let response = asked(&app, &headers, 10).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        assert_eq!(
            response.headers()[SET_COOKIE],
            "__Host-countersign-doctor=ab12; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
        );
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let arrival: Arrival = serde_json::from_slice(&body).unwrap();
        assert_eq!(arrival.peer, "10.0.0.1".parse().ok());
        assert!(arrival.is_from_trusted_proxy);
        assert_eq!(arrival.client, "192.0.2.3".parse().ok());
        let lines = &arrival.forwarding["x-forwarded-for"];
        assert_eq!(lines, &["192.0.2.1", "192.0.2.2, 192.0.2.3"]);
        assert_eq!(arrival.body_size, 10);
        assert_eq!(arrival.settings["registration"], "closed");
        assert!(!arrival.settings.contains_key("data"));

        let again = asked(&app, &headers, 0).await;
        assert_eq!(again.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn nobody_else_learns_that_there_is_something_to_be_told() {
        let folder = tempfile::tempdir().unwrap();
        let (app, _) = site(folder.path()).await;
        let unknown = "A".repeat(46);
        for proof in ["", "x", &unknown] {
            let response = asked(&app, &[("countersign-proof", proof)], 0).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND);
            assert!(!response.headers().contains_key(CACHE_CONTROL));
        }
    }

    #[tokio::test]
    async fn a_cookie_is_sent_back_as_it_is_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (app, accounts) = site(folder.path()).await;
        for cookie in [
            "countersign-doctor=a",
            "__Host-countersign-doctor=a b",
            "__Host-countersign-doctor=a\u{e9}",
            "",
        ] {
            let proof = accounts.make_proof().await.unwrap().reveal();
            let headers = [("countersign-proof", &*proof), ("cookie", cookie)];
            let response = asked(&app, &headers, 0).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert!(!response.headers().contains_key(SET_COOKIE), "{cookie}");
        }
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (app, accounts) = site(folder.path()).await;
        for (size, status) in [
            (1_024, StatusCode::OK),
            (1_025, StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let proof = accounts.make_proof().await.unwrap().reveal();
            let response = asked(&app, &[("countersign-proof", &proof)], size).await;
            assert_eq!(response.status(), status);
        }
    }
}

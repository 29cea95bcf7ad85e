use std::error::Error as _;
use std::fmt;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Version};
use reqwest::redirect::Policy;

use super::trust::{Shown, Verifier};
use super::{DoctorError, Settings};
use crate::cli::link;
use crate::configuration::Configuration;

/// The site, as it is reached from outside.
#[derive(Debug)]
pub(super) struct Web {
    client: reqwest::Client,
    verifier: Arc<Verifier>,
    /// Where it is; `None` when nobody knows.
    origin: Option<String>,
}

/// A request before it is sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Question {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// When it was sent and when its head had come, by this machine's clock.
    pub(super) asked_at: SystemTime,
    pub(super) answered_at: SystemTime,
    /// Who sent it.
    pub(super) remote: Option<SocketAddr>,
}

/// Why nothing came back: a sentence's end, such as "connection refused".
#[derive(Clone, Debug)]
pub(super) struct Silence(String);

impl Web {
    pub(super) fn new(
        configuration: &Configuration,
        settings: &Settings,
    ) -> Result<Self, DoctorError> {
        let verifier = Verifier::new(settings)?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(verifier.client())
            .redirect(Policy::none())
            .referer(false)
            // A proxy of this machine's users is none of the site's.
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            // Each request may meet another server, or another state of it.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("countersign-doctor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(DoctorError::Client)?;
        Ok(Self {
            client,
            verifier,
            origin: origin(configuration),
        })
    }

    /// Scheme, host and port, without a slash at the end.
    pub(super) fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The certificate that was shown last.
    pub(super) fn shown(&self) -> Option<Shown> {
        self.verifier.shown()
    }

    /// Asks the site.
    pub(super) async fn ask(&self, question: Question) -> Result<Reply, Silence> {
        let origin = self.origin.as_deref().unwrap_or_default();
        self.ask_at(origin, question).await
    }

    /// Asks somebody else.
    pub(super) async fn ask_at(&self, origin: &str, question: Question) -> Result<Reply, Silence> {
        let asked_at = SystemTime::now();
        let request = self
            .client
            .request(question.method, format!("{origin}{}", question.path))
            .headers(question.headers)
            .body(question.body);
        let mut response = request.send().await.map_err(Silence::new)?;
        let answered_at = SystemTime::now();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Silence::new)? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST {
                return Err(Silence("the answer has no end".to_owned()));
            }
        }
        Ok(Reply {
            status: response.status(),
            version: response.version(),
            headers: response.headers().clone(),
            body,
            asked_at,
            answered_at,
            remote: response.remote_addr(),
        })
    }
}

impl Question {
    pub(super) fn get(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn post(path: &str, body: Vec<u8>) -> Self {
        Self {
            method: Method::POST,
            body,
            ..Self::get(path)
        }
    }

    /// With a header whose value is visible ASCII.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        let value = value.parse().expect("the doctor's headers are visible");
        self.headers.append(name, value);
        self
    }
}

impl Reply {
    /// All values of a header, as texts.
    pub(super) fn values(&self, name: &HeaderName) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    /// The address of this machine from which the reply's sender is reached.
    pub(super) fn own_address(&self) -> Option<IpAddr> {
        let remote = self.remote?;
        let any: SocketAddr = match remote {
            SocketAddr::V4(_) => ([0; 4], 0).into(),
            SocketAddr::V6(_) => ([0; 16], 0).into(),
        };
        let socket = UdpSocket::bind(any).ok()?;
        // Nothing is sent: the system only says which way it would go.
        socket.connect(remote).ok()?;
        Some(socket.local_addr().ok()?.ip().to_canonical())
    }
}

impl Silence {
    fn new(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self(format!("it did not answer within {} s", WHOLE.as_secs()));
        }
        // The innermost cause is what the network or the other end says.
        let error = error.without_url();
        let mut cause = error.source();
        let mut text = error.to_string();
        while let Some(inner) = cause {
            text = inner.to_string();
            cause = inner.source();
        }
        Self(text)
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The public URL, or else where the server listens.
fn origin(configuration: &Configuration) -> Option<String> {
    let is_known = configuration.public_url.is_some() || configuration.listen.port() != 0;
    is_known.then(|| link::site(configuration).origin().to_owned())
}

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long an answer may take, its body included.
const WHOLE: Duration = Duration::from_secs(30);

/// The most bytes of an answer that are read: more than any page has.
const MOST: usize = 4 << 20;

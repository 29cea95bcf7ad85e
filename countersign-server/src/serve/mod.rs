//! How the server listens: connections, their limits and their encryption, from the first signal to the last.
//!
//! An accept loop of our own stands here, because the limits need what the ready-made ones don't give: a count of
//! connections for each client, and one deadline after another for each step of a connection.

mod accept;
mod activity;
mod connections;
mod error;
mod guard;
mod limits;
mod manager;
mod open_files;
mod places;
mod redirect;
mod refusal;
mod requests;
mod seldom;
mod signals;
mod stream;
mod tls;

pub(crate) use error::{ListenSetting, ServeError};
pub(crate) use guard::guarded;
pub(crate) use limits::Limits;
pub(crate) use signals::Signals;
pub(crate) use tls::{Acme, CertificateError, CertificateFiles};

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use countersign::ClientAddresses;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use accept::{Room, accept, lament};
use connections::Connections;
use places::Places;
use redirect::redirect_to;
use signals::Signal;
use tls::Tls;

/// How the server listens.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The address to listen on.
    pub(crate) listen: SocketAddr,
    /// Whether connections are encrypted, and by which certificate.
    pub(crate) transport: Transport,
    /// The address people type, such as `https://example.com`. Without it only this machine is served.
    pub(crate) public_url: Option<String>,
    /// A second address to listen on, without encryption, that sends everybody to the public URL. It needs one.
    pub(crate) redirect_from: Option<SocketAddr>,
    /// How long browsers shall come by https only, once they were here (RFC 6797); not at all, where it is `None`.
    pub(crate) hsts: Option<Duration>,
    /// The proxies that stand in front, if any do. Where connections are not encrypted and the public URL's are, nobody
    /// else may connect.
    pub(crate) proxies: Option<Arc<ClientAddresses>>,
    /// How much strangers may ask for.
    pub(crate) limits: Limits,
}

/// Whether connections are encrypted.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    /// They are not: the proxy does that, or all of it stays on this machine.
    Plain,
    /// By a certificate from files.
    Files(CertificateFiles),
    /// By a certificate that a certificate authority gives on its own.
    Acme(Acme),
}

impl Transport {
    /// Reads what the certificate needs, and keeps nothing of it. Answers what is no reason not to start, but to look at.
    pub(crate) fn rehearse(&self) -> Result<Vec<String>, CertificateError> {
        match self {
            Self::Plain => Ok(Vec::new()),
            Self::Files(files) => files.complaints_now(),
            Self::Acme(acme) => acme.check().map(|()| Vec::new()),
        }
    }
}

impl Settings {
    /// Whose connections are served, where not everybody's are.
    fn only_from(&self) -> Option<Arc<ClientAddresses>> {
        let is_plain = matches!(self.transport, Transport::Plain);
        let is_public = self
            .public_url
            .as_ref()
            .is_some_and(|url| url.starts_with("https:"));
        self.proxies.clone().filter(|_| is_plain && is_public)
    }
}

/// A server that has its addresses and its certificate, and serves nobody yet.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    redirect: Option<TcpListener>,
    tls: Option<Arc<Tls>>,
    settings: Settings,
}

impl Server {
    /// Takes the addresses and reads the certificate.
    pub(crate) async fn bind(settings: Settings) -> Result<Self, ServeError> {
        let listener = error::bind(settings.listen, ListenSetting::Listen).await?;
        let redirect = match settings.redirect_from {
            Some(address) => Some(error::bind(address, ListenSetting::RedirectFrom).await?),
            None => None,
        };
        let tls = match &settings.transport {
            Transport::Plain => None,
            Transport::Files(files) => Some(Tls::files(files.clone())?),
            Transport::Acme(acme) => Some(Tls::acme(acme.clone())?),
        };
        open_files::allow(settings.limits.connections);
        Ok(Self {
            listener,
            redirect,
            tls: tls.map(Arc::new),
            settings,
        })
    }

    /// The address that it listens on, with the port that the operating system chose where it was to choose.
    pub(crate) fn address(&self) -> Result<SocketAddr, ServeError> {
        self.listener.local_addr().map_err(ServeError::Address)
    }

    /// Serves an application until a signal says to stop, and then until all requests are answered or patience ends.
    /// `stopping` is called between the two.
    pub(crate) async fn serve(
        self,
        app: Router,
        mut signals: Signals,
        stopping: impl FnOnce(),
    ) -> Result<(), ServeError> {
        let limits = self.settings.limits;
        let (stop, stopped) = watch::channel(false);
        let (reload, asked) = watch::channel(0);
        let mut background = JoinSet::new();
        let mut listeners = JoinSet::new();
        let room = Room {
            all: Arc::new(Semaphore::new(limits.connections)),
            places: Places::new(
                limits.connections_per_client,
                self.settings.proxies.clone().unwrap_or_default(),
            ),
        };
        let acceptor = match &self.tls {
            Some(tls) => Some(tls.acceptor()?),
            None => None,
        };
        let connections = Connections::new(app, acceptor, limits, stopped.clone());
        listeners.spawn(accept(
            self.listener,
            Arc::new(connections),
            room.clone(),
            stopped.clone(),
        ));
        if let (Some(listener), Some(url)) = (self.redirect, &self.settings.public_url) {
            let app = guarded_redirect(url, &self.settings);
            let connections = Connections::new(app, None, limits, stopped.clone());
            listeners.spawn(accept(listener, Arc::new(connections), room, stopped));
        }
        if let Some(tls) = self.tls {
            background.spawn(async move { tls.keep_up_to_date(asked).await });
        }
        manager::ready();

        while signals.next().await == Signal::Reload {
            manager::reloading();
            tracing::info!("told to read again what can be read again");
            reload.send_modify(|count| *count += 1);
            manager::ready();
        }
        tracing::info!("stopping: no new requests, and those under way may finish");
        stopping();
        manager::stopping();
        stop.send_replace(true);
        let patience = tokio::time::sleep(limits.shutdown);
        tokio::select! {
            () = finish(&mut listeners) => {}
            () = patience => {
                tracing::warn!("some connections did not end in time and are cut off");
            }
            () = second(&mut signals) => {
                tracing::warn!("told to stop again: connections are cut off");
            }
        }
        Ok(())
    }
}

/// Serves an application beside the site, unencrypted, for the few who watch the server. It is held to deadlines and a count of
/// connections too: each connection is an open file, and whoever could hold any number of them would keep the site's visitors out. It
/// never ends; whoever drops it cuts everybody off.
pub(crate) async fn serve_watchers(listener: TcpListener, app: Router) {
    let limits = Limits::for_watchers();
    let room = Room {
        all: Arc::new(Semaphore::new(limits.connections)),
        places: Places::new(limits.connections_per_client, Arc::default()),
    };
    let (_stop, stopped) = watch::channel(false);
    let connections = Connections::new(app, None, limits, stopped.clone());
    accept(listener, Arc::new(connections), room, stopped).await;
}

/// The redirect is held to the same limits as all else. It is for everybody, and plain http knows no HSTS.
fn guarded_redirect(public_url: &str, settings: &Settings) -> Router {
    let settings = Settings {
        proxies: None,
        hsts: None,
        ..settings.clone()
    };
    guarded(redirect_to(public_url), &settings)
}

/// Ready when all connections are over.
async fn finish(listeners: &mut JoinSet<JoinSet<()>>) {
    while let Some(ended) = listeners.join_next().await {
        let Ok(mut connections) = ended else {
            continue;
        };
        while let Some(ended) = connections.join_next().await {
            lament(ended);
        }
    }
}

/// Ready when somebody asks a second time to stop.
async fn second(signals: &mut Signals) {
    while signals.next().await != Signal::Stop {}
}

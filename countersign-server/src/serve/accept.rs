use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinError, JoinSet};

use super::connections::Connections;
use super::places::Places;
use super::seldom::Seldom;

/// The room there is for connections, on all listeners together. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) all: Arc<Semaphore>,
    pub(super) places: Places,
}

/// Accepts connections until it is told to stop, and returns those that are not over yet.
pub(super) async fn accept(
    listener: TcpListener,
    connections: Arc<Connections>,
    room: Room,
    mut stop: watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let lines = Lines::default();
    loop {
        tokio::select! {
            biased;
            // An error means that the server has gone already.
            _ = stop.wait_for(|stop| *stop) => break,
            next = next(&listener, &room, &lines) => {
                let (stream, peer, held) = next;
                let connections = Arc::clone(&connections);
                tasks.spawn(async move {
                    connections.serve(stream, peer).await;
                    drop(held);
                });
            }
        }
        while let Some(ended) = tasks.try_join_next() {
            lament(ended);
        }
    }
    tasks
}

/// The next connection that there is room for. Those that there is none for wait in the operating system's queue.
async fn next(
    listener: &TcpListener,
    room: &Room,
    lines: &Lines,
) -> (TcpStream, SocketAddr, impl Send + 'static) {
    loop {
        if room.all.available_permits() == 0 && lines.full.is_time().is_some() {
            tracing::warn!(
                "there are as many connections as there may be (for the site: `limits.connections`); new ones wait"
            );
        }
        let all = Arc::clone(&room.all).acquire_owned().await;
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                recover(&error, lines).await;
                continue;
            }
        };
        let Some(place) = room.places.take(peer.ip()) else {
            if let Some(passed_over) = lines.greedy.is_time() {
                tracing::warn!(
                    client = %peer.ip().to_canonical(),
                    passed_over,
                    "a client has as many connections as it may have; further ones are closed"
                );
            }
            continue;
        };
        // Small answers go out at once. A peer that has gone meanwhile shows soon enough.
        drop(stream.set_nodelay(true));
        return (stream, peer, (all, place));
    }
}

/// A peer that went before it was accepted is no trouble. All else is: most often that no more files may be open, which
/// passes when other connections end. Trying again at once would only keep a processor busy.
async fn recover(error: &io::Error, lines: &Lines) {
    if matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    ) {
        return;
    }
    if let Some(passed_over) = lines.broken.is_time() {
        tracing::error!(%error, passed_over, "a connection can't be accepted; it is tried again");
    }
    tokio::time::sleep(PAUSE).await;
}

/// Tells of a connection that ended as none should.
pub(super) fn lament(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection ended in a panic");
    }
}

/// What is said seldom.
#[derive(Debug, Default)]
struct Lines {
    full: Seldom,
    greedy: Seldom,
    broken: Seldom,
}

const PAUSE: Duration = Duration::from_millis(500);

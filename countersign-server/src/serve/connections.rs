//! One connection, from its first byte to its last.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::activity::Activity;
use super::limits::{HEADERS, Limits, STREAMS};
use super::requests::Requests;
use super::stream::{Heard, Paced};
use super::tls::{ALPN_CHALLENGE, ALPN_HTTP2};

/// Serves the connections of one listener.
pub(super) struct Connections {
    app: Router,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    stop: watch::Receiver<bool>,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Connections {
    /// Connections for an application: encrypted, where there is an acceptor. They end when `stop` becomes true.
    pub(super) fn new(
        app: Router,
        tls: Option<TlsAcceptor>,
        limits: Limits,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            // We watch over it ourselves, because a connection may idle for longer than a head may take.
            .header_read_timeout(None)
            .max_header_size(limits.head_size as usize)
            .max_headers(HEADERS);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(limits.head_size)
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(limits.idle)
            .keep_alive_timeout(limits.head);
        Self {
            app,
            tls,
            limits,
            stop,
            http1,
            http2,
        }
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(&self, stream: TcpStream, peer: SocketAddr) {
        let ended = match &self.tls {
            None => self.http1(Paced::new(stream, self.limits.idle), peer).await,
            Some(tls) => self.encrypted(stream, tls, peer).await,
        };
        // Nothing that the operator could do anything about: clients come and go as they like.
        if let Err(error) = ended {
            tracing::debug!(%error, peer = %peer.ip(), "a connection broke");
        }
    }

    async fn encrypted(
        &self,
        stream: TcpStream,
        tls: &TlsAcceptor,
        peer: SocketAddr,
    ) -> io::Result<()> {
        let handshake = self.handshake(stream, tls);
        let Some(stream) = timeout(self.limits.head, handshake).await?? else {
            return Ok(());
        };
        match stream.get_ref().1.alpn_protocol() {
            // The certificate authority has seen in the handshake what it wanted to see (RFC 8737, section 3).
            Some(ALPN_CHALLENGE) => close(stream).await,
            Some(ALPN_HTTP2) => self.http2(stream, peer).await,
            _ => self.http1(stream, peer).await,
        }
    }

    /// `None` for somebody who does not speak TLS, and has been told that this is what is spoken here.
    async fn handshake(
        &self,
        stream: TcpStream,
        tls: &TlsAcceptor,
    ) -> io::Result<Option<TlsStream<Paced<TcpStream>>>> {
        let mut first = [0];
        let is_tls = stream.peek(&mut first).await? == 0 || first[0] == HANDSHAKE;
        let mut stream = Paced::new(stream, self.limits.idle);
        if is_tls {
            return tls.accept(stream).await.map(Some);
        }
        stream.write_all(PLAIN_HTTP).await?;
        close(stream).await?;
        Ok(None)
    }

    async fn http1<S>(&self, stream: S, peer: SocketAddr) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let activity = Activity::new();
        let stream = TokioIo::new(Heard::new(stream, activity.clone()));
        let requests = self.requests(peer, &activity);
        let mut connection = self.http1.serve_connection(stream, requests);
        let mut stop = Some(self.stop.clone());
        let is_too_late = loop {
            let deadline = activity.http1_deadline(&self.limits);
            tokio::select! {
                ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, peer = %peer.ip(), "a connection of HTTP/1 broke");
                    }
                    break false;
                }
                () = reached(deadline) => break true,
                () = activity.changed() => {}
                () = told(&mut stop) => std::pin::Pin::new(&mut connection).graceful_shutdown(),
            }
        };
        let is_in_a_head = activity.is_in_a_head();
        let mut stream = connection.into_parts().io.into_inner();
        if is_too_late && is_in_a_head {
            stream.write_all(TOO_SLOW).await?;
        }
        close(stream).await
    }

    async fn http2<S>(&self, stream: S, peer: SocketAddr) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let activity = Activity::new();
        let requests = self.requests(peer, &activity);
        let connection = self.http2.serve_connection(TokioIo::new(stream), requests);
        let mut connection = pin!(connection);
        let mut stop = Some(self.stop.clone());
        // Once we have said that we go (RFC 9113, section 6.8), the peer may finish what it reads.
        let mut end = None;
        loop {
            let deadline = activity.http2_deadline(&self.limits);
            tokio::select! {
                ended = connection.as_mut() => return ended.map_err(io::Error::other),
                () = reached(end) => return Err(io::ErrorKind::TimedOut.into()),
                () = reached(deadline), if end.is_none() => {
                    connection.as_mut().graceful_shutdown();
                    end = Some(Instant::now() + self.limits.idle);
                }
                () = activity.changed() => {}
                () = told(&mut stop) => connection.as_mut().graceful_shutdown(),
            }
        }
    }

    fn requests(&self, peer: SocketAddr, activity: &Activity) -> Requests {
        Requests {
            app: self.app.clone(),
            peer,
            activity: activity.clone(),
        }
    }
}

/// Ends a connection so that the peer gets what was sent to it last: what it still sends is read for a moment, because
/// bytes that nobody reads make the operating system take back what was not delivered yet.
async fn close(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let end = async {
        stream.shutdown().await?;
        let mut rest = (&mut stream).take(LINGERING_SIZE);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    timeout(LINGERING, end).await??;
    Ok(())
}

/// Ready at a moment, or never.
async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Ready once, when the server is told to stop.
async fn told(stop: &mut Option<watch::Receiver<bool>>) {
    match stop {
        // An error means that the server has gone already.
        Some(receiver) => drop(receiver.wait_for(|stop| *stop).await),
        None => std::future::pending().await,
    }
    *stop = None;
}

/// The first byte of a connection that speaks TLS (RFC 8446, section 5.1: the record of a handshake).
const HANDSHAKE: u8 = 22;

/// For somebody who speaks HTTP where TLS is spoken.
const PLAIN_HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 65\r\nConnection: close\r\n\r\nthis port speaks https: use an address that begins with https://\n";

/// For somebody whose head does not come to its end.
const TOO_SLOW: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// What is kept of an answer on one stream of HTTP/2 until its reader takes it, in bytes.
const SEND_BUFFER: usize = 64 * 1024;

/// How long a peer is listened to that does not stop sending, and how many bytes.
const LINGERING: Duration = Duration::from_secs(2);
const LINGERING_SIZE: u64 = 2 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use bytes::Bytes;
    use futures_util::{Stream, stream};
    use hyper::Request;
    use tokio::io::duplex;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_opens_no_window_of_http2_is_cut_off() {
        for path in ["/small", "/endless"] {
            let (connections, _stop) = connections();
            let (stream, peer) = duplex(100_000);
            let client = tokio::spawn(async move {
                let client = h2::client::Builder::new()
                    .initial_window_size(0)
                    .handshake::<_, Bytes>(peer);
                let (mut requests, connection) = client.await.unwrap();
                // It answers pings, and does all else that is asked of it.
                let connection = tokio::spawn(connection);
                let request = Request::get(format!("http://localhost{path}"));
                let (answer, _) = requests
                    .send_request(request.body(()).unwrap(), true)
                    .unwrap();
                let answer = answer.await.unwrap();
                drop(connection.await);
                answer.status()
            });
            let ended = connections.http2(stream, PEER).await;
            assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
            assert_eq!(client.await.unwrap(), 200, "{path}");
        }
    }

    #[tokio::test]
    async fn a_connection_of_http2_ends_in_peace_when_the_server_does() {
        let (connections, stop) = connections();
        let (stream, peer) = duplex(100_000);
        let served = tokio::spawn(async move { connections.http2(stream, PEER).await });
        let (mut requests, connection) = h2::client::handshake(peer).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = Request::get("http://localhost/small").body(()).unwrap();
        let (answer, _) = requests.send_request(request, true).unwrap();
        let answer = answer.await.unwrap();
        stop.send_replace(true);
        // What is under way when it is told to stop is read to its end.
        let mut body = answer.into_body();
        let bytes = body.data().await.unwrap().unwrap();
        assert_eq!(&bytes[..], b"hello");
        drop((body, requests));
        connection.await.unwrap().unwrap();
        served.await.unwrap().unwrap();
    }

    fn connections() -> (Connections, watch::Sender<bool>) {
        let app = Router::new()
            .route("/small", get(async || "hello"))
            .route("/endless", get(async || Body::from_stream(endless())));
        let (stop, stopped) = watch::channel(false);
        let connections = Connections::new(app, None, Limits::default(), stopped);
        (connections, stop)
    }

    fn endless() -> impl Stream<Item = io::Result<Bytes>> {
        stream::repeat_with(|| Ok(Bytes::from_static(&[0; 16_000])))
    }

    const PEER: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1);
}

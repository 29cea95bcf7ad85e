//! What stands between a socket and HTTP: it notices who does not read, and who has hung up.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;

/// A stream whose peer must read: 16 KiB of what waits for it in a time, or all of it.
#[derive(Debug)]
pub(super) struct Paced<S> {
    stream: S,
    patience: Duration,
    /// While the peer lets us wait: how long it may do so, and what it has read since that began.
    waiting: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            waiting: None,
        }
    }

    /// Looks at how an attempt to write ended.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: Poll<io::Result<T>>,
        length: impl FnOnce(&T) -> Progress,
    ) -> Poll<io::Result<T>> {
        match &attempt {
            Poll::Ready(Ok(done)) => {
                self.progress(length(done));
                attempt
            }
            Poll::Ready(Err(_)) => attempt,
            Poll::Pending => {
                let deadline = Instant::now() + self.patience;
                let (sleep, _) = self
                    .waiting
                    .get_or_insert_with(|| (Box::pin(sleep_until(deadline)), 0));
                ready!(sleep.as_mut().poll(cx));
                let sentence = "the peer does not read what it asked for";
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, sentence)))
            }
        }
    }

    fn progress(&mut self, progress: Progress) {
        let Some((_, read)) = &mut self.waiting else {
            return;
        };
        match progress {
            Progress::Bytes(length) => *read += length,
            Progress::All => self.waiting = None,
        }
        if matches!(self.waiting, Some((_, read)) if read >= LEAST_READ) {
            self.waiting = None;
        }
    }
}

enum Progress {
    Bytes(usize),
    All,
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(cx, bytes);
        let wanted = bytes.len();
        // What is taken whole leaves room for more.
        self.watch(cx, attempt, |length| match *length == wanted {
            true => Progress::All,
            false => Progress::Bytes(*length),
        })
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(cx, attempt, |()| Progress::Bytes(0))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(cx, attempt, |()| Progress::All)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(cx, buffers);
        let wanted = buffers.iter().map(|buffer| buffer.len()).sum::<usize>();
        self.watch(cx, attempt, |length| match *length == wanted {
            true => Progress::All,
            false => Progress::Bytes(*length),
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

pin_project! {
    /// A stream that tells what happens on it, and keeps the peer's end from HTTP while a request is under way that
    /// changes nothing.
    ///
    /// A peer that sends no more may have gone, or may wait for its answer (as `nc -N` does); the two look the same. A
    /// page is made for both. What changes something is given up, lest a login stay behind that nobody received.
    #[derive(Debug)]
    pub(super) struct Heard<S> {
        #[pin]
        stream: S,
        activity: Activity,
        has_ended: bool,
    }
}

impl<S> Heard<S> {
    pub(super) fn new(stream: S, activity: Activity) -> Self {
        Self {
            stream,
            activity,
            has_ended: false,
        }
    }
}

impl<S: AsyncRead> AsyncRead for Heard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        if !*this.has_ended {
            let before = buffer.filled().len();
            ready!(this.stream.poll_read(cx, buffer))?;
            if buffer.filled().len() > before || buffer.remaining() == 0 {
                this.activity.read();
                return Poll::Ready(Ok(()));
            }
            *this.has_ended = true;
        }
        match this.activity.hides_the_end(cx.waker()) {
            true => Poll::Pending,
            false => Poll::Ready(Ok(())),
        }
    }
}

impl<S: AsyncWrite> AsyncWrite for Heard<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let length = ready!(this.stream.poll_write(cx, bytes))?;
        this.activity.wrote();
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        let length = ready!(this.stream.poll_write_vectored(cx, buffers))?;
        this.activity.wrote();
        Poll::Ready(Ok(length))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// What a peer must read while we wait for it, in bytes. With a patience of a minute that is some 270 bytes a second.
const LEAST_READ: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn whoever_never_reads_is_given_up() {
        let (stream, _peer) = duplex(1_000);
        let error = Paced::new(stream, PATIENCE)
            .write_all(&[0; 10_000])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_a_byte_now_and_then_is_given_up() {
        let (stream, mut peer) = duplex(1_000);
        let reader = tokio::spawn(async move {
            while peer.read_u8().await.is_ok() {
                tokio::time::sleep(PATIENCE / 10).await;
            }
        });
        let error = Paced::new(stream, PATIENCE)
            .write_all(&[0; 10_000])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        reader.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_reads_slowly_but_steadily_gets_everything() {
        let (stream, mut peer) = duplex(1_000);
        let reader = tokio::spawn(async move {
            let mut piece = [0; 1_000];
            let mut read = 0;
            while let Ok(length @ 1..) = peer.read(&mut piece).await {
                read += length;
                tokio::time::sleep(PATIENCE / 100).await;
            }
            read
        });
        let mut stream = Paced::new(stream, PATIENCE);
        stream.write_all(&[0; 500_000]).await.unwrap();
        stream.shutdown().await.unwrap();
        drop(stream);
        assert_eq!(reader.await.unwrap(), 500_000);
    }

    #[tokio::test]
    async fn the_end_of_a_peer_shows_when_its_request_is_over() {
        let (stream, peer) = duplex(1_000);
        let activity = Activity::new();
        let mut stream = Heard::new(stream, activity.clone());
        let request = activity.begin(true);
        drop(peer);
        let mut buffer = [0; 1];
        let reading = stream.read(&mut buffer);
        tokio::pin!(reading);
        assert!(futures_util::poll!(&mut reading).is_pending());
        drop(request);
        assert_eq!(reading.await.unwrap(), 0);
    }
}

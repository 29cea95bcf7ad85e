use std::sync::LazyLock;

use tokio::sync::watch;
use tracing::Instrument as _;

/// Waits for what is carried out to its end although nobody asks for it any more: a logout, or another ending of sessions,
/// whose client went away. A server that stops calls it when it serves no more requests, and before it closes the
/// database.
pub async fn endings_carried_out() {
    let mut under_way = UNDER_WAY.subscribe();
    // The sender never goes.
    drop(under_way.wait_for(|count| *count == 0).await);
}

/// Carries something out to its end, also when the client goes away meanwhile and the request is dropped. For what takes
/// rights away: nobody may keep them by closing a connection.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    let counted = Counted::new();
    let work = async move {
        let done = work.await;
        drop(counted);
        done
    };
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and this future with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// One piece of work that is under way, until this value goes.
struct Counted;

impl Counted {
    fn new() -> Self {
        UNDER_WAY.send_modify(|count| *count += 1);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        UNDER_WAY.send_modify(|count| *count -= 1);
    }
}

/// How many pieces of work are under way in this process.
static UNDER_WAY: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_waited_for_at_the_end() {
        let (go, gone) = oneshot::channel::<()>();
        let (tell, mut told) = oneshot::channel();
        let work = to_its_end(async move {
            drop(gone.await);
            tell.send(()).expect("the test waits");
        });
        let dropped_half_way = timeout(Duration::ZERO, work).await;
        assert!(dropped_half_way.is_err());
        let waited = timeout(Duration::ZERO, endings_carried_out()).await;
        assert!(waited.is_err());
        go.send(()).unwrap();
        endings_carried_out().await;
        assert_eq!(told.try_recv(), Ok(()));
    }
}

use tracing::Instrument as _;

/// Carries something out to its end, also when the client goes away meanwhile and the request is dropped. For what takes
/// rights away: nobody may keep them by closing a connection.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and this future with it.
            Err(_) => std::future::pending().await,
        },
    }
}

//! Tells systemd, where it started this program, how things are (sd_notify(3)).

#[cfg(unix)]
use sd_notify::NotifyState;

/// The server answers.
pub(super) fn ready() {
    #[cfg(unix)]
    tell(&[NotifyState::Ready]);
}

/// The server reads again what can be read again; [`ready`] ends that.
pub(super) fn reloading() {
    #[cfg(unix)]
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "this machine has no monotonic clock"),
    }
}

/// The server has begun to stop.
pub(super) fn stopping() {
    #[cfg(unix)]
    tell(&[NotifyState::Stopping]);
}

#[cfg(unix)]
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "systemd could not be told how things are");
    }
}

//! What systemd is told, where it runs the process: ready, stopping, still alive.
//!
//! All of it does nothing where there is no `NOTIFY_SOCKET`.

use sd_notify::{NotifyState, notify};
use tokio_util::sync::CancellationToken;

/// The process serves.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The process stops.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells that the process is alive, twice as often as the unit's `WatchdogSec` demands.
pub async fn watchdog(cancel: CancellationToken) {
    let Some(period) = sd_notify::watchdog_enabled() else {
        return cancel.cancelled().await;
    };
    while cancel.run_until_cancelled(tokio::time::sleep(period / 2)).await.is_some() {
        tell(&[NotifyState::Watchdog]);
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = notify(state) {
        tracing::debug!(%error, "systemd was not told");
    }
}

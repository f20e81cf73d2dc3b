//! The record clock, moved by an offset that processes share through a file.
//!
//! For demonstrations and tests only (`clock.allow_offset`). The file holds one number, the milliseconds
//! by which the record clock runs ahead of the machine's; it may change at any time, and every process
//! that was started with it follows within a twentieth of a second. The machine clock is never moved.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kefu_kernel::ambient::{SystemClock, SystemEntropy};
use kefu_kernel::{Ambient, TimeSource, Timestamp};
use tokio_util::sync::CancellationToken;

/// How often the file is read.
const EVERY: Duration = Duration::from_millis(50);

/// A record clock that runs ahead by what a file says. Clones share it.
#[derive(Clone)]
pub struct OffsetClock {
    path: Arc<PathBuf>,
    offset: Arc<AtomicI64>,
}

impl OffsetClock {
    /// The clock that `path` moves; without such a file yet, it shows the machine's time.
    pub fn open(path: &Path) -> io::Result<Self> {
        let clock = Self { path: Arc::new(path.to_owned()), offset: Arc::default() };
        clock.read()?;
        Ok(clock)
    }

    /// Surroundings with this as their record clock.
    pub fn ambient(&self) -> Ambient {
        Ambient::new(Arc::new(self.clone()), Arc::new(SystemClock), Arc::new(SystemEntropy))
    }

    /// Follows the file until cancelled. A file that cannot be read leaves the clock as it is.
    pub async fn follow(self, cancel: CancellationToken) {
        let mut readable = true;
        while cancel.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            let read = self.read();
            if let (Err(error), true) = (&read, readable) {
                tracing::warn!(%error, file = %self.path.display(), "the clock file is not read");
            }
            readable = read.is_ok();
        }
    }

    fn read(&self) -> io::Result<()> {
        let text = match std::fs::read_to_string(&*self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => "0".into(),
            Err(error) => return Err(error),
        };
        let offset: i64 = text.trim().parse().map_err(io::Error::other)?;
        let before = self.offset.swap(offset, Ordering::Relaxed);
        if before != offset {
            tracing::info!(offset_ms = offset, "the record clock was moved");
        }
        Ok(())
    }
}

impl TimeSource for OffsetClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now().as_millis();
        Timestamp::from_millis(now.saturating_add(self.offset.load(Ordering::Relaxed)))
    }
}

/// Moves the record clock of every process that follows `path` to `ahead` of the machine's.
pub fn write_offset(path: &Path, ahead: Duration) -> io::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, ahead.as_millis().to_string())?;
    std::fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[tokio::test]
    async fn the_record_clock_follows_the_file_and_the_machine_clock_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clock");
        let clock = OffsetClock::open(&path).unwrap();
        let ambient = clock.ambient();
        assert!(ambient.now().since(ambient.machine_now()) < DAY);

        let cancel = CancellationToken::new();
        let moves = async {
            write_offset(&path, 3 * DAY).unwrap();
            while ambient.now().since(ambient.machine_now()) < 2 * DAY {
                tokio::task::yield_now().await;
            }
            std::fs::write(&path, "nonsense").unwrap();
            assert!(clock.read().is_err());
            assert!(ambient.now().since(ambient.machine_now()) > 2 * DAY);
            cancel.cancel();
        };
        tokio::join!(clock.clone().follow(cancel.clone()), moves);
    }
}

//! Named background tasks in groups, each with a rule for its end.
//!
//! This is the one place where background work is spawned. A [`Group`] is stopped as a whole, and the
//! groups in the order that [`crate::suite`] gives: what must finish last is stopped last. A task that
//! is [kept](Group::keep) starts again, with growing pauses, when it fails; a [vital](Group::vital)
//! one ends the process in good order.

use std::error::Error;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use kefu_telemetry::{KeyValue, metrics};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// An error of any task.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The first pause before a failed task starts again; each following one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A task that ran this long has recovered: its next pause is the first again.
const RECOVERED_AFTER: Duration = Duration::from_secs(60);

/// All tasks of a process.
#[derive(Clone)]
pub struct Tasks {
    shared: Arc<Shared>,
}

struct Shared {
    running: AtomicI64,
    failed: watch::Sender<Option<Failed>>,
}

/// A vital task that ended, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{task} ended: {reason}")]
pub struct Failed {
    /// The task's name.
    pub task: String,
    /// Its error with all causes, or that it panicked.
    pub reason: String,
}

/// Tasks that are stopped together.
pub struct Group {
    name: &'static str,
    cancel: CancellationToken,
    spawned: Mutex<Vec<(String, JoinHandle<()>)>>,
    shared: Arc<Shared>,
}

/// How a task may end: with nothing to say, or with a result.
pub trait Ending {
    /// The error that it ended with, where it did.
    fn error(self) -> Option<BoxError>;
}

impl Ending for () {
    fn error(self) -> Option<BoxError> {
        None
    }
}

impl<E: Into<BoxError>> Ending for Result<(), E> {
    fn error(self) -> Option<BoxError> {
        self.err().map(Into::into)
    }
}

impl Default for Tasks {
    fn default() -> Self {
        let shared = Shared { running: AtomicI64::new(0), failed: watch::Sender::new(None) };
        Self { shared: Arc::new(shared) }
    }
}

impl Tasks {
    /// A group that is not stopped yet.
    pub fn group(&self, name: &'static str) -> Group {
        Group {
            name,
            cancel: CancellationToken::new(),
            spawned: Mutex::default(),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Waits until a vital task has failed.
    pub async fn failed(&self) -> Failed {
        let mut failed = self.shared.failed.subscribe();
        let found = failed.wait_for(Option::is_some).await.map(|found| found.clone());
        found.ok().flatten().expect("the sender is held by self, and waited for until it is some")
    }
}

impl Group {
    /// Runs `make`'s work until the group stops. Where it fails, panics or ends before, it is made
    /// anew after a pause.
    pub fn keep<M, F>(&self, name: impl Into<String>, mut make: M)
    where
        M: FnMut(CancellationToken) -> F + Send + 'static,
        F: Future<Output: Ending> + Send + 'static,
    {
        let (name, cancel) = (name.into(), self.cancel.clone());
        let task = name.clone();
        self.launch(name, async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let begun = Instant::now();
                let end = run(make(cancel.clone())).await;
                if cancel.is_cancelled() {
                    return;
                }
                if begun.elapsed() >= RECOVERED_AFTER {
                    pause = FIRST_PAUSE;
                }
                tracing::error!(task, reason = end.reason, ?pause, "a task ended and starts again");
                let attributes =
                    [KeyValue::new("task", task.clone()), KeyValue::new("reason", end.kind)];
                metrics::TASK_RESTARTS.add(1, &attributes);
                if cancel.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                    return;
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
    }

    /// Runs `make`'s work until the group stops. Where it fails, panics or ends before, the process
    /// stops ([`Tasks::failed`]).
    pub fn vital<M, F>(&self, name: impl Into<String>, make: M)
    where
        M: FnOnce(CancellationToken) -> F,
        F: Future<Output: Ending> + Send + 'static,
    {
        let (name, cancel) = (name.into(), self.cancel.clone());
        let (task, shared) = (name.clone(), Arc::clone(&self.shared));
        let work = make(cancel.clone());
        self.launch(name, async move {
            let end = run(work).await;
            if !cancel.is_cancelled() {
                tracing::error!(task, reason = end.reason, "a task ended that must not");
                let failed = Failed { task, reason: end.reason };
                shared.failed.send_if_modified(|first| {
                    let news = first.is_none();
                    first.get_or_insert(failed);
                    news
                });
            }
        });
    }

    /// Asks all tasks to end, waits for them at most `within`, and ends the rest by force. Gives the
    /// names of those.
    pub async fn stop(&self, within: Duration) -> Vec<String> {
        let until = Instant::now() + within;
        self.cancel.cancel();
        let spawned = std::mem::take(&mut *self.lock());
        let mut forced = Vec::new();
        for (name, mut handle) in spawned {
            if tokio::time::timeout_at(until, &mut handle).await.is_err() {
                handle.abort();
                // Cancelled is what it is to be.
                let _ = handle.await;
                forced.push(name);
            }
        }
        if !forced.is_empty() {
            tracing::warn!(group = self.name, ?forced, "tasks were ended by force");
        }
        forced
    }

    fn launch(&self, name: String, work: impl Future<Output = ()> + Send + 'static) {
        // Not one of our own targets: a span that lasts as long as the process is no trace.
        let span = tracing::error_span!(target: "task", "task", name);
        let shared = Arc::clone(&self.shared);
        let counted = async move {
            let _running = Running::count(&shared);
            work.await;
        };
        #[expect(clippy::disallowed_methods, reason = "the one place where background work begins")]
        let handle = tokio::spawn(counted.instrument(span));
        self.lock().push((name, handle));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(String, JoinHandle<()>)>> {
        self.spawned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Group {
    /// A group that was not stopped leaves nothing running behind it.
    fn drop(&mut self) {
        self.cancel.cancel();
        for (_, handle) in self.lock().drain(..) {
            handle.abort();
        }
    }
}

/// How one run of a task ended.
struct End {
    kind: &'static str,
    reason: String,
}

async fn run(work: impl Future<Output: Ending>) -> End {
    match AssertUnwindSafe(work).catch_unwind().await {
        Err(_) => End { kind: "panic", reason: "it panicked".into() },
        Ok(ending) => match ending.error() {
            Some(error) => End { kind: "error", reason: with_causes(error.as_ref()) },
            None => End { kind: "end", reason: "it had nothing left to do".into() },
        },
    }
}

/// An error and its causes in one line.
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

/// Counts a running task for as long as it lives.
struct Running(Arc<Shared>);

impl Running {
    fn count(shared: &Arc<Shared>) -> Self {
        let running = shared.running.fetch_add(1, Ordering::Relaxed) + 1;
        metrics::TASK_RUNNING.set(running as f64, &[]);
        Self(Arc::clone(shared))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let running = self.0.running.fetch_sub(1, Ordering::Relaxed) - 1;
        metrics::TASK_RUNNING.set(running as f64, &[]);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_kept_task_starts_again_after_error_panic_and_end() {
        let group = Tasks::default().group("test");
        let (tell, mut told) = mpsc::unbounded_channel();
        let runs = AtomicU32::new(0);
        group.keep("three lives", move |cancel| {
            let run = runs.fetch_add(1, Ordering::Relaxed);
            let tell = tell.clone();
            async move {
                tell.send(run).unwrap();
                match run {
                    0 => Err(std::io::Error::other("first")),
                    1 => panic!("second"),
                    2 => Ok(()),
                    _ => {
                        cancel.cancelled().await;
                        Ok(())
                    }
                }
            }
        });
        for run in 0..4 {
            assert_eq!(told.recv().await, Some(run));
        }
        assert!(group.stop(Duration::from_secs(60)).await.is_empty());
    }

    #[tokio::test]
    async fn a_vital_task_that_fails_is_told_with_its_causes() {
        let tasks = Tasks::default();
        let group = tasks.group("test");
        group.vital("good", |cancel| async move { cancel.cancelled().await });
        group.vital("bad", |_| async {
            Err(anyhow::Error::from(std::io::Error::other("disk full")).context("cannot write"))
        });
        let failed = tasks.failed().await;
        assert_eq!(failed.to_string(), "bad ended: cannot write: disk full");
        group.stop(Duration::from_secs(60)).await;
    }

    #[tokio::test]
    async fn what_does_not_stop_is_ended_by_force_and_named() {
        let tasks = Tasks::default();
        let group = tasks.group("test");
        group.vital("obedient", |cancel| async move { cancel.cancelled().await });
        group.vital("deaf", |_| std::future::pending::<()>());
        assert_eq!(group.stop(Duration::from_millis(1)).await, ["deaf"]);
        assert_eq!(tasks.shared.running.load(Ordering::Relaxed), 0);
    }
}

//! The one place of this crate where tasks begin.

use std::future::Future;
use std::pin::Pin;

use hyper::rt::Executor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Runs `work` on its own task. Dropping the handle ends it at its next await.
pub(crate) fn spawn<F>(work: F) -> AbortOnDropHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    #[expect(
        clippy::disallowed_methods,
        reason = "one task per in-process call, ended by its caller"
    )]
    AbortOnDropHandle::new(tokio::spawn(work))
}

/// Runs the HTTP/2 streams of a connection, each on its own task, until the server gives them up.
#[derive(Clone)]
pub(crate) struct Streams {
    pub(crate) abort: CancellationToken,
}

impl<F> Executor<F> for Streams
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let abort = self.abort.clone();
        // Boxed: hyper's stream futures are large, and a task is moved when it is made.
        let stream: Pin<Box<dyn Future<Output = F::Output> + Send>> = Box::pin(stream);
        spawn(async move { abort.run_until_cancelled(stream).await.is_some() }).detach();
    }
}

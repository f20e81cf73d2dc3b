//! A request's body that can be sent again, to another replica, when the first one did not take it.
//!
//! What the transport has read of it is kept, up to a bound, until the reply begins. Two things are then
//! told apart: nothing was read (the call never left), and something was read (it left, and only the
//! server's word that it was not processed allows another try).

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

/// Bytes kept of a body; one that is longer is sent once only.
const KEPT_BYTES: usize = 256 * 1024;

/// One sending of a body.
pub(super) struct Replay {
    shared: Arc<Mutex<Shared>>,
    /// How many of the kept frames this sending has passed.
    passed: usize,
}

/// The sender's hold on the body, while it waits for the reply to begin.
pub(super) struct Hold(Arc<Mutex<Shared>>);

struct Shared {
    rest: Body,
    kept: Vec<Bytes>,
    kept_bytes: usize,
    /// Whether `kept` and `rest` are the whole body.
    whole: bool,
    /// Whether the present sending was begun.
    touched: bool,
    /// Whether the reply has not begun yet: only then is anything kept.
    waiting: bool,
}

impl Replay {
    pub(super) fn new(body: Body) -> (Self, Hold) {
        let shared = Arc::new(Mutex::new(Shared {
            rest: body,
            kept: Vec::new(),
            kept_bytes: 0,
            whole: true,
            touched: false,
            waiting: true,
        }));
        let hold = Hold(Arc::clone(&shared));
        (Self { shared, passed: 0 }, hold)
    }
}

impl Hold {
    /// Whether the transport has read anything of this sending.
    pub(super) fn was_read(&self) -> bool {
        lock(&self.0).touched
    }

    /// The body for another sending; none where not all of it is there any more.
    pub(super) fn again(&self) -> Option<Replay> {
        let mut shared = lock(&self.0);
        shared.touched = false;
        shared.whole.then(|| Replay { shared: Arc::clone(&self.0), passed: 0 })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.0).waiting = false;
    }
}

impl http_body::Body for Replay {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let mut shared = lock(&this.shared);
        shared.touched = true;
        if let Some(kept) = shared.kept.get(this.passed).cloned() {
            this.passed += 1;
            return Poll::Ready(Some(Ok(Frame::data(kept))));
        }
        if !shared.waiting {
            shared.kept.clear();
            this.passed = 0;
        }
        let frame = ready!(Pin::new(&mut shared.rest).poll_frame(cx));
        if let Some(read) = &frame {
            shared.keep(read.as_ref().ok().and_then(Frame::data_ref));
            this.passed = shared.kept.len();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        let shared = lock(&self.shared);
        self.passed >= shared.kept.len() && shared.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let shared = lock(&self.shared);
        match self.passed >= shared.kept.len() {
            true => shared.rest.size_hint(),
            false => SizeHint::default(),
        }
    }
}

impl Shared {
    /// Keeps what was read, while it may be needed again and there is room.
    fn keep(&mut self, data: Option<&Bytes>) {
        let room = KEPT_BYTES - self.kept_bytes;
        match data {
            Some(data) if self.waiting && self.whole && data.len() <= room => {
                self.kept_bytes += data.len();
                self.kept.push(data.clone());
            }
            _ => self.whole = false,
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    fn body(parts: &'static [&'static str]) -> Body {
        let frames = parts.iter().map(|part| Ok::<_, Status>(Frame::data(Bytes::from(*part))));
        Body::new(StreamBody::new(stream::iter(frames)))
    }

    async fn next(body: &mut Replay) -> Option<Bytes> {
        body.frame().await.map(|frame| frame.unwrap().into_data().unwrap())
    }

    #[tokio::test]
    async fn what_was_read_is_sent_again_before_the_rest() {
        let (mut first, hold) = Replay::new(body(&["a", "b", "c"]));
        assert!(!hold.was_read());
        assert_eq!(next(&mut first).await.unwrap(), "a");
        assert_eq!(next(&mut first).await.unwrap(), "b");
        assert!(hold.was_read());
        drop(first);
        let mut second = hold.again().unwrap();
        assert!(!hold.was_read(), "this time not yet");
        assert_eq!(next(&mut second).await.unwrap(), "a");
        drop(hold);
        let rest = second.collect().await.unwrap().to_bytes();
        assert_eq!(rest, "bc", "also after the reply has begun");
    }

    #[tokio::test]
    async fn a_body_over_the_bound_is_sent_once() {
        let large: &'static str = "x".repeat(KEPT_BYTES).leak();
        let (mut first, hold) = Replay::new(body(vec!["a", large].leak()));
        assert_eq!(next(&mut first).await.unwrap(), "a");
        assert!(hold.again().is_some());
        assert_eq!(next(&mut first).await.unwrap().len(), KEPT_BYTES);
        assert!(hold.was_read() && hold.again().is_none());
    }

    #[tokio::test]
    async fn nothing_is_kept_once_the_reply_has_begun() {
        let (mut first, hold) = Replay::new(body(&["a", "b"]));
        assert_eq!(next(&mut first).await.unwrap(), "a");
        drop(hold);
        assert_eq!(next(&mut first).await.unwrap(), "b");
        assert!(lock(&first.shared).kept.is_empty());
        assert_eq!(next(&mut first).await, None);
    }
}

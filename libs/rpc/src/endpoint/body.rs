//! The bodies of a call made: the reply under observation, and a request that can be sent again as
//! long as nobody has read it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::observe::Observation;

/// A reply; tells the observation how it ended.
pub(super) struct ObservedBody {
    inner: Body,
    observed: Observation,
}

impl ObservedBody {
    pub(super) fn new(inner: Body, observed: Observation) -> Self {
        Self { inner, observed }
    }
}

impl http_body::Body for ObservedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.inner).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    let status = Status::from_header_map(trailers);
                    this.observed.end(status.map_or(Code::Ok, |status| status.code()));
                }
            }
            Some(Err(status)) => this.observed.end(status.code()),
            None => this.observed.end(Code::Ok),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A request's body that its sender gets back if the transport failed before reading any of it: then
/// the other side has nothing, and the call may go elsewhere.
pub(super) struct Unread {
    shared: Arc<Mutex<Option<Body>>>,
    reading: Option<Body>,
}

/// The sender's hold on it.
pub(super) struct Hold(Arc<Mutex<Option<Body>>>);

impl Hold {
    /// The body, if it was never read.
    pub(super) fn take_back(&self) -> Option<Body> {
        lock(&self.0).take()
    }
}

impl Unread {
    pub(super) fn new(body: Body) -> (Self, Hold) {
        let shared = Arc::new(Mutex::new(Some(body)));
        let hold = Hold(Arc::clone(&shared));
        (Self { shared, reading: None }, hold)
    }

    fn look<T>(&self, at: impl Fn(&Body) -> T, gone: T) -> T {
        match &self.reading {
            Some(body) => at(body),
            None => lock(&self.shared).as_ref().map_or(gone, at),
        }
    }
}

impl http_body::Body for Unread {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if this.reading.is_none() {
            this.reading = lock(&this.shared).take();
        }
        match &mut this.reading {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(Some(Err(Status::cancelled("the body was taken back")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.look(Body::is_end_stream, false)
    }

    fn size_hint(&self) -> SizeHint {
        self.look(Body::size_hint, SizeHint::default())
    }
}

fn lock(shared: &Mutex<Option<Body>>) -> MutexGuard<'_, Option<Body>> {
    shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

//! The reply of a call made, under observation until it ends.

use std::pin::Pin;
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

//! The bodies of a call under guard: the reply's until it ends, a request stream's while it moves.
//!
//! The handler's future is over when a reply stream begins, so what the stack promised (context, panic
//! guard, deadline, place in flight, observation) is kept here until the stream's last frame.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};
use tonic::body::Body;
use tonic::{Code, Status};

use super::shed::Slot;
use crate::context::{CallContext, within_sync};
use crate::error::{BoxError, RpcError};
use crate::observe::Observation;
use crate::status;

/// What ends a reply stream from outside, and how long it may move nothing; none for a single reply.
pub(super) type Cut = Option<(Pin<Box<dyn Future<Output = RpcError> + Send>>, Duration)>;

pub(super) struct GuardedBody {
    inner: Body,
    context: Arc<CallContext>,
    observed: Observation,
    cut: Cut,
    idle: Option<Pin<Box<Sleep>>>,
    ended: bool,
    _slot: Slot,
}

impl GuardedBody {
    pub(super) fn new(
        inner: Body,
        context: Arc<CallContext>,
        slot: Slot,
        observed: Observation,
        cut: Cut,
    ) -> Self {
        let idle = cut.as_ref().map(|(_, stall)| Box::pin(sleep(*stall)));
        Self { inner, context, observed, cut, idle, ended: false, _slot: slot }
    }

    fn end(&mut self, status: &Status) -> Option<Result<Frame<Bytes>, Status>> {
        self.ended = true;
        self.observed.end(status.code());
        self.inner = Body::empty();
        let mut trailers = HeaderMap::new();
        Some(status.add_header(&mut trailers).map(|()| Frame::trailers(trailers)))
    }

    /// Why the stream ends now, if it does.
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> Option<RpcError> {
        let (ends, stall) = self.cut.as_mut()?;
        if let Poll::Ready(why) = ends.as_mut().poll(cx) {
            return Some(why);
        }
        let stall = *stall;
        let idle = self.idle.as_mut()?.as_mut().poll(cx);
        idle.is_ready().then_some(RpcError::Stalled(stall))
    }

    fn moved(&mut self) {
        if let (Some(idle), Some((_, stall))) = (&mut self.idle, &self.cut) {
            idle.as_mut().reset(Instant::now() + *stall);
        }
    }

    /// The handler's last word: its code is recorded, and details are added where they lack.
    fn trailers(&mut self, trailers: HeaderMap) -> Option<Result<Frame<Bytes>, Status>> {
        match Status::from_header_map(&trailers) {
            Some(failed) if failed.code() != Code::Ok => self.end(&status::complete(failed)),
            _ => {
                self.ended = true;
                self.observed.end(Code::Ok);
                Some(Ok(Frame::trailers(trailers)))
            }
        }
    }
}

impl http_body::Body for GuardedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        let context = Arc::clone(&this.context);
        within_sync(&context, || {
            if let Some(why) = this.poll_cut(cx) {
                return Poll::Ready(this.end(&status::from_fault(&why)));
            }
            let polled =
                catch_unwind(AssertUnwindSafe(|| Pin::new(&mut this.inner).poll_frame(cx)));
            let Ok(polled) = polled else { return Poll::Ready(this.end(&super::panicked())) };
            Poll::Ready(match ready!(polled) {
                None => {
                    this.ended = true;
                    this.observed.end(Code::Ok);
                    None
                }
                Some(Err(failed)) => this.end(&status::complete(failed)),
                Some(Ok(frame)) => match frame.into_trailers() {
                    Ok(trailers) => this.trailers(trailers),
                    Err(data) => {
                        this.moved();
                        Some(Ok(data))
                    }
                },
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A request's body that must move: an upload that stands still for too long is ended.
pub(crate) struct Progress<B> {
    inner: B,
    stall: Duration,
    idle: Pin<Box<Sleep>>,
}

impl<B> Progress<B> {
    pub(crate) fn new(inner: B, stall: Duration) -> Self {
        Self { inner, stall, idle: Box::pin(sleep(stall)) }
    }
}

impl<B> http_body::Body for Progress<B>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            this.idle.as_mut().reset(Instant::now() + this.stall);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(this.idle.as_mut().poll(cx));
        let stalled = status::from_fault(&RpcError::Stalled(this.stall));
        Poll::Ready(Some(Err(stalled.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

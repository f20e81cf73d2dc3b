//! A connection's stream of bytes, as hyper sees it: two things of it are ours.
//!
//! It tells when the other side has begun to speak, because hyper waits for the first line as long as
//! it takes. And it closes gently: our side is shut, and what the other one still sends is read and
//! dropped for a moment. Closing with unread bytes makes the kernel reset the connection, and a peer
//! that writes meets the reset before it has read our last frames, so it could not tell a call that we
//! refused from one that we lost.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

/// The length of HTTP/2's preface, which any request is longer than.
const PREFACE_BYTES: usize = 24;

/// How long the other side may take to close, too.
const LINGER: Duration = Duration::from_secs(1);

pub(super) struct Socket<S> {
    stream: S,
    /// Bytes until the other side counts as having begun.
    missing: usize,
    begun: CancellationToken,
    closing: Closing,
}

enum Closing {
    No,
    Lingers(Pin<Box<Sleep>>),
    Done,
}

impl<S> Socket<S> {
    /// `begun` is cancelled when as much as a request's beginning has come.
    pub(super) fn new(stream: S, begun: CancellationToken) -> Self {
        Self { stream, missing: PREFACE_BYTES, begun, closing: Closing::No }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        if this.missing > 0 {
            this.missing = this.missing.saturating_sub(buffer.filled().len() - before);
            if this.missing == 0 {
                this.begun.cancel();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match &mut this.closing {
                Closing::No => {
                    ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
                    this.closing = Closing::Lingers(Box::pin(sleep(LINGER)));
                }
                Closing::Lingers(over) => {
                    if over.as_mut().poll(cx).is_pending() {
                        ready!(poll_drop_all(&mut this.stream, cx));
                    }
                    this.closing = Closing::Done;
                }
                Closing::Done => return Poll::Ready(Ok(())),
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, slices)
    }
}

/// Reads and drops what still comes; ready when nothing more will.
fn poll_drop_all<S: AsyncRead + Unpin>(stream: &mut S, cx: &mut Context<'_>) -> Poll<()> {
    let mut scratch = [0u8; 4_096];
    loop {
        let mut buffer = ReadBuf::new(&mut scratch);
        let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
        if read.is_err() || buffer.filled().is_empty() {
            return Poll::Ready(());
        }
    }
}

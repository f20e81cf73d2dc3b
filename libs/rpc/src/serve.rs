//! What a handler costs: one line in the trait impl, and a function from call and message to reply.
//!
//! ```text
//! async fn assign_ticket(&self, request: Request<AssignTicketRequest>) -> Answer<Ticket> {
//!     command(request, |call, message| assign_ticket::run(self, call, message)).await
//! }
//! ```
//!
//! `command` is for what changes something (its message has a request id), `query` for what reads, and
//! `watch` for what replies with a stream. Each opens the request, runs the handler, and turns the
//! service's own error into a status; a handler never names tonic.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use kefu_api_common::Mutation;
use kefu_kernel::{Call, Fault};
use tonic::{Request, Response, Status};

use crate::context::CallContext;
use crate::error::RpcError;
use crate::status;

/// What a generated service trait's method returns.
pub type Answer<T> = Result<Response<T>, Status>;

/// The stream that a generated service trait asks for.
pub type Replies<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Serves a call that changes something.
pub async fn command<M, R, E, F>(
    request: Request<M>,
    handler: impl FnOnce(Call, M) -> F,
) -> Answer<R>
where
    M: Mutation,
    E: Fault,
    F: Future<Output = Result<R, E>>,
{
    let (context, message) = open(request)?;
    let request_id = Some(message.request_id()).filter(|id| !id.is_empty()).map(str::to_owned);
    let call = context.call(request_id, &message.fingerprint_bytes());
    answer(handler(call, message).await)
}

/// Serves a call that reads: one message in, or a stream of them, and one reply.
pub async fn query<M, R, E, F>(
    request: Request<M>,
    handler: impl FnOnce(Arc<CallContext>, M) -> F,
) -> Answer<R>
where
    E: Fault,
    F: Future<Output = Result<R, E>>,
{
    let (context, message) = open(request)?;
    answer(handler(context, message).await)
}

/// Serves a call that replies with a stream.
pub async fn watch<M, R, E, S, F>(
    request: Request<M>,
    handler: impl FnOnce(Arc<CallContext>, M) -> F,
) -> Answer<Replies<R>>
where
    E: Fault,
    F: Future<Output = Result<S, E>>,
    S: Stream<Item = Result<R, E>> + Send + 'static,
{
    let (context, message) = open(request)?;
    let stream = handler(context, message).await.map_err(|fault| status::from_fault(&fault))?;
    let replies = stream.map(|item| item.map_err(|fault| status::from_fault(&fault)));
    Ok(Response::new(Box::pin(replies)))
}

/// Takes a request apart: the call as the stack established it, and the message.
pub fn open<M>(mut request: Request<M>) -> Result<(Arc<CallContext>, M), Status> {
    match request.extensions_mut().remove::<Arc<CallContext>>() {
        Some(context) => Ok((context, request.into_inner())),
        None => Err(status::from_fault(&RpcError::NoContext)),
    }
}

fn answer<R, E: Fault>(result: Result<R, E>) -> Answer<R> {
    result.map(Response::new).map_err(|fault| status::from_fault(&fault))
}

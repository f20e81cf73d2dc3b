//! A call within the process.

use http::{Request, Response};
use tonic::body::Body;
use tower::ServiceExt;
use tracing::Instrument;

use crate::error::RpcError;
use crate::stack::Guarded;
use crate::tasks;

/// Runs the call on its own task, which ends with the future that this returns.
pub(super) async fn call(
    guarded: Guarded,
    request: Request<Body>,
) -> Result<Response<Body>, RpcError> {
    // Calls in process never wait for I/O: without this a loop of them would starve the worker.
    tokio::task::coop::consume_budget().await;
    let served = tasks::spawn(guarded.oneshot(request).in_current_span());
    match served.await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(never)) => match never {},
        Err(_) => Err(RpcError::Panicked),
    }
}

//! A call within the process.

use std::sync::{Arc, OnceLock};

use http::{Request, Response};
use tonic::body::Body;
use tower::ServiceExt;
use tracing::Instrument;

use crate::error::RpcError;
use crate::stack::Guarded;
use crate::tasks;

/// The place of a service in this process. Services that call each other are put together one after
/// another, so endpoints to a place are handed out before its stack stands. Clones share it.
#[derive(Clone, Default)]
pub struct Local(Arc<OnceLock<Guarded>>);

impl Local {
    /// Puts the service in its place; the first one stays.
    pub fn fill(&self, guarded: Guarded) {
        self.0.get_or_init(|| guarded);
    }

    /// Runs the call on its own task, which ends with the future that this returns.
    pub(super) async fn call(
        &self,
        service: &str,
        request: Request<Body>,
    ) -> Result<Response<Body>, RpcError> {
        let Some(guarded) = self.0.get().cloned() else {
            let (service, cause) = (service.to_owned(), "it is not put together yet".into());
            return Err(RpcError::ServiceUnavailable { service, cause });
        };
        // Calls in process never wait for I/O: without this a loop of them would starve the worker.
        tokio::task::coop::consume_budget().await;
        let served = tasks::spawn(guarded.oneshot(request).in_current_span());
        match served.await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(never)) => match never {},
            Err(_) => Err(RpcError::Panicked),
        }
    }
}

impl From<Guarded> for Local {
    fn from(guarded: Guarded) -> Self {
        let local = Self::default();
        local.fill(guarded);
        local
    }
}

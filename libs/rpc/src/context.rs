//! What is known of the call that is being served, for the handler and for the calls it makes.
//!
//! The stack establishes it and keeps it in a task-local while the handler runs and while its reply
//! stream is polled. Calls made from there inherit the deadline and tell in whose name they are made.
//! Work that a handler spawns has none: it is no longer this call.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use kefu_kernel::{Ambient, Call, Principal};
use ring::hmac;
use tokio::time::Instant;

use crate::caller::Caller;
use crate::method::Method;

tokio::task_local! {
    static CURRENT: Arc<CallContext>;
}

/// The call being served.
pub struct CallContext {
    method: Arc<Method>,
    caller: Caller,
    deadline: Instant,
    traceparent: String,
    trace_id: OnceLock<String>,
    surroundings: Arc<Surroundings>,
}

/// What all calls of a server share.
pub(crate) struct Surroundings {
    pub(crate) ambient: Ambient,
    pub(crate) fingerprint_key: hmac::Key,
}

impl CallContext {
    pub(crate) fn new(
        method: Arc<Method>,
        caller: Caller,
        deadline: Instant,
        traceparent: String,
        surroundings: Arc<Surroundings>,
    ) -> Self {
        let trace_id = OnceLock::new();
        Self { method, caller, deadline, traceparent, trace_id, surroundings }
    }

    /// The method called.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Who calls, with what the credentials narrow.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Who calls.
    pub fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    /// When the call's time is over.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How much of the call's time is left.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The id that the log and an error of ours share: the trace's, or a random one of its form.
    pub fn trace_id(&self) -> &str {
        self.trace_id.get_or_init(|| match self.traceparent.split('-').nth(1) {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => {
                let mut random = [0u8; 16];
                self.surroundings.ambient.fill_random(&mut random);
                random.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        })
    }

    /// The kernel's view of this call, for a command under the idempotency key `request_id`.
    /// `fingerprint` is the request without `request_id` and `etag`; it is kept as a keyed hash.
    pub fn call(&self, request_id: Option<String>, fingerprint: &[u8]) -> Call {
        let tag = hmac::sign(&self.surroundings.fingerprint_key, fingerprint);
        Call {
            principal: self.caller.principal.clone(),
            rpc: self.method.name.clone(),
            request_id,
            fingerprint: tag.as_ref().try_into().expect("HMAC-SHA256 gives 32 bytes"),
            traceparent: self.traceparent.clone(),
        }
    }
}

/// The call that is being served here; none outside of a handler.
pub fn current() -> Option<Arc<CallContext>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// How much time the call being served has left; none outside of a handler.
pub fn remaining() -> Option<Duration> {
    CURRENT.try_with(|call| call.remaining()).ok()
}

/// Runs `work` as part of the call `call`.
pub(crate) async fn within<F: Future>(call: Arc<CallContext>, work: F) -> F::Output {
    CURRENT.scope(call, work).await
}

/// Runs `work` as part of the call `call`.
pub(crate) fn within_sync<T>(call: &Arc<CallContext>, work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(Arc::clone(call), work)
}

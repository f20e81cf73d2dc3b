//! What a command needs to know of the call that brought it.

use crate::Principal;

/// The call behind a command: who, by which RPC, under which idempotency key, in which trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who calls.
    pub principal: Principal,
    /// `kefu.tickets.v1.TicketsService/AssignTicket`; for timers and consumers `timer:…`, `event:…`.
    pub rpc: String,
    /// The caller's idempotency key; none: a repeat is a new command.
    pub request_id: Option<String>,
    /// Hash of the request without `request_id` and `etag`; equal bodies have equal fingerprints.
    pub fingerprint: [u8; 32],
    /// W3C trace context, empty where there is none.
    pub traceparent: String,
}

impl Call {
    /// A call by one of Kefu's own services: `cause` names the timer or event that made it.
    pub fn internal(service: &str, cause: impl Into<String>) -> Self {
        Self {
            principal: Principal::service(service),
            rpc: cause.into(),
            request_id: None,
            fingerprint: [0; 32],
            traceparent: String::new(),
        }
    }
}

//! Makes the calls that transactions have decided on: [`kefu_outbox::Outbound`]'s way out, over the
//! service's own endpoints.

use async_trait::async_trait;
use kefu_outbox::{Answer, Caller, Outgoing};
use kefu_rpc::call_raw;
use kefu_telemetry::trace;
use tonic::{Code, Status};
use tracing::Instrument;

use crate::endpoints::Endpoints;

/// Calls over a service's endpoints.
pub(crate) struct OutgoingCalls(pub(crate) Endpoints);

#[async_trait]
impl Caller for OutgoingCalls {
    async fn call(&self, command: &Outgoing) -> Answer {
        let endpoint = match self.0.to(&command.target) {
            Ok(endpoint) => endpoint,
            // Another version of this process may know the service: it stays to be called.
            Err(_) => return Answer::Again(Code::Unimplemented as i32),
        };
        let span = tracing::info_span!("outgoing", otel.name = command.rpc);
        trace::continue_from(&span, &command.traceparent);
        let called = call_raw(&endpoint, &command.rpc, command.body.clone().into());
        match called.instrument(span).await {
            Ok(reply) => Answer::Done(reply.to_vec()),
            Err(status) => answer_of(&status),
        }
    }
}

/// A refusal that no repeat can change is final; everything else is tried again.
fn answer_of(status: &Status) -> Answer {
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange => Answer::Refused(status.code() as i32, status.details().to_vec()),
        code => Answer::Again(code as i32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_repeat_can_change_is_final() {
        let refused = Status::with_details(Code::FailedPrecondition, "", vec![1, 2].into());
        assert_eq!(answer_of(&refused), Answer::Refused(9, vec![1, 2]));
        for code in [Code::Unavailable, Code::Aborted, Code::PermissionDenied, Code::Internal] {
            assert_eq!(answer_of(&Status::new(code, "")), Answer::Again(code as i32));
        }
    }
}

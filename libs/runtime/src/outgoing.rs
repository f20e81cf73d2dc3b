//! Makes the calls that transactions have decided on: [`kefu_outbox::Outbound`]'s way out, over the
//! service's own endpoints.
//!
//! The message was encoded when the command was decided, before its idempotency key existed. The key
//! is added to it here: a field that stands again at the end of a protobuf message counts.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use kefu_outbox::{Answer, Caller, Outgoing};
use kefu_rpc::call_raw;
use kefu_telemetry::trace;
use prost::encoding::string;
use prost_reflect::DescriptorPool;
use tonic::{Code, Status};
use tracing::Instrument;

use crate::endpoints::Endpoints;

/// Calls over a service's endpoints.
pub(crate) struct OutgoingCalls {
    pub endpoints: Endpoints,
    pub request_ids: Arc<RequestIds>,
}

/// The number of the field `request_id` of each method's request.
pub(crate) struct RequestIds(HashMap<String, u32>);

impl RequestIds {
    /// Of all methods that the descriptor sets define.
    pub(crate) fn of(installed: &[(&str, &[u8])]) -> anyhow::Result<Self> {
        let mut numbers = HashMap::new();
        for (_, descriptors) in installed {
            let pool = DescriptorPool::decode(*descriptors)?;
            for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>())
            {
                if let Some(field) = method.input().get_field_by_name("request_id") {
                    let service = method.parent_service().full_name().to_owned();
                    numbers.insert(format!("{service}/{}", method.name()), field.number());
                }
            }
        }
        Ok(Self(numbers))
    }

    /// The command's message with its request id; none where its method takes none.
    fn message_of(&self, command: &Outgoing) -> Option<Vec<u8>> {
        let number = self.0.get(&command.rpc)?;
        let mut message = command.body.clone();
        string::encode(*number, &command.request_id, &mut message);
        Some(message)
    }
}

#[async_trait]
impl Caller for OutgoingCalls {
    async fn call(&self, command: &Outgoing) -> Answer {
        let endpoint = self.endpoints.to(&command.target).ok();
        let message = self.request_ids.message_of(command);
        let (Some(endpoint), Some(message)) = (endpoint, message) else {
            // Another version of this process may know the method: it stays to be called.
            tracing::error!(
                rpc = command.rpc,
                "an outgoing command names no method to be repeated"
            );
            return Answer::Again(Code::Unimplemented as i32);
        };
        let span = tracing::info_span!("outgoing", otel.name = command.rpc);
        trace::continue_from(&span, &command.traceparent);
        match call_raw(&endpoint, &command.rpc, message.into()).instrument(span).await {
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

//! Ties [`EventsApi`](crate::EventsApi) to the generated trait of a package.

/// Declares a package's `EventsService` over [`EventsApi`](crate::EventsApi):
/// `kefu_outbox::events_service!(kefu_api_tickets, Events);` makes the struct `Events`.
#[macro_export]
macro_rules! events_service {
    ($api:ident, $name:ident) => {
        /// The event log of this service, as its API shows it.
        #[derive(Clone)]
        pub struct $name(pub $crate::EventsApi);

        #[tonic::async_trait]
        impl $api::v1::events_service_server::EventsService for $name {
            async fn list_changes(
                &self,
                request: tonic::Request<$crate::proto::ListChangesRequest>,
            ) -> kefu_rpc::Answer<$crate::proto::ListChangesResponse> {
                kefu_rpc::query(request, |context, message| async move {
                    self.0.list_changes(&context.principal().scope, message).await
                })
                .await
            }

            async fn list_consumers(
                &self,
                request: tonic::Request<$crate::proto::ListConsumersRequest>,
            ) -> kefu_rpc::Answer<$crate::proto::ListConsumersResponse> {
                kefu_rpc::query(request, |_, message| self.0.list_consumers(message)).await
            }

            async fn list_dead_letters(
                &self,
                request: tonic::Request<$crate::proto::ListDeadLettersRequest>,
            ) -> kefu_rpc::Answer<$crate::proto::ListDeadLettersResponse> {
                kefu_rpc::query(request, |context, message| async move {
                    self.0.list_dead_letters(&context.principal().scope, message).await
                })
                .await
            }

            async fn replay_dead_letters(
                &self,
                request: tonic::Request<$crate::proto::ReplayDeadLettersRequest>,
            ) -> kefu_rpc::Answer<$crate::proto::ReplayDeadLettersResponse> {
                kefu_rpc::command(request, |call, message| {
                    self.0.replay_dead_letters(call, message)
                })
                .await
            }

            async fn discard_dead_letter(
                &self,
                request: tonic::Request<$crate::proto::DiscardDeadLetterRequest>,
            ) -> kefu_rpc::Answer<$crate::proto::DiscardDeadLetterResponse> {
                kefu_rpc::command(request, |call, message| {
                    self.0.discard_dead_letter(call, message)
                })
                .await
            }

            type VerifyAuditStream = kefu_rpc::Replies<$crate::proto::VerifyAuditResponse>;

            async fn verify_audit(
                &self,
                request: tonic::Request<$crate::proto::VerifyAuditRequest>,
            ) -> kefu_rpc::Answer<Self::VerifyAuditStream> {
                kefu_rpc::watch(request, |_, message| {
                    std::future::ready(Ok(self.0.verify_audit(&message)))
                })
                .await
            }
        }
    };
}

//! Commands that come twice or late: replays, stale etags, and the same over REST.

use kefu_api_common::v1::View;
use kefu_api_events::v1::Priority;
use kefu_api_tickets::v1::{
    AssignTicketRequest, CreateTicketRequest, GetTicketRequest, Ticket, TicketPatch,
    UpdateTicketRequest,
};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use prost_types::FieldMask;
use tonic::Code;

use super::{Desk, reason};

stories! { a_command_that_comes_again_is_answered_with_the_same_bytes, a_stale_etag_conflicts_only_in_the_fields_that_changed, rest_answers_what_grpc_answers }

async fn a_command_that_comes_again_is_answered_with_the_same_bytes(desk: Desk) {
    let request =
        CreateTicketRequest { request_id: "first".into(), ..desk.matter("inquiry", "How much?") };
    let first = desk.tickets().create_ticket(request.clone()).await.unwrap().into_inner();
    desk.world.advance(std::time::Duration::from_secs(60)).await;
    let again = desk.tickets().create_ticket(request.clone()).await.unwrap().into_inner();
    assert_eq!(first.encode_to_vec(), again.encode_to_vec());
    assert_eq!(desk.filtered("").await.len(), 1);

    let other = CreateTicketRequest { subject: "Something else".into(), ..request };
    let refused = desk.tickets().create_ticket(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    desk.world.close().await;
}

async fn a_stale_etag_conflicts_only_in_the_fields_that_changed(desk: Desk) {
    let ticket = desk.register("complaint", "The driver was rude").await;
    let update = |field: &str, patch: TicketPatch| UpdateTicketRequest {
        ticket_id: ticket.id.clone(),
        ticket: Some(patch),
        update_mask: Some(FieldMask { paths: vec![field.to_owned()] }),
        etag: ticket.etag.clone(),
        ..UpdateTicketRequest::default()
    };
    let cause = |cause: &str| TicketPatch { cause: cause.into(), ..TicketPatch::default() };
    let subject = TicketPatch { subject: "The driver shouted".into(), ..TicketPatch::default() };
    desk.tickets().update_ticket(update("cause", cause("service-attitude"))).await.unwrap();
    desk.tickets().update_ticket(update("subject", subject)).await.unwrap();
    let refused = desk.tickets().update_ticket(update("cause", cause("delay"))).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "FIELD_CONFLICT"));
    let now = desk.ticket(&ticket.id).await;
    assert_eq!(
        (now.cause.as_str(), now.subject.as_str()),
        ("service-attitude", "The driver shouted")
    );
    assert_eq!(now.priority(), Priority::Normal);

    let assign = AssignTicketRequest {
        ticket_id: ticket.id.clone(),
        assignee_id: Some(desk.agent.clone()),
        etag: ticket.etag.clone(),
        ..AssignTicketRequest::default()
    };
    let refused = desk.tickets().assign_ticket(assign).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    desk.world.close().await;
}

async fn rest_answers_what_grpc_answers(desk: Desk) {
    let ticket = desk.register("suggestion", "Show the driver on the map").await;
    let key = desk.world.admin_key();
    let path = format!("/v1/tickets/{}?view=VIEW_FULL", ticket.id);
    let (status, json) = desk.world.rest(&key, http::Method::GET, &path, None).await.unwrap();
    assert_eq!(status, http::StatusCode::OK, "{json}");
    let pool = DescriptorPool::decode(kefu_api_tickets::FILE_DESCRIPTOR_SET).unwrap();
    let shape = pool.get_message_by_name("kefu.tickets.v1.Ticket").unwrap();
    let mut text = serde_json::Deserializer::from_str(&json);
    let read = DynamicMessage::deserialize(shape, &mut text).unwrap();
    let by_rest: Ticket = read.transcode_to().unwrap();
    let request = GetTicketRequest { ticket_id: ticket.id.clone(), view: View::Full.into() };
    let by_grpc = desk.tickets().get_ticket(request).await.unwrap().into_inner();
    assert_eq!(by_rest, by_grpc);

    let (status, json) = desk
        .world
        .rest(&key, http::Method::GET, "/v1/tickets/ticket_01h455vb4pex5vsknk084sn02q", None)
        .await
        .unwrap();
    assert_eq!(status, http::StatusCode::NOT_FOUND);
    assert!(json.contains("RESOURCE_NOT_FOUND"), "{json}");
    desk.world.close().await;
}

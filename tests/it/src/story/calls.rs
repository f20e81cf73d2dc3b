//! A call rings, is answered in time or not, and becomes a complaint.

use std::time::Duration;

use kefu_api_common::v1::ItemOutcome;
use kefu_api_common::wire;
use kefu_api_events::v1::{Channel, ClockKind, StatusCategory};
use kefu_api_tickets::v1::call_event::What;
use kefu_api_tickets::v1::calls_service_client::CallsServiceClient;
use kefu_api_tickets::v1::{
    AssignTicketRequest, Call, CallAnswer, CallEvent, CallEventResult, CallRing, CallState,
    ClockState, CreateTicketRequest, GetCallRequest, RecordCallEventsRequest,
};

use super::Desk;

stories! { a_call_that_is_answered_becomes_a_complaint, a_call_that_nobody_answers_breaches_its_clock }

async fn a_call_that_is_answered_becomes_a_complaint(desk: Desk) {
    let events = vec![desk.ring("one", 60), desk.answer("one", 35)];
    let told = desk.tell(events.clone()).await;
    assert!(told.iter().all(|result| result.outcome() == ItemOutcome::Accepted), "{told:?}");
    let again = desk.tell(events).await;
    assert!(again.iter().all(|result| result.outcome() == ItemOutcome::Duplicate), "{again:?}");
    let call_id = told[0].call_id.clone().unwrap();
    assert_eq!(told[1].call_id.as_ref(), Some(&call_id));

    let call = desk.call(&call_id).await;
    assert_eq!(call.state(), CallState::Answered);
    assert_eq!(call.waited.unwrap().seconds, 25);
    let clock = call.clock.unwrap();
    assert_eq!((clock.kind(), clock.state()), (ClockKind::FirstAnswer, ClockState::Met));
    assert_eq!(clock.breached_at, None);

    let request = CreateTicketRequest {
        channel: Channel::Phone.into(),
        call_id: Some(call_id.clone()),
        department_id: None,
        ..desk.matter("complaint", "The vase arrived in pieces")
    };
    let ticket = desk.tickets().create_ticket(request).await.unwrap().into_inner();
    assert_eq!((ticket.category(), ticket.call_id.as_ref()), (StatusCategory::New, Some(&call_id)));
    assert_eq!(desk.call(&call_id).await.ticket_ids, std::slice::from_ref(&ticket.id));

    let assign = AssignTicketRequest {
        ticket_id: ticket.id.clone(),
        assignee_id: Some(desk.agent.clone()),
        etag: ticket.etag,
        ..AssignTicketRequest::default()
    };
    let ticket = desk.tickets().assign_ticket(assign).await.unwrap().into_inner();
    assert_eq!(ticket.category(), StatusCategory::Open);
    assert_eq!(ticket.owner_id.as_ref(), Some(&desk.agent));
    let history = desk.history(&ticket.id).await;
    assert_eq!(history, ["TicketCreated", "TicketAssigned", "TicketStatusChanged"]);
    desk.world.close().await;
}

async fn a_call_that_nobody_answers_breaches_its_clock(desk: Desk) {
    let told = desk.tell(vec![desk.ring("two", 0)]).await;
    let id = told[0].call_id.clone().unwrap();
    desk.world.advance(Duration::from_secs(120)).await;
    assert_eq!(desk.call(&id).await.clock.unwrap().breached_at, None);
    desk.world.advance(Duration::from_secs(61)).await;
    assert!(desk.call(&id).await.clock.unwrap().breached_at.is_some());
    desk.world.close().await;
}

impl Desk {
    pub fn event(&self, call: &str, seconds_ago: u64, what: What) -> CallEvent {
        let at = self.world.now().minus(Duration::from_secs(seconds_ago));
        CallEvent {
            exchange: "pbx".into(),
            external_id: call.into(),
            at: Some(wire::timestamp(at)),
            what: Some(what),
        }
    }

    pub fn ring(&self, call: &str, seconds_ago: u64) -> CallEvent {
        let ring = CallRing {
            line: "complaints".into(),
            caller_phone: "+34600111222".into(),
            branch_id: Some(self.branch.clone()),
        };
        self.event(call, seconds_ago, What::Ring(ring))
    }

    pub fn answer(&self, call: &str, seconds_ago: u64) -> CallEvent {
        let answer = CallAnswer { agent_id: self.agent.clone() };
        self.event(call, seconds_ago, What::Answer(answer))
    }

    pub async fn tell(&self, events: Vec<CallEvent>) -> Vec<CallEventResult> {
        let exchange = self.world.as_role("integration", &[]).await;
        let request = RecordCallEventsRequest { events, ..RecordCallEventsRequest::default() };
        let answer = CallsServiceClient::new(exchange).record_call_events(request).await;
        answer.unwrap().into_inner().results
    }

    async fn call(&self, id: &str) -> Call {
        let request = GetCallRequest { call_id: id.into() };
        let calls = CallsServiceClient::new(self.key.clone()).get_call(request).await;
        calls.unwrap().into_inner()
    }
}

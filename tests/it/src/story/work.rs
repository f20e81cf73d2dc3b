//! A complaint is answered, solved, refused where something is missing, and comes back.

use kefu_api_events::v1::{ClockKind, StatusCategory};
use kefu_api_tickets::v1::{
    AddTicketNoteRequest, AssignTicketRequest, ClockState, ExplainTicketClocksRequest,
    ListTicketMessagesRequest, ReopenTicketRequest, ReplyToTicketRequest, Ticket,
    TransitionTicketRequest,
};
use tonic::Code;

use super::{Desk, reason, solution};

stories! { a_complaint_is_answered_solved_and_comes_back }

async fn a_complaint_is_answered_solved_and_comes_back(desk: Desk) {
    let ticket = desk.register("complaint", "The parcel came open").await;
    let id = ticket.id.clone();
    let assign = AssignTicketRequest {
        ticket_id: id.clone(),
        assignee_id: Some(desk.agent.clone()),
        ..AssignTicketRequest::default()
    };
    desk.tickets().assign_ticket(assign).await.unwrap();
    desk.world.advance(std::time::Duration::from_secs(600)).await;
    answer(&desk, &id).await;

    let unready = TransitionTicketRequest { fields: Default::default(), ..solution(&id) };
    let refused = desk.tickets().transition_ticket(unready).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(reason(&refused), "TRANSITION_NEEDS_FIELDS");
    assert!(refused.message().contains("fields.justified"), "{}", refused.message());
    let nowhere = TransitionTicketRequest { state: "closed".into(), ..solution(&id) };
    let refused = desk.tickets().transition_ticket(nowhere).await.unwrap_err();
    assert_eq!(reason(&refused), "TRANSITION_NEEDS_PERMISSION");
    assert_eq!(desk.ticket(&id).await.category(), StatusCategory::Open);

    let solved = desk.tickets().transition_ticket(solution(&id)).await.unwrap().into_inner();
    assert_eq!(solved.category(), StatusCategory::Solved);
    assert_eq!(state(&solved, ClockKind::Resolution), ClockState::Met);
    let reopen = ReopenTicketRequest {
        ticket_id: id.clone(),
        reason: "damaged-again".into(),
        etag: solved.etag,
        ..ReopenTicketRequest::default()
    };
    let again = desk.tickets().reopen_ticket(reopen).await.unwrap().into_inner();
    assert_eq!((again.category(), again.episode), (StatusCategory::Open, 2));
    let whole = desk.ticket(&id).await;
    let ends: Vec<bool> = whole.episodes.iter().map(|one| one.solved_at.is_some()).collect();
    assert_eq!(ends, [true, false]);

    let history = desk.history(&id).await;
    for told in
        ["TicketCreated", "TicketAssigned", "TicketReplied", "TicketNoted", "TicketReopened"]
    {
        assert!(history.iter().any(|name| name == told), "{told} is not in {history:?}");
    }
    explained(&desk, &id).await;
    desk.world.close().await;
}

async fn answer(desk: &Desk, id: &str) {
    let reply = ReplyToTicketRequest {
        ticket_id: id.into(),
        body: "We are sorry and send another".into(),
        ..ReplyToTicketRequest::default()
    };
    desk.tickets().reply_to_ticket(reply).await.unwrap();
    let note = AddTicketNoteRequest {
        ticket_id: id.into(),
        body: "third time this month".into(),
        ..AddTicketNoteRequest::default()
    };
    desk.tickets().add_ticket_note(note).await.unwrap();
    let ticket = desk.ticket(id).await;
    assert_eq!(state(&ticket, ClockKind::FirstResponse), ClockState::Met);
    assert!(ticket.first_replied_at.is_some());
    let list = ListTicketMessagesRequest { ticket_id: id.into(), ..Default::default() };
    let said = desk.tickets().list_ticket_messages(list).await.unwrap().into_inner().messages;
    assert_eq!(said.len(), 2);
}

async fn explained(desk: &Desk, id: &str) {
    let request = ExplainTicketClocksRequest { ticket_id: id.into(), episode: 1 };
    let clocks = desk.tickets().explain_ticket_clocks(request).await.unwrap().into_inner().clocks;
    assert!(clocks.len() >= 3, "{clocks:?}");
    for explained in clocks {
        assert!(!explained.summary.is_empty());
        let counted: i64 =
            explained.spans.iter().filter_map(|span| span.counted).map(|d| d.seconds).sum();
        assert_eq!(counted, explained.elapsed.unwrap_or_default().seconds, "{}", explained.summary);
    }
}

fn state(ticket: &Ticket, kind: ClockKind) -> ClockState {
    let clock = ticket.clocks.iter().find(|clock| clock.kind() == kind);
    clock.unwrap_or_else(|| panic!("no {kind:?} in {:?}", ticket.clocks)).state()
}

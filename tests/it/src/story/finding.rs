//! Tickets are found by field and by text in three languages, and watched.

use std::collections::BTreeSet;

use kefu_api_tickets::v1::watch_tickets_response::Item;
use kefu_api_tickets::v1::{
    AddTicketNoteRequest, AssignTicketRequest, CreateTicketRequest, ListTicketsRequest, Ticket,
    WatchTicketsRequest, WatchTicketsResponse,
};
use tonic::{Code, Streaming};

use super::{Desk, reason};

const SAID: [(&str, &str); 5] = [
    ("en", "The delivery was four days late"),
    ("es", "El paquete llegó con la caja rota"),
    ("zh", "快递员态度很差，不肯送上楼"),
    ("en", "Deliveries never come on time"),
    ("zh", "多收了我二十元保价费"),
];

stories! { tickets_are_found_by_field_and_by_text, a_watcher_sees_what_there_is_and_each_change_and_goes_on_from_its_cursor }

async fn tickets_are_found_by_field_and_by_text(desk: Desk) {
    let mut ids = Vec::new();
    for (language, subject) in SAID {
        let request =
            CreateTicketRequest { language: language.into(), ..desk.matter("complaint", subject) };
        ids.push(desk.tickets().create_ticket(request).await.unwrap().into_inner().id);
    }
    desk.world.settle().await;
    for (text, found) in [
        ("态度", &[2][..]),
        ("保价费", &[4]),
        ("caja", &[1]),
        ("paquete", &[1]),
        ("delivery", &[0, 3]),
        ("giraffe", &[]),
    ] {
        let hits = desk.filtered(&format!("text.contains(\"{text}\")")).await;
        let wanted: BTreeSet<&String> = found.iter().map(|index| &ids[*index]).collect();
        assert_eq!(hits.iter().map(|hit| &hit.id).collect::<BTreeSet<_>>(), wanted, "{text}");
    }
    assert_eq!(desk.filtered("channel == \"EMAIL\"").await.len(), 5);
    assert_eq!(desk.filtered("channel == \"PHONE\"").await.len(), 0);
    let mine = format!("department_id == \"{}\" && type == \"complaint\"", desk.department);
    assert_eq!(desk.filtered(&mine).await.len(), 5);
    let request =
        ListTicketsRequest { filter: "type == \"complaint\"".into(), ..Default::default() };
    let refused = desk.tickets().list_tickets(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(reason(&refused), "FILTER_NOT_INDEXED");
    desk.world.close().await;
}

async fn a_watcher_sees_what_there_is_and_each_change_and_goes_on_from_its_cursor(desk: Desk) {
    let ticket = desk.register("inquiry", "When do you open?").await;
    desk.world.settle().await;
    let mut watch = desk.watch("").await;
    let snapshot = next(&mut watch).await;
    assert!(matches!(snapshot.item, Some(Item::Snapshot(seen)) if seen.id == ticket.id));
    assert!(
        matches!(next(&mut watch).await.item, Some(Item::SnapshotEnd(end)) if end.tickets == 1)
    );

    desk.note(&ticket.id).await;
    let (cursor, changed, types) = change(&mut watch).await;
    assert_eq!((changed.id, types), (ticket.id.clone(), vec!["TicketNoted".to_owned()]));
    drop(watch);
    desk.assign(&ticket.id).await;
    desk.world.settle().await;

    let mut watch = desk.watch(&cursor).await;
    let (cursor, changed, types) = change(&mut watch).await;
    assert_eq!(changed.assignee_id.as_ref(), Some(&desk.agent));
    assert!(types.contains(&"TicketAssigned".to_owned()), "{types:?}");
    desk.note(&ticket.id).await;
    let (later, ..) = change(&mut watch).await;
    assert_ne!(later, cursor);
    drop(watch);
    desk.world.close().await;
}

impl Desk {
    async fn watch(&self, cursor: &str) -> Streaming<WatchTicketsResponse> {
        let request = WatchTicketsRequest { cursor: cursor.into(), ..Default::default() };
        self.tickets().watch_tickets(request).await.unwrap().into_inner()
    }

    async fn note(&self, id: &str) {
        let note = AddTicketNoteRequest {
            ticket_id: id.into(),
            body: "noted".into(),
            ..AddTicketNoteRequest::default()
        };
        self.tickets().add_ticket_note(note).await.unwrap();
    }

    async fn assign(&self, id: &str) {
        let assign = AssignTicketRequest {
            ticket_id: id.into(),
            assignee_id: Some(self.agent.clone()),
            ..AssignTicketRequest::default()
        };
        self.tickets().assign_ticket(assign).await.unwrap();
    }
}

/// The next change; signs of life are passed over.
async fn change(watch: &mut Streaming<WatchTicketsResponse>) -> (String, Ticket, Vec<String>) {
    loop {
        let response = next(watch).await;
        match response.item {
            Some(Item::Change(change)) => {
                let short = |name: &String| name.rsplit('.').next().unwrap_or_default().to_owned();
                let types = change.types.iter().map(short).collect();
                return (response.cursor, change.ticket.unwrap(), types);
            }
            Some(Item::Heartbeat(_)) => {}
            other => panic!("not a change: {other:?}"),
        }
    }
}

async fn next(watch: &mut Streaming<WatchTicketsResponse>) -> WatchTicketsResponse {
    watch.message().await.unwrap().expect("the stream goes on")
}

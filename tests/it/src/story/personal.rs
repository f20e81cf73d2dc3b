//! What a customer's data was before and after a change: in the history for who may read it, beside the
//! log and nowhere in it, and gone after an erase that leaves the audit trail whole.

use std::collections::BTreeMap;

use kefu_api_common::v1::FieldValue;
use kefu_api_common::v1::field_value::Kind;
use kefu_api_common::v1::verify_audit_response::Item;
use kefu_api_common::v1::{ListChangesRequest, VerifyAuditRequest, View};
use kefu_api_tickets::v1::events_service_client::EventsServiceClient;
use kefu_api_tickets::v1::{
    CreateTicketRequest, Level, ListTicketHistoryRequest, Requester, Ticket, TicketPatch,
    UpdateTicketRequest,
};
use kefu_kernel::id::decode;
use kefu_store::WriteTx;
use kefu_store::tables::event;
use prost::Message;
use sea_orm::EntityTrait;

use super::Desk;

/// Field, before and after of everything personal that the story changes.
const CHANGED: [(&str, &str, &str); 6] = [
    ("description", "", "王芳说包裹是湿的"),
    ("fields.findings", "asked Wang Fang's neighbour", "the neighbour Zhao saw it"),
    ("requester.email", "wang.fang@example.cn", "fang@example.org"),
    ("requester.name", "王芳", "王芳芳"),
    ("requester.phone", "+8613900001111", "+8613900002222"),
    ("subject", "Wang Fang's parcel came open", "Wang Fang's parcel came wet"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn personal_values_are_kept_beside_the_log_and_can_be_erased() {
    let desk = Desk::in_one_process().await;
    let ticket = changed(&desk).await;
    desk.world.settle().await;

    let full = history(&desk, &ticket.id, View::Full).await;
    assert_eq!(full["priority"], ("PRIORITY_NORMAL".to_owned(), "PRIORITY_URGENT".to_owned()));
    for (field, before, after) in CHANGED {
        assert_eq!(full[field], (before.to_owned(), after.to_owned()), "{field}");
    }
    for view in [View::Basic, View::Unspecified] {
        let basic = history(&desk, &ticket.id, view).await;
        assert_eq!(basic["priority"], full["priority"]);
        for field in ["description", "fields.findings", "requester", "subject"] {
            assert_eq!(basic[field], Default::default(), "{field} is named and no more");
        }
        assert!(!basic.contains_key("requester.name"));
    }

    nothing_personal_is_told(&desk, &ticket.id).await;
    assert_eq!(findings(&desk).await, 0);
    let id = decode("ticket", &ticket.id).unwrap();
    let store = &desk.here().running().services()["tickets"].store;
    let erased = store.write(async |tx: &WriteTx| tx.erase_personal_values(&[id]).await).await;
    assert_eq!(erased.unwrap(), CHANGED.len() as u64);
    assert_eq!(findings(&desk).await, 0, "the audit trail is whole");
    let full = history(&desk, &ticket.id, View::Full).await;
    for (field, ..) in CHANGED {
        assert_eq!(full[field], Default::default(), "{field} is erased");
    }
    desk.world.close().await;
}

/// A ticket that was changed in every personal field, and in one that is not.
async fn changed(desk: &Desk) -> Ticket {
    let side = |of: fn(&(&'static str, &'static str, &'static str)) -> &'static str| {
        CHANGED.iter().map(|change| (change.0, of(change).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (side(|change| change.1), side(|change| change.2));
    let requester = |of: &BTreeMap<&str, String>| {
        Some(Requester {
            name: of["requester.name"].clone(),
            phone: of["requester.phone"].clone(),
            email: of["requester.email"].clone(),
        })
    };
    let fields = |of: &BTreeMap<&str, String>| {
        let findings = FieldValue { kind: Some(Kind::Text(of["fields.findings"].clone())) };
        [("findings".to_owned(), findings)].into()
    };
    let request = CreateTicketRequest {
        requester: requester(&before),
        fields: fields(&before),
        ..desk.matter("complaint", &before["subject"])
    };
    let ticket = desk.tickets().create_ticket(request).await.unwrap().into_inner();
    let patch = TicketPatch {
        subject: after["subject"].clone(),
        description: after["description"].clone(),
        requester: requester(&after),
        fields: fields(&after),
        impact: Level::High.into(),
        urgency: Level::High.into(),
        ..TicketPatch::default()
    };
    let update = UpdateTicketRequest {
        ticket_id: ticket.id.clone(),
        ticket: Some(patch),
        ..UpdateTicketRequest::default()
    };
    desk.tickets().update_ticket(update).await.unwrap().into_inner()
}

/// Before and after of each field that the ticket's history names.
async fn history(desk: &Desk, id: &str, view: View) -> BTreeMap<String, (String, String)> {
    let request = ListTicketHistoryRequest {
        ticket_id: id.into(),
        view: view.into(),
        ..ListTicketHistoryRequest::default()
    };
    let entries = desk.tickets().list_ticket_history(request).await.unwrap().into_inner().entries;
    let changes = entries.into_iter().flat_map(|entry| entry.changes);
    changes.map(|change| (change.field, (change.before, change.after))).collect()
}

/// Neither the rows of the log, nor the change feed, nor the bus hold anything of it.
async fn nothing_personal_is_told(desk: &Desk, id: &str) {
    let store = &desk.here().running().services()["tickets"].store;
    let mut rows = Vec::new();
    for row in event::Entity::find().all(store.reader()).await.unwrap() {
        rows.extend(format!("{row:?}").into_bytes());
        rows.extend(row.payload);
    }
    let integration = desk.world.as_role("integration", &[]).await;
    let request = ListChangesRequest { page_size: 1_000, ..Default::default() };
    let feed = EventsServiceClient::new(integration).list_changes(request).await.unwrap();
    let mut bus = Vec::new();
    for file in ["bus.db", "bus.db-wal"] {
        bus.extend(std::fs::read(desk.here().data().join(file)).unwrap());
    }
    let places =
        [("the rows", rows), ("the feed", feed.into_inner().encode_to_vec()), ("the bus", bus)];
    for (place, bytes) in places {
        let has = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(has(id), "{place} are not what they seem: they do not tell of the ticket");
        for (field, before, after) in CHANGED {
            assert!(before.is_empty() || !has(before), "{place} hold what {field} was");
            assert!(!has(after), "{place} hold what {field} is");
        }
    }
}

/// How much of the log is not as it was recorded.
async fn findings(desk: &Desk) -> usize {
    let mut verified = EventsServiceClient::new(desk.world.admin())
        .verify_audit(VerifyAuditRequest::default())
        .await
        .unwrap()
        .into_inner();
    let (mut findings, mut checked) = (0, None);
    while let Some(message) = verified.message().await.unwrap() {
        match message.item {
            Some(Item::Finding(_)) => findings += 1,
            Some(Item::Summary(summary)) => checked = Some(summary.checked),
            _ => {}
        }
    }
    assert!(checked.is_some_and(|checked| checked >= 2), "{checked:?}");
    findings
}

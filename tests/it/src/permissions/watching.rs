//! What a key of one branch hears and is told where another branch's things come into its own: by watching,
//! by links, by names that are taken, by calls.

use std::collections::BTreeSet;

use kefu_api_common::v1::View;
use kefu_api_events::v1::{Channel, LinkKind};
use kefu_api_tickets::v1::calls_service_client::CallsServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::watch_tickets_response::Item;
use kefu_api_tickets::v1::{
    AddTicketNoteRequest, CreateTicketRequest, GetCallRequest, GetTicketRequest,
    LinkTicketsRequest, ListTicketsRequest, TicketPatch, UpdateTicketRequest, WatchTicketsRequest,
};
use kefu_testkit::{Transport, World};
use prost_types::FieldMask;
use tonic::Code;

use super::probes::Town;
use crate::suite::suite;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_hears_nothing_of_another_branch() {
    let world = World::start(&suite()).await;
    let town = Town::build(&world).await;
    let key = world.as_role("agent", &[&town.own.branch]).await;
    let request = WatchTicketsRequest::default();
    let watch = TicketsServiceClient::new(key).watch_tickets(request).await;
    let mut watch = watch.unwrap().into_inner();
    loop {
        if let Some(Item::SnapshotEnd(_)) = watch.message().await.unwrap().unwrap().item {
            break;
        }
    }
    let (own, other) = (&town.own, &town.other);
    note(&world, &other.ticket).await;
    move_to(&world, &own.ticket, &other.branch).await;
    note(&world, &own.ticket).await;
    move_to(&world, &other.ticket, &own.branch).await;
    let mut heard = BTreeSet::new();
    while heard.len() < 2 {
        match watch.message().await.unwrap().unwrap().item.unwrap() {
            Item::Change(change) => heard.insert((change.ticket.unwrap().id, true)),
            Item::Gone(gone) => heard.insert((gone.ticket_id, false)),
            Item::Heartbeat(_) => true,
            other => panic!("{other:?}"),
        };
    }
    let expected = [(own.ticket.clone(), false), (other.ticket.clone(), true)];
    assert_eq!(heard, BTreeSet::from(expected));
    drop(watch);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_names_and_calls_tell_of_no_other_branch() {
    let world = World::start(&suite()).await;
    let town = Town::build(&world).await;
    let (own, other) = (&town.own, &town.other);
    let key = world.as_role("agent", &[&own.branch]).await;
    let link = LinkTicketsRequest {
        ticket_id: own.ticket.clone(),
        other_ticket_id: other.ticket.clone(),
        kind: LinkKind::Duplicate.into(),
        ..LinkTicketsRequest::default()
    };
    let back = LinkTicketsRequest {
        ticket_id: other.linked.clone(),
        other_ticket_id: own.ticket.clone(),
        ..link.clone()
    };
    for link in [&link, &back] {
        let mut admin = TicketsServiceClient::new(world.admin());
        admin.link_tickets(link.clone()).await.unwrap();
    }
    let mut tickets = TicketsServiceClient::new(key.clone());
    let get = GetTicketRequest { ticket_id: own.ticket.clone(), ..Default::default() };
    let seen = tickets.get_ticket(get.clone()).await.unwrap().into_inner();
    assert!(seen.links.is_empty(), "{seen:?}");
    let all = TicketsServiceClient::new(world.admin()).get_ticket(get).await.unwrap();
    assert_eq!(all.into_inner().links.len(), 2);
    let full = ListTicketsRequest { view: View::Full.into(), ..Default::default() };
    let listed = tickets.list_tickets(full).await.unwrap().into_inner().tickets;
    assert!(listed.iter().all(|ticket| ticket.links.is_empty()), "{listed:?}");
    let subject = TicketPatch { subject: "new".into(), ..patch() };
    let subject = update(&own.ticket, "subject", subject);
    let answered = tickets.update_ticket(subject).await.unwrap().into_inner();
    assert!(answered.links.is_empty(), "{answered:?}");

    let refused = tickets.link_tickets(link).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let away = TicketPatch { branch_id: Some(other.branch.clone()), ..patch() };
    let refused = tickets.update_ticket(update(&own.ticket, "branch_id", away)).await.unwrap_err();
    assert_eq!(
        refused.code(),
        Code::InvalidArgument,
        "who cannot see a branch moves nothing there"
    );
    names(&world, &key, &other.branch, &own.branch).await;
    calls(&world, &key, &own.call, &other.branch).await;
    world.close().await;
}

/// A name that another branch's ticket has is taken; by which, is not told.
async fn names(world: &World, key: &Transport, other: &str, own: &str) {
    let named = |branch: &str| CreateTicketRequest {
        r#type: "inquiry".into(),
        channel: Channel::Api.into(),
        subject: "the same".into(),
        source: "shop".into(),
        external_id: Some("1".into()),
        branch_id: Some(branch.into()),
        ..CreateTicketRequest::default()
    };
    let mut admin = TicketsServiceClient::new(world.admin());
    let made = admin.create_ticket(named(other)).await.unwrap().into_inner();
    let told = admin.create_ticket(named(own)).await.unwrap_err();
    assert!(text(&told).contains(&made.id));
    let refused = TicketsServiceClient::new(key.clone()).create_ticket(named(own)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
    assert!(!text(&refused).contains(&made.id));
}

/// Of the tickets that were registered from a call only those in sight are told.
async fn calls(world: &World, key: &Transport, call: &str, other: &str) {
    let request = CreateTicketRequest {
        r#type: "inquiry".into(),
        channel: Channel::Phone.into(),
        subject: "from a call".into(),
        call_id: Some(call.into()),
        branch_id: Some(other.into()),
        ..CreateTicketRequest::default()
    };
    TicketsServiceClient::new(world.admin()).create_ticket(request).await.unwrap();
    let get = GetCallRequest { call_id: call.into() };
    let seen = CallsServiceClient::new(key.clone()).get_call(get.clone()).await.unwrap();
    assert_eq!(seen.into_inner().ticket_ids.len(), 0);
    let all = CallsServiceClient::new(world.admin()).get_call(get).await.unwrap();
    assert_eq!(all.into_inner().ticket_ids.len(), 1);
}

async fn note(world: &World, id: &str) {
    let note = AddTicketNoteRequest {
        ticket_id: id.into(),
        body: "seen".into(),
        ..AddTicketNoteRequest::default()
    };
    TicketsServiceClient::new(world.admin()).add_ticket_note(note).await.unwrap();
    world.settle().await;
}

async fn move_to(world: &World, id: &str, branch: &str) {
    let patch = TicketPatch { branch_id: Some(branch.into()), ..patch() };
    let update = update(id, "branch_id", patch);
    TicketsServiceClient::new(world.admin()).update_ticket(update).await.unwrap();
    world.settle().await;
}

fn update(id: &str, field: &str, patch: TicketPatch) -> UpdateTicketRequest {
    UpdateTicketRequest {
        ticket_id: id.into(),
        ticket: Some(patch),
        update_mask: Some(FieldMask { paths: vec![field.into()] }),
        ..UpdateTicketRequest::default()
    }
}

fn patch() -> TicketPatch {
    TicketPatch::default()
}

/// Everything that a refusal carries.
fn text(status: &tonic::Status) -> String {
    format!("{} {}", status.message(), String::from_utf8_lossy(status.details()))
}

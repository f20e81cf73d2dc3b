//! A chain of parents never leads in a circle, also where links are made at the same moment.

use futures::future::join_all;
use kefu_api_events::v1::LinkKind;
use kefu_api_tickets::v1::{GetTicketRequest, LinkTicketsRequest};
use serde_json::json;

use super::Shop;
use crate::dynamic::reason;

const ROUNDS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_that_are_made_at_once_make_no_circle() {
    let shop = Shop::open().await;
    for round in 0..ROUNDS {
        let mut ring = Vec::new();
        for _ in 0..2 + round % 3 {
            ring.push(shop.complaint().await);
        }
        let links = (0..ring.len()).map(|place| {
            let request = parent(&ring[place], &ring[(place + 1) % ring.len()]);
            let mut tickets = shop.tickets();
            async move { tickets.link_tickets(request).await }
        });
        let made = join_all(links).await;
        let refused: Vec<_> = made.iter().filter_map(|link| link.as_ref().err()).collect();
        assert_eq!(refused.len(), 1, "all but the last that would close the ring: {made:?}");
        assert_eq!(reason(refused[0]), "LINK_NOT_ALLOWED");
        for ticket in &ring {
            assert!(above(&shop, ticket).await.len() < ring.len(), "{ring:?}");
        }
    }
    shop.world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_circle_through_a_branch_that_is_not_seen_is_refused() {
    let shop = Shop::open().await;
    let other = r#"{"code":"two","name":"Two","timeZone":"Europe/Madrid"}"#;
    let other = shop.directory("CreateBranch", other).await;
    shop.world.settle().await;
    let (low, high) = (shop.complaint().await, shop.complaint().await);
    let request = json!({
        "type": "complaint", "channel": "CHANNEL_PHONE", "subject": "between", "branchId": other,
    });
    let between = shop.done("TicketsService/CreateTicket", &request.to_string()).await;
    let between = between["id"].as_str().unwrap();
    for (child, of) in [(low.as_str(), between), (between, high.as_str())] {
        shop.tickets().link_tickets(parent(child, of)).await.unwrap();
    }
    let agent = shop.world.as_role("agent", &[&shop.branch]).await;
    let request = json!({"ticketId": high, "otherTicketId": low, "kind": "LINK_KIND_PARENT"});
    let refused =
        shop.ask_as(&agent, "TicketsService/LinkTickets", &request.to_string()).await.unwrap_err();
    assert_eq!(reason(&refused), "LINK_NOT_ALLOWED");
    let stale = json!({
        "ticketId": high, "otherTicketId": low, "kind": "LINK_KIND_PARENT", "etag": "99",
    });
    let refused =
        shop.ask_as(&agent, "TicketsService/LinkTickets", &stale.to_string()).await.unwrap_err();
    assert_eq!(reason(&refused), "ETAG_MISMATCH", "an etag counts, whatever else is loaded");
    shop.world.close().await;
}

fn parent(child: &str, of: &str) -> LinkTicketsRequest {
    LinkTicketsRequest {
        ticket_id: child.into(),
        other_ticket_id: of.into(),
        kind: LinkKind::Parent.into(),
        ..LinkTicketsRequest::default()
    }
}

/// The parents above a ticket; cut where they repeat.
async fn above(shop: &Shop, ticket: &str) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), Some(ticket.to_owned()));
    while let Some(id) = next.take() {
        let request = GetTicketRequest { ticket_id: id, ..Default::default() };
        let seen = shop.tickets().get_ticket(request).await.unwrap().into_inner();
        let mut up = seen.links.into_iter();
        let up = up.find(|link| link.kind() == LinkKind::Parent && !link.from_other);
        if let Some(up) = up.filter(|up| !found.contains(&up.other_ticket_id)) {
            found.push(up.other_ticket_id.clone());
            next = Some(up.other_ticket_id);
        }
    }
    found
}

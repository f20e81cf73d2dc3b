//! What is said is found when it is said; what is indexed message by message is what indexing the whole
//! ticket gives.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use super::Shop;

const SAID: [&str; 4] =
    ["the vase is in pieces", "快递员态度很差", "la caja llegó rota", "call +34 600 111 222"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_indexed_message_by_message_is_indexed_as_a_whole() {
    let shop = Shop::open().await;
    let ticket = shop.complaint().await;
    for body in SAID {
        let note = json!({"ticketId": ticket, "body": body}).to_string();
        shop.done("TicketsService/AddTicketNote", &note).await;
        shop.world.settle().await;
    }
    for text in ["vase pieces", "态度", "cajas", "600111222", "lost vase"] {
        assert!(found(&shop, text).await, "{text}");
    }
    let live = terms(&shop).await;
    for subject in ["Giraffe", "A parcel is lost"] {
        let update = json!({
            "ticketId": ticket, "ticket": {"subject": subject}, "updateMask": "subject",
        });
        shop.done("TicketsService/UpdateTicket", &update.to_string()).await;
        shop.world.settle().await;
        assert_eq!(found(&shop, "giraffe").await, subject == "Giraffe");
        assert!(found(&shop, "vase").await);
    }
    assert_eq!(terms(&shop).await, live, "indexed as a whole");
    shop.world.close().await;
}

async fn found(shop: &Shop, text: &str) -> bool {
    let request = json!({"filter": format!("text.contains(\"{text}\")")}).to_string();
    let page = shop.done("TicketsService/ListTickets", &request).await;
    page["tickets"].as_array().is_some_and(|tickets| tickets.len() == 1)
}

/// The terms of the one ticket.
async fn terms(shop: &Shop) -> BTreeSet<String> {
    let reader = shop.world.running().services()["tickets"].store.reader();
    let backend = reader.get_database_backend();
    let query = Statement::from_string(backend, "SELECT terms FROM ticket_search");
    let rows = reader.query_all_raw(query).await.unwrap();
    assert_eq!(rows.len(), 1);
    let terms: String = rows[0].try_get("", "terms").unwrap();
    terms.split(' ').map(str::to_owned).collect()
}

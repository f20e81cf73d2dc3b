//! What an RPC costs in statements does not grow with what it is asked for.

use serde_json::{Value, json};

use super::{ASSIGN, PACKAGE, Shop};
use crate::dynamic::Api;

/// An RPC, a request for little and one for much, and what undoes it, so that it can be done again.
type Cost = (&'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

/// Few and many: messages, links and events of a ticket, parents above it, rows of a page.
const FEW: usize = 2;
const MANY: usize = 24;
/// Items of an intake.
const ITEMS: usize = 100;
/// Other work of the process is counted too: of so many tries the least is taken.
const TRIES: usize = 5;
/// A statement for each of what there is more of would add twice as many.
const EACH: u64 = (MANY - FEW) as u64 / 2;

const UNLINK: (&str, &str) = (
    "TicketsService/UnlinkTickets",
    r#"{"ticketId":"$lone","otherTicketId":"$ticket","kind":"LINK_KIND_PARENT"}"#,
);
const UNASSIGN: (&str, &str) = ("TicketsService/AssignTicket", r#"{"ticketId":"$ticket"}"#);

/// `$ticket` is the ticket with few of everything, and then the one with many.
const COSTS: &[Cost] = &[
    same("TicketsService/GetTicket", r#"{"ticketId":"$ticket"}"#),
    same("TicketsService/GetTicketViewCounts", "{}"),
    same("TicketsService/ExplainTicketClocks", r#"{"ticketId":"$ticket"}"#),
    same("TicketsService/AddTicketNote", r#"{"ticketId":"$ticket","body":"b"}"#),
    same("TicketsService/ReplyToTicket", r#"{"ticketId":"$ticket","body":"b"}"#),
    same("TicketsService/RecordCustomerMessage", r#"{"ticketId":"$ticket","body":"b"}"#),
    same(
        "TicketsService/UpdateTicket",
        r#"{"ticketId":"$ticket","ticket":{"subject":"$new"},"updateMask":"subject"}"#,
    ),
    ("TicketsService/AssignTicket", ASSIGN, ASSIGN, Some(UNASSIGN)),
    ("TicketsService/LinkTickets", UNLINK.1, UNLINK.1, Some(UNLINK)),
    paged("TicketsService/ListTickets", r#"{"pageSize":2}"#, r#"{"pageSize":24}"#),
    paged(
        "TicketsService/ListTickets",
        r#"{"view":"VIEW_FULL","pageSize":2}"#,
        r#"{"view":"VIEW_FULL","pageSize":24}"#,
    ),
    paged(
        "TicketsService/ListTickets",
        r#"{"filter":"text.contains(\"parcel\")","pageSize":2}"#,
        r#"{"filter":"text.contains(\"parcel\")","pageSize":24}"#,
    ),
    paged("TicketsService/WatchTickets", r#"{"snapshotLimit":2}"#, r#"{"snapshotLimit":24}"#),
    paged("CallsService/ListCalls", r#"{"pageSize":2}"#, r#"{"pageSize":24}"#),
    paged(
        "TicketsService/ListTicketMessages",
        r#"{"ticketId":"$ticket","pageSize":2}"#,
        r#"{"ticketId":"$ticket","pageSize":24}"#,
    ),
    paged(
        "TicketsService/ListTicketHistory",
        r#"{"ticketId":"$ticket","pageSize":2}"#,
        r#"{"ticketId":"$ticket","pageSize":24}"#,
    ),
];

/// Intakes: many items are taken in a few transactions, so they cost less than a statement each.
const INTAKES: &[&str] = &["TicketsService/ImportTickets", "CallsService/RecordCallEvents"];

/// Not measured, and why.
const OTHERS: &[(&str, &str)] = &[
    (
        "TicketsService/CreateTicket",
        "one aggregate; its parts are written as those of an import are",
    ),
    ("TicketsService/TransferTicket", "loads and saves as AssignTicket does"),
    ("TicketsService/TransitionTicket", "loads and saves as AssignTicket does"),
    ("TicketsService/ReopenTicket", "loads and saves as AssignTicket does"),
    ("TicketsService/UnlinkTickets", "loads and saves as AssignTicket does"),
    ("TicketsService/ListTicketTypes", "data of the program"),
    ("TicketsService/ListTicketViews", "data of the program"),
    ("CallsService/GetCall", "three statements; its tickets are one of them"),
    ("EventsService/", "the same in every service: tested where it is made"),
];

const fn same(method: &'static str, request: &'static str) -> Cost {
    (method, request, request, None)
}

const fn paged(method: &'static str, few: &'static str, many: &'static str) -> Cost {
    (method, few, many, None)
}

#[test]
fn every_method_is_measured() {
    let mut wrong = Vec::new();
    for method in Api::read().of_package(PACKAGE) {
        let name = method.name.trim_start_matches(PACKAGE);
        let measured = COSTS.iter().any(|(it, ..)| *it == name) || INTAKES.contains(&name);
        let other = OTHERS.iter().any(|(it, _)| name.starts_with(it));
        if measured == other {
            wrong.push(format!("{name}: measured {measured}, left out {other}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn much_costs_no_more_statements_than_little() {
    let shop = Shop::open().await;
    calls(&shop).await;
    let (little, much) = (grown(&shop, FEW).await, grown(&shop, MANY).await);
    let lone = shop.complaint().await;
    shop.world.settle().await;
    for (method, few, many, undo) in COSTS.iter().copied() {
        let mut costs = Vec::new();
        for (request, ticket) in [(few, &little), (many, &much)] {
            let mut least = u64::MAX;
            for _ in 0..TRIES {
                let filled = |text: &str| {
                    let new = kefu_kernel::Ambient::system().new_uuid().to_string();
                    shop.filled(text, ticket).replace("$lone", &lone).replace("$new", &new)
                };
                least = least.min(cost(&shop, method, &filled(request)).await);
                if let Some((undo, request)) = undo {
                    shop.done(undo, &filled(request)).await;
                }
                shop.world.settle().await;
            }
            costs.push(least);
        }
        println!("{method}: {} statements for little, {} for much", costs[0], costs[1]);
        // What follows a command, its numbering and its folds, may be counted with it.
        assert!(costs[1] < costs[0] + EACH, "{method}: {costs:?}");
    }
    for method in INTAKES {
        let mut least = u64::MAX;
        for number in 0..TRIES {
            least = least.min(cost(&shop, method, &items(&shop, method, number)).await);
            shop.world.settle().await;
        }
        println!("{method}: {least} statements for {ITEMS} items");
        assert!(least < ITEMS as u64, "{method}: {least}");
    }
    shop.world.close().await;
}

/// Statements during one call.
async fn cost(shop: &Shop, method: &str, request: &str) -> u64 {
    let store = &shop.world.running().services()["tickets"].store;
    let before = store.statements();
    shop.done(method, request).await;
    let done = store.statements() - before;
    done.reads + done.writes
}

/// A ticket with so many messages, events, links and parents.
async fn grown(shop: &Shop, size: usize) -> String {
    let ticket = shop.complaint().await;
    let mut below = ticket.clone();
    for number in 0..size {
        let note = json!({"ticketId": ticket, "body": format!("note {number}")});
        shop.done("TicketsService/AddTicketNote", &note.to_string()).await;
        let other = shop.complaint().await;
        let link = |from: &str, to: &str, kind: &str| {
            json!({"ticketId": from, "otherTicketId": to, "kind": kind}).to_string()
        };
        let request = link(&ticket, &other, "LINK_KIND_DUPLICATE");
        shop.done("TicketsService/LinkTickets", &request).await;
        shop.done("TicketsService/LinkTickets", &link(&below, &other, "LINK_KIND_PARENT")).await;
        below = other;
    }
    ticket
}

async fn calls(shop: &Shop) {
    for number in 0..2 {
        let request = items(shop, "CallsService/RecordCallEvents", 1000 + number);
        shop.done("CallsService/RecordCallEvents", &request).await;
    }
}

/// A request with many new items.
fn items(shop: &Shop, method: &str, number: usize) -> String {
    let item = |index: usize| -> Value {
        let id = format!("{number}-{index}");
        if method.ends_with("ImportTickets") {
            json!({
                "source": "city", "externalId": id, "type": "complaint", "subject": "s",
                "channel": "CHANNEL_PHONE", "createdAt": "2026-01-01T00:00:00Z",
                "branchId": shop.branch, "departmentId": shop.department,
                "assigneeId": shop.person, "resolutionText": "answered",
            })
        } else {
            json!({
                "exchange": "pbx", "externalId": id, "at": "2026-03-02T08:59:59Z",
                "ring": {"line": "one", "branchId": shop.branch},
            })
        }
    };
    let field = if method.ends_with("ImportTickets") { "rows" } else { "events" };
    json!({ field: (0..ITEMS).map(item).collect::<Vec<_>>() }).to_string()
}

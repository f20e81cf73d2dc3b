//! A repeat under the same idempotency key gets the same bytes and has no further effect; another request
//! under that key is refused.

use kefu_api_common::v1::ListChangesRequest;
use kefu_api_tickets::v1::events_service_client::EventsServiceClient;
use serde_json::{Value, json};

use super::{ASSIGN, PACKAGE, SOLVE, Shop};
use crate::dynamic::{Api, reason};

/// A mutating RPC: what happens before, the request, and what makes it another request.
type Replay = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

const OTHER: &str = r#"{"ticketId":"ticket_01h455vb4pex5vsknk084sn02q"}"#;
const LINK: &str = r#"{"ticketId":"$ticket","otherTicketId":"$second","kind":"LINK_KIND_PARENT"}"#;
const SAY: &str = r#"{"ticketId":"$ticket","body":"something"}"#;

const REPLAYS: &[Replay] = &[
    (
        "TicketsService/CreateTicket",
        &[],
        r#"{"type":"inquiry","channel":"CHANNEL_PHONE","subject":"s"}"#,
        r#"{"subject":"another"}"#,
    ),
    (
        "TicketsService/UpdateTicket",
        &[],
        r#"{"ticketId":"$ticket","ticket":{"subject":"new"},"updateMask":"subject"}"#,
        r#"{"ticket":{"subject":"another"}}"#,
    ),
    ("TicketsService/AssignTicket", &[], ASSIGN, OTHER),
    (
        "TicketsService/TransferTicket",
        &[],
        r#"{"ticketId":"$ticket","departmentId":"$department"}"#,
        OTHER,
    ),
    ("TicketsService/TransitionTicket", &[("TicketsService/AssignTicket", ASSIGN)], SOLVE, OTHER),
    (
        "TicketsService/ReopenTicket",
        &[("TicketsService/AssignTicket", ASSIGN), ("TicketsService/TransitionTicket", SOLVE)],
        r#"{"ticketId":"$ticket","reason":"again"}"#,
        OTHER,
    ),
    ("TicketsService/LinkTickets", &[], LINK, r#"{"kind":"LINK_KIND_RELATED"}"#),
    ("TicketsService/UnlinkTickets", &[("TicketsService/LinkTickets", LINK)], LINK, OTHER),
    ("TicketsService/ReplyToTicket", &[], SAY, OTHER),
    ("TicketsService/AddTicketNote", &[], SAY, OTHER),
    ("TicketsService/RecordCustomerMessage", &[], SAY, OTHER),
    (
        "TicketsService/ImportTickets",
        &[],
        r#"{"rows":[
            {"source":"city","externalId":"1","type":"inquiry","subject":"s",
             "channel":"CHANNEL_PHONE","createdAt":"2026-01-01T00:00:00Z"},
            {"source":"city","externalId":"","type":"inquiry","subject":"s",
             "channel":"CHANNEL_PHONE","createdAt":"2026-01-01T00:00:00Z"}]}"#,
        r#"{"live":true}"#,
    ),
    (
        "CallsService/RecordCallEvents",
        &[],
        r#"{"events":[
            {"exchange":"pbx","externalId":"1","at":"2026-03-02T08:00:00Z","ring":{"line":"one"}},
            {"exchange":"pbx","externalId":"1","at":"2026-03-02T08:00:09Z","hangUp":{}}]}"#,
        r#"{"events":[{"exchange":"pbx","externalId":"2"}]}"#,
    ),
];

/// Methods with an idempotency key that are the same in every service: tested where they are made.
const OF_EVERY_SERVICE: &[&str] =
    &["EventsService/ReplayDeadLetters", "EventsService/DiscardDeadLetter"];

#[test]
fn every_method_with_an_idempotency_key_is_repeated() {
    let (api, mut wrong) = (Api::read(), Vec::new());
    for method in api.of_package(PACKAGE) {
        let mutating = api.shape(&method.name).input().get_field_by_name("request_id").is_some();
        let name = method.name.trim_start_matches(PACKAGE);
        let tested = REPLAYS.iter().any(|(tested, ..)| *tested == name);
        if mutating != (tested || OF_EVERY_SERVICE.contains(&name)) {
            wrong.push(format!("{name}: has a request_id {mutating}, is repeated {tested}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_is_answered_from_the_first() {
    let shop = Shop::open().await;
    for (method, before, request, other) in REPLAYS.iter().copied() {
        let (ticket, second) = (shop.complaint().await, shop.complaint().await);
        let filled = |text: &str| shop.filled(text, &ticket).replace("$second", &second);
        for (method, request) in before {
            shop.done(method, &filled(request)).await;
        }
        let mut request: Value = serde_json::from_str(&filled(request)).unwrap();
        request["requestId"] = json!("once");
        let name = format!("{PACKAGE}{method}");
        let ask =
            async |request: &Value| shop.api.bytes(&shop.admin, &name, &request.to_string()).await;
        let first = ask(&request).await.unwrap_or_else(|it| panic!("{method}: {it}"));
        let events = events(&shop).await;
        shop.world.advance(std::time::Duration::from_secs(1)).await;
        assert_eq!(ask(&request).await.unwrap(), first, "{method}");
        assert_eq!(self::events(&shop).await, events, "{method}");

        let other: Value = serde_json::from_str(other).unwrap();
        for (field, value) in other.as_object().unwrap() {
            request[field] = value.clone();
        }
        let refused = ask(&request).await.unwrap_err();
        assert_eq!(reason(&refused), "REQUEST_ID_REUSED", "{method}");
        assert_eq!(self::events(&shop).await, events, "{method}");
    }
    shop.world.close().await;
}

/// How many events there are.
async fn events(shop: &Shop) -> i64 {
    shop.world.settle().await;
    let request = ListChangesRequest { page_size: 1, ..ListChangesRequest::default() };
    let feed = EventsServiceClient::new(shop.admin.clone()).list_changes(request).await;
    feed.unwrap().into_inner().heads.iter().map(|head| head.position).sum()
}

//! One trace leads from the caller through gateway, service, command and relay to the projections of
//! another service, as a collector gets it from the real binary; and nothing that the collector gets, nor
//! any log line, holds what a caller said of themselves.

use kefu_api_tickets::v1::AddTicketNoteRequest;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_testkit::Folder;
use kefu_testkit::otlp::{Collector, Received, SeenSpan};
use serde_json::json;
use tonic::Request;

use super::{Served, built, post};

const CREATED: &str = "0af7651916cd43dd8448eb211c80319c";
const NOTED: &str = "1bf7651916cd43dd8448eb211c80319c";
const REFUSED: &str = "2cf7651916cd43dd8448eb211c80319c";
/// The caller's own span, in each of the three traces.
const CALLER: &str = "b7ad6b7169203331";

/// What the caller says; the last one of a call that is refused.
const PERSONAL: [&str; 7] = [
    "Zhang Xiaoming",
    "+8613812345678",
    "zhang.xiaoming@example.org",
    "The parcel to Nanjing Road 7 is torn",
    "He says that his wife was at home",
    "Called back, speaks of a torn box",
    "0086 138 12345678",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_leads_from_the_caller_to_the_projections() {
    if !built() {
        return;
    }
    let (folder, collector) = (Folder::new("trace"), Collector::start().await);
    let settings = [
        format!("telemetry.endpoint={}", collector.endpoint()),
        "telemetry.log=warn,kefu=trace".to_owned(),
        "telemetry.metrics_interval=1s".to_owned(),
        "drain.notice=0s".to_owned(),
    ];
    let served = Served::start(folder.path(), &settings).await;
    let ticket = create(&served, "+8613812345678", CREATED).await;
    let ticket_id = ticket["id"].as_str().unwrap().to_owned();
    let refused = create(&served, "0086 138 12345678", REFUSED).await;
    assert!(refused.to_string().contains("VALIDATION_FAILED"), "{refused}");
    let note = AddTicketNoteRequest {
        ticket_id,
        body: PERSONAL[5].into(),
        ..AddTicketNoteRequest::default()
    };
    let mut note = Request::new(note);
    note.metadata_mut().insert("traceparent", traceparent(NOTED).parse().unwrap());
    TicketsServiceClient::new(served.admin().await).add_ticket_note(note).await.unwrap();
    collector
        .wait_for(|received| {
            let folded = received.spans.iter().any(|span| span.name == "live_board TicketNoted");
            (folded && !received.metrics.is_empty()).then_some(())
        })
        .await;
    // Its end brings the rest: of a trace only that is sent which has ended.
    let lines = served.stop().await;

    let received = collector.received();
    leads_to_projections(&received, CREATED, "CreateTicket", "TicketCreated");
    leads_to_projections(&received, NOTED, "AddTicketNote", "TicketNoted");
    assert!(received.mentions("live_board TicketNoted") && received.mentions(CALLER_NAME));
    assert!(!received.logs.is_empty() && lines.iter().any(|line| line.contains("stopping")));
    for text in PERSONAL {
        assert!(!received.mentions(text), "the collector got `{text}`");
        assert!(!lines.iter().any(|line| line.contains(text)), "a log line holds `{text}`");
    }
}

/// An attribute that every span of a call has: what is searched for is found where it is.
const CALLER_NAME: &str = "kefu.tickets.v1.TicketsService/CreateTicket";

fn traceparent(trace: &str) -> String {
    format!("00-{trace}-{CALLER}-01")
}

async fn create(served: &Served, phone: &str, trace: &str) -> serde_json::Value {
    let ticket = json!({
        "type": "complaint", "channel": "CHANNEL_PHONE",
        "subject": PERSONAL[3], "description": PERSONAL[4],
        "requester": { "name": PERSONAL[0], "phone": phone, "email": PERSONAL[2] },
    });
    let url = format!("http://127.0.0.1:{}/v1/tickets", served.port);
    let key = format!("Bearer {}", served.admin_key());
    let (traceparent, ticket) = (traceparent(trace), ticket.to_string());
    let headers = [("authorization", key.as_str()), ("traceparent", traceparent.as_str())];
    post(&url, &headers, ticket).await.1
}

/// The way of one event: its span in the relay and in each projection is the child of the command that
/// recorded it, which leads back to the caller; and the batches that it went in link to that command.
fn leads_to_projections(received: &Received, trace: &str, rpc: &str, event: &str) {
    let rpc = format!("kefu.tickets.v1.TicketsService/{rpc}");
    let command = format!("command {rpc}");
    let way = [&*command, &rpc, &rpc, &rpc];
    let kinds = ["Internal", "Server", "Client", "Server"];
    for leaf in [
        format!("send {event}"),
        format!("live_board {event}"),
        format!("daily_complaints {event}"),
    ] {
        let span = the(received, trace, &leaf);
        let back = back_to_caller(received, span);
        let names: Vec<&str> = back.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(names, way, "the way back from {leaf}");
        let seen: Vec<&str> = back.iter().map(|span| span.kind.as_str()).collect();
        assert_eq!(seen, kinds, "the way back from {leaf}");
    }
    let command = the(received, trace, &command);
    let link = (command.trace_id.clone(), command.span_id.clone());
    let linked = |kind: &str, consumer: &str| {
        received.spans.iter().any(|span| {
            let told = span.attribute("messaging.consumer.group.name");
            span.kind == kind && told == consumer && span.links.contains(&link)
        })
    };
    assert!(linked("Producer", ""), "no published batch links to {event}");
    for projection in ["live_board", "daily_complaints", "ticket_search"] {
        assert!(linked("Consumer", projection), "no batch of {projection} links to {event}");
    }
    let stored = |span: &&SeenSpan| span.name == "store.batch" && span.links.contains(&link);
    assert!(received.spans.iter().any(|span| stored(&span)), "no transaction links to {rpc}");
}

/// The one span of that name in the trace.
fn the<'a>(received: &'a Received, trace: &str, name: &str) -> &'a SeenSpan {
    let named = |span: &&SeenSpan| span.trace_id == trace && span.name == name;
    let found: Vec<&SeenSpan> = received.spans.iter().filter(named).collect();
    let all = || received.spans.iter().map(|span| (&span.trace_id, &span.name)).collect::<Vec<_>>();
    assert_eq!(found.len(), 1, "{name} in {trace}, of {:#?}", all());
    found[0]
}

/// The spans from a span's parent up to that of the caller, which is in another process.
fn back_to_caller<'a>(received: &'a Received, span: &'a SeenSpan) -> Vec<&'a SeenSpan> {
    let mut way = Vec::new();
    let mut at = span;
    while at.parent_id != CALLER {
        let parent = received.spans.iter().find(|one| one.span_id == at.parent_id);
        at = parent.unwrap_or_else(|| panic!("{} has no parent: {way:#?}", at.name));
        assert_eq!(at.trace_id, span.trace_id, "{}", at.name);
        way.push(at);
    }
    way
}

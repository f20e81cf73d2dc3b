//! A supervisor's SIGTERM to the real binary under load: it says that it is not serving, calls in flight
//! finish, a watch ends with a cursor that goes on after the next start, and nothing acknowledged is lost.

use std::collections::BTreeMap;
use std::path::Path;

use kefu_api_gateway::v1::WhoAmIRequest;
use kefu_api_gateway::v1::identity_service_client::IdentityServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::watch_tickets_response::Item;
use kefu_api_tickets::v1::{
    ListTicketsRequest, TicketChange, WatchTicketsRequest, WatchTicketsResponse,
};
use kefu_testkit::{Folder, Transport};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use tokio::task::JoinSet;
use tonic::transport::Endpoint;
use tonic::{Code, Status, Streaming};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::{Served, built, eventually, inquiry, on_its_way, reason};

const CALLERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_finishes_what_is_in_flight_and_loses_nothing() {
    if !built() {
        return;
    }
    let folder = Folder::new("drain");
    let served = Served::start(folder.path(), &["drain.notice=1s".to_owned()]).await;
    let mut watch = watch(&served, String::new()).await;
    let mut load = JoinSet::new();
    for caller in 0..CALLERS {
        load.spawn(create(served.admin().await, caller));
    }
    let mut changes = 0;
    let mut cursor = String::new();
    while changes < 20 {
        let message = watch.message().await.unwrap().unwrap();
        changes += usize::from(matches!(message.item, Some(Item::Change(_))));
        cursor = message.cursor;
    }

    // A call in flight: it waits for the one writer of the file.
    let database = tickets(folder.path()).await;
    database.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let transport = served.admin().await;
    let mut in_flight = JoinSet::new();
    let mut client = TicketsServiceClient::new(transport.clone());
    in_flight.spawn(async move { client.create_ticket(inquiry("in flight")).await });
    in_flight_before(transport).await;

    served.process.terminate();
    eventually("it says that it is not serving", async || {
        health(served.port).await == ServingStatus::NotServing
    })
    .await;
    let ended = loop {
        match watch.message().await {
            Ok(Some(message)) => cursor = message.cursor,
            Ok(None) => panic!("it ended without a word"),
            Err(status) => break status,
        }
    };
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unavailable, "WATCH_ENDED"));
    assert!(in_flight.try_join_next().is_none(), "it still waits for the writer");
    database.execute_unprepared("ROLLBACK").await.unwrap();
    let finished = in_flight.join_next().await.unwrap().unwrap();
    let in_flight = finished.expect("a call in flight finishes").into_inner().id;
    served.ended().await;

    let mut told = BTreeMap::from([("in flight".to_owned(), in_flight.clone())]);
    for (acknowledged, refused) in load.join_all().await {
        assert!(refused.code() == Code::Unavailable || on_its_way(&refused), "{refused}");
        told.extend(acknowledged);
    }
    nothing_waits(&database).await;
    database.close().await.unwrap();
    there_and_told(folder.path(), &told, cursor).await;
}

/// After the next start: everything acknowledged is there, once, and the watch goes on from its cursor.
async fn there_and_told(folder: &Path, told: &BTreeMap<String, String>, cursor: String) {
    let served = Served::start(folder, &["drain.notice=0s".to_owned()]).await;
    let mut resumed = watch(&served, cursor).await;
    let in_flight = &told["in flight"];
    loop {
        let message = resumed.message().await.unwrap().unwrap();
        match message.item {
            Some(Item::Change(change)) if is_about(&change, in_flight) => {
                break;
            }
            Some(Item::Change(_)) => {}
            other => panic!("from its cursor a watch tells changes: {other:?}"),
        }
    }
    drop(resumed);
    let found = all(served.admin().await).await;
    for (subject, id) in told {
        assert_eq!(found.get(subject), Some(&vec![id.clone()]), "{subject}");
    }
    println!("{} acknowledged, each there once", told.len());
    served.stop().await;
}

fn is_about(change: &TicketChange, id: &str) -> bool {
    change.ticket.as_ref().is_some_and(|ticket| ticket.id == id)
}

async fn watch(served: &Served, cursor: String) -> Streaming<WatchTicketsResponse> {
    let request = WatchTicketsRequest { cursor, ..WatchTicketsRequest::default() };
    let mut client = TicketsServiceClient::new(served.admin().await);
    client.watch_tickets(request).await.unwrap().into_inner()
}

/// Creates one ticket after the other until a call fails; gives those acknowledged by subject, and why it
/// ended.
async fn create(transport: Transport, caller: usize) -> (BTreeMap<String, String>, Status) {
    let mut client = TicketsServiceClient::new(transport);
    let mut told = BTreeMap::new();
    for number in 0.. {
        let subject = format!("{caller}-{number}");
        match client.create_ticket(inquiry(&subject)).await {
            Ok(made) => told.insert(subject, made.into_inner().id),
            Err(status) => return (told, status),
        };
    }
    unreachable!("the process stops before")
}

/// Streams of a connection begin in order: when a later one is answered, those before are there.
async fn in_flight_before(transport: Transport) {
    IdentityServiceClient::new(transport).who_am_i(WhoAmIRequest {}).await.unwrap();
}

/// What health says to a new connection.
async fn health(port: u16) -> ServingStatus {
    let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
    let mut client = HealthClient::new(endpoint.connect().await.unwrap());
    let answer = client.check(HealthCheckRequest::default()).await.unwrap();
    answer.into_inner().status()
}

/// One connection to the tickets' file.
async fn tickets(folder: &Path) -> DatabaseConnection {
    let file = format!("sqlite://{}?mode=rw", folder.join("data/tickets.db").display());
    let mut options = ConnectOptions::new(file);
    options.max_connections(1);
    Database::connect(options).await.unwrap()
}

/// Every event is numbered and handed to the bus.
async fn nothing_waits(database: &DatabaseConnection) {
    for waiting in [
        "SELECT COUNT(*) FROM event_pending",
        "SELECT COUNT(*) FROM partition_head WHERE published < position",
    ] {
        let statement = Statement::from_string(DbBackend::Sqlite, waiting);
        let row = database.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "{waiting}");
    }
}

/// The ids of all tickets, by subject.
async fn all(transport: Transport) -> BTreeMap<String, Vec<String>> {
    let mut client = TicketsServiceClient::new(transport);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let filter = "source == \"seams\"".into();
    let mut request = ListTicketsRequest { filter, page_size: 1000, ..Default::default() };
    loop {
        let page = client.list_tickets(request.clone()).await.unwrap().into_inner();
        for ticket in page.tickets {
            found.entry(ticket.subject).or_default().push(ticket.id);
        }
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

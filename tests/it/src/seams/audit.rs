//! The audit trail under an operator's hands: rows that were altered, removed or moved in the database
//! itself are named by `kefu audit verify`, each by its kind and place, and an untouched log is found so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kefu_api_tickets::v1::AddTicketNoteRequest;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_kernel::{id, partition_of};
use kefu_testkit::Folder;
use kefu_testkit::postgres::Postgres;
use sea_orm::{ConnectionTrait, Database};

use super::{Served, built, inquiry, kefu};

/// Events of each ticket: that it was created, and notes.
const EVENTS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_to_the_log_in_a_sqlite_file_is_named() {
    if !built() {
        return;
    }
    let folder = Folder::new("audit");
    let partitions = record(folder.path(), &[]).await;
    untouched(folder.path(), &[]).await;
    let file = format!("sqlite://{}?mode=rw", folder.join("data/tickets.db").display());
    let database = Database::connect(file).await.unwrap();
    for statement in tampering(&partitions, "") {
        database.execute_unprepared(&statement).await.unwrap();
    }
    database.close().await.unwrap();
    named(folder.path(), &[], &partitions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_to_the_log_in_postgresql_is_named() {
    let Some(postgres) = Postgres::shared() else { return };
    if !built() {
        return;
    }
    let (folder, database) = (Folder::new("audit"), postgres.database());
    let url = |service| format!("service.{service}.database.url={}", database.schema(service));
    let settings = ["gateway", "tickets", "reporting"].map(url);
    let (done, lines) = kefu(folder.path(), &["migrate"], &settings).await;
    assert!(done, "{lines:#?}");
    let partitions = record(folder.path(), &settings).await;
    untouched(folder.path(), &settings).await;
    for statement in tampering(&partitions, "tickets.") {
        database.sql(&statement).unwrap();
    }
    named(folder.path(), &settings, &partitions).await;
}

/// Makes tickets until three partitions have one; gives those partitions, in each of which the first
/// positions are one ticket's events.
async fn record(folder: &Path, settings: &[String]) -> [u8; 3] {
    let settings = [settings, &["drain.notice=0s".to_owned()]].concat();
    let served = Served::start(folder, &settings).await;
    let mut tickets = TicketsServiceClient::new(served.admin().await);
    let mut partitions = BTreeSet::new();
    for number in 0.. {
        if partitions.len() == 3 {
            break;
        }
        let ticket = inquiry(&format!("Matter {number}"));
        let ticket = tickets.create_ticket(ticket).await.unwrap().into_inner();
        for body in 1..EVENTS {
            let (ticket_id, body) = (ticket.id.clone(), format!("Note {body}"));
            let note = AddTicketNoteRequest { ticket_id, body, ..Default::default() };
            tickets.add_ticket_note(note).await.unwrap();
        }
        let (_, uuid) = id::split(&ticket.id).unwrap();
        partitions.insert(partition_of(uuid));
    }
    drop(tickets);
    served.stop().await;
    Vec::from_iter(partitions).try_into().unwrap()
}

async fn verify(folder: &Path, settings: &[String]) -> (bool, Vec<String>) {
    kefu(folder, &["audit", "verify", "tickets"], settings).await
}

async fn untouched(folder: &Path, settings: &[String]) {
    let (sound, lines) = verify(folder, settings).await;
    assert!(sound, "{lines:#?}");
    let summary = lines.iter().find(|line| line.contains("events checked")).unwrap();
    assert!(summary.contains(" 0 findings") && !summary.starts_with("0 "), "{summary}");
    assert!(summary.ends_with(" 0 not chained yet"), "a stop brings everything out: {summary}");
}

/// In the first partition the second event is altered, in the second one removed, in the third it takes
/// its place with the next.
fn tampering([altered, removed, moved]: &[u8; 3], schema: &str) -> Vec<String> {
    let second = |partition: &u8| {
        format!(
            "event_id = (SELECT event_id FROM {schema}event_position \
             WHERE partition = {partition} AND position = 2)"
        )
    };
    let place = |from: i64, to: i64| {
        format!(
            "UPDATE {schema}event_position SET position = {to} \
             WHERE partition = {moved} AND position = {from}"
        )
    };
    vec![
        format!("UPDATE {schema}event SET actor = 'person_forged' WHERE {}", second(altered)),
        format!("DELETE FROM {schema}event WHERE {}", second(removed)),
        place(2, -1),
        place(3, 2),
        place(-1, 3),
    ]
}

/// Each is named by kind and place, the command fails, and nothing is found in other partitions.
async fn named(folder: &Path, settings: &[String], partitions: &[u8; 3]) {
    let (sound, lines) = verify(folder, settings).await;
    assert!(!sound, "it must fail: {lines:#?}");
    let mut found: BTreeMap<u8, BTreeSet<(String, i64)>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.contains(" partition ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [kind, "partition", partition, "position", position, "event", event, ..] = words[..]
        else {
            panic!("not a finding: {line}");
        };
        assert!(event.starts_with("event_"), "{line}");
        let place = (kind.to_owned(), position.parse().unwrap());
        found.entry(partition.parse().unwrap()).or_default().insert(place);
    }
    let [altered, removed, moved] = partitions;
    let one = |kind: &str| BTreeSet::from([(kind.to_owned(), 2)]);
    assert_eq!(found.remove(altered), Some(one("ALTERED")), "{lines:#?}");
    assert_eq!(found.remove(removed), Some(one("MISSING")), "{lines:#?}");
    // What follows the two does not follow from the one that stands before it now.
    let places = [2, 3, 4].map(|position| ("REORDERED".to_owned(), position));
    assert_eq!(found.remove(moved), Some(BTreeSet::from(places)), "{lines:#?}");
    assert_eq!(found, BTreeMap::new(), "only those: {lines:#?}");
    let summary = lines.iter().find(|line| line.contains("events checked")).unwrap();
    assert!(summary.contains(" 5 findings"), "{summary}");
}

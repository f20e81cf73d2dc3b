//! What was imported is found through the API, as it stood there; and none of it acts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use csv::StringRecord;
use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};
use kefu_api_common::v1::ListChangesRequest;
use kefu_api_common::v1::list_changes_request::From;
use kefu_api_events::v1::{Channel, ClockKind, StatusCategory};
use kefu_api_gateway::v1::ListDepartmentsRequest;
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_tickets::v1::events_service_client::EventsServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{
    CreateTicketRequest, ExplainTicketClocksRequest, GetTicketRequest, Ticket,
};
use kefu_runtime::clock::write_offset;
use kefu_store::tables::{event, timer};
use kefu_testkit::Callers;
use sea_orm::{ColumnTrait, Database, EntityTrait, QueryFilter};

use super::{City, has_all, listed, until};

/// More than a year.
const LONG: Duration = Duration::from_secs(400 * 86_400);
const BREACHED: &str = "TicketClockBreached";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_it_is_taken_once_and_found() {
    let Some(city) = City::open() else { return };
    let (_server, callers) = city.serve().await;
    let first = city.import(&city.file, &[]).await;
    assert_eq!(first.sums(city.count()), [city.count(), 0, 0]);
    let again = city.import(&city.file, &[]).await;
    assert_eq!(again.sums(city.count()), [0, city.count(), 0]);
    has_all(&city, &callers).await;

    let all = listed(&callers, "source == \"nyc-311\"").await;
    for row in &city.rows {
        stands_as_there(&city, row, &all[city.value(row, "Unique Key")]);
    }
    by_channel(&city, &callers).await;
    by_agency(&city, &callers).await;
    by_due_time(&city, &callers).await;
    let wanted = city.matching(|row| says_loud_music(&city, row));
    assert!(!wanted.is_empty());
    let found = || listed(&callers, "text.contains(\"loud music\")");
    until(async || found().await.len() >= wanted.len()).await;
    assert_eq!(keys(found().await), wanted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_clock_of_history_ever_acts() {
    let Some(city) = City::open() else { return };
    let (mut server, callers) = city.serve().await;
    city.import(&city.file, &[]).await.sums(city.count());
    // A ticket of today, whose clocks show that time has come for those of all.
    let today = CreateTicketRequest {
        r#type: "complaint".into(),
        channel: Channel::Phone.into(),
        subject: "Today".into(),
        ..CreateTicketRequest::default()
    };
    let mut tickets = TicketsServiceClient::new(callers.admin());
    let today = tickets.create_ticket(today).await.unwrap().into_inner().id;
    write_offset(&city.clock(), LONG).unwrap();
    let clocks = async || {
        let request = GetTicketRequest { ticket_id: today.clone(), ..Default::default() };
        tickets.clone().get_ticket(request).await.unwrap().into_inner().clocks
    };
    until(async || clocks().await.iter().all(|clock| clock.breached_at.is_some())).await;

    let mut feed = BTreeMap::new();
    until(async || {
        feed = told(&callers).await;
        feed.len() > city.count() && feed[&today].iter().any(|(name, _)| name == BREACHED)
    })
    .await;
    for (ticket, events) in feed.iter().filter(|(ticket, _)| **ticket != today) {
        assert_eq!(events, &[("TicketCreated".to_owned(), true)], "{ticket}");
    }

    // Nor does the database hold anything that the feed has not told yet, or that would happen later.
    server.kill();
    let path = city.data().join("tickets.db");
    let db = Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
    let today: kefu_kernel::id::Uuid = kefu_kernel::id::decode("ticket", &today).unwrap();
    let other = timer::Column::AggregateId.ne(today);
    let pending: Vec<timer::Model> = timer::Entity::find().filter(other).all(&db).await.unwrap();
    assert!(pending.is_empty(), "{pending:?}");
    let other = event::Column::AggregateId.ne(today);
    let later = event::Entity::find().filter(other).filter(event::Column::Version.gt(1));
    let later: Vec<event::Model> = later.all(&db).await.unwrap();
    assert!(later.is_empty(), "{later:?}");
}

fn stands_as_there(city: &City, row: &StringRecord, ticket: &Ticket) {
    let key = city.value(row, "Unique Key");
    assert!(ticket.historic, "{key}");
    let created = instant(city.value(row, "Created Date"));
    assert_eq!(ticket.created_at.unwrap().seconds, created.as_second(), "{key}");
    let closed = ticket.closed_at.map(|at| at.seconds);
    if city.value(row, "Status") == "Closed" {
        let there = instant(city.value(row, "Closed Date")).as_second();
        assert_eq!((ticket.category(), closed), (StatusCategory::Closed, Some(there)), "{key}");
    } else {
        assert_eq!((ticket.category(), closed), (StatusCategory::New, None), "{key}");
        assert_eq!(ticket.solved_at, None, "a closing date counts only with its status: {key}");
    }
}

async fn by_channel(city: &City, callers: &Callers) {
    let channel = |row: &StringRecord| match city.value(row, "Open Data Channel Type") {
        "PHONE" => "PHONE",
        "ONLINE" => "WEB_FORM",
        "MOBILE" => "MESSAGING",
        _ => "OTHER",
    };
    for name in ["PHONE", "WEB_FORM", "MESSAGING", "OTHER"] {
        let wanted = city.matching(|row| channel(row) == name);
        assert!(!wanted.is_empty(), "{name}");
        let found = listed(callers, &format!("channel == \"{name}\"")).await;
        assert_eq!(keys(found), wanted, "{name}");
    }
}

async fn by_agency(city: &City, callers: &Callers) {
    let request = ListDepartmentsRequest { page_size: 1000, ..Default::default() };
    let departments =
        DirectoryServiceClient::new(callers.admin()).list_departments(request).await.unwrap();
    let ids: BTreeMap<String, String> =
        departments.into_inner().departments.into_iter().map(|one| (one.code, one.id)).collect();
    let agencies: BTreeSet<&str> = city.rows.iter().map(|row| city.value(row, "Agency")).collect();
    assert!(agencies.len() > 3);
    for agency in agencies {
        let id = &ids[&agency.to_lowercase()];
        let found = listed(callers, &format!("department_id == \"{id}\"")).await;
        assert_eq!(keys(found), city.matching(|row| city.value(row, "Agency") == agency));
    }
}

/// Those that are open still are found by the time at which they were due there.
async fn by_due_time(city: &City, callers: &Callers) {
    let due = |row: &StringRecord| {
        let open = city.value(row, "Status") != "Closed";
        Some(city.value(row, "Due Date")).filter(|text| open && !text.is_empty()).map(instant)
    };
    let times: BTreeSet<Timestamp> = city.rows.iter().filter_map(due).collect();
    assert!(times.len() >= 3);
    for time in times {
        let next = time + 1.second();
        let filter = format!("due_at >= timestamp(\"{time}\") && due_at < timestamp(\"{next}\")");
        let found = listed(callers, &filter).await;
        let ids: Vec<String> = found.values().map(|ticket| ticket.id.clone()).collect();
        assert_eq!(keys(found), city.matching(|row| due(row) == Some(time)), "{time}");
        for id in ids {
            explained(callers, id, time).await;
        }
    }
}

async fn explained(callers: &Callers, ticket_id: String, due: Timestamp) {
    let request = ExplainTicketClocksRequest { ticket_id, episode: 1 };
    let answer = TicketsServiceClient::new(callers.admin()).explain_ticket_clocks(request).await;
    let clocks = answer.unwrap().into_inner().clocks;
    let resolution = clocks.iter().find_map(|explained| {
        let clock = explained.clock.as_ref()?;
        (clock.kind() == ClockKind::Resolution).then_some((clock, &explained.summary))
    });
    let (clock, summary) = resolution.unwrap();
    assert_eq!(clock.policy, "imported");
    assert_eq!(clock.due_at.unwrap().seconds, due.as_second());
    assert!(summary.contains("as the other system set it"), "{summary}");
}

/// What the change feed tells of each ticket: the names of its events, and whether they are history.
async fn told(callers: &Callers) -> BTreeMap<String, Vec<(String, bool)>> {
    let mut events = EventsServiceClient::new(callers.admin());
    let mut told: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    let mut from = None;
    loop {
        let request = ListChangesRequest { from, page_size: 400, ..Default::default() };
        let page = events.list_changes(request).await.unwrap().into_inner();
        if page.changes.is_empty() {
            return told;
        }
        for change in page.changes {
            let kind = change.payload.unwrap().type_url;
            let name = kind.rsplit('.').next().unwrap_or_default().to_owned();
            told.entry(change.aggregate_id).or_default().push((name, change.historic));
        }
        from = Some(From::Cursor(page.next_cursor));
    }
}

impl City {
    /// The ids of rows that are so.
    fn matching(&self, so: impl Fn(&StringRecord) -> bool) -> BTreeSet<String> {
        let rows = self.rows.iter().filter(|row| so(row));
        rows.map(|row| self.value(row, "Unique Key").to_owned()).collect()
    }
}

/// Whether all that is searched of a row has both words.
fn says_loud_music(city: &City, row: &StringRecord) -> bool {
    let subject = match city.value(row, "Descriptor") {
        "" => city.value(row, "Complaint Type"),
        descriptor => descriptor,
    };
    let text = format!("{subject} {}", city.value(row, "Resolution Description")).to_lowercase();
    let mut words = text.split(|sign: char| !sign.is_alphanumeric());
    words.any(|word| word == "loud") && text.contains("music")
}

fn keys(found: BTreeMap<String, Ticket>) -> BTreeSet<String> {
    found.into_keys().collect()
}

/// A time of the file, which is New York's.
fn instant(text: &str) -> Timestamp {
    let civil = DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text).unwrap();
    civil.in_tz("America/New_York").unwrap().timestamp()
}

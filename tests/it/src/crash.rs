//! The real binary is killed again and again while tickets are created: what was acknowledged is there,
//! once, and what was in the air is there once after it was sent again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kefu_api_events::v1::Channel;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{CreateTicketRequest, ListTicketsRequest};
use kefu_runtime::data;
use kefu_testkit::process::{Process, Start, kefu_binary};
use kefu_testkit::{Bearer, Folder, Transport, ports};
use tokio::task::JoinSet;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Endpoint;

const CYCLES: usize = 5;
/// Tickets acknowledged in a cycle before the kill.
const A_CYCLE: usize = 60;
const CALLERS: usize = 16;

/// What the callers know: each ticket that was asked for, with its id where one was told.
#[derive(Default)]
struct History {
    told: BTreeMap<usize, String>,
    in_the_air: Vec<usize>,
    asked: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_it_loses_and_doubles_nothing() {
    if !kefu_binary().exists() {
        println!("not run: {} is not built", kefu_binary().display());
        return;
    }
    let folder = Folder::new("crash");
    let port = ports::free();
    let history = Arc::new(Mutex::new(History::default()));
    for cycle in 1..=CYCLES {
        let (mut process, transport) = serve(folder.path(), port).await;
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(create(transport.clone(), Arc::clone(&history), usize::MAX));
        }
        while known(&history).told.len() < cycle * A_CYCLE {
            assert!(process.runs(), "it ended by itself");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        process.kill();
        callers.join_all().await;
    }
    let (_process, transport) = serve(folder.path(), port).await;
    let asked = known(&history).asked;
    create(transport.clone(), Arc::clone(&history), asked).await;

    let found = all(transport).await;
    let told = &known(&history).told;
    assert_eq!(told.len(), asked, "each was acknowledged in the end");
    for (number, id) in told {
        let ids = found.get(&number.to_string()).map(Vec::as_slice);
        assert_eq!(ids, Some(std::slice::from_ref(id)), "ticket {number}");
    }
    assert_eq!(found.len(), asked, "nothing that nobody asked for");
    println!("{CYCLES} kills, {asked} tickets asked for, each there once");
}

async fn serve(folder: &Path, port: u16) -> (Process, Transport) {
    let kept = folder.join("data");
    let mut process = Start::kefu("kefu")
        .args(&["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
        .arg(&kept)
        .folder(folder)
        .spawn()
        .unwrap();
    let process_id = process.id();
    let is_it = |run: data::RunFile| run.pid == process_id;
    while !data::running(&kept).is_some_and(is_it) {
        assert!(process.runs(), "it ended by itself: {:#?}", process.lines());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let key = std::fs::read_to_string(data::admin_key(&kept)).unwrap();
    let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{port}")).unwrap();
    let channel = endpoint.connect().await.unwrap();
    (process, InterceptedService::new(channel, Bearer::new(key.trim())))
}

/// Creates one ticket after the other, those in the air first, until a call fails or `limit` were asked
/// for and none is in the air.
async fn create(transport: Transport, history: Arc<Mutex<History>>, limit: usize) {
    let mut tickets = TicketsServiceClient::new(transport);
    loop {
        let number = {
            let mut known = known(&history);
            match known.in_the_air.pop() {
                Some(number) => number,
                None if known.asked == limit => return,
                None => {
                    known.asked += 1;
                    known.asked
                }
            }
        };
        let request = CreateTicketRequest {
            r#type: "inquiry".into(),
            channel: Channel::Api.into(),
            source: "crash".into(),
            subject: number.to_string(),
            request_id: format!("crash-{number}"),
            ..CreateTicketRequest::default()
        };
        match tickets.create_ticket(request).await {
            Ok(made) => {
                let before = known(&history).told.insert(number, made.into_inner().id);
                assert_eq!(before, None);
            }
            Err(_) => return known(&history).in_the_air.push(number),
        }
    }
}

/// The ids of all tickets, by subject.
async fn all(transport: Transport) -> BTreeMap<String, Vec<String>> {
    let mut tickets = TicketsServiceClient::new(transport);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut request = ListTicketsRequest {
        filter: "source == \"crash\"".into(),
        page_size: 100,
        ..ListTicketsRequest::default()
    };
    loop {
        let page = tickets.list_tickets(request.clone()).await.unwrap().into_inner();
        for ticket in page.tickets {
            found.entry(ticket.subject).or_default().push(ticket.id);
        }
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

fn known(history: &Mutex<History>) -> MutexGuard<'_, History> {
    history.lock().unwrap()
}

//! `kefu import` with the real binary, on a city's service requests: real ones where `KEFU_TEST_DATA` names
//! a folder of them, and else a small sample of our own making.

mod found;
mod killed;
mod spoiled;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use csv::StringRecord;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{ListTicketsRequest, Ticket};
use kefu_runtime::data;
use kefu_testkit::process::{Process, Start, kefu_binary};
use kefu_testkit::{Callers, Folder, ports};

const REAL: &str = "service_requests_311.csv";
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/service_requests_sample.csv");
/// How often a condition is looked at, and how many times at most.
const LOOK_EVERY: Duration = Duration::from_millis(2);
const LOOKS: usize = 60_000;

/// A city's requests, in a folder of their own, and the installation that takes them over.
struct City {
    folder: Folder,
    file: PathBuf,
    headers: StringRecord,
    rows: Vec<StringRecord>,
}

/// A command that ran to its end.
struct Ended {
    well: bool,
    lines: Vec<String>,
}

impl City {
    /// Those that there are; none where the binary is not built.
    fn open() -> Option<Self> {
        if !kefu_binary().exists() {
            println!("not run: {} is not built", kefu_binary().display());
            return None;
        }
        let given = std::env::var_os("KEFU_TEST_DATA").map(|data| Path::new(&data).join(REAL));
        let from = given.filter(|file| file.exists()).unwrap_or_else(|| {
            println!("KEFU_TEST_DATA has no {REAL}: run on the committed sample");
            SAMPLE.into()
        });
        let folder = Folder::new("import");
        let file = folder.join("requests.csv");
        std::fs::write(&file, std::fs::read(&from).unwrap()).unwrap();
        let mut reader = csv::Reader::from_path(&file).unwrap();
        let headers = reader.headers().unwrap().clone();
        let rows: Vec<StringRecord> = reader.records().map(Result::unwrap).collect();
        println!("{} rows of {}", rows.len(), from.display());
        Some(Self { folder, file, headers, rows })
    }

    fn count(&self) -> usize {
        self.rows.len()
    }

    fn place(&self, column: &str) -> usize {
        self.headers.iter().position(|name| name == column).unwrap()
    }

    fn value<'r>(&self, row: &'r StringRecord, column: &str) -> &'r str {
        &row[self.place(column)]
    }

    /// The ids of all rows.
    fn keys(&self) -> BTreeSet<String> {
        self.rows.iter().map(|row| self.value(row, "Unique Key").to_owned()).collect()
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn clock(&self) -> PathBuf {
        self.folder.join("clock")
    }

    /// Starts a server over the city's data, and waits until it serves.
    async fn serve(&self) -> (Process, Callers) {
        let listen = format!("127.0.0.1:{}", ports::free());
        let mut server = Start::kefu("server")
            .args(&["serve", "--set", "clock.allow_offset=true", "--listen", &listen, "--data"])
            .arg(self.data())
            .env("KEFU_CLOCK_FILE", self.clock())
            .folder(self.folder.path())
            .spawn()
            .unwrap();
        let id = server.id();
        until(async || {
            assert!(server.runs(), "it ended by itself: {:#?}", server.lines());
            data::running(&self.data()).is_some_and(|run| run.pid == id)
        })
        .await;
        (server, Callers::new(listen.parse().unwrap(), &self.data()))
    }

    /// Begins an import of `file` into `data`.
    fn begin(&self, file: &Path, data: &Path, more: &[&str]) -> Process {
        Start::kefu("import")
            .args(&["import", "tickets"])
            .arg(file)
            .args(&["--map", "311", "--create-departments", "--data"])
            .arg(data)
            .args(more)
            .folder(self.folder.path())
            .spawn()
            .unwrap()
    }

    /// Imports `file` into the city's data.
    async fn import(&self, file: &Path, more: &[&str]) -> Ended {
        ended(self.begin(file, &self.data(), more)).await
    }
}

impl Ended {
    /// The sums that it printed: new, known already, rejected.
    fn sums(&self, rows: usize) -> [usize; 3] {
        assert!(self.well, "{:#?}", self.lines);
        let of = format!(" of {rows} rows new, ");
        let line = self.lines.iter().find(|line| line.contains(&of));
        let line = line.unwrap_or_else(|| panic!("no sums: {:#?}", self.lines));
        let numbers = line.replace(&of, " ").replace(',', "");
        let mut numbers = numbers.split(' ').filter_map(|word| word.parse().ok());
        std::array::from_fn(|_| numbers.next().unwrap())
    }
}

async fn ended(mut process: Process) -> Ended {
    let well = process.finished().await.unwrap().success();
    Ended { well, lines: process.lines() }
}

/// Waits until a condition holds.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..LOOKS {
        if holds().await {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    panic!("what was waited for does not come about");
}

/// Every ticket that a filter finds, by its id in the city.
async fn listed(callers: &Callers, filter: &str) -> BTreeMap<String, Ticket> {
    let mut client = TicketsServiceClient::new(callers.admin());
    let mut request =
        ListTicketsRequest { filter: filter.into(), page_size: 400, ..Default::default() };
    let mut found = BTreeMap::new();
    loop {
        let page = client.list_tickets(request.clone()).await.unwrap().into_inner();
        for ticket in page.tickets {
            let key = ticket.external_id.clone().unwrap_or_default();
            let before = found.insert(key, ticket);
            assert!(before.is_none(), "a row was taken twice: {before:?}");
        }
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

/// All rows are tickets, none twice.
async fn has_all(city: &City, callers: &Callers) {
    let all = listed(callers, "source == \"nyc-311\"").await;
    assert_eq!(all.into_keys().collect::<BTreeSet<_>>(), city.keys());
}

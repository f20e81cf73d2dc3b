//! A caller who remembers: each command until its outcome is known, and what it must have done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{
    AddTicketNoteRequest, AssignTicketRequest, CreateTicketRequest, GetTicketRequest,
    ListTicketHistoryRequest, ListTicketMessagesRequest, TransitionTicketRequest,
};
use kefu_kernel::ambient::SystemClock;
use kefu_kernel::{Entropy, TimeSource};
use kefu_testkit::Transport;
use kefu_testkit::clock::SeededEntropy;
use tonic::{Code, Status};

use crate::story::{Desk, person, reason, solution};

/// The pause before a command whose outcome is unknown is sent again.
const PAUSE: Duration = Duration::from_millis(20);
/// How many of its latest tickets a caller works on.
const IN_HAND: usize = 4;

/// The seed of a run: the one that is given, to repeat a run's choices, or another each time.
pub fn seed() -> u64 {
    let given = std::env::var("KEFU_TEST_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| SystemClock.now().as_millis().unsigned_abs())
}

/// Choices that follow from a seed.
pub struct Dice(SeededEntropy);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    pub fn next(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

/// What all callers have come to.
#[derive(Default)]
pub struct Load {
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
    unknown: AtomicUsize,
    over: AtomicBool,
}

impl Load {
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    pub fn unknown(&self) -> usize {
        self.unknown.load(Ordering::Relaxed)
    }

    pub fn stop(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// A ticket as its caller was told of it.
struct Known {
    id: String,
    complaint: bool,
    state: &'static str,
    assignee: Option<usize>,
    /// Its events so far, by type.
    events: BTreeMap<&'static str, usize>,
    notes: BTreeSet<String>,
}

impl Known {
    fn happened(&mut self, event: &'static str) {
        *self.events.entry(event).or_default() += 1;
    }
}

/// What a caller asks for; numbers are those of its tickets and of the two agents.
#[derive(Clone, Copy)]
enum Command {
    Create,
    Note(usize),
    Assign(usize, usize),
    Transition(usize, &'static str),
    /// What an agent may not do.
    Close(usize),
}

/// How a command ended.
enum Outcome {
    /// It was acknowledged, with the id of the ticket.
    Ok(String),
    /// It was refused, and has had no effect.
    Fail(Status),
    /// It may have been carried out or not.
    Unknown,
    /// There was no connection to send it on.
    NotSent,
}

/// One caller, with a key and tickets of its own.
pub struct Caller {
    number: usize,
    api: TicketsServiceClient<Transport>,
    branch: String,
    department: String,
    agents: [String; 2],
    dice: Dice,
    asked: usize,
    known: Vec<Known>,
}

impl Caller {
    pub async fn begin(number: usize, desk: &Desk, dice: Dice) -> Self {
        let key = desk.world.as_role("agent", &[&desk.branch]).await;
        let mut directory = DirectoryServiceClient::new(desk.world.admin());
        let name = format!("Agent {number}");
        let department = Some(desk.department.as_str());
        let second = person(&mut directory, &name, "agent", &desk.branch, department).await;
        Self {
            number,
            api: TicketsServiceClient::new(key),
            branch: desk.branch.clone(),
            department: desk.department.clone(),
            agents: [desk.agent.clone(), second],
            dice,
            asked: 0,
            known: Vec::new(),
        }
    }

    /// One command after the other, each until its outcome is known.
    pub async fn work(mut self, load: std::sync::Arc<Load>) -> Self {
        while !load.over.load(Ordering::Relaxed) {
            let command = self.choose();
            self.asked += 1;
            let request_id = format!("crash-{}-{}", self.number, self.asked);
            loop {
                match self.send(command, &request_id).await {
                    Outcome::Ok(id) => {
                        load.acknowledged.fetch_add(1, Ordering::Relaxed);
                        self.remember(command, id, request_id);
                        break;
                    }
                    Outcome::Fail(status) => {
                        let meant = matches!(command, Command::Close(_));
                        assert!(meant, "{request_id} is refused: {status:?}");
                        assert_eq!(reason(&status), "TRANSITION_NEEDS_PERMISSION", "{status:?}");
                        load.refused.fetch_add(1, Ordering::Relaxed);
                        break;
                    }
                    Outcome::Unknown => {
                        load.unknown.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(PAUSE).await;
                    }
                    Outcome::NotSent => tokio::time::sleep(PAUSE).await,
                }
            }
        }
        self
    }

    pub fn tickets(&self) -> usize {
        self.known.len()
    }

    fn choose(&mut self) -> Command {
        let ticket = self.known.len().checked_sub(1 + self.dice.below(IN_HAND));
        let Some(ticket) = ticket else { return Command::Create };
        let known = &self.known[ticket];
        let other = 1 - known.assignee.unwrap_or(1);
        match (self.dice.below(10), known.state) {
            (0..=2, _) | (_, "solved") => Command::Create,
            (3..=4, _) => Command::Note(ticket),
            (5..=6, _) => Command::Assign(ticket, other),
            (7, "open") => Command::Transition(ticket, "solved"),
            (8, "open") => Command::Transition(ticket, "pending"),
            (7..=8, "pending") => Command::Transition(ticket, "open"),
            _ => Command::Close(ticket),
        }
    }

    async fn send(&self, command: Command, request_id: &str) -> Outcome {
        let (mut api, request_id) = (self.api.clone(), request_id.to_owned());
        let id = |ticket: usize| self.known[ticket].id.clone();
        let answer = match command {
            Command::Create => {
                api.create_ticket(self.ticket(request_id)).await.map(|made| made.into_inner().id)
            }
            Command::Note(ticket) => {
                let (ticket_id, body) = (id(ticket), request_id.clone());
                let note = AddTicketNoteRequest { ticket_id, body, request_id };
                api.add_ticket_note(note).await.map(|_| id(ticket))
            }
            Command::Assign(ticket, agent) => {
                let assign = AssignTicketRequest {
                    ticket_id: id(ticket),
                    assignee_id: Some(self.agents[agent].clone()),
                    request_id,
                    ..Default::default()
                };
                api.assign_ticket(assign).await.map(|_| id(ticket))
            }
            Command::Transition(ticket, state) => {
                let solves = state == "solved" && self.known[ticket].complaint;
                let way = match solves {
                    true => solution(&id(ticket)),
                    false => to(id(ticket), state),
                };
                let way = TransitionTicketRequest { request_id, ..way };
                api.transition_ticket(way).await.map(|_| id(ticket))
            }
            Command::Close(ticket) => {
                let resolution = "explained".into();
                let way = to(id(ticket), "closed");
                let way = TransitionTicketRequest { request_id, resolution, ..way };
                api.transition_ticket(way).await.map(|_| id(ticket))
            }
        };
        match answer {
            Ok(id) => Outcome::Ok(id),
            Err(status) if is_definite(status.code()) => Outcome::Fail(status),
            Err(status) if status.message() == "tcp connect error" => Outcome::NotSent,
            Err(_) => Outcome::Unknown,
        }
    }

    /// Every second one is, which reports count by day.
    fn is_complaint(&self) -> bool {
        self.asked.is_multiple_of(2)
    }

    fn ticket(&self, request_id: String) -> CreateTicketRequest {
        CreateTicketRequest {
            r#type: if self.is_complaint() { "complaint" } else { "inquiry" }.into(),
            channel: kefu_api_events::v1::Channel::Api.into(),
            subject: request_id.clone(),
            branch_id: Some(self.branch.clone()),
            department_id: Some(self.department.clone()),
            request_id,
            ..CreateTicketRequest::default()
        }
    }

    fn remember(&mut self, command: Command, id: String, request_id: String) {
        match command {
            Command::Create => {
                let events = BTreeMap::from([("TicketCreated", 1)]);
                let (state, assignee, notes) = ("new", None, BTreeSet::new());
                let complaint = self.is_complaint();
                self.known.push(Known { id, complaint, state, assignee, events, notes });
            }
            Command::Note(ticket) => {
                self.known[ticket].happened("TicketNoted");
                self.known[ticket].notes.insert(request_id);
            }
            Command::Assign(ticket, agent) => {
                let ticket = &mut self.known[ticket];
                ticket.assignee = Some(agent);
                ticket.happened("TicketAssigned");
                // A new ticket is taken up by it.
                if ticket.state == "new" {
                    ticket.state = "open";
                    ticket.happened("TicketStatusChanged");
                }
            }
            Command::Transition(ticket, state) => {
                self.known[ticket].state = state;
                self.known[ticket].happened("TicketStatusChanged");
            }
            Command::Close(_) => panic!("{request_id} was acknowledged and must not be"),
        }
    }

    /// Compares each ticket, its log and its notes with what was acknowledged; gives the events seen.
    pub async fn finds_what_it_was_told(self) -> usize {
        let mut api = self.api.clone();
        let mut seen = 0;
        for known in &self.known {
            let ticket_id = known.id.clone();
            let get = GetTicketRequest { ticket_id: ticket_id.clone(), ..Default::default() };
            let ticket = api.get_ticket(get).await.unwrap().into_inner();
            assert_eq!(ticket.state, known.state, "{ticket_id}");
            let assignee = known.assignee.map(|agent| self.agents[agent].clone());
            assert_eq!(ticket.assignee_id, assignee, "{ticket_id}");

            let request = ListTicketHistoryRequest {
                ticket_id: ticket_id.clone(),
                order_by: "version".into(),
                page_size: 1000,
                ..Default::default()
            };
            let history = api.list_ticket_history(request).await.unwrap().into_inner().entries;
            let versions: Vec<i64> = history.iter().map(|entry| entry.version).collect();
            assert!(versions.iter().copied().eq(1..=versions.len() as i64), "{versions:?}");
            let mut events: BTreeMap<&str, usize> = BTreeMap::new();
            for entry in &history {
                *events.entry(entry.r#type.rsplit('.').next().unwrap_or_default()).or_default() +=
                    1;
            }
            assert_eq!(events, known.events, "{ticket_id}");
            seen += history.len();

            let list = ListTicketMessagesRequest {
                ticket_id: ticket_id.clone(),
                page_size: 100,
                ..Default::default()
            };
            let notes = api.list_ticket_messages(list).await.unwrap().into_inner().messages;
            let bodies: BTreeSet<String> = notes.iter().map(|note| note.body.clone()).collect();
            assert_eq!((notes.len(), &bodies), (known.notes.len(), &known.notes), "{ticket_id}");
        }
        seen
    }
}

fn to(ticket_id: String, state: &str) -> TransitionTicketRequest {
    TransitionTicketRequest { ticket_id, state: state.into(), ..Default::default() }
}

/// Whether a command that was answered so has certainly had no effect.
fn is_definite(code: Code) -> bool {
    use Code::{Cancelled, DeadlineExceeded, Internal, ResourceExhausted, Unavailable, Unknown};
    ![Cancelled, DeadlineExceeded, Internal, ResourceExhausted, Unavailable, Unknown]
        .contains(&code)
}

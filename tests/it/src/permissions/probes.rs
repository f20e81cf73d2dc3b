//! What is asked of each RPC that touches a branch's thing, once about the caller's own branch and once
//! about another, and how an answer shows that the other does not exist.

use kefu_api_common::wire;
use kefu_api_events::v1::{Channel, LinkKind};
use kefu_api_gateway::v1::directory_service_client::DirectoryServiceClient;
use kefu_api_gateway::v1::{CreateBranchRequest, CreateDepartmentRequest, CreatePersonRequest};
use kefu_api_tickets::v1::call_event::What;
use kefu_api_tickets::v1::calls_service_client::CallsServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{
    CallEvent, CallRing, CreateTicketRequest, LinkTicketsRequest, RecordCallEventsRequest,
};
use kefu_testkit::{Transport, World};
use serde_json::Value;
use tonic::Code;

use self::Shows::{Absent, Ids, Items, Sums, Unknown, Whole};
use crate::dynamic::{Api, reason};

/// An RPC that touches a branch's thing: its name, a request about the things of one branch, and how the
/// answer is judged. `$name` stands for a thing of that branch.
pub type Probe = (&'static str, &'static str, Shows);

/// How an answer shows whose things it is about.
#[derive(Clone, Copy, Debug)]
pub enum Shows {
    /// What is of another branch is RESOURCE_NOT_FOUND.
    Absent,
    /// A branch that is not the caller's is named nowhere: UNKNOWN_REFERENCE.
    Unknown,
    /// Its items are accepted, of another branch rejected.
    Items,
    /// It holds the ids of what is of the own branch, and none of what is of another.
    Ids,
    /// Its numbers are those of the own branch; asked for another there are none.
    Sums,
    /// It is refused to who does not see the whole company.
    Whole,
}

/// What holds nothing of a branch: methods, or services, by the beginning of their names.
pub const NOT_OF_A_BRANCH: &[&str] = &[
    // The directory, keys and issuers are the company's.
    "kefu.gateway.v1.CalendarsService/",
    "kefu.gateway.v1.DirectoryService/",
    "kefu.gateway.v1.IdentityService/",
    "kefu.gateway.v1.IssuersService/",
    "kefu.gateway.v1.KeysService/",
    // How far folds have come, and which rules there are.
    "kefu.gateway.v1.EventsService/ListConsumers",
    "kefu.reporting.v1.EventsService/ListConsumers",
    "kefu.tickets.v1.EventsService/ListConsumers",
    "kefu.reporting.v1.MetricsService/ListMetrics",
    "kefu.reporting.v1.ProjectionsService/",
    "kefu.reporting.v1.ReportingService/ListReportDefinitions",
    "kefu.tickets.v1.TicketsService/ListTicketTypes",
    "kefu.tickets.v1.TicketsService/ListTicketViews",
    // Operators' work on a log as a whole, which tells of places in it and of no thing's content.
    "kefu.gateway.v1.EventsService/VerifyAudit",
    "kefu.reporting.v1.EventsService/VerifyAudit",
    "kefu.tickets.v1.EventsService/VerifyAudit",
];

/// Refusals that only what was reached can have. Every role asks about the same thing, so the second may be
/// refused by its state.
const RULES: &[&str] = &[
    "ALREADY_ASSIGNED",
    "LINK_EXISTS",
    "TICKET_CLOSED",
    "TICKET_NOT_SOLVED",
    "TRANSITION_NEEDS_FIELDS",
    "TRANSITION_NOT_ALLOWED",
];

const PROBES: &[Probe] = &[
    ("tickets.v1.TicketsService/GetTicket", r#"{"ticketId":"$ticket"}"#, Absent),
    ("tickets.v1.TicketsService/ListTickets", r#"{"pageSize":1000}"#, Ids),
    ("tickets.v1.TicketsService/WatchTickets", r#"{"snapshotLimit":1000}"#, Ids),
    ("tickets.v1.TicketsService/ListTicketHistory", r#"{"ticketId":"$ticket"}"#, Absent),
    ("tickets.v1.TicketsService/ListTicketMessages", r#"{"ticketId":"$ticket"}"#, Absent),
    ("tickets.v1.TicketsService/ExplainTicketClocks", r#"{"ticketId":"$ticket"}"#, Absent),
    ("tickets.v1.TicketsService/GetTicketViewCounts", r#"{}"#, Sums),
    (
        "tickets.v1.TicketsService/CreateTicket",
        r#"{"type":"inquiry","channel":"CHANNEL_PHONE","subject":"s","branchId":"$branch"}"#,
        Unknown,
    ),
    (
        "tickets.v1.TicketsService/UpdateTicket",
        r#"{"ticketId":"$ticket","ticket":{"subject":"other"},"updateMask":"subject"}"#,
        Absent,
    ),
    (
        "tickets.v1.TicketsService/AssignTicket",
        r#"{"ticketId":"$ticket","assigneeId":"$person"}"#,
        Absent,
    ),
    (
        "tickets.v1.TicketsService/TransferTicket",
        r#"{"ticketId":"$ticket","departmentId":"$department"}"#,
        Absent,
    ),
    (
        "tickets.v1.TicketsService/TransitionTicket",
        r#"{"ticketId":"$ticket","state":"open"}"#,
        Absent,
    ),
    (
        "tickets.v1.TicketsService/ReopenTicket",
        r#"{"ticketId":"$ticket","reason":"again"}"#,
        Absent,
    ),
    ("tickets.v1.TicketsService/ReplyToTicket", r#"{"ticketId":"$ticket","body":"b"}"#, Absent),
    ("tickets.v1.TicketsService/AddTicketNote", r#"{"ticketId":"$ticket","body":"b"}"#, Absent),
    (
        "tickets.v1.TicketsService/RecordCustomerMessage",
        r#"{"ticketId":"$ticket","body":"b"}"#,
        Absent,
    ),
    (
        "tickets.v1.TicketsService/LinkTickets",
        r#"{"ticketId":"$mine","otherTicketId":"$linked","kind":"LINK_KIND_RELATED"}"#,
        Absent,
    ),
    (
        "tickets.v1.TicketsService/UnlinkTickets",
        r#"{"ticketId":"$ticket","otherTicketId":"$linked","kind":"LINK_KIND_RELATED"}"#,
        Absent,
    ),
    (
        "tickets.v1.TicketsService/ImportTickets",
        r#"{"rows":[{"source":"city","externalId":"$new","type":"inquiry","subject":"s",
            "channel":"CHANNEL_PHONE","branchId":"$branch","createdAt":"2026-01-01T00:00:00Z"}]}"#,
        Items,
    ),
    ("tickets.v1.CallsService/GetCall", r#"{"callId":"$call"}"#, Absent),
    ("tickets.v1.CallsService/ListCalls", r#"{"pageSize":1000}"#, Ids),
    (
        "tickets.v1.CallsService/RecordCallEvents",
        r#"{"events":[{"exchange":"pbx","externalId":"$exchange","at":"2026-03-02T08:00:09Z",
            "hangUp":{"byCaller":true}}]}"#,
        Items,
    ),
    ("reporting.v1.ReportingService/GetLiveBoard", r#"{}"#, Sums),
    ("reporting.v1.ReportingService/WatchLiveBoard", r#"{}"#, Sums),
    (
        "reporting.v1.ReportingService/ListDailyComplaints",
        r#"{"fromDay":"2026-03-01","toDay":"2026-03-31"}"#,
        Sums,
    ),
    (
        "reporting.v1.ReportingService/GetReport",
        r#"{"code":"work.daily","day":"2026-03-02"}"#,
        Sums,
    ),
    (
        "reporting.v1.MetricsService/QueryMetrics",
        r#"{"metrics":["tickets.created"],"fromDay":"2026-03-01","toDay":"2026-03-31"}"#,
        Sums,
    ),
    ("EventsService/ListChanges", r#"{}"#, Whole),
    ("EventsService/ListDeadLetters", r#"{}"#, Whole),
    (
        "EventsService/ReplayDeadLetters",
        r#"{"deadLetterIds":["deadletter_01h455vb4pex5vsknk084sn02q"]}"#,
        Whole,
    ),
    (
        "EventsService/DiscardDeadLetter",
        r#"{"deadLetterId":"deadletter_01h455vb4pex5vsknk084sn02q","reason":"r"}"#,
        Whole,
    ),
];

/// What is asked of a method; none where it touches no branch's thing.
pub fn probe_of(method: &str) -> Option<&'static Probe> {
    PROBES.iter().find(|(name, ..)| method.ends_with(name))
}

/// One branch with something of everything.
pub struct Branch {
    pub branch: String,
    department: String,
    person: String,
    pub ticket: String,
    pub linked: String,
    pub call: String,
    exchange: &'static str,
}

/// Two branches.
pub struct Town {
    pub own: Branch,
    pub other: Branch,
}

impl Town {
    pub async fn build(world: &World) -> Self {
        let own = Branch::build(world, "own").await;
        let other = Branch::build(world, "other").await;
        Self { own, other }
    }

    /// Asks about the own branch and about the other; gives the table's mark.
    pub async fn probe(
        &self,
        api: &Api,
        world: &World,
        role: &str,
        [own, whole]: [&Transport; 2],
        method: &str,
        (_, request, shows): Probe,
    ) -> char {
        let at = format!("{role}, {method}");
        let asked = async |of: &Branch| api.ask(own, method, &self.filled(request, of)).await;
        if method.ends_with("/UnlinkTickets") {
            self.link(world).await;
        }
        match shows {
            Whole => {
                let refused = asked(&self.own).await.unwrap_err();
                assert_eq!(reason(&refused), "SCOPE_TOO_NARROW", "{at}");
                return 'w';
            }
            Absent | Unknown => {
                let expected = if matches!(shows, Absent) {
                    (Code::NotFound, "RESOURCE_NOT_FOUND")
                } else {
                    (Code::InvalidArgument, "UNKNOWN_REFERENCE")
                };
                let reached = asked(&self.own).await.map_err(|it| reason(&it));
                assert!(
                    reached.as_ref().err().is_none_or(|why| RULES.contains(&why.as_str())),
                    "{at}: {reached:?}; a reason of its rule belongs into RULES"
                );
                let refused = asked(&self.other).await.unwrap_err();
                assert_eq!((refused.code(), reason(&refused).as_str()), expected, "{at}");
            }
            Items => {
                let taken = asked(&self.own).await.unwrap();
                assert!(taken.contains("ACCEPTED") || taken.contains("DUPLICATE"), "{at}: {taken}");
                let refused = asked(&self.other).await.unwrap();
                assert!(refused.contains("REJECTED"), "{at}: {refused}");
                assert!(!refused.contains(&self.other.call), "{at}: {refused}");
            }
            Ids => {
                world.settle().await;
                let shown = asked(&self.own).await.unwrap();
                let calls = method.contains("Calls");
                let id = |of: &Branch| if calls { of.call.clone() } else { of.ticket.clone() };
                assert!(shown.contains(&id(&self.own)), "{at}: {shown}");
                assert!(!shown.contains(&id(&self.other)), "{at}: {shown}");
                assert!(!shown.contains(&self.other.branch), "{at}: {shown}");
            }
            Sums => self.sums(api, world, [own, whole], method, request).await,
        }
        'o'
    }

    /// Sees to it that the own tickets are linked.
    async fn link(&self, world: &World) {
        let request = LinkTicketsRequest {
            ticket_id: self.own.ticket.clone(),
            other_ticket_id: self.own.linked.clone(),
            kind: LinkKind::Related.into(),
            ..LinkTicketsRequest::default()
        };
        let linked = TicketsServiceClient::new(world.admin()).link_tickets(request).await;
        let there = linked.as_ref().err().is_some_and(|refused| reason(refused) == "LINK_EXISTS");
        assert!(linked.is_ok() || there, "{linked:?}");
    }

    async fn sums(
        &self,
        api: &Api,
        world: &World,
        [own, whole]: [&Transport; 2],
        method: &str,
        request: &str,
    ) {
        let of = |branch: &str| {
            let mut value: Value = serde_json::from_str(request).unwrap();
            value["branchId"] = branch.into();
            value.to_string()
        };
        world.settle().await;
        let numbers = |json: &str| -> Vec<Value> {
            let mut found = Vec::new();
            collect(&serde_json::from_str(json).unwrap(), &mut found);
            found
        };
        let seen = api.ask(own, method, request).await.unwrap();
        let there = api.ask(whole, method, &of(&self.own.branch)).await.unwrap();
        let elsewhere = api.ask(whole, method, &of(&self.other.branch)).await.unwrap();
        assert_eq!(numbers(&seen), numbers(&there), "{method}");
        assert!(numbers(&elsewhere).iter().any(|count| *count != "0"), "{method}: {elsewhere}");
        match api.ask(own, method, &of(&self.other.branch)).await {
            Ok(none) => {
                assert!(numbers(&none).iter().all(|count| *count == "0"), "{method}: {none}");
            }
            Err(refused) => assert_eq!(reason(&refused), "UNKNOWN_REFERENCE", "{method}"),
        }
    }

    fn filled(&self, request: &str, of: &Branch) -> String {
        let new = kefu_kernel::Ambient::system().new_uuid().to_string();
        let things = [
            ("$ticket", &of.ticket),
            ("$mine", &self.own.ticket),
            ("$linked", &of.linked),
            ("$branch", &of.branch),
            ("$person", &of.person),
            ("$department", &of.department),
            ("$call", &of.call),
            ("$exchange", &of.exchange.to_owned()),
            ("$new", &new),
        ];
        things.iter().fold(request.to_owned(), |text, (name, id)| text.replace(name, id))
    }
}

/// Every number that is a count of tickets, wherever it stands.
fn collect(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "count" | "breached" | "unassigned" | "numerator" => found.push(value.clone()),
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

impl Branch {
    async fn build(world: &World, exchange: &'static str) -> Self {
        let mut directory = DirectoryServiceClient::new(world.admin());
        let branch = CreateBranchRequest {
            code: exchange.into(),
            name: exchange.into(),
            time_zone: "Asia/Shanghai".into(),
            ..CreateBranchRequest::default()
        };
        let branch = directory.create_branch(branch).await.unwrap().into_inner().id;
        let department = CreateDepartmentRequest {
            code: format!("quality-{exchange}"),
            name: exchange.into(),
            branch_id: Some(branch.clone()),
            ..CreateDepartmentRequest::default()
        };
        let department = directory.create_department(department).await.unwrap().into_inner().id;
        let person = CreatePersonRequest {
            name: exchange.into(),
            roles: vec!["agent".into()],
            branch_ids: vec![branch.clone()],
            ..CreatePersonRequest::default()
        };
        let person = directory.create_person(person).await.unwrap().into_inner().id;
        let ring = CallEvent {
            exchange: "pbx".into(),
            external_id: exchange.into(),
            at: Some(wire::timestamp(world.now().minus(std::time::Duration::from_secs(3599)))),
            what: Some(What::Ring(CallRing {
                line: "complaints".into(),
                branch_id: Some(branch.clone()),
                ..CallRing::default()
            })),
        };
        let request = RecordCallEventsRequest { events: vec![ring], ..Default::default() };
        let told = CallsServiceClient::new(world.admin()).record_call_events(request).await;
        let call = told.unwrap().into_inner().results[0].call_id.clone().unwrap();
        let (ticket, linked) = (ticket(world, &branch).await, ticket(world, &branch).await);
        world.settle().await;
        Self { branch, department, person, ticket, linked, call, exchange }
    }
}

/// A complaint of a branch.
async fn ticket(world: &World, branch: &str) -> String {
    let request = CreateTicketRequest {
        r#type: "complaint".into(),
        channel: Channel::Phone.into(),
        subject: "A parcel is lost".into(),
        branch_id: Some(branch.into()),
        ..CreateTicketRequest::default()
    };
    let made = TicketsServiceClient::new(world.admin()).create_ticket(request).await;
    made.unwrap().into_inner().id
}

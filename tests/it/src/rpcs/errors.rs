//! Every refusal that a method's contract names, by a real call. Contract and table are held against each
//! other, so neither can name one that the other does not.

use std::collections::{BTreeMap, BTreeSet};

use super::{ASSIGN, SOLVE, Shop};
use crate::dynamic::reason;
use crate::source::root;

/// Calls that are made before.
type Steps = &'static [(&'static str, &'static str)];

const NONE: Steps = &[];
const A: &str = "TicketsService/AssignTicket";
const T: &str = "TicketsService/TransitionTicket";
const ASSIGNED: Steps = &[(A, ASSIGN)];
const SOLVED: Steps = &[(A, ASSIGN), (T, SOLVE)];
const CLOSED: Steps = &[(A, ASSIGN), (T, SOLVE), (T, CLOSE)];
const CLOSE: &str = r#"{"ticketId":"$ticket","state":"closed"}"#;
const LINK: &str = r#"{"ticketId":"$ticket","otherTicketId":"$second","kind":"LINK_KIND_RELATED"}"#;
const TO_SELF: &str =
    r#"{"ticketId":"$ticket","otherTicketId":"$ticket","kind":"LINK_KIND_RELATED"}"#;
const SAY: &str = r#"{"ticketId":"$ticket","body":"b"}"#;
const NAMED: &str = r#"{"ticketId":"$ticket","body":"b","source":"chat","externalId":"same"}"#;
const TWIN: &str = r#"{"type":"complaint","channel":"CHANNEL_PHONE","subject":"s","source":"shop",
    "externalId":"same"}"#;
const SUBJECT: &str = r#"{"ticketId":"$ticket","ticket":{"subject":"new"},"updateMask":"subject"}"#;

/// What happens before, what is asked, and why it is refused.
type Refusal = (Steps, &'static str, &'static str);

/// By method.
const REFUSALS: &[(&str, &[Refusal])] = &[
    (
        "TicketsService/CreateTicket",
        &[
            (&[("TicketsService/CreateTicket", TWIN)], TWIN, "RESOURCE_EXISTS"),
            (
                NONE,
                r#"{"type":"riddle","channel":"CHANNEL_PHONE","subject":"s"}"#,
                "UNKNOWN_REFERENCE",
            ),
            (
                NONE,
                r#"{"type":"complaint","channel":"CHANNEL_PHONE","subject":"s",
                    "fields":{"height":{"integer":"1"}}}"#,
                "CUSTOM_FIELD_INVALID",
            ),
        ],
    ),
    ("TicketsService/GetTicket", &[(NONE, r#"{"ticketId":"$none"}"#, "RESOURCE_NOT_FOUND")]),
    (
        "TicketsService/ListTickets",
        &[
            (NONE, r#"{"filter":"number =="}"#, "FILTER_INVALID"),
            (NONE, r#"{"filter":"type == \"complaint\""}"#, "FILTER_NOT_INDEXED"),
            (NONE, r#"{"filter":"$complex"}"#, "FILTER_TOO_COMPLEX"),
            (
                NONE,
                r#"{"filter":"channel == \"PHONE\"","orderBy":"due_at"}"#,
                "ORDER_NOT_SUPPORTED",
            ),
            (NONE, r#"{"pageToken":"nothing"}"#, "PAGE_TOKEN_INVALID"),
            (NONE, r#"{"savedView":"all_green"}"#, "UNKNOWN_REFERENCE"),
        ],
    ),
    (
        "TicketsService/UpdateTicket",
        &[
            (
                NONE,
                r#"{"ticketId":"$none","ticket":{"subject":"new"},"updateMask":"subject"}"#,
                "RESOURCE_NOT_FOUND",
            ),
            (CLOSED, SUBJECT, "TICKET_CLOSED"),
            (
                &[("TicketsService/UpdateTicket", SUBJECT)],
                r#"{"ticketId":"$ticket","ticket":{"subject":"newer"},"updateMask":"subject",
                    "etag":"1"}"#,
                "FIELD_CONFLICT",
            ),
            (
                NONE,
                r#"{"ticketId":"$ticket","ticket":{"branchId":"branch_01h455vb4pex5vsknk084sn02q"},
                    "updateMask":"branchId"}"#,
                "UNKNOWN_REFERENCE",
            ),
            (
                NONE,
                r#"{"ticketId":"$ticket","ticket":{"fields":{"height":{"integer":"1"}}},
                    "updateMask":"fields"}"#,
                "CUSTOM_FIELD_INVALID",
            ),
        ],
    ),
    (
        A,
        &[
            (NONE, r#"{"ticketId":"$none","assigneeId":"$person"}"#, "RESOURCE_NOT_FOUND"),
            (CLOSED, r#"{"ticketId":"$ticket"}"#, "TICKET_CLOSED"),
            (NONE, r#"{"ticketId":"$ticket","assigneeId":"$person","etag":"9"}"#, "ETAG_MISMATCH"),
            (
                NONE,
                r#"{"ticketId":"$ticket","assigneeId":"person_01h455vb4pex5vsknk084sn02q"}"#,
                "UNKNOWN_REFERENCE",
            ),
            (ASSIGNED, ASSIGN, "ALREADY_ASSIGNED"),
            (SOLVED, r#"{"ticketId":"$ticket"}"#, "ASSIGNEE_REQUIRED"),
        ],
    ),
    (
        "TicketsService/TransferTicket",
        &[
            (NONE, r#"{"ticketId":"$none","personId":"$person"}"#, "RESOURCE_NOT_FOUND"),
            (CLOSED, r#"{"ticketId":"$ticket","departmentId":"$department"}"#, "TICKET_CLOSED"),
            (NONE, r#"{"ticketId":"$ticket","personId":"$person","etag":"9"}"#, "ETAG_MISMATCH"),
            (
                NONE,
                r#"{"ticketId":"$ticket","departmentId":"department_01h455vb4pex5vsknk084sn02q"}"#,
                "UNKNOWN_REFERENCE",
            ),
            (ASSIGNED, r#"{"ticketId":"$ticket","personId":"$person"}"#, "ALREADY_ASSIGNED"),
            (SOLVED, r#"{"ticketId":"$ticket","departmentId":"$department"}"#, "ASSIGNEE_REQUIRED"),
        ],
    ),
    (
        T,
        &[
            (NONE, r#"{"ticketId":"$none","state":"open"}"#, "RESOURCE_NOT_FOUND"),
            (CLOSED, r#"{"ticketId":"$ticket","state":"open"}"#, "TICKET_CLOSED"),
            (NONE, r#"{"ticketId":"$ticket","state":"open","etag":"9"}"#, "ETAG_MISMATCH"),
            (ASSIGNED, r#"{"ticketId":"$ticket","state":"new"}"#, "TRANSITION_NOT_ALLOWED"),
            (ASSIGNED, r#"{"ticketId":"$ticket","state":"solved"}"#, "TRANSITION_NEEDS_FIELDS"),
            (ASSIGNED, CLOSE, "TRANSITION_NEEDS_PERMISSION"),
            (
                ASSIGNED,
                r#"{"ticketId":"$ticket","state":"solved","cause":"damage","resolution":"replaced",
                    "fields":{"height":{"integer":"1"}}}"#,
                "CUSTOM_FIELD_INVALID",
            ),
        ],
    ),
    (
        "TicketsService/ReopenTicket",
        &[
            (NONE, r#"{"ticketId":"$none","reason":"again"}"#, "RESOURCE_NOT_FOUND"),
            (CLOSED, r#"{"ticketId":"$ticket","reason":"again"}"#, "TICKET_CLOSED"),
            (SOLVED, r#"{"ticketId":"$ticket","reason":"again","etag":"9"}"#, "ETAG_MISMATCH"),
            (NONE, r#"{"ticketId":"$ticket","reason":"again"}"#, "TICKET_NOT_SOLVED"),
        ],
    ),
    (
        "TicketsService/LinkTickets",
        &[
            (
                NONE,
                r#"{"ticketId":"$ticket","otherTicketId":"$none","kind":"LINK_KIND_RELATED"}"#,
                "RESOURCE_NOT_FOUND",
            ),
            (CLOSED, LINK, "TICKET_CLOSED"),
            (
                NONE,
                r#"{"ticketId":"$ticket","otherTicketId":"$second","kind":"LINK_KIND_RELATED",
                    "etag":"9"}"#,
                "ETAG_MISMATCH",
            ),
            (NONE, TO_SELF, "LINK_NOT_ALLOWED"),
            (&[("TicketsService/LinkTickets", LINK)], LINK, "LINK_EXISTS"),
        ],
    ),
    (
        "TicketsService/UnlinkTickets",
        &[
            (NONE, LINK, "RESOURCE_NOT_FOUND"),
            (CLOSED, LINK, "TICKET_CLOSED"),
            (
                &[("TicketsService/LinkTickets", LINK)],
                r#"{"ticketId":"$ticket","otherTicketId":"$second","kind":"LINK_KIND_RELATED",
                    "etag":"9"}"#,
                "ETAG_MISMATCH",
            ),
        ],
    ),
    (
        "TicketsService/ReplyToTicket",
        &[
            (NONE, r#"{"ticketId":"$none","body":"b"}"#, "RESOURCE_NOT_FOUND"),
            (CLOSED, SAY, "TICKET_CLOSED"),
        ],
    ),
    (
        "TicketsService/AddTicketNote",
        &[
            (NONE, r#"{"ticketId":"$none","body":"b"}"#, "RESOURCE_NOT_FOUND"),
            (CLOSED, SAY, "TICKET_CLOSED"),
        ],
    ),
    (
        "TicketsService/RecordCustomerMessage",
        &[
            (NONE, r#"{"ticketId":"$none","body":"b"}"#, "RESOURCE_NOT_FOUND"),
            (&[("TicketsService/RecordCustomerMessage", NAMED)], NAMED, "DUPLICATE_MESSAGE"),
        ],
    ),
    (
        "TicketsService/ListTicketMessages",
        &[
            (NONE, r#"{"ticketId":"$none"}"#, "RESOURCE_NOT_FOUND"),
            (NONE, r#"{"ticketId":"$ticket","pageToken":"nothing"}"#, "PAGE_TOKEN_INVALID"),
        ],
    ),
    (
        "TicketsService/ListTicketHistory",
        &[
            (NONE, r#"{"ticketId":"$none"}"#, "RESOURCE_NOT_FOUND"),
            (NONE, r#"{"ticketId":"$ticket","pageToken":"nothing"}"#, "PAGE_TOKEN_INVALID"),
        ],
    ),
    (
        "TicketsService/WatchTickets",
        &[
            (NONE, r#"{"filter":"number =="}"#, "FILTER_INVALID"),
            (NONE, r#"{"cursor":"nothing"}"#, "CURSOR_INVALID"),
        ],
    ),
    (
        "TicketsService/GetTicketViewCounts",
        &[(NONE, r#"{"views":["all_green"]}"#, "UNKNOWN_REFERENCE")],
    ),
    (
        "TicketsService/ExplainTicketClocks",
        &[(NONE, r#"{"ticketId":"$none"}"#, "RESOURCE_NOT_FOUND")],
    ),
    (
        "CallsService/GetCall",
        &[(NONE, r#"{"callId":"call_01h455vb4pex5vsknk084sn02q"}"#, "RESOURCE_NOT_FOUND")],
    ),
    (
        "CallsService/ListCalls",
        &[
            (NONE, r#"{"filter":"line =="}"#, "FILTER_INVALID"),
            (NONE, r#"{"filter":"breached"}"#, "FILTER_NOT_INDEXED"),
            (NONE, r#"{"orderBy":"rang_at"}"#, "ORDER_NOT_SUPPORTED"),
            (NONE, r#"{"pageToken":"nothing"}"#, "PAGE_TOKEN_INVALID"),
        ],
    ),
];

/// How a stream ends, which is tested with the streams, and what needs a log that retention has cut.
const OF_STREAMS: &[&str] =
    &["CURSOR_DROPPED", "RIGHTS_CHANGED", "WATCHER_TOO_SLOW", "WATCH_ENDED"];

#[test]
fn contract_and_table_name_the_same_refusals() {
    let mut documented = BTreeMap::new();
    for file in ["ticket_service", "call_service"] {
        let path = root().join(format!("proto/kefu/tickets/v1/{file}.proto"));
        documented.extend(refusals(&std::fs::read_to_string(path).unwrap()));
    }
    let tested = REFUSALS.iter().map(|(method, rows)| {
        let reasons: BTreeSet<String> = rows.iter().map(|(.., why)| (*why).to_owned()).collect();
        ((*method).to_owned(), reasons)
    });
    let tested: BTreeMap<_, _> = tested.collect();
    let methods: BTreeSet<&String> = tested.keys().chain(documented.keys()).collect();
    let differ =
        methods.into_iter().filter(|method| tested.get(*method) != documented.get(*method));
    let differ: Vec<String> = differ
        .map(|method| {
            let (tested, named) = (tested.get(method), documented.get(method));
            format!("{method}: tested {tested:?}, its contract names {named:?}")
        })
        .collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_refused_as_its_contract_says() {
    let shop = Shop::open().await;
    let agent = shop.world.as_role("agent", &[]).await;
    let mut wrong = Vec::new();
    let complex = vec!["number==1"; 150].join("||");
    for (method, rows) in REFUSALS {
        for (before, request, expected) in *rows {
            let (ticket, second) = (shop.complaint().await, shop.complaint().await);
            let filled = |text: &str| {
                let text = shop.filled(text, &ticket).replace("$second", &second);
                let text = text.replace("$none", "ticket_01h455vb4pex5vsknk084sn02q");
                text.replace("$complex", &complex)
            };
            for (method, request) in *before {
                shop.done(method, &filled(request)).await;
            }
            let caller = if expected.ends_with("_PERMISSION") { &agent } else { &shop.admin };
            let refused = shop.ask_as(caller, method, &filled(request)).await;
            let why = refused.as_ref().err().map(reason);
            if why.as_deref() != Some(*expected) {
                wrong.push(format!("{method}: {request}: {why:?} in place of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    shop.world.close().await;
}

/// The reasons that a contract's comments name, by method; methods without any are left out.
fn refusals(proto: &str) -> BTreeMap<String, BTreeSet<String>> {
    let (mut found, mut comment, mut service) = (BTreeMap::new(), String::new(), "");
    for line in proto.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("//") {
            comment.push_str(text);
        } else if let Some(name) = line.strip_prefix("service ") {
            service = name.trim_end_matches(" {");
            comment.clear();
        } else if let Some(rest) = line.strip_prefix("rpc ") {
            let name = rest.split('(').next().unwrap();
            let errors = comment.split("Errors:").nth(1).unwrap_or_default();
            let words = errors.split(|sign: char| !(sign.is_ascii_uppercase() || sign == '_'));
            let reasons: BTreeSet<String> = words
                .filter(|word| word.contains('_') && !OF_STREAMS.contains(word))
                .map(str::to_owned)
                .collect();
            if !reasons.is_empty() {
                found.insert(format!("{service}/{name}"), reasons);
            }
            comment.clear();
        } else {
            comment.clear();
        }
    }
    found
}

//! Registering tickets.

use kefu_api_events::v1 as events;
use kefu_kernel::Fault;

use super::support::{Desk, at, became, clock, common, names, only, refused};
use crate::domain::Ticket;
use crate::domain::words::{Category, Channel, ClockKind, Level, Priority};
use kefu_kernel::field::FieldValue;

#[test]
fn a_new_ticket_waits_for_somebody_with_its_clocks_running() {
    let mut desk = Desk::new();
    let new = desk.about("inquiry", Channel::Email);
    let (ticket, told) = Ticket::create(&desk.context(), new).unwrap();
    assert_eq!((ticket.state.as_str(), ticket.category), ("new", Category::New));
    assert_eq!((ticket.assignee, ticket.owner, ticket.hand_offs), (None, None, 0));
    assert_eq!(ticket.episode().number, 1);
    assert_eq!(ticket.created_by, "person_agent");
    assert_eq!(names(&told), ["TicketCreated"]);
    assert_eq!(
        became(&common(&told)[0]),
        [
            (events::ClockKind::FirstResponse, events::ClockChangeKind::Started),
            (events::ClockKind::Resolution, events::ClockChangeKind::Started),
        ]
    );
    // Eight working hours from Monday 10:00, sixteen of them for the resolution.
    assert_eq!(clock(&ticket, ClockKind::FirstResponse).due_at, Some(at("2026-11-23 18:00")));
    assert_eq!(clock(&ticket, ClockKind::Resolution).due_at, Some(at("2026-11-24 17:00")));
    assert_eq!(ticket.due_at(), Some(at("2026-11-23 18:00")));
}

#[test]
fn the_event_of_a_new_ticket_tells_its_facts_and_no_personal_data() {
    let mut desk = Desk::new();
    let mut new = desk.about("complaint", Channel::Phone);
    new.call = Some(desk.id());
    new.external_id = Some("C-17".into());
    let (ticket, told) = Ticket::create(&desk.context(), new).unwrap();
    let created: events::TicketCreated = only(&told);
    let facts = created.facts.unwrap();
    assert_eq!((facts.r#type.as_str(), facts.state.as_str()), ("complaint", "new"));
    assert_eq!(
        (facts.channel(), facts.priority()),
        (events::Channel::Phone, events::Priority::Normal)
    );
    assert_eq!((facts.source.as_str(), facts.episode), ("customer_line", 1));
    assert_eq!(created.former, None, "nothing was before");
    assert_eq!(created.ticket_id, ticket.id().to_string());
    assert_eq!(created.external_id.as_deref(), Some("C-17"));
    assert_eq!(created.call_id, ticket.call.map(|call| call.to_string()));
    let bytes = String::from_utf8_lossy(&told[0].payload).into_owned();
    for personal in ["Li Wei", "parcel", "raining"] {
        assert!(!bytes.contains(personal), "{personal} is personal");
    }
}

#[test]
fn a_ticket_given_to_somebody_at_once_is_open_and_theirs() {
    let mut desk = Desk::new();
    let mut new = desk.about("inquiry", Channel::Email);
    new.assignee = Some(desk.id());
    let (ticket, told) = Ticket::create(&desk.context(), new).unwrap();
    assert_eq!((ticket.category, ticket.owner), (Category::Open, ticket.assignee));
    assert_eq!(names(&told), ["TicketCreated"]);
}

#[test]
fn each_channel_and_type_has_the_clocks_of_its_policies() {
    let mut desk = Desk::new();
    let mut kinds = |kind: &str, channel| {
        let ticket = desk.fresh(kind, channel);
        ticket.clocks.iter().map(|clock| clock.kind).collect::<Vec<_>>()
    };
    use ClockKind::{FirstAnswer, FirstResponse, Legal, Resolution};
    assert_eq!(kinds("inquiry", Channel::Chat), [FirstAnswer, Resolution]);
    assert_eq!(kinds("inquiry", Channel::Email), [FirstResponse, Resolution]);
    assert_eq!(kinds("other", Channel::Phone), [Resolution]);
    assert_eq!(kinds("complaint", Channel::Phone), [Resolution, Legal]);
    assert_eq!(kinds("suggestion", Channel::Letter), [FirstResponse, Resolution]);
}

#[test]
fn priority_follows_from_impact_and_urgency() {
    use Level::{High, Low, Medium};
    let rows = [
        (Low, [Priority::Low, Priority::Low, Priority::Normal]),
        (Medium, [Priority::Low, Priority::Normal, Priority::High]),
        (High, [Priority::Normal, Priority::High, Priority::Urgent]),
    ];
    for (impact, expected) in rows {
        assert_eq!([Low, Medium, High].map(|urgency| Priority::of(impact, urgency)), expected);
    }
    let mut desk = Desk::new();
    let new = desk.about("inquiry", Channel::Email);
    let urgent = crate::domain::ticket::New { impact: High, urgency: High, ..new };
    let (ticket, _) = Ticket::create(&desk.context(), urgent).unwrap();
    assert_eq!(ticket.priority, Priority::Urgent);
    assert_eq!(clock(&ticket, ClockKind::FirstResponse).due_at, Some(at("2026-11-23 11:00")));
}

#[test]
fn fields_that_do_not_fit_the_type_are_refused_all_at_once() {
    let mut desk = Desk::new();
    let mut new = desk.about("complaint", Channel::Phone);
    new.fields = [
        ("justified".to_owned(), FieldValue::Choice("perhaps".into())),
        ("severity".to_owned(), FieldValue::Integer(3)),
        ("weight".to_owned(), FieldValue::Integer(3)),
        ("findings".to_owned(), FieldValue::Text("wet".into())),
    ]
    .into();
    let error = refused(Ticket::create(&desk.context(), new));
    assert_eq!(error.reason(), "CUSTOM_FIELD_INVALID");
    let wrong = error.field_violations();
    let wrong: Vec<_> = wrong.iter().map(|v| (v.field.as_str(), v.reason.as_str())).collect();
    assert_eq!(
        wrong,
        [
            ("fields.justified", "unknown_choice"),
            ("fields.severity", "other_kind"),
            ("fields.weight", "unknown_field"),
        ]
    );
}

#[test]
fn a_type_that_does_not_exist_is_named() {
    let mut desk = Desk::new();
    let new = desk.about("compliment", Channel::Phone);
    let error = refused(Ticket::create(&desk.context(), new));
    assert_eq!(error.reason(), "UNKNOWN_REFERENCE");
    assert_eq!(error.field_violations()[0].field, "type");
    assert!(error.metadata().contains(&("id", "compliment".to_owned())));
}

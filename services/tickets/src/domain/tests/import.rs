//! Tickets from elsewhere.

use kefu_api_events::v1 as events;
use kefu_kernel::{Fault, Timestamp};

use super::support::{Desk, at, clock, names, only};
use crate::domain::Ticket;
use crate::domain::ticket::{End, FollowUp, Imported, Said};
use crate::domain::words::{Category, Channel, ClockKind, MessageKind};

fn row(desk: &mut Desk, kind: &str, created_at: Timestamp) -> Imported {
    let mut new = desk.about(kind, Channel::Phone);
    new.external_id = Some("39573567".into());
    Imported { new, created_at, due_at: None, end: End::Initial, reply: None, live: false }
}

fn solved(at: Timestamp, closed: bool) -> End {
    End::Solved { at, closed, resolution: "answered".into() }
}

#[test]
fn a_closed_matter_comes_as_one_event_with_all_its_facts() {
    let mut desk = Desk::new();
    let (created, end) = (at("2018-06-26 10:58"), at("2018-06-26 12:50"));
    let mut row = row(&mut desk, "complaint", created);
    row.end = solved(end, true);
    row.reply = Some((desk.id(), "The police responded.".into()));
    let (ticket, told, reply) = Ticket::import(&desk.context(), row).unwrap();
    assert_eq!(names(&told), ["TicketCreated"]);
    let facts = only::<events::TicketCreated>(&told).facts.unwrap();
    assert_eq!((facts.category(), facts.breached), (events::StatusCategory::Closed, false));
    assert_eq!(facts.created_at.unwrap().seconds, created.as_millis() / 1000);
    assert_eq!(facts.closed_at, facts.solved_at);
    assert!(ticket.historic);
    assert_eq!(ticket.head.created_at, created);
    assert_eq!((ticket.assignee, ticket.episode().solved_at), (None, Some(end)));
    assert!(ticket.clocks.iter().all(|clock| clock.clock.is_over()));
    let reply = reply.unwrap();
    assert_eq!((reply.kind, reply.sent_at), (MessageKind::PublicReply, end));
}

#[test]
fn the_clocks_of_history_know_what_was_late_and_start_nothing() {
    let mut desk = Desk::new();
    let mut row = row(&mut desk, "complaint", at("2018-06-01 10:00"));
    row.end = solved(at("2018-06-20 10:00"), false);
    let (ticket, told, _) = Ticket::import(&desk.context(), row).unwrap();
    assert!(ticket.is_breached());
    assert_eq!(clock(&ticket, ClockKind::Legal).breached_at, Some(at("2018-06-08 10:00")));
    let created: events::TicketCreated = only(&told);
    assert!(created.facts.unwrap().breached);
    assert!(created.clock_changes.iter().filter(|change| change.late).count() == 2);
    assert_eq!(ticket.wakes_at(), None);
    let (_, told) = ticket.fire_clocks(&desk.context()).unwrap();
    assert!(told.is_empty());
}

#[test]
fn an_open_matter_of_history_is_late_and_still_fires_nothing() {
    let mut desk = Desk::new();
    let row = row(&mut desk, "other", at("2018-06-01 10:00"));
    let (ticket, _, _) = Ticket::import(&desk.context(), row).unwrap();
    assert_eq!((ticket.category, ticket.is_breached()), (Category::New, true));
    assert_eq!(ticket.wakes_at(), None);
    desk.pass(1_000_000);
    let (ticket, told) = ticket.fire_clocks(&desk.context()).unwrap();
    assert!(told.is_empty());
    let person = desk.id();
    let (_, told) = ticket.assign(&desk.context(), Some(person)).unwrap();
    assert_eq!(names(&told), ["TicketAssigned", "TicketStatusChanged"]);
}

#[test]
fn a_given_due_time_is_that_of_the_resolution_and_says_where_it_is_from() {
    let mut desk = Desk::new();
    let due = at("2018-07-01 11:59");
    for state in ["open", "pending"] {
        let mut row = row(&mut desk, "other", at("2018-06-26 11:59"));
        row.due_at = Some(due);
        row.end = End::State(state.into());
        let (ticket, _, _) = Ticket::import(&desk.context(), row).unwrap();
        let resolution = clock(&ticket, ClockKind::Resolution);
        assert_eq!((ticket.due_at(), resolution.due_at), (Some(due), Some(due)), "{state}");
        let calendars = &*desk.calendars;
        let sentences = resolution
            .explain(calendars, desk.now)
            .unwrap()
            .sentences(resolution.calendar(calendars).unwrap().zone());
        let imported =
            "Imported 2018-06-26 11:59: due 2018-07-01 11:59, as the other system set it.";
        assert!(sentences.contains(&imported.to_owned()), "{sentences:#?}");
    }
}

#[test]
fn history_is_due_when_its_source_said_though_a_policy_would_have_said_earlier() {
    let mut desk = Desk::new();
    let (due, legal) = (at("2018-07-10 11:59"), at("2018-07-03 11:59"));
    for (live, expected) in [(false, due), (true, legal)] {
        let mut row = row(&mut desk, "complaint", at("2018-06-26 11:59"));
        (row.due_at, row.live) = (Some(due), live);
        let (ticket, _, _) = Ticket::import(&desk.context(), row).unwrap();
        assert_eq!(clock(&ticket, ClockKind::Legal).due_at, Some(legal));
        assert_eq!(ticket.due_at(), Some(expected), "live: {live}");
    }
}

#[test]
fn a_due_time_needs_no_policy() {
    let mut desk = Desk::new();
    let none = "policy = []";
    desk.rules = crate::domain::Rules::new(
        desk.rules.types().clone(),
        crate::domain::policies::Policies::parse(none).unwrap(),
    )
    .unwrap();
    let mut row = row(&mut desk, "other", at("2018-06-26 11:59"));
    row.due_at = Some(at("2018-07-01 11:59"));
    let (ticket, _, _) = Ticket::import(&desk.context(), row).unwrap();
    assert_eq!(ticket.due_at(), Some(at("2018-07-01 11:59")));
}

#[test]
fn a_live_import_lets_its_clocks_act() {
    let mut desk = Desk::new();
    let mut row = row(&mut desk, "other", at("2026-11-23 09:00"));
    row.due_at = Some(at("2026-11-23 12:00"));
    row.live = true;
    let (ticket, _, _) = Ticket::import(&desk.context(), row).unwrap();
    assert!(!ticket.historic);
    desk.now = at("2026-11-23 12:00");
    let (_, told) = ticket.fire_clocks(&desk.context()).unwrap();
    let breached: events::TicketClockBreached = only(&told);
    assert_eq!(breached.clock.unwrap().policy, "imported");
}

#[test]
fn a_reopened_matter_of_history_is_a_matter_of_today() {
    let mut desk = Desk::new();
    let mut row = row(&mut desk, "other", at("2018-06-01 10:00"));
    row.end = solved(at("2018-06-20 10:00"), false);
    let (ticket, _, _) = Ticket::import(&desk.context(), row).unwrap();
    let said = Said {
        id: desk.id(),
        body: "It broke again.".into(),
        channel: None,
        source: String::new(),
        external_id: None,
        sent_at: None,
    };
    let follow_up = FollowUp { id: desk.id(), number: 5 };
    let (ticket, _, _) = ticket.customer_message(&desk.context(), said, follow_up).unwrap();
    assert!(!ticket.historic && !ticket.is_breached());
    assert!(ticket.wakes_at().is_some_and(|at| at > desk.now));
}

#[test]
fn impossible_times_and_states_are_refused_by_name() {
    let mut desk = Desk::new();
    let later = at("2027-01-01 00:00");
    let mut row = row(&mut desk, "other", later);
    row.end = solved(at("2026-12-24 00:00"), true);
    let error = Ticket::import(&desk.context(), row.clone()).unwrap_err();
    let wrong: Vec<_> = error.field_violations().into_iter().map(|v| (v.field, v.reason)).collect();
    let wrong: Vec<_> =
        wrong.iter().map(|(field, reason)| (field.as_str(), reason.as_str())).collect();
    assert_eq!(
        wrong,
        [
            ("created_at", "in_future"),
            ("solved.solved_at", "in_future"),
            ("solved.solved_at", "before_creation"),
        ]
    );
    row.created_at = at("2018-06-01 10:00");
    row.end = End::State("closed".into());
    let error = Ticket::import(&desk.context(), row.clone()).unwrap_err();
    assert_eq!(error.field_violations()[0].field, "state");
    row.end = End::State("nowhere".into());
    let error = Ticket::import(&desk.context(), row).unwrap_err();
    assert_eq!(error.reason(), "UNKNOWN_REFERENCE");
}

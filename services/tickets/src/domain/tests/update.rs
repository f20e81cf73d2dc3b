//! Changing fields.

use std::sync::Arc;

use kefu_api_events::v1 as events;
use kefu_kernel::Fault;

use super::support::{Desk, at, became, clock, common, names, office, only, refused};
use crate::domain::ids::BranchId;
use crate::domain::ticket::{Patch, PatchFields};
use crate::domain::words::{Channel, ClockKind, Level, Priority};
use kefu_kernel::field::{FieldValue, Fields};

#[test]
fn an_update_names_what_it_changed_and_tells_the_former_facts() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    let patch = Patch {
        subject: Some("Another subject".into()),
        cause: Some("late".into()),
        language: Some("zh".into()),
        ..Patch::default()
    };
    let (ticket, told) = ticket.update(&desk.context(), patch).unwrap();
    assert_eq!(told[0].changed, ["subject", "cause"]);
    let event: events::TicketUpdated = only(&told);
    let former = event.former.unwrap();
    assert_eq!(
        former,
        events::FormerTicketFacts { cause: Some(String::new()), ..Default::default() }
    );
    assert_eq!(event.facts.unwrap().cause, "late");
    assert_eq!(ticket.subject, "Another subject");
}

#[test]
fn an_update_to_what_is_already_so_is_no_event() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    let patch = Patch { subject: Some(ticket.subject.clone()), ..Patch::default() };
    let (after, told) = ticket.update(&desk.context(), patch).unwrap();
    assert_eq!((after, names(&told)), (ticket, Vec::new()));
}

#[test]
fn another_priority_aims_the_clocks_anew_from_their_start() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    desk.pass(120);
    let patch = Patch { impact: Some(Level::High), ..Patch::default() };
    let (ticket, told) = ticket.update(&desk.context(), patch).unwrap();
    assert_eq!(ticket.priority, Priority::High);
    assert_eq!(
        became(&common(&told)[0]),
        [
            (events::ClockKind::FirstResponse, events::ClockChangeKind::Retargeted),
            (events::ClockKind::Resolution, events::ClockChangeKind::Retargeted),
        ]
    );
    // Eight hours from 10:00, two of them used.
    assert_eq!(clock(&ticket, ClockKind::Resolution).due_at, Some(at("2026-11-23 18:00")));
    let change = &common(&told)[0].clock_changes[1];
    assert!(change.former_due_at.is_some());
    let elapsed = change.clock.as_ref().unwrap().elapsed.unwrap();
    assert_eq!(elapsed.seconds, 2 * 3600);
}

#[test]
fn a_priority_under_which_it_is_late_already_is_breached_when_the_timer_fires() {
    let mut desk = Desk::new();
    let ticket = desk.open("inquiry", Channel::Email);
    desk.pass(300);
    let patch = Patch { impact: Some(Level::High), urgency: Some(Level::High), ..Patch::default() };
    let (ticket, _) = ticket.update(&desk.context(), patch).unwrap();
    assert!(ticket.wakes_at().is_some_and(|at| at < desk.now));
    let (ticket, told) = ticket.fire_clocks(&desk.context()).unwrap();
    assert_eq!(names(&told), ["TicketClockBreached", "TicketClockBreached"]);
    assert!(ticket.is_breached());
}

#[test]
fn another_branch_counts_by_its_own_calendar() {
    let mut desk = Desk::new();
    let branch: BranchId = desk.id();
    let calendars = Arc::make_mut(&mut desk.calendars);
    let night: kefu_kernel::calendar::CalendarSpec = toml::from_str(
        "code = 'night'\ntime_zone = 'Asia/Shanghai'\n[week]\nmonday = ['10:00-24:00']\n",
    )
    .unwrap();
    calendars.add(kefu_kernel::Calendar::new(night).unwrap());
    calendars.assign([(branch, "night".to_owned())]);
    let ticket = desk.open("other", Channel::Phone);
    assert_eq!(clock(&ticket, ClockKind::Resolution).due_at, Some(at("2026-11-24 17:00")));
    let patch = Patch { branch: Some(Some(branch)), ..Patch::default() };
    let (ticket, told) = ticket.update(&desk.context(), patch).unwrap();
    assert_eq!(ticket.branch(), Some(branch));
    assert_eq!(clock(&ticket, ClockKind::Resolution).due_at, Some(at("2026-11-30 12:00")));
    assert_eq!(told[0].changed, ["branch_id", "due_at", "clocks"]);
    let calendars = Arc::make_mut(&mut desk.calendars);
    calendars.assign([]);
    assert_eq!(calendars.of_branch(Some(branch)), calendars.of_branch(None));
}

#[test]
fn a_clock_keeps_the_calendar_that_it_was_aimed_with() {
    let mut desk = Desk::new();
    let ticket = desk.open("other", Channel::Phone);
    let calendars = Arc::make_mut(&mut desk.calendars);
    calendars.add(office(2));
    let (ticket, _) = ticket.fire_clocks(&desk.context()).unwrap();
    assert_eq!(clock(&ticket, ClockKind::Resolution).due_at, Some(at("2026-11-24 17:00")));
    let later = desk.open("other", Channel::Phone);
    assert_eq!(clock(&later, ClockKind::Resolution).due_at, Some(at("2026-11-25 17:00")));
}

#[test]
fn own_fields_are_set_cleared_and_replaced() {
    let mut desk = Desk::new();
    let ticket = desk.open("complaint", Channel::Phone);
    let text = |text: &str| FieldValue::Text(text.into());
    let severity = FieldValue::Choice("severe".into());
    let set = [
        ("findings".to_owned(), Some(text("wet"))),
        ("severity".to_owned(), Some(severity.clone())),
    ];
    let patch = Patch { fields: PatchFields::Set(set.into()), ..Patch::default() };
    let (ticket, told) = ticket.update(&desk.context(), patch).unwrap();
    assert_eq!(told[0].changed, ["fields.findings", "fields.severity"]);
    let clear = [("findings".to_owned(), None)];
    let patch = Patch { fields: PatchFields::Set(clear.into()), ..Patch::default() };
    let (ticket, _) = ticket.update(&desk.context(), patch).unwrap();
    assert_eq!(ticket.fields, Fields::from([("severity".to_owned(), severity)]));
    let all = Fields::from([("findings".to_owned(), text("dry"))]);
    let patch = Patch { fields: PatchFields::Replace(all.clone()), ..Patch::default() };
    let (ticket, told) = ticket.update(&desk.context(), patch).unwrap();
    assert_eq!(ticket.fields, all);
    assert_eq!(told[0].changed, ["fields.findings", "fields.severity"]);
    let wrong = [("colour".to_owned(), Some(text("red")))];
    let patch = Patch { fields: PatchFields::Set(wrong.into()), ..Patch::default() };
    assert_eq!(refused(ticket.update(&desk.context(), patch)).reason(), "CUSTOM_FIELD_INVALID");
}

#[test]
fn a_subject_cannot_be_cleared_nor_the_source_of_an_id_changed() {
    let mut desk = Desk::new();
    let mut ticket = desk.open("inquiry", Channel::Email);
    ticket.external_id = Some("17".into());
    let patch = Patch { subject: Some(String::new()), ..Patch::default() };
    let error = refused(ticket.update(&desk.context(), patch));
    assert_eq!(error.field_violations()[0].field, "ticket.subject");
    let patch = Patch { source: Some("site".into()), ..Patch::default() };
    let error = refused(ticket.update(&desk.context(), patch));
    assert_eq!(error.field_violations()[0].field, "ticket.source");
}
